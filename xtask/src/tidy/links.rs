//! Links between our documents lead to files that are there. Those of templates lead to what is rendered.

use super::{File, Tree};
use std::path::{Component, Path, PathBuf};

pub(super) fn check(tree: &Tree) -> Vec<String> {
    let documents = tree.files.iter().filter(|file| file.path.ends_with(".md") && !file.path.starts_with("templates/"));
    documents.flat_map(|file| broken(tree, file)).collect()
}

fn broken(tree: &Tree, file: &File) -> Vec<String> {
    let folder = Path::new(&file.path).parent().unwrap_or(Path::new(""));
    let is_there = |target: &str| {
        let path = normal(&folder.join(target));
        tree.files.iter().any(|file| Path::new(&file.path).starts_with(&path))
    };
    let targets = file.lines().flat_map(|(number, line, _)| targets(line).map(move |target| (number, target)));
    let broken = targets.filter(|(_, target)| !is_there(target));
    broken
        .map(|(number, target)| format!("{}:{number}: the link leads to `{target}`, which is not there", file.path))
        .collect()
}

/// The files that a line links to, without places inside them.
fn targets(line: &str) -> impl Iterator<Item = &str> {
    let targets = line.split("](").skip(1).filter_map(|rest| rest.split([')', ' ', '#']).next());
    targets.filter(|target| !target.is_empty() && !target.contains(':'))
}

/// `a/../b` is `b`; a path in a repository never leaves it.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => drop(normal.pop()),
            Component::Normal(name) => normal.push(name),
            _ => {}
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::check;

    #[test]
    fn a_link_leads_to_a_file_or_a_folder() {
        let text = "[a](../README.md#start) [b](adr) [c](https://example.com/x) [d](gone.md)\n";
        let found = check(&tree(&[("README.md", ""), ("docs/adr/0001-house.md", ""), ("docs/guide.md", text)]));
        assert_eq!(found, ["docs/guide.md:1: the link leads to `gone.md`, which is not there"]);
    }
}
