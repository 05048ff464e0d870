//! The name of a connector: what a person types, and every form of it that a project needs.

use crate::ConnectorType;
use crate::failure::config_failure;
use longshore_protocol::FailureReason;

/// The most characters of a name with its prefix: a label of DNS, and so the name of a container, has no more.
const LONGEST: usize = 63;
/// No file can be called so where Windows reads the project.
const DEVICES: [&str; 24] = [
    "con", "prn", "aux", "nul", "com0", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9", "lpt0",
    "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
];
/// `source_test.py` and `SourceTest.java` are taken for tests by those who run them.
const TAKEN_FOR_TESTS: [&str; 2] = ["test", "tests"];
/// What a connector is, which is not what it is called.
const KINDS: [&str; 5] = ["connector", "source", "destination", "tap", "target"];

/// A connector's name in all its forms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectName {
    /// As people read it: `Google Analytics 4`.
    pub title: String,
    /// `google-analytics-4`.
    pub dash: String,
    /// With its prefix: `source-google-analytics-4`.
    pub connector: String,
}

/// A part of a name: as it was typed, and in small letters and digits of ASCII.
#[derive(Debug, Default)]
struct Word {
    shown: String,
    plain: String,
}

impl ProjectName {
    /// Understands a name as people type it, with or without its prefix; `is_singer` when `tap-`, `target-` and
    /// `-singer` are none of it.
    ///
    /// # Errors
    /// `connector.name_empty`, `connector.name_is_path`, `connector.name_invalid`, `connector.name_reserved`,
    /// `connector.name_too_long`, `connector.name_wrong_kind`.
    pub fn parse(typed: &str, kind: ConnectorType, is_singer: bool) -> Result<Self, FailureReason> {
        let typed = typed.trim();
        refuse_paths(typed)?;
        let words = words(typed);
        refuse_reserved(typed, &words)?;
        let words = strip(typed, words, kind, is_singer)?;
        refuse_reserved(typed, &words)?;
        let dash = join(&words, "-");
        if dash.is_empty() {
            return Err(empty(typed));
        }
        let connector = format!("{}-{dash}", kind.as_str());
        if connector.len() > LONGEST {
            return Err(too_long(&connector));
        }
        let title = words.iter().map(Word::title).collect::<Vec<_>>().join(" ");
        Ok(Self { title, dash, connector })
    }

    /// `google_analytics_4`.
    #[must_use]
    pub fn snake(&self) -> String {
        self.dash.replace('-', "_")
    }

    /// `GOOGLE_ANALYTICS_4`.
    #[must_use]
    pub fn upper(&self) -> String {
        self.snake().to_ascii_uppercase()
    }

    /// `GoogleAnalytics4`.
    #[must_use]
    pub fn pascal(&self) -> String {
        self.dash.split('-').map(capitalised).collect()
    }
}

