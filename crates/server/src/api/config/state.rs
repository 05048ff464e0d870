//! `/state/*`: how far a connection got. What a source noted is kept byte for byte.

use super::call::{Call, Calls, EDITOR, READER};
use super::catalog::StreamName;
use super::connection::{ConnectionIdBody, allowed};
use crate::problem::{Problem, Result};
use crate::settings::Server;
use longshore_control_plane::{ConnectionId, ConnectionState, StoredStreamState};
use longshore_protocol::RawJson;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

/// What a state covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ConnectionStateType {
    /// There is none.
    NotSet,
    /// One blob.
    Legacy,
    /// One for each stream.
    Stream,
    /// One for all streams together.
    Global,
}

/// The state of a connection.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConnectionStateBody {
    /// What it covers.
    pub(crate) state_type: ConnectionStateType,
    /// Whose it is.
    #[serde(default)]
    pub(crate) connection_id: Uuid,
    /// Of a legacy state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub(crate) state: Option<RawJson>,
    /// Of a stream state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) stream_state: Option<Vec<StreamStateBody>>,
    /// Of a global state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) global_state: Option<GlobalStateBody>,
}

/// The state of one stream.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StreamStateBody {
    /// The stream.
    pub(crate) stream_descriptor: StreamName,
    /// What the source noted; absent: from the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub(crate) stream_state: Option<RawJson>,
}

/// The state of all streams together.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct GlobalStateBody {
    /// What belongs to no stream in particular. Some clients write `sharedState`.
    #[serde(default, alias = "sharedState", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub(crate) shared_state: Option<RawJson>,
    /// What belongs to each stream.
    #[serde(default, rename = "streamStates", deserialize_with = "super::catalog::null_is_default")]
    pub(crate) stream_states: Vec<StreamStateBody>,
}

/// A new state for a connection.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConnectionStateCreateOrUpdate {
    /// Whose it is.
    pub(crate) connection_id: Uuid,
    /// The whole state; what is not in it is gone.
    pub(crate) connection_state: ConnectionStateBody,
}

pub(crate) fn router() -> OpenApiRouter<Server> {
    Calls::of("state")
        .answer("/state/get", READER, "How far a connection got.", get)
        .answer_opaque("/state/create_or_update", EDITOR, "Puts another state in its place.", replace)
        .answer_opaque("/state/create_or_update_safe", EDITOR, "The same; 423 while a job runs.", replace)
        .router()
}

async fn get(call: Call<ConnectionIdBody>) -> Result<ConnectionStateBody> {
    let connection = allowed(&call, call.body.connection_id).await?;
    let state = call.plane().states(connection.id).await?;
    Ok(ConnectionStateBody::of(connection.id, state))
}

async fn replace(call: Call<ConnectionStateCreateOrUpdate>) -> Result<ConnectionStateBody> {
    let connection = allowed(&call, call.body.connection_id).await?;
    let state = call.body.connection_state.clone().into_state()?;
    let state = call.plane().replace_states(call.by(), connection.id, state).await?;
    Ok(ConnectionStateBody::of(connection.id, state))
}

impl ConnectionStateBody {
    fn of(id: ConnectionId, state: ConnectionState) -> Self {
        let not_set = Self {
            state_type: ConnectionStateType::NotSet,
            connection_id: id.0,
            state: None,
            stream_state: None,
            global_state: None,
        };
        match state {
            ConnectionState::NotSet => not_set,
            ConnectionState::Legacy(blob) => {
                Self { state_type: ConnectionStateType::Legacy, state: Some(blob), ..not_set }
            }
            ConnectionState::Stream(streams) => {
                Self { state_type: ConnectionStateType::Stream, stream_state: Some(bodies(streams)), ..not_set }
            }
            ConnectionState::Global { shared, streams } => {
                let global_state = Some(GlobalStateBody { shared_state: shared, stream_states: bodies(streams) });
                Self { state_type: ConnectionStateType::Global, global_state, ..not_set }
            }
        }
    }

    fn into_state(self) -> Result<ConnectionState> {
        match self.state_type {
            ConnectionStateType::NotSet => Ok(ConnectionState::NotSet),
            ConnectionStateType::Legacy => {
                self.state.map(ConnectionState::Legacy).ok_or_else(|| missing("/connectionState/state"))
            }
            ConnectionStateType::Stream => self
                .stream_state
                .map(|streams| ConnectionState::Stream(stored(streams)))
                .ok_or_else(|| missing("/connectionState/streamState")),
            ConnectionStateType::Global => self
                .global_state
                .map(|global| ConnectionState::Global {
                    shared: global.shared_state,
                    streams: stored(global.stream_states),
                })
                .ok_or_else(|| missing("/connectionState/globalState")),
        }
    }
}

fn missing(place: &str) -> Problem {
    Problem::bad_place(place, "the part that stateType names is missing")
}

fn bodies(streams: Vec<StoredStreamState>) -> Vec<StreamStateBody> {
    let body = |stored: StoredStreamState| StreamStateBody {
        stream_descriptor: StreamName::from(&stored.stream),
        stream_state: Some(stored.state),
    };
    streams.into_iter().map(body).collect()
}

/// A stream without a state begins anew: it is as good as not there.
fn stored(streams: Vec<StreamStateBody>) -> Vec<StoredStreamState> {
    let stored = |body: StreamStateBody| {
        body.stream_state.map(|state| StoredStreamState { stream: body.stream_descriptor.into(), state })
    };
    streams.into_iter().filter_map(stored).collect()
}

#[cfg(test)]
mod tests {
    use super::{ConnectionStateBody, ConnectionStateCreateOrUpdate};
    use longshore_control_plane::ConnectionId;
    use uuid::Uuid;

    fn through(state: &str) -> String {
        let body = format!(r#"{{"connectionId":"{0}","connectionState":{state}}}"#, Uuid::nil());
        let asked: ConnectionStateCreateOrUpdate = crate::json::parse(body.as_bytes()).expect("a state");
        let state = asked.connection_state.into_state().expect("a whole state");
        serde_json::to_string(&ConnectionStateBody::of(ConnectionId(Uuid::nil()), state)).expect("JSON")
    }

    #[test]
    fn what_a_source_noted_comes_back_byte_for_byte() {
        let blob = r#"{"lsn":12345678901234567890.10,"b":1e400,"a":"\u0000é"}"#;
        let text = through(&format!(
            r#"{{"stateType":"stream","streamState":[{{"streamDescriptor":{{"name":"a","namespace":null}},"streamState":{blob}}}]}}"#
        ));
        assert!(text.contains(blob), "{text}");
        assert!(!text.contains("namespace"), "{text}");
    }

    #[test]
    fn the_shared_part_may_be_written_in_two_ways_and_is_told_in_one() {
        for key in ["sharedState", "shared_state"] {
            let text = through(&format!(
                r#"{{"stateType":"global","globalState":{{"{key}":{{"x":1.0}},"streamStates":[]}}}}"#
            ));
            assert!(text.contains(r#""globalState":{"shared_state":{"x":1.0},"streamStates":[]}"#), "{text}");
        }
    }

    #[test]
    fn a_stream_that_is_reset_has_no_state() {
        let stream = r#"{"streamDescriptor":{"name":"a"},"streamState":null}"#;
        let text = through(&format!(r#"{{"stateType":"stream","streamState":[{stream}]}}"#));
        assert!(text.contains(r#""streamState":[]"#), "{text}");
    }
}
