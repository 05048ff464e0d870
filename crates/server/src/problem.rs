//! The body of every error: the keys of RFC 9457, our stable code, and the id under which the log knows the request.

use crate::request;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use longshore_control_plane::Error;
use serde_json::{Value, json};

/// What handlers return.
pub(crate) type Result<T> = std::result::Result<T, Problem>;

/// Why a request was not answered as it was meant.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    title: &'static str,
    code: String,
    detail: String,
    errors: Vec<longshore_control_plane::Problem>,
    /// Boxed: every handler returns a problem by value.
    data: Option<Box<Value>>,
    retry_after_seconds: Option<u64>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, title: &'static str, code: &str, detail: impl Into<String>) -> Self {
        Self {
            status,
            title,
            code: code.to_owned(),
            detail: detail.into(),
            errors: Vec::new(),
            data: None,
            retry_after_seconds: None,
        }
    }

    /// 400: understood, and wrong.
    pub(crate) fn bad_request(code: &str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad-request", code, detail)
    }

    /// 400 with the place: a JSON pointer, or the name of a query key.
    pub(crate) fn bad_place(place: impl Into<String>, message: impl Into<String>) -> Self {
        let (path, message) = (place.into(), message.into());
        let detail = if path.is_empty() { message.clone() } else { format!("{path}: {message}") };
        Self::bad_request("request.invalid", detail).with_error(path, message)
    }

    /// 400 of a value that names nothing, such as an unknown `sourceType`.
    pub(crate) fn value_not_found(value: &str) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "value-not-found",
            "request.value_not_found",
            format!("there is no {value:?}"),
        )
        .with_data(json!({ "value": value }))
    }

    /// 422: the form is right and the content is not.
    pub(crate) fn unprocessable(code: &str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "unprocessable-entity", code, detail)
    }

    /// 401: who asks has not said who they are, or not rightly.
    pub(crate) fn unauthorized(code: &str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "invalid-api-key", code, detail)
    }

    /// 403: known, and not allowed.
    pub(crate) fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "auth.forbidden", detail)
    }

    /// 404 of a thing.
    pub(crate) fn not_found(resource: &str, id: impl ToString) -> Self {
        let id = id.to_string();
        let detail = format!("there is no {resource} {id}");
        Self::new(StatusCode::NOT_FOUND, "resource-not-found", "resource.not_found", detail)
            .with_data(json!({ "resourceType": resource, "resourceId": id }))
    }

    /// 500: a defect of ours. What happened is in the log, under the id.
    pub(crate) fn failed() -> Self {
        let detail = "the server failed; its log says why, under this errorId";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "unexpected-problem", "server.failed", detail)
    }

    pub(crate) fn with_error(mut self, path: impl Into<String>, message: impl Into<String>) -> Self {
        self.errors.push(longshore_control_plane::Problem { path: path.into(), message: message.into() });
        self
    }

    pub(crate) fn with_data(mut self, data: Value) -> Self {
        self.data = Some(Box::new(data));
        self
    }

    pub(crate) fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after_seconds = Some(seconds);
        self
    }

    fn body(&self) -> Value {
        let mut body = json!({
            "status": self.status.as_u16(),
            "type": format!("https://reference.airbyte.com/reference/errors#{}", self.title.replace(' ', "-").to_lowercase()),
            "title": self.title,
            "detail": self.detail,
            "code": self.code,
            "errorId": request::id(),
            // The name that clients of the Config API show.
            "message": self.detail,
            "data": self.data.as_deref().cloned().unwrap_or_else(|| json!({ "message": self.detail })),
        });
        if !self.errors.is_empty() {
            body["errors"] = json!(self.errors);
        }
        body
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.body())).into_response();
        let headers = response.headers_mut();
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = self.retry_after_seconds {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound { resource, id } => Self::not_found(resource, id),
            Error::Invalid { code, message, problems } => invalid(code, message, problems),
            Error::Conflict { code, message } => conflict(code, message),
            // Connectors that fail are no failure of the server: it did what was asked, and this is what came of it.
            Error::Failed(reason) => {
                let data =
                    json!({ "message": reason.message, "failureOrigin": reason.origin, "failureType": reason.kind });
                Self::unprocessable(&reason.code, reason.message.clone()).with_data(data)
            }
            Error::Database { code, message } => of_database(code, &message),
        }
    }
}

fn invalid(code: &'static str, message: String, problems: Vec<longshore_control_plane::Problem>) -> Problem {
    let mut problem = match code.split('.').next() {
        Some("configuration") => Problem::unprocessable(code, message),
        _ => Problem::bad_request(code, message),
    };
    problem.errors = problems;
    problem
}

fn conflict(code: &'static str, message: String) -> Problem {
    let (status, title) = match code {
        "job.already_running" => (StatusCode::CONFLICT, "try-again-later"),
        "state.sync_running" => (StatusCode::LOCKED, "try-again-later"),
        "connection.locked" => (StatusCode::CONFLICT, "Connection is locked"),
        "tag.already_exists" => (StatusCode::CONFLICT, "Tag already exists"),
        _ => (StatusCode::CONFLICT, "state-conflict"),
    };
    Problem::new(status, title, code, message)
}

fn of_database(code: &'static str, message: &str) -> Problem {
    tracing::error!(error_id = request::id(), code, "{message}");
    if code == "database.unreachable" {
        let detail = "the database cannot be reached; try again";
        return Problem::new(StatusCode::SERVICE_UNAVAILABLE, "try-again-later", code, detail).retry_after(1);
    }
    Problem { code: code.to_owned(), ..Problem::failed() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(error: Error) -> u16 {
        Problem::from(error).status.as_u16()
    }

    #[test]
    fn errors_of_the_control_plane_have_the_status_that_clients_know() {
        assert_eq!(status(Error::not_found("job", 1)), 404);
        assert_eq!(status(Error::invalid("connection.cron", "x")), 400);
        assert_eq!(status(Error::invalid("configuration.invalid", "x")), 422);
        assert_eq!(status(Error::conflict("job.already_running", "x")), 409);
        assert_eq!(status(Error::conflict("state.sync_running", "x")), 423);
        assert_eq!(status(Error::Database { code: "database.unreachable", message: "x".to_owned() }), 503);
    }

    #[test]
    fn what_the_database_says_stays_in_the_log() {
        let error = Error::Database { code: "database.failed", message: "relation of hunter2".to_owned() };
        assert!(!Problem::from(error).body().to_string().contains("hunter2"));
    }
}
