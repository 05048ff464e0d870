//! What is answered, as Markdown. The words of others stand there only as code: they mention nobody and link nowhere.

use super::parse::GRAMMAR;

/// The most characters of others' words that are repeated.
const MOST_CHARACTERS: usize = 60;

/// Others' words as inline code. What is not plain ASCII is shown by its number.
pub(crate) fn code(text: &str) -> String {
    let plain = |character: char| match character {
        '`' => "'".to_owned(),
        ' '..='~' => character.to_string(),
        other => other.escape_unicode().to_string(),
    };
    let shown: String = text.chars().take(MOST_CHARACTERS).map(plain).collect();
    let rest = if text.chars().nth(MOST_CHARACTERS).is_some() { "..." } else { "" };
    format!("`{shown}{rest}`")
}

/// The answer to a command that is not run.
pub(crate) fn refusal(reason: &str) -> String {
    format!("❌ {reason}\n")
}

/// The answer to a command that was not understood.
pub(crate) fn with_grammar(problem: &str) -> String {
    format!("❌ {problem} This is understood:\n\n```\n{GRAMMAR}\n```\n")
}
