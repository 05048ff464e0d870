//! `check`: a tap has to tell its streams, a target has to start and end well without any input.

use crate::args::Kind;
use crate::child::Stderr;
use crate::discover::{Found, Undiscoverable, streams_of};
use crate::files::Inputs;
use crate::{Failure, Wrapper};
use serde_json::json;

/// A configuration that does not work is an answer, not a failure of the wrapper.
pub(crate) fn check(wrapper: &Wrapper, inputs: Result<Inputs, Failure>, told: Option<Kind>) -> Result<(), Failure> {
    let result = inputs.and_then(|inputs| {
        let kind = told.unwrap_or_else(|| wrapper.kind_asked());
        let result = match kind {
            Kind::Tap => try_tap(wrapper, &inputs),
            Kind::Target => try_target(wrapper, &inputs),
        };
        inputs.report_changes(&wrapper.output)?;
        result
    });
    let status = match result {
        Ok(()) => json!({"status": "SUCCEEDED"}),
        Err(failure) => {
            wrapper.output.failure(&failure, None)?;
            json!({"status": "FAILED", "message": wrapper.output.redacted(&failure.message)})
        }
    };
    wrapper.output.message(&json!({"type": "CONNECTION_STATUS", "connectionStatus": status}).to_string())
}

fn try_tap(wrapper: &Wrapper, inputs: &Inputs) -> Result<(), Failure> {
    let Found { entries, .. } = streams_of(wrapper, inputs, Undiscoverable::IsLookedAt)?;
    if entries.is_empty() {
        let message =
            format!("{} finds no streams with this configuration; look at what it selects by", wrapper.name());
        return Err(Failure::config(message));
    }
    Ok(())
}

fn try_target(wrapper: &Wrapper, inputs: &Inputs) -> Result<(), Failure> {
    let arguments = ["--config".into(), inputs.config().into_os_string()];
    let (_, end) = wrapper.ask(&arguments, Stderr::Logged, None)?;
    if end.status.success() { Ok(()) } else { Err(end.failure(&wrapper.name())) }
}
