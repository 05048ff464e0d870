//! What files, types and tests are called. A word that fits every file says nothing about one.

use super::{File, Tree};

const EMPTY_WORDS: [&str; 9] = ["util", "utils", "common", "helper", "helpers", "manager", "base", "impl", "info"];
/// A credential helper is a term of Docker's.
const TERMS: [&str; 1] = ["crates/images/src/credentials/helper.rs"];
const TYPE_KEYWORDS: [&str; 4] = ["struct ", "enum ", "trait ", "type "];

pub(super) fn check(tree: &Tree) -> Vec<String> {
    tree.rust().flat_map(|file| file_name(file).into_iter().chain(declarations(file))).collect()
}

fn file_name(file: &File) -> Option<String> {
    if file.path.ends_with("/mod.rs") {
        return Some(format!("{}: name it after its folder, beside the folder", file.path));
    }
    if TERMS.contains(&file.path.as_str()) {
        return None;
    }
    let folder = file.path.rsplit('/').nth(1).unwrap_or_default();
    let mut words = file.stem().split(['_', '-']).chain(folder.split(['_', '-']));
    let word = words.find(|word| EMPTY_WORDS.contains(word))?;
    Some(format!("{}: `{word}` says nothing; name the file after what it does", file.path))
}

fn declarations(file: &File) -> impl Iterator<Item = String> {
    file.lines().filter_map(|(number, line, in_test)| {
        let problem = type_name(line).or_else(|| test_name(line).filter(|_| in_test))?;
        Some(format!("{}:{number}: {problem}", file.path))
    })
}

fn type_name(line: &str) -> Option<String> {
    let declared = without_visibility(line);
    let name = TYPE_KEYWORDS.iter().find_map(|keyword| declared.strip_prefix(keyword))?;
    let name: String = name.chars().take_while(char::is_ascii_alphanumeric).collect();
    let last_word = name.rfind(char::is_uppercase).map(|at| name[at..].to_lowercase())?;
    EMPTY_WORDS
        .contains(&last_word.as_str())
        .then(|| format!("type `{name}`: `{last_word}` says nothing; name it after what it is"))
}

fn test_name(line: &str) -> Option<String> {
    let declared = line.trim_start().trim_start_matches("async ");
    declared.starts_with("fn test_").then(|| "a test's name is a statement, without `test_`".to_owned())
}

fn without_visibility(line: &str) -> &str {
    let line = line.trim_start();
    let Some(rest) = line.strip_prefix("pub") else { return line };
    let rest = if rest.starts_with('(') { rest.split_once(')').map_or(rest, |(_, rest)| rest) } else { rest };
    rest.trim_start()
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::check;

    #[test]
    fn names_that_say_nothing_are_found() {
        let found = check(&tree(&[
            ("crates/a/src/string_utils.rs", ""),
            ("crates/a/src/common/b.rs", ""),
            ("crates/a/src/c/mod.rs", ""),
            (
                "crates/a/src/d.rs",
                "pub(crate) struct SyncManager<T> {\n#[cfg(test)]\nmod tests {\n    fn test_it() {}\n",
            ),
        ]));
        assert_eq!(found.len(), 5, "{found:?}");
    }

    #[test]
    fn names_that_only_contain_such_a_word_are_fine() {
        let found = check(&tree(&[("crates/a/src/database.rs", "pub struct Database;\nenum Information {}\n")]));
        assert_eq!(found, Vec::<String>::new());
    }
}
