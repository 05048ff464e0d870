//! Each failure code of the sources has a page docs/errors/CODE.md, and each page a code in the sources.

use super::{File, Tree};
use std::collections::BTreeMap;

/// The packages that make failure reasons. Connectors name kinds, not codes.
const SOURCES: [&str; 11] = [
    "crates/protocol/src/",
    "crates/engine/src/",
    "crates/runner/src/",
    "crates/images/src/",
    "crates/devkit/src/",
    // Elsewhere in this crate a word with a dot is a rule of the contract.
    "crates/acceptance/src/config/failure.rs",
    "crates/acceptance/src/config/draft/configs.rs",
    "crates/control-plane/src/",
    "crates/worker/src/",
    "crates/server/src/",
    "crates/cli/src/",
];
const PAGES: &str = "docs/errors/";

/// What looks like a code and is the name of a file or of a host.
const EXTENSIONS: [&str; 21] = [
    "json",
    "jsonl",
    "sqlite",
    "md",
    "sh",
    "csv",
    "yaml",
    "yml",
    "toml",
    "sock",
    "txt",
    "py",
    "lock",
    "io",
    "xml",
    "cfg",
    "properties",
    "gradle",
    "ecr",
    "key",
    "db",
];
/// The one part of a code that may be computed: which connector it was.
const ORIGIN: &str = "{origin}.";

pub(super) fn check(tree: &Tree) -> Vec<String> {
    let codes = codes(tree);
    let unexplained = codes.iter().filter(|(code, _)| tree.get(&page(code)).is_none());
    let unexplained = unexplained.map(|(code, place)| format!("{place}: `{code}` has no page {}", page(code)));
    let pages = tree.files.iter().filter_map(|file| Some((file, code_of(file)?)));
    let of_pages = pages.filter_map(|(file, code)| page_problem(file, code, codes.contains_key(code)));
    unexplained.chain(of_pages).collect()
}

fn page(code: &str) -> String {
    format!("{PAGES}{code}.md")
}

fn code_of(file: &File) -> Option<&str> {
    file.path.strip_prefix(PAGES)?.strip_suffix(".md")
}

fn page_problem(file: &File, code: &str, is_used: bool) -> Option<String> {
    if !is_used {
        return Some(format!("{}: no source has the code `{code}`; remove the page or correct its name", file.path));
    }
    let title = format!("# {code}: ");
    (!file.text.starts_with(&title)).then(|| format!("{}: begin it with `{title}…`", file.path))
}

/// The codes with the place of their first appearance.
fn codes(tree: &Tree) -> BTreeMap<String, String> {
    let mut codes = BTreeMap::new();
    for file in tree.rust().filter(|file| SOURCES.iter().any(|start| file.path.starts_with(start))) {
        for (number, line, in_test) in file.lines() {
            for code in literals(line).flat_map(spelled_out).filter(|literal| !in_test && is_code(literal)) {
                codes.entry(code).or_insert_with(|| format!("{}:{number}", file.path));
            }
        }
    }
    codes
}

/// The string literals of a line; every second piece between quotation marks.
fn literals(line: &str) -> impl Iterator<Item = &str> {
    line.split('"').skip(1).step_by(2)
}

fn spelled_out(literal: &str) -> Vec<String> {
    match literal.strip_prefix(ORIGIN) {
        Some(word) => vec![format!("source.{word}"), format!("destination.{word}")],
        None => vec![literal.to_owned()],
    }
}

fn is_code(literal: &str) -> bool {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte == b'_' || byte.is_ascii_lowercase());
    let Some((area, word)) = literal.split_once('.') else { return false };
    is_word(area) && is_word(word) && !EXTENSIONS.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::check;

    #[test]
    fn codes_and_pages_belong_together() {
        let found = check(&tree(&[
            ("crates/runner/src/a.rs", "fail(\"image.not_found\", \"config.json\");\nfail(\"image.new\")\n"),
            ("docs/errors/image.not_found.md", "# image.not_found: there is no such image\n"),
            ("docs/errors/image.old.md", "# image.old: gone\n"),
        ]));
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].contains("image.new") && found[1].contains("image.old"), "{found:?}");
    }

    #[test]
    fn a_code_of_either_connector_has_two_pages() {
        let source = "format!(\"{origin}.failed\")";
        let found =
            check(&tree(&[("crates/engine/src/a.rs", source), ("docs/errors/source.failed.md", "# source.failed: x")]));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains("destination.failed"), "{found:?}");
    }

    #[test]
    fn a_page_begins_with_its_code() {
        let found = check(&tree(&[
            ("crates/runner/src/a.rs", "\"image.not_found\""),
            ("docs/errors/image.not_found.md", "# Not found\n"),
        ]));
        assert_eq!(found.len(), 1, "{found:?}");
    }
}
