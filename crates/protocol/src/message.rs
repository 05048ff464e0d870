//! Every message that is not a record, decoded; and the lines that Longshore writes itself.

use crate::trace::{Control, Log, Trace};
use crate::{Catalog, ConnectionStatus, RawJson, Spec, State, StreamDescriptor, StreamStatus};
use serde::Deserialize;
use serde_json::value::RawValue;

/// A decoded message that is not a record.
#[derive(Debug, Clone)]
pub enum Message {
    /// How far the source got.
    State(Box<State>),
    /// A line for people.
    Log(Log),
    /// What the connector needs.
    Spec(Box<Spec>),
    /// Whether a configuration works.
    ConnectionStatus(ConnectionStatus),
    /// What a source offers.
    Catalog(Catalog),
    /// What the connector says about itself.
    Trace(Box<Trace>),
    /// A new configuration.
    Control(Control),
    /// What a data-activation destination offers; kept as it is.
    DestinationCatalog(RawJson),
    /// A type that came after this was written.
    Unknown(String),
}

/// Why a message could not be decoded.
#[derive(Debug, thiserror::Error)]
#[error("a {kind} message cannot be used: {source}")]
pub struct DecodeError {
    /// The `type` of the message, `?` where even that is missing.
    pub kind: String,
    #[source]
    source: serde_json::Error,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(rename = "type")]
    kind: String,
    #[serde(borrow)]
    state: Option<&'a RawValue>,
    #[serde(borrow)]
    log: Option<&'a RawValue>,
    #[serde(borrow)]
    spec: Option<&'a RawValue>,
    #[serde(borrow, rename = "connectionStatus")]
    connection_status: Option<&'a RawValue>,
    #[serde(borrow)]
    catalog: Option<&'a RawValue>,
    #[serde(borrow)]
    trace: Option<&'a RawValue>,
    #[serde(borrow)]
    control: Option<&'a RawValue>,
    #[serde(borrow)]
    destination_catalog: Option<&'a RawValue>,
}

impl Message {
    /// Decodes the text of one message, as [`crate::Line::Message`] hands it over.
    ///
    /// # Errors
    /// When the payload is missing or does not have the properties that its type requires.
    pub fn decode(text: &str) -> Result<Self, DecodeError> {
        let envelope: Envelope<'_> =
            serde_json::from_str(text).map_err(|source| DecodeError { kind: "?".to_owned(), source })?;
        let kind = envelope.kind.clone();
        envelope.payload().map_err(|source| DecodeError { kind, source })
    }
}

impl Envelope<'_> {
    fn payload(self) -> Result<Message, serde_json::Error> {
        Ok(match self.kind.as_str() {
            "STATE" => Message::State(Box::new(typed(self.state)?)),
            "LOG" => Message::Log(typed(self.log)?),
            "SPEC" => Message::Spec(Box::new(typed(self.spec)?)),
            "CONNECTION_STATUS" => Message::ConnectionStatus(typed(self.connection_status)?),
            "CATALOG" => Message::Catalog(typed(self.catalog)?),
            "TRACE" => Message::Trace(Box::new(typed(self.trace)?)),
            "CONTROL" => Message::Control(typed(self.control)?),
            "DESTINATION_CATALOG" => Message::DestinationCatalog(typed(self.destination_catalog)?),
            _ => Message::Unknown(self.kind),
        })
    }
}

/// A missing payload reads like `null`, which no payload is.
fn typed<T: for<'de> Deserialize<'de>>(raw: Option<&RawValue>) -> Result<T, serde_json::Error> {
    serde_json::from_str(raw.map_or("null", RawValue::get))
}

/// The line (no newline) of a STATE message around the text of a state.
#[must_use]
pub fn state_line(state: &str) -> String {
    format!(r#"{{"type":"STATE","state":{state}}}"#)
}

/// The line (no newline) of a STREAM_STATUS trace.
#[must_use]
pub fn stream_status_line(stream: &StreamDescriptor, status: StreamStatus, emitted_at_ms: i64) -> String {
    let body = serde_json::json!({
        "type": "TRACE",
        "trace": {
            "type": "STREAM_STATUS",
            "emitted_at": emitted_at_ms,
            "stream_status": { "stream_descriptor": stream, "status": status },
        },
    });
    body.to_string()
}
