//! Words that only some files may hold: the borders between crates, as far as text shows them.

use super::{File, Tree};

/// Where a word is looked for.
enum Scope {
    /// Lines of Rust that users run.
    Product,
    /// Lines of Rust that only tests run.
    Tests,
    /// Every line of every file.
    Everything,
}

/// A word, the paths that may hold it (by their beginning), and why no others may.
struct Word {
    word: &'static str,
    scope: Scope,
    may: &'static [&'static str],
    why: &'static str,
}

/// Programs for developers, which are no part of the product.
const WORKSHOP: [&str; 2] = ["xtask/", "benches/"];

const WORDS: [Word; 12] = [
    Word {
        word: "allow(clippy::print_stdout)",
        scope: Scope::Product,
        may: &["crates/cli/src/commands/", "crates/cli/src/report.rs", "benches/"],
        why: "stdout belongs to results: only commands and reports print there",
    },
    Word {
        word: "io::stdout",
        scope: Scope::Product,
        may: &[
            "crates/connector-kit/src/output.rs",
            "crates/connector-kit/src/run.rs",
            "crates/singer/src/output.rs",
            "crates/acceptance/mutants/lines.rs",
            "crates/cli/src/",
            "benches/",
        ],
        why: "a connector's stdout carries messages, which output.rs alone writes",
    },
    Word {
        word: "env::var",
        scope: Scope::Product,
        may: &[
            "crates/cli/src/config.rs",
            "crates/connector-kit/src/run.rs",
            "crates/runner/build.rs",
            "crates/devkit/build.rs",
        ],
        why: "the environment is read in crates/cli/src/config.rs and handed on as values",
    },
    Word {
        word: "Command::new(",
        scope: Scope::Product,
        may: &[
            "crates/runner/",
            "crates/images/src/credentials/helper.rs",
            "crates/devkit/src/tool.rs",
            "crates/singer/src/child.rs",
            "crates/connector-kit/src/testing/program.rs",
        ],
        why: "processes are started in few places, which also end them: docs/adr/0006",
    },
    Word { word: ".await", scope: Scope::Product, may: &[], why: "deciding does not wait; the loop in sync.rs does" },
    Word {
        word: "sleep(",
        scope: Scope::Tests,
        may: &["crates/engine/tests/"], // by a paused clock, which costs no time
        why: "a test waits for a named event, not for time to pass",
    },
    Word { word: "#[ignore", scope: Scope::Tests, may: &[], why: "a test that is not run proves nothing" },
    Word { word: "#[should_panic]", scope: Scope::Tests, may: &[], why: "say which panic: expected = \"…\"" },
    Word { word: "/root/", scope: Scope::Everything, may: &[], why: MACHINE },
    Word { word: "/home/", scope: Scope::Everything, may: &[], why: MACHINE },
    Word { word: "/Users/", scope: Scope::Everything, may: &[], why: MACHINE },
    Word { word: "artifactory", scope: Scope::Everything, may: &[], why: MACHINE },
];

const MACHINE: &str = "the tree names no folder and no host of the machine it was written on";

/// The modules that decide and therefore never wait; everywhere else `.await` is at home.
const DECIDING: [&str; 4] =
    ["crates/engine/src/session", "crates/engine/src/checkpoint", "crates/engine/src/outcome", "crates/engine/src/map"];

pub(super) fn check(tree: &Tree) -> Vec<String> {
    // This file holds all the words.
    let files = tree.files.iter().filter(|file| file.path != "xtask/src/tidy/words.rs");
    files.flat_map(|file| WORDS.iter().flat_map(|word| word.find_in(file))).collect()
}

impl Word {
    fn find_in<'a>(&self, file: &'a File) -> impl Iterator<Item = String> + use<'a, '_> {
        let concerned = self.concerns(file);
        let lines = file.lines().filter(move |(_, line, in_test)| concerned && self.is_in(line, *in_test));
        lines.map(|(number, _, _)| format!("{}:{number}: `{}`: {}", file.path, self.word, self.why))
    }

    fn concerns(&self, file: &File) -> bool {
        let begins = |starts: &[&str]| starts.iter().any(|start| file.path.starts_with(start));
        match self.scope {
            _ if begins(self.may) => false,
            Scope::Everything => true,
            Scope::Product if begins(&WORKSHOP) => false,
            Scope::Product if self.word == ".await" => begins(&DECIDING),
            Scope::Product | Scope::Tests => file.path.ends_with(".rs"),
        }
    }

    fn is_in(&self, line: &str, in_test: bool) -> bool {
        let wanted = match self.scope {
            Scope::Everything => true,
            Scope::Product => !in_test && !line.trim_start().starts_with("//"),
            Scope::Tests => in_test && !line.trim_start().starts_with("//"),
        };
        wanted && line.contains(self.word)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::check;

    #[test]
    fn a_word_is_found_where_it_may_not_be() {
        let found = check(&tree(&[
            ("crates/engine/src/session.rs", "//! Decides.\nfn f() {\n    g().await;\n}\n"),
            ("crates/engine/src/sync.rs", "g().await;\nlet home = std::env::var(\"HOME\");\n"),
            ("README.md", "see /home/me/notes\n"),
        ]));
        let places: Vec<&str> = found.iter().filter_map(|finding| finding.split(": ").next()).collect();
        assert_eq!(places, ["crates/engine/src/session.rs:3", "crates/engine/src/sync.rs:2", "README.md:1"]);
    }

    #[test]
    fn comments_tests_and_permitted_files_are_left_alone() {
        let found = check(&tree(&[
            (
                "crates/engine/src/a.rs",
                "// env::var is read elsewhere\n#[cfg(test)]\nmod tests { use std::env::var; }\n",
            ),
            ("crates/cli/src/config.rs", "std::env::var(\"HOME\")\n"),
            ("xtask/src/b.rs", "std::env::var(\"HOME\")\n"),
        ]));
        assert_eq!(found, Vec::<String>::new());
    }

    #[test]
    fn a_test_does_not_wait_for_time() {
        let found = check(&tree(&[
            ("crates/a/tests/it/main.rs", "thread::sleep(SECOND);\n"),
            ("crates/a/src/b.rs", "thread::sleep(POLL);\n"),
        ]));
        assert_eq!(found.len(), 1, "{found:?}");
    }
}
