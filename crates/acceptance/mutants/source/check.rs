//! `check`: whether the configuration can be used.

use super::Run;
use super::defect::Defect;
use crate::lines;
use serde_json::Value;

/// Runs the verb; the exit code.
pub(crate) fn check(run: &mut Run) -> u8 {
    if run.config["token"] == "tok-breaks-down" {
        if run.has(Defect::BreaksWithoutTrace) {
            return 1;
        }
        return run.out.fail("the service broke down", "transient_error");
    }
    let known = ["count", "token", "start_date", "format", "lock"];
    let unknown = run.config.as_object().and_then(|all| all.keys().find(|key| !known.contains(&key.as_str())).cloned());
    let failure = match (problem(run), unknown) {
        (None, Some(key)) if run.has(Defect::UnknownPropertyRefused) => Some(format!("unknown property {key}")),
        (None, _) if run.has(Defect::ValidConfigRefused) => Some("the service says no".to_owned()),
        (Some(_), _) if run.has(Defect::EverythingAccepted) => None,
        (problem, _) => problem,
    };
    let mut message = lines::status(failure.as_deref());
    if run.has(Defect::FailureWithoutMessage) && failure.is_some() {
        message = serde_json::json!({"type": "CONNECTION_STATUS", "connectionStatus": {"status": "FAILED"}});
    }
    if run.has(Defect::TwoStatuses) {
        run.out.send(message.clone());
    }
    if !run.has(Defect::NoStatus) {
        run.out.send(message);
    }
    u8::from(failure.is_some() && run.has(Defect::FailedCheckExitsOne))
}

/// What is wrong with the configuration: what its spec says, and the token.
pub(crate) fn problem(run: &Run) -> Option<String> {
    if run.has(Defect::ForbiddenAccepted) {
        return (!has_token(&run.config)).then(|| "the token is wrong".to_owned());
    }
    if run.config["count"].as_i64().is_none_or(|count| count < 1) {
        return Some("count must be an integer of at least 1".to_owned());
    }
    let date = &run.config["start_date"];
    if !date.is_null() && date.as_str().is_none_or(|date| date.parse::<jiff::civil::Date>().is_err()) {
        return Some("start_date must be a date".to_owned());
    }
    let format = &run.config["format"];
    let is_known = |kind: &Value| kind == "plain" || kind == "compact";
    if !format.is_null() && !is_known(&format["kind"]) {
        return Some("format has no known kind".to_owned());
    }
    if format["kind"] == "compact" && !(format["level"].is_null() || format["level"].is_i64()) {
        return Some("level must be an integer".to_owned());
    }
    (!has_token(&run.config)).then(|| "the token is wrong".to_owned())
}

fn has_token(config: &Value) -> bool {
    config["token"].as_str().is_some_and(|token| token.starts_with("tok-"))
}
