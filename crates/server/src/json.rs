//! Bodies of requests: JSON, whatever the content type says; unknown keys are ignored, and what is wrong is answered with its
//! place and without its value, since that may be a secret.

use crate::problem::Problem;
use crate::settings::Server;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;
use serde_path_to_error::{Path, Segment};

/// A body that is JSON. Text in it never holds U+0000, which databases refuse.
pub(crate) struct Json<T>(pub(crate) T);

/// A body that is JSON and is kept as it stands, U+0000 and all: states of connectors.
pub(crate) struct Opaque<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Server> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, server: &Server) -> Result<Self, Problem> {
        let bytes = body(request, server).await?;
        if holds_nul(&bytes) {
            return Err(Problem::bad_place("", "text must not hold the character U+0000"));
        }
        parse(&bytes).map(Self)
    }
}

impl<T: DeserializeOwned> FromRequest<Server> for Opaque<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, server: &Server) -> Result<Self, Problem> {
        parse(&body(request, server).await?).map(Self)
    }
}

/// The body, up to its limits of size and time.
pub(crate) async fn body(request: Request, server: &Server) -> Result<Bytes, Problem> {
    let whole = Limited::new(request.into_body(), server.settings.body_limit_bytes).collect();
    let read = tokio::time::timeout(server.settings.body_timeout, whole).await;
    match read {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large(server.settings.body_limit_bytes)),
        Ok(Err(_)) => Err(Problem::bad_place("", "the body ended before its end")),
        Err(_) => {
            let detail = "the body did not come in time";
            Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "bad-request", "request.slow", detail))
        }
    }
}

fn too_large(limit_bytes: usize) -> Problem {
    let detail = format!("the body is larger than {limit_bytes} bytes");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "bad-request", "request.too_large", detail)
}

/// What the text is, or where it is not.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    // Clients send nothing where every key is optional.
    let bytes = if bytes.trim_ascii().is_empty() { b"{}" } else { bytes };
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader)
        .map_err(|error| Problem::bad_place(pointer(error.path()), without_value(&error.inner().to_string())))?;
    reader.end().map_err(|error| Problem::bad_place("", error.to_string()))?;
    Ok(value)
}

/// The place as a JSON pointer.
fn pointer(path: &Path) -> String {
    let escape = |key: &str| key.replace('~', "~0").replace('/', "~1");
    path.iter()
        .map(|segment| match segment {
            Segment::Seq { index } => format!("/{index}"),
            Segment::Map { key } => format!("/{}", escape(key)),
            Segment::Enum { variant } => format!("/{}", escape(variant)),
            Segment::Unknown => String::new(),
        })
        .collect()
}

/// `invalid type: string "hunter2", expected u32` says too much: what was expected is enough.
pub(crate) fn without_value(message: &str) -> String {
    let message = message.split(" at line ").next().unwrap_or_default();
    match message.rsplit_once(", expected ") {
        Some((_, expected)) => format!("expected {expected}"),
        None if message.starts_with("UUID parsing failed") => "expected a UUID".to_owned(),
        None => message.to_owned(),
    }
}

/// Whether some text has the escape of U+0000. Without an escape it cannot stand in JSON.
fn holds_nul(bytes: &[u8]) -> bool {
    const ESCAPE: &[u8] = b"\\u0000";
    (0..bytes.len().saturating_sub(ESCAPE.len() - 1)).any(|at| {
        let before = bytes[..at].iter().rev().take_while(|byte| **byte == b'\\').count();
        bytes[at..].starts_with(ESCAPE) && before.is_multiple_of(2)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::response::IntoResponse;
    use serde::Deserialize;
    use serde_json::Value;

    #[derive(Debug, Deserialize)]
    #[allow(dead_code, reason = "only its reading is looked at")]
    struct Asked {
        name: String,
        streams: Option<Vec<Inner>>,
    }

    #[derive(Debug, Deserialize)]
    #[allow(dead_code, reason = "only its reading is looked at")]
    struct Inner {
        count: u32,
    }

    async fn problem(text: &str) -> Value {
        let problem = parse::<Asked>(text.as_bytes()).expect_err("wrong");
        let body = problem.into_response().into_body().collect().await.expect("a body").to_bytes();
        serde_json::from_slice(&body).expect("JSON")
    }

    #[tokio::test]
    async fn a_wrong_body_is_answered_with_its_place_and_without_its_value() {
        let body = problem(r#"{"name":"a","streams":[{"count":"hunter2"}]}"#).await;
        assert_eq!(body["errors"][0]["path"], "/streams/0/count");
        assert_eq!(body["errors"][0]["message"], "expected u32");
        assert!(!body.to_string().contains("hunter2"));
        assert_eq!(problem("{}").await["errors"][0]["message"], "missing field `name`");
        assert_eq!(problem("[1").await["status"], 400);
    }

    #[test]
    fn unknown_keys_and_nulls_of_optional_keys_are_nothing() {
        assert!(parse::<Asked>(br#"{"name":"a","streams":null,"other":{"x":[]}}"#).is_ok());
    }

    #[test]
    fn the_escape_of_nul_is_told_from_an_escaped_backslash() {
        assert!(holds_nul(br#"{"name":"a\u0000"}"#));
        assert!(holds_nul(br#"{"name":"a\\\u0000"}"#));
        assert!(!holds_nul(br#"{"name":"a\\u0000"}"#));
        assert!(!holds_nul(b""));
    }
}
