//! The words that name rules: `--only` and `--explain`.

use crate::failure::{Result, usage};
use crate::print;
use longshore_acceptance::contract;
use longshore_protocol::FailureReason;
use std::process::ExitCode;

/// How alike a word must be to have been meant.
const ALIKE: f64 = 0.8;

/// Prints what the contract says of a rule.
pub(super) fn explain(word: &str) -> Result<ExitCode> {
    let text = match word {
        "list" => contract::list(),
        word => contract::explain(word).ok_or_else(|| unknown(word))?,
    };
    print::result(text).map(|()| ExitCode::SUCCESS)
}

/// Whether each word names rules.
///
/// # Errors
/// `test.unknown_rule`.
pub(super) fn check<'a>(words: impl IntoIterator<Item = &'a String>) -> Result<()> {
    match words.into_iter().find(|word| !contract::is_known(word)) {
        Some(word) => Err(unknown(word)),
        None => Ok(()),
    }
}

fn unknown(word: &str) -> FailureReason {
    let scored = contract::names().into_iter().map(|name| (strsim::jaro_winkler(word, name), name));
    let nearest = scored.filter(|(score, _)| *score > ALIKE).max_by(|one, other| one.0.total_cmp(&other.0));
    let hint = nearest.map(|(_, name)| format!(" (did you mean `{name}`?)")).unwrap_or_default();
    let message = format!("there is no rule `{word}`{hint}; `longshore connector test --explain list` shows all");
    usage("test.unknown_rule", message)
}
