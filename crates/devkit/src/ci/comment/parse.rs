//! The grammar of comment commands. Only the first line counts, and only when it begins with the command.

use super::reply::code;
use std::collections::HashSet;

/// The grammar, for those who missed it.
pub(super) const GRAMMAR: &str = "/test connector=(connectors|bases)/NAME[,…] [ref=SHA]\n\
                           /publish connector=(connectors|bases)/NAME[,…] [ref=SHA]";

/// The most connectors of one command.
const MOST_CONNECTORS: usize = 20;

/// The longest name; file systems and labels end soon after.
const MOST_NAME_BYTES: usize = 100;

/// The most blanks before a command: Markdown makes code of a line with four.
const MOST_INDENT: usize = 3;

/// What a comment asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommandKind {
    /// Run the tests, with secrets.
    Test,
    /// Test, then publish.
    Publish,
}

impl CommandKind {
    fn of_word(word: &str) -> Option<Self> {
        match word {
            "/test" => Some(Self::Test),
            "/publish" => Some(Self::Publish),
            _ => None,
        }
    }

    /// The word that is written.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Test => "/test",
            Self::Publish => "/publish",
        }
    }
}

/// A command, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// What it asks for.
    pub kind: CommandKind,
    /// Paths of connectors from the root of the repository, each once, in the order written.
    pub connectors: Vec<String>,
    /// The commit that its author names: all 40 digits, small letters.
    pub sha: Option<String>,
}

/// The command of a comment; `None` when it has none. A command with a mistake is an error: Markdown that says which.
#[must_use]
pub(super) fn parse(body: &str) -> Option<Result<Command, String>> {
    let line = body.lines().next()?;
    let trimmed = line.trim_start_matches(' ');
    if line.len() - trimmed.len() > MOST_INDENT {
        return None;
    }
    let (word, rest) = trimmed.split_once([' ', '\t']).unwrap_or((trimmed, ""));
    let kind = CommandKind::of_word(word)?;
    Some(arguments(kind, rest))
}

fn arguments(kind: CommandKind, rest: &str) -> Result<Command, String> {
    let words = shell_words::split(rest).map_err(|_| "A quotation mark has no partner.".to_owned())?;
    let (mut connectors, mut sha) = (None, None);
    for word in &words {
        let (key, value) = word.split_once('=').ok_or_else(|| format!("{} has no `=`.", code(word)))?;
        let place = match key {
            "connector" => &mut connectors,
            "ref" => &mut sha,
            _ => return Err(format!("There is no argument {}.", code(key))),
        };
        if place.replace(value).is_some() {
            return Err(format!("{} is there twice.", code(key)));
        }
    }
    let connectors = connectors.ok_or("`connector=` is missing.")?;
    let sha = sha.map(commit).transpose()?;
    Ok(Command { kind, connectors: paths(kind, connectors)?, sha })
}

fn paths(kind: CommandKind, list: &str) -> Result<Vec<String>, String> {
    let mut seen = HashSet::new();
    let mut paths: Vec<String> = list.split(',').map(|item| path(kind, item)).collect::<Result<_, _>>()?;
    paths.retain(|path| seen.insert(path.clone()));
    if paths.len() > MOST_CONNECTORS {
        return Err(format!("These are {} connectors; name at most {MOST_CONNECTORS}.", paths.len()));
    }
    Ok(paths)
}

/// `/test` also takes a bare name; what is published is named in full.
fn path(kind: CommandKind, item: &str) -> Result<String, String> {
    if is_connector_path(item) {
        return Ok(item.to_owned());
    }
    if kind == CommandKind::Test && is_name(item) {
        return Ok(format!("connectors/{item}"));
    }
    Err(format!("{} is no path of a connector.", code(item)))
}

/// Whether a text is `connectors/NAME` or `bases/NAME`, with a name of ASCII letters, digits, `-` and `_`.
#[must_use]
pub(crate) fn is_connector_path(text: &str) -> bool {
    text.strip_prefix("connectors/").or_else(|| text.strip_prefix("bases/")).is_some_and(is_name)
}

fn is_name(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    // A name with a dash first would be an option of whatever program it is given to.
    (1..=MOST_NAME_BYTES).contains(&text.len()) && !text.starts_with('-') && text.bytes().all(is_plain)
}

/// All 40 digits: the beginning of a commit's name can be made to fit another commit.
fn commit(text: &str) -> Result<String, String> {
    let is_sha = text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let problem = || format!("`ref=` takes the 40 digits of a commit, not {}.", code(text));
    if is_sha { Ok(text.to_ascii_lowercase()) } else { Err(problem()) }
}

#[cfg(test)]
#[path = "parse/tests.rs"]
mod tests;
