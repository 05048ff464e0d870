//! An answer with status 2xx, read to its end.

use super::pointer::{Pointer, elements};
use crate::Failure;
use longshore_protocol::LogLevel;
use serde::de::DeserializeOwned;

/// An answer: status, headers, text.
#[derive(Debug)]
pub struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: ureq::http::HeaderMap,
    pub(crate) text: String,
    pub(crate) url: String,
}

impl Answer {
    /// The status, 200 to 299.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// A header; of several with this name the first.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The body.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The JSON text that a pointer leads to (`/data/0/id`; empty: all of it), exactly as the server sent it.
    ///
    /// # Errors
    /// When the body is not JSON.
    pub fn find(&self, pointer: &str) -> Result<Option<&str>, Failure> {
        Pointer::from(pointer).find(&self.text)
    }

    /// The elements of the array that a pointer leads to, each as the text that the server sent.
    ///
    /// # Errors
    /// When the body is not JSON, or there is no array.
    pub fn elements(&self, pointer: &str) -> Result<Vec<&str>, Failure> {
        match self.find(pointer)? {
            Some(text) => elements(text),
            None => Err(Failure::system(format!("the answer has nothing at `{pointer}`; correct the pointer"))),
        }
    }

    /// The body as a value of a Rust type.
    ///
    /// # Errors
    /// When the body is not JSON, or of another shape.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_str(&self.text).map_err(|error| {
            Failure::system("the answer is not what the connector expects").with_internal(error.to_string())
        })
    }
}

/// A LOG message about a request; there is no stream at hand.
pub(super) fn note(client: &super::Client, message: &str) {
    let line = serde_json::json!({"type": "LOG", "log": {"level": LogLevel::Info, "message": message}});
    // A log line that cannot be written has nowhere else to go.
    let _ = client.invocation().sink.write(format!("{line}\n").as_bytes());
}
