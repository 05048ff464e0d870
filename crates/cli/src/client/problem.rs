//! What a server says went wrong, as a failure of ours: its code, its message, its places.

use super::{list_of, text};
use crate::failure::environment;
use longshore_protocol::{FailureKind, FailureOrigin, FailureReason};
use reqwest::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The failure that a body tells.
pub(super) fn reason(url: &str, status: StatusCode, body: &str) -> FailureReason {
    let Ok(body) = serde_json::from_str::<Value>(body) else { return not_ours(url, status) };
    let (code, message) = (text(&body, "code"), text(&body, "detail"));
    if code.is_empty() {
        return not_ours(url, status);
    }
    let told = |key: &str| body["data"].get(key).cloned();
    let origin = told("failureOrigin").and_then(read).unwrap_or(FailureOrigin::Platform);
    let kind = told("failureType").and_then(read).unwrap_or(kind_of(status));
    let reason = FailureReason::new(origin, kind, code, message);
    let places: Vec<String> = list_of(&body, "errors").iter().map(place).collect();
    match (places.is_empty(), status.is_server_error()) {
        (false, _) => reason.with_detail(places.join("\n")),
        (true, true) => reason.with_detail(format!("errorId {}", text(&body, "errorId"))),
        (true, false) => reason,
    }
}

/// Something else than a Longshore answers there, or something between it and us.
pub(super) fn not_ours(url: &str, status: StatusCode) -> FailureReason {
    let message =
        format!("what answers at {url} is no API of Longshore's (HTTP {}); is the address right?", status.as_u16());
    environment("server.not_ours", message)
}

fn place(error: &Value) -> String {
    match text(error, "path") {
        "" => text(error, "message").to_owned(),
        path => format!("{path}: {}", text(error, "message")),
    }
}

fn read<T: DeserializeOwned>(value: Value) -> Option<T> {
    serde_json::from_value(value).ok()
}

fn kind_of(status: StatusCode) -> FailureKind {
    match status {
        StatusCode::CONFLICT | StatusCode::LOCKED | StatusCode::TOO_MANY_REQUESTS => FailureKind::TransientError,
        StatusCode::SERVICE_UNAVAILABLE => FailureKind::TransientError,
        status if status.is_client_error() => FailureKind::ConfigError,
        _ => FailureKind::SystemError,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_keeps_its_code_and_its_places() {
        let body = r#"{"status":422,"code":"configuration.invalid","detail":"it does not fit","errors":[{"path":"/count","message":"a number is needed"}]}"#;
        let reason = reason("http://x", StatusCode::UNPROCESSABLE_ENTITY, body);
        assert_eq!((reason.code.as_str(), reason.kind), ("configuration.invalid", FailureKind::ConfigError));
        assert_eq!(reason.detail.as_deref(), Some("/count: a number is needed"));
    }

    #[test]
    fn a_failure_of_a_connector_keeps_its_origin_and_kind() {
        let body = r#"{"code":"image.not_found","detail":"gone","data":{"failureOrigin":"source","failureType":"transient_error"}}"#;
        let reason = reason("http://x", StatusCode::UNPROCESSABLE_ENTITY, body);
        assert_eq!((reason.origin, reason.kind), (FailureOrigin::Source, FailureKind::TransientError));
    }

    #[test]
    fn pages_of_others_are_not_shown_as_ours() {
        for body in ["<html>Bad Gateway</html>", r#"{"message":"no Route matched"}"#] {
            assert_eq!(reason("http://x", StatusCode::BAD_GATEWAY, body).code, "server.not_ours");
        }
    }

    #[test]
    fn what_another_time_may_do_is_no_mistake_of_the_user() {
        let body = r#"{"code":"job.already_running","detail":"A sync is already running"}"#;
        assert_eq!(reason("http://x", StatusCode::CONFLICT, body).kind, FailureKind::TransientError);
    }
}
