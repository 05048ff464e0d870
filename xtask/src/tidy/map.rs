//! The map in docs/architecture.md names every package of crates/ and connectors/, and nothing that is not there.

use super::Tree;
use std::collections::BTreeSet;

const MAP: &str = "docs/architecture.md";
const FOLDERS: [&str; 2] = ["crates/", "connectors/"];

pub(super) fn check(tree: &Tree) -> Vec<String> {
    let there: BTreeSet<String> = tree.files.iter().filter_map(|file| package(file.path.as_str())).collect();
    let Some(map) = tree.get(MAP) else { return vec![format!("{MAP} is missing")] };
    let named = named(&map.text);
    let missing = there.difference(&named).map(|package| format!("{MAP}: `{package}` is not on the map"));
    let gone = named.difference(&there).map(|package| format!("{MAP}: `{package}` is not in the tree"));
    missing.chain(gone).collect()
}

fn package(path: &str) -> Option<String> {
    let folder = path.strip_suffix("/Cargo.toml")?;
    let is_package = FOLDERS.iter().any(|start| folder.starts_with(start)) && folder.matches('/').count() == 1;
    is_package.then(|| folder.to_owned())
}

/// Everything of the text that looks like `crates/NAME` or `connectors/NAME`.
fn named(text: &str) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    for folder in FOLDERS {
        for (at, _) in text.match_indices(folder) {
            let rest = &text[at + folder.len()..];
            let name: String = rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == '-').collect();
            let is_path = text[..at].ends_with('/');
            // `connectors/source-*` means many.
            if !name.is_empty() && !name.ends_with('-') && !is_path {
                named.insert(format!("{folder}{name}"));
            }
        }
    }
    named
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::check;

    #[test]
    fn the_map_and_the_tree_agree() {
        let found = check(&tree(&[
            ("crates/engine/Cargo.toml", ""),
            ("crates/runner/Cargo.toml", ""),
            ("docs/architecture.md", "`crates/engine` (`crates/engine/src/sync.rs`) moves, `crates/images` pulls\n"),
        ]));
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].contains("crates/runner") && found[1].contains("crates/images"), "{found:?}");
    }
}