impl Word {
    /// A word that was typed with capitals keeps them.
    fn title(&self) -> String {
        let has_capitals = self.shown.chars().any(char::is_uppercase);
        if has_capitals { self.shown.clone() } else { capitalised(&self.shown) }
    }
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn join(words: &[Word], with: &str) -> String {
    words.iter().map(|word| word.plain.as_str()).collect::<Vec<_>>().join(with)
}

/// The words of a name: what is between other signs than letters and digits, and the humps of camelCase.
fn words(typed: &str) -> Vec<Word> {
    let letters: Vec<char> = typed.chars().filter(|letter| !matches!(letter, '\'' | '’')).collect();
    let mut words = vec![Word::default()];
    for part in letters.chunk_by(|left, right| left.is_alphanumeric() == right.is_alphanumeric()) {
        let is_camel_case = is_camel_case(part);
        for (at, letter) in part.iter().enumerate() {
            let before = at.checked_sub(1).map(|at| part[at]);
            add(&mut words, *letter, is_camel_case && is_hump(before, *letter, part.get(at + 1).copied()));
        }
    }
    words.retain(|word| !word.plain.is_empty());
    words
}

fn add(words: &mut Vec<Word>, letter: char, is_hump: bool) {
    let spelled = deunicode::deunicode_char(letter).unwrap_or_default();
    let plain: String = spelled.chars().filter(char::is_ascii_alphanumeric).collect();
    let is_word_alone = !letter.is_alphanumeric();
    if is_hump || is_word_alone {
        words.push(Word::default());
    }
    if let Some(word) = words.last_mut() {
        word.shown.extend(if is_word_alone { plain.chars().collect::<Vec<_>>() } else { vec![letter] });
        word.plain.push_str(&plain.to_ascii_lowercase());
    }
    // Where one sign is a whole word, its spelling says so: `Bei ` for 北.
    if is_word_alone || spelled.ends_with(' ') {
        words.push(Word::default());
    }
}

/// `googleAnalytics` is how a program writes two words; `GitHub`, `PostgreSQL` and `eBay` are how a company writes one.
fn is_camel_case(part: &[char]) -> bool {
    !part.iter().take(2).any(|letter| letter.is_uppercase())
}

/// `aB` begins a word at B, and so does `ABc`.
fn is_hump(before: Option<char>, letter: char, after: Option<char>) -> bool {
    let Some(before) = before else { return false };
    let ends_acronym = before.is_uppercase() && after.is_some_and(char::is_lowercase);
    letter.is_uppercase() && (before.is_lowercase() || before.is_numeric() || ends_acronym)
}

/// The words without what says only the kind.
fn strip(typed: &str, mut words: Vec<Word>, kind: ConnectorType, is_singer: bool) -> Result<Vec<Word>, FailureReason> {
    let (own, other, own_singer, other_singer) = match kind {
        ConnectorType::Source => ("source", "destination", "tap", "target"),
        ConnectorType::Destination => ("destination", "source", "target", "tap"),
    };
    let begins = |words: &[Word], with: &str| words.len() > 1 && words[0].plain == with;
    if begins(&words, own) {
        words.remove(0);
    } else if begins(&words, other) || is_singer && begins(&words, other_singer) {
        return Err(wrong_kind(typed, kind));
    }
    while is_singer && begins(&words, own_singer) {
        words.remove(0);
    }
    while is_singer && words.len() > 1 && words[words.len() - 1].plain == "singer" {
        words.pop();
    }
    Ok(words)
}

fn refuse_paths(typed: &str) -> Result<(), FailureReason> {
    if typed.contains(['/', '\\']) || typed.starts_with('.') || typed.starts_with('~') {
        let message = format!(
            "`{}` is a path, and the name of a connector is none; name the folder with `--out DIR`, and the connector \
             by a word such as google-analytics",
            typed.escape_debug()
        );
        return Err(config_failure("connector.name_is_path", message));
    }
    if typed.chars().any(char::is_control) {
        let message = format!(
            "the name `{}` has signs that no screen shows; type it again by hand, such as google-analytics",
            typed.escape_debug()
        );
        return Err(config_failure("connector.name_invalid", message));
    }
    Ok(())
}

fn refuse_reserved(typed: &str, words: &[Word]) -> Result<(), FailureReason> {
    let name = join(words, "-");
    let why = if DEVICES.contains(&name.as_str()) {
        "no file can be called so on Windows"
    } else if TAKEN_FOR_TESTS.contains(&name.as_str()) {
        "those who run tests take files of that name for tests"
    } else if KINDS.contains(&name.as_str()) {
        "that is what a connector is, not what it is called"
    } else {
        return Ok(());
    };
    let message = format!("the name `{typed}` is a reserved word: {why}; add a word to it, such as `{name}-api`");
    Err(config_failure("connector.name_reserved", message))
}

fn empty(typed: &str) -> FailureReason {
    let why = match typed {
        "" => "the name is empty".to_owned(),
        typed => format!("nothing is left of the name `{typed}`: it has no letter and no digit beside its prefix"),
    };
    config_failure("connector.name_empty", format!("{why}; give one such as google-analytics"))
}

fn too_long(connector: &str) -> FailureReason {
    let start: String = connector.chars().take(20).collect();
    let message = format!(
        "the name `{start}…` has {} characters with its prefix, and a container's has at most {LONGEST}; give a \
        shorter one",
        connector.len()
    );
    config_failure("connector.name_too_long", message)
}

fn wrong_kind(typed: &str, kind: ConnectorType) -> FailureReason {
    let other = match kind {
        ConnectorType::Source => "destination",
        ConnectorType::Destination => "source",
    };
    let message = format!(
        "`{typed}` is the name of a {other}, and this template makes a {}; choose one that fits: `longshore connector \
         new --list` shows them",
        kind.as_str()
    );
    config_failure("connector.name_wrong_kind", message)
}

#[cfg(test)]
mod tests {
    use super::ProjectName;
    use crate::ConnectorType::{Destination, Source};
    use proptest::prelude::*;

    fn dash(typed: &str) -> String {
        ProjectName::parse(typed, Source, false).map_or_else(|failure| failure.code, |name| name.dash)
    }

