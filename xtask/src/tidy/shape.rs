//! How long a file is, how it begins, and where integration tests are.

use super::{File, Tree};
use std::collections::BTreeMap;

/// The most lines of a file of Rust; most have a third of it.
const MOST_LINES: usize = 600;

pub(super) fn check(tree: &Tree) -> Vec<String> {
    let of_files = tree.rust().flat_map(|file| too_long(file).into_iter().chain(without_story(file)));
    of_files.chain(test_binaries(tree)).collect()
}

fn too_long(file: &File) -> Option<String> {
    let lines = file.text.lines().count();
    (lines > MOST_LINES)
        .then(|| format!("{}: {lines} lines; split it by what it tells ({MOST_LINES} at most)", file.path))
}

fn without_story(file: &File) -> Option<String> {
    let first = file.text.lines().find(|line| !line.starts_with("#!")).unwrap_or_default();
    let exempt = file.path.ends_with("tests.rs") || first.starts_with("//!");
    (!exempt).then(|| format!("{}: begins without `//!`, the sentence that says what the file is for", file.path))
}

/// Each file directly in tests/ becomes a program of its own, which costs a link of everything.
fn test_binaries(tree: &Tree) -> Vec<String> {
    let mut binaries: BTreeMap<&str, usize> = BTreeMap::new();
    for file in tree.rust() {
        let Some((package, test)) = file.path.split_once("/tests/") else { continue };
        let is_root = !test.contains('/') || test.matches('/').count() == 1 && test.ends_with("/main.rs");
        *binaries.entry(package).or_default() += usize::from(is_root);
    }
    let lists_them = |package: &str| {
        tree.get(&format!("{package}/Cargo.toml")).is_some_and(|manifest| manifest.text.contains("autotests = false"))
    };
    let many = binaries.into_iter().filter(|(package, count)| *count > 1 && !lists_them(package));
    many.map(|(package, count)| format!("{package}/tests: {count} test programs; make them modules of one")).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::check;

    #[test]
    fn a_file_tells_its_story_in_few_lines() {
        let long = format!("//! Story.\n{}", "fn f() {}\n".repeat(600));
        let found = check(&tree(&[
            ("crates/a/src/long.rs", &long),
            ("crates/a/src/silent.rs", "fn f() {}\n"),
            ("crates/a/src/told.rs", "//! Story.\n"),
        ]));
        assert_eq!(found.len(), 2, "{found:?}");
    }

    #[test]
    fn a_package_has_one_test_program() {
        let story = "//! Story.\n";
        let one = [("crates/a/tests/it/main.rs", story), ("crates/a/tests/it/b.rs", story)];
        assert_eq!(check(&tree(&one)), Vec::<String>::new());
        let two = [one[0], ("crates/a/tests/other.rs", story)];
        assert_eq!(check(&tree(&two)).len(), 1);
    }
}
