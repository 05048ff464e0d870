//! The state that a run starts from.

use crate::{Failure, RawJson, StreamDescriptor};
use longshore_protocol::{State, StateKind};
use serde::de::DeserializeOwned;

/// The content of the file after `--state`: an array of state messages, or one object from before states had types.
#[derive(Debug, Clone, Default)]
pub struct InputState {
    states: Vec<State>,
}

impl InputState {
    /// Reads the text of a state file.
    ///
    /// # Errors
    /// A config error when it is not JSON of either form.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        if text.trim_start().starts_with('[') {
            let states = serde_json::from_str(text)
                .map_err(|error| Failure::config(format!("the state file is not an array of states: {error}")))?;
            return Ok(Self { states });
        }
        let data: RawJson = serde_json::from_str(text)
            .map_err(|error| Failure::config(format!("the state file is not JSON: {error}")))?;
        let mut state = State::of_stream(StreamDescriptor::default(), None);
        (state.wire_kind, state.stream, state.data) = (Some(StateKind::Legacy), None, Some(data));
        Ok(Self { states: vec![state] })
    }

    /// The states, in the order of the file.
    #[must_use]
    pub fn states(&self) -> &[State] {
        &self.states
    }

    /// The raw state of one stream, from a STREAM state or out of a GLOBAL one.
    #[must_use]
    pub fn raw(&self, stream: &StreamDescriptor) -> Option<&str> {
        let streams = self
            .states
            .iter()
            .flat_map(|state| state.stream.iter().chain(state.global.iter().flat_map(|global| &global.stream_states)));
        let found = streams.fold(None, |found, s| if s.stream_descriptor == *stream { Some(s) } else { found })?;
        found.stream_state.as_ref().map(|raw| raw.get())
    }

    /// The state of one stream, decoded. `None` when there is none.
    ///
    /// # Errors
    /// A config error when it is there but of another shape, for instance from another connector.
    pub fn typed<S: DeserializeOwned>(&self, stream: &StreamDescriptor) -> Result<Option<S>, Failure> {
        let Some(raw) = self.raw(stream) else { return Ok(None) };
        serde_json::from_str(raw).map(Some).map_err(|error| {
            Failure::config(format!("the state of stream {stream} is not one of this connector: {error}"))
        })
    }
}