    #[test]
    fn every_form_of_a_name() {
        let name = ProjectName::parse("source-Google Analytics 4", Source, false).unwrap();
        assert_eq!((name.title.as_str(), name.dash.as_str()), ("Google Analytics 4", "google-analytics-4"));
        assert_eq!((name.snake().as_str(), name.pascal().as_str()), ("google_analytics_4", "GoogleAnalytics4"));
        assert_eq!(
            (name.upper().as_str(), name.connector.as_str()),
            ("GOOGLE_ANALYTICS_4", "source-google-analytics-4")
        );
    }

    #[test]
    fn names_as_people_type_them() {
        for (typed, wanted) in [
            ("google-analytics", "google-analytics"),
            (" my_api ", "my-api"),
            ("googleAnalytics", "google-analytics"),
            ("myHTTPServer", "my-http-server"),
            ("s3Bucket", "s3-bucket"),
            ("3scaleApi", "3scale-api"),
            ("GitHub", "github"),
            ("source-GitHub", "github"),
            ("GitHub Issues", "github-issues"),
            ("PostgreSQL", "postgresql"),
            ("eBay", "ebay"),
            ("3M", "3m"),
            ("my-SQL", "my-sql"),
            ("SourceForge", "sourceforge"),
            ("S3", "s3"),
            ("3scale", "3scale"),
            ("Source: Foo", "foo"),
            ("sourceGoogle", "google"),
            ("sourcegraph", "sourcegraph"),
            ("source-source-x", "source-x"),
            ("Zürich Öl", "zurich-ol"),
            ("Привет", "privet"),
            ("北京", "bei-jing"),
            ("Men's Wear", "mens-wear"),
            ("a--b__c..d", "a-b-c-d"),
            ("class", "class"),
            ("git", "git"),
        ] {
            assert_eq!(dash(typed), wanted, "{typed}");
        }
        let title = |typed| ProjectName::parse(typed, Source, false).unwrap().title;
        assert_eq!((title("zürich S3 öl").as_str(), title("GitHub").as_str()), ("Zürich S3 Öl", "GitHub"));
    }

    #[test]
    fn names_that_are_refused() {
        let long = "x".repeat(300);
        for (typed, code) in [
            ("", "connector.name_empty"),
            ("  ", "connector.name_empty"),
            ("---", "connector.name_empty"),
            ("source", "connector.name_reserved"),
            ("source-", "connector.name_reserved"),
            ("con", "connector.name_reserved"),
            ("source-NUL", "connector.name_reserved"),
            ("test", "connector.name_reserved"),
            ("../x", "connector.name_is_path"),
            ("a/b", "connector.name_is_path"),
            ("C:\\x", "connector.name_is_path"),
            (".git", "connector.name_is_path"),
            ("a\u{1b}[2Jb", "connector.name_invalid"),
            ("a\0b", "connector.name_invalid"),
            ("destination-x", "connector.name_wrong_kind"),
            (long.as_str(), "connector.name_too_long"),
        ] {
            assert_eq!(dash(typed), code, "{typed}");
        }
    }

    #[test]
    fn names_of_singer() {
        let dash = |typed, kind| ProjectName::parse(typed, kind, true).map_or_else(|it| it.code, |name| name.connector);
        assert_eq!(dash("tap-github", Source), "source-github");
        assert_eq!(dash("source-github-singer", Source), "source-github");
        assert_eq!(dash("target-jsonl", Destination), "destination-jsonl");
        assert_eq!(dash("target-jsonl", Source), "connector.name_wrong_kind");
        assert_eq!(ProjectName::parse("tap-x", Source, false).unwrap().connector, "source-tap-x");
    }

    proptest! {
        #[test]
        fn whatever_is_typed_a_name_is_clean_or_refused(
            typed in ".{0,80}|[a-zA-Z0-9 _-]{0,40}",
            is_singer: bool,
            writes: bool,
        ) {
            let kind = if writes { Destination } else { Source };
            let Ok(name) = ProjectName::parse(&typed, kind, is_singer) else { return Ok(()) };
            prop_assert!(name.connector.len() <= 63 && name.connector.starts_with(kind.as_str()));
            prop_assert!(name.dash.split('-').all(|word| !word.is_empty()
                && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())));
            prop_assert!(name.pascal().bytes().all(|byte| byte.is_ascii_alphanumeric()));
            prop_assert!(name.title.chars().all(|letter| letter.is_alphanumeric() || letter == ' '));
            let again = ProjectName::parse(&name.connector, kind, is_singer).unwrap();
            prop_assert_eq!(again.connector, name.connector);
        }
    }
}
