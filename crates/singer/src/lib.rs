//! Makes any Singer tap a source of the Airbyte Protocol, and any Singer target a destination.
//!
//! ```text
//! longshore-singer [OPTION…] -- PROGRAM ARGUMENT… VERB --config FILE [--catalog FILE] [--state FILE]
//! ```
//!
//! Read it in this order: [`args`] says what is asked; [`settings`] what the user told the wrapper; `spec`, `check` and
//! `discover` ask the program once; `read` follows a tap's stdout line by line; `write` feeds a target's stdin and follows
//! its stdout. Only `child` starts processes, only `output` prints.
//!
//! What a Singer STATE promises decides how this works: it covers every record that stands before it on the tap's stdout,
//! of all streams; and a target prints a STATE's value when everything before it is written.

mod about;
mod args;
mod check;
mod child;
mod discover;
mod entry;
mod failure;
mod files;
mod json;
mod lines;
mod output;
mod pipe;
mod read;
mod schema;
mod secrets;
mod settings;
mod signals;
mod spec;
mod stderr;
mod time;
mod write;

use args::{Invocation, Verb};
use failure::Failure;
use files::Inputs;
use output::Output;
use settings::Settings;
use signals::Stop;
use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::Arc;

/// What one run works with.
struct Wrapper {
    /// The tap or the target: program and arguments.
    words: Vec<OsString>,
    settings: Settings,
    output: Arc<Output>,
    stop: Stop,
}

/// Runs the wrapper with the arguments after the program's name: 0 after success, 143 after a signal, 1 after a failure
/// that has been reported.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let output = Arc::new(Output::default());
    let stop = Stop::install();
    let result = serve(args, &output, &stop);
    if stop.is_set() {
        return ExitCode::from(143);
    }
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // When not even the report can be written, the exit code is all that is left.
            let _ = output.failure(&failure, None);
            ExitCode::FAILURE
        }
    }
}

fn serve(args: impl IntoIterator<Item = OsString>, output: &Arc<Output>, stop: &Stop) -> Result<(), Failure> {
    let Invocation { words, options, verb } = args::parse(args)?;
    let settings = Settings::of(&options)?;
    let mut wrapper = Wrapper { words, settings, output: Arc::clone(output), stop: stop.clone() };
    let mut inputs = |config| Inputs::open(config, &mut wrapper.settings, output);
    match verb {
        Verb::Spec => spec::spec(&wrapper),
        Verb::Check { config } => {
            let inputs = inputs(&config);
            check::check(&wrapper, inputs, options.kind)
        }
        Verb::Discover { config } => {
            let inputs = inputs(&config)?;
            discover::discover(&wrapper, &inputs)
        }
        Verb::Read { config, catalog, state } => {
            let inputs = inputs(&config)?;
            read::read(&wrapper, &inputs, &catalog, state.as_deref())
        }
        Verb::Write { config, catalog } => {
            let inputs = inputs(&config)?;
            write::write(&wrapper, inputs, &catalog)
        }
    }
}
