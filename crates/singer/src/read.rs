//! `read`: starts the tap with the chosen streams and the state, and follows what it prints.

mod batch;
mod chosen;
mod comparison;
mod message;
mod selection;
mod session;
mod state;

use crate::child::Stderr;
use crate::discover::{Found, Undiscoverable, streams_of};
use crate::files::{Inputs, read_catalog, read_file};
use crate::lines::{Filled, Lines};
use crate::settings::CatalogOption;
use crate::{Failure, Wrapper};
use longshore_protocol::StreamStatus;
use session::Session;
use std::ffi::OsString;
use std::path::Path;
use std::process::Stdio;

/// A longer line is given up: its record is lost, and counted as such.
const LINE_BYTES: usize = 256 * 1024 * 1024;

pub(crate) fn read(wrapper: &Wrapper, inputs: &Inputs, catalog: &Path, state: Option<&Path>) -> Result<(), Failure> {
    let catalog = read_catalog(catalog)?;
    let mut found = streams_of(wrapper, inputs, Undiscoverable::IsTaken)?;
    let chosen = chosen::choose(wrapper, catalog, &found)?;
    let state = match state {
        Some(path) => state::restore(&read_file(path)?, &chosen, &found.entries, &wrapper.output)?,
        None => None,
    };
    selection::select(&mut found.entries, &chosen, &wrapper.settings);
    let arguments = arguments(inputs, &found, state.as_deref())?;
    for stream in &chosen {
        wrapper.output.status(&stream.descriptor, StreamStatus::Started)?;
    }
    let mut session = Session::new(wrapper, chosen, &found, state);
    let result = follow(wrapper, &arguments, &mut session);
    inputs.report_changes(&wrapper.output)?;
    result
}

/// What the tap is called with.
fn arguments(inputs: &Inputs, found: &Found, state: Option<&str>) -> Result<Vec<OsString>, Failure> {
    let mut arguments: Vec<OsString> = vec!["--config".into(), inputs.config().into()];
    if found.catalog.is_some() && found.option != CatalogOption::None {
        let path = inputs.write("catalog.json", &selection::catalog_text(found))?;
        let (catalog, properties) = match found.option {
            CatalogOption::Properties => (false, true),
            CatalogOption::Both => (true, true),
            _ => (true, false),
        };
        for (option, _) in [("--catalog", catalog), ("--properties", properties)].iter().filter(|(_, given)| *given) {
            arguments.extend([option.into(), path.clone().into_os_string()]);
        }
    }
    if let Some(state) = state {
        arguments.extend(["--state".into(), inputs.write("state.json", state)?.into()]);
    }
    Ok(arguments)
}

/// Reads the tap's stdout to its end. Nobody reads ahead: a slow reader of ours slows the tap, by its pipe.
fn follow(wrapper: &Wrapper, arguments: &[OsString], session: &mut Session<'_>) -> Result<(), Failure> {
    let mut program = wrapper.start(arguments, Stdio::null(), Stderr::Logged)?;
    let mut lines = Lines::new(program.take_stdout(), LINE_BYTES);
    loop {
        let filled = lines.fill().map_err(|error| Failure::system(format!("cannot read from the tap: {error}")))?;
        session.look_at_the_clock();
        while let Some(cut) = lines.next() {
            session.take(cut)?;
        }
        session.flush()?;
        if filled == Filled::End {
            break;
        }
    }
    let end = program.wait()?;
    match () {
        () if wrapper.stop.is_set() => Ok(()),
        () if end.status.success() => session.finish(),
        () => session.fail(end.failure(&wrapper.name())),
    }
}
