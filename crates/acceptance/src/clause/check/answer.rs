//! What a check came to.

use crate::rule::Wrong;
use crate::take::{Ending, Take};
use serde_json::Value;

/// What a check came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Succeeded,
    Failed,
    /// An error trace, or another exit code than 0.
    Error,
    /// Nothing of all that: it ended with 0, or not at all.
    Nothing,
}

/// The first status counts, as it does for platforms.
pub(super) fn answer(take: &Take) -> Answer {
    let status = take.messages("CONNECTION_STATUS").next().map(|message| &message["connectionStatus"]["status"]);
    match status.and_then(Value::as_str) {
        Some("SUCCEEDED") => Answer::Succeeded,
        Some("FAILED") => Answer::Failed,
        _ if take.ending != Ending::Itself => Answer::Nothing,
        _ if error(take).is_some() || !take.exit.is_success() => Answer::Error,
        _ => Answer::Nothing,
    }
}

/// What is wrong with the number of statuses, or with their words.
pub(super) fn wrong_count(take: &Take) -> Option<Wrong> {
    let statuses: Vec<&Value> = take.messages("CONNECTION_STATUS").collect();
    let lines = || statuses.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    match statuses.as_slice() {
        [] if answer(take) == Answer::Nothing => {
            let message = format!("`{}` printed no CONNECTION_STATUS and {}", take.call, take.how_it_ended());
            Some(Wrong::new(message, take.last_words()))
        }
        [] => None,
        [one] => {
            let status = &one["connectionStatus"]["status"];
            let is_known = status == "SUCCEEDED" || status == "FAILED";
            let message = || format!("`{}` printed the status {status}, and not SUCCEEDED or FAILED", take.call);
            (!is_known).then(|| Wrong::new(message(), lines()))
        }
        many => Some(Wrong::new(format!("`{}` printed {} CONNECTION_STATUS", take.call, many.len()), lines())),
    }
}

/// The message of the first error trace that has one.
pub(super) fn error(take: &Take) -> Option<&str> {
    take.traces("ERROR").find_map(|trace| trace["error"]["message"].as_str()).filter(|text| !text.trim().is_empty())
}

/// Why it failed, if it says so.
pub(super) fn reason(take: &Take) -> Option<&str> {
    let own = take.messages("CONNECTION_STATUS").find_map(|message| message["connectionStatus"]["message"].as_str());
    own.filter(|text| !text.trim().is_empty()).or_else(|| error(take))
}

/// What it said, in a few words.
pub(super) fn said(take: &Take) -> String {
    let word = match answer(take) {
        Answer::Succeeded => "SUCCEEDED".to_owned(),
        Answer::Failed => "FAILED".to_owned(),
        Answer::Error | Answer::Nothing => format!("it {}", take.how_it_ended()),
    };
    match reason(take) {
        Some(reason) => format!("{word}, “{}”", reason.lines().next().unwrap_or_default()),
        None => word,
    }
}
