//! The entry points: arguments in, messages out, an exit code at the end.

use crate::args::{self, Verb};
use crate::config::{connection_specification, unknown_keys};
use crate::input::Input;
use crate::invocation::{Invocation, Trust};
use crate::output::{Output, Sink, StreamOutput, log, trace_error};
use crate::signal::{STOPPED, StopFlag};
use crate::write::{Ending, write};
use crate::{Config, ConfiguredCatalog, Destination, Failure, InputState, Source, WritePlan, parse_config};
use longshore_protocol::{FailureKind, LogLevel, StreamStatus};
use serde_json::{Value, json};
use std::ffi::OsString;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

/// Name a file and a folder with certificates to trust besides the ones compiled in.
const CERTIFICATE_VARIABLES: (&str, &str) = ("SSL_CERT_FILE", "SSL_CERT_DIR");

/// Names a file with the state that the source of this run starts from; see [`WritePlan::input_state`].
const INPUT_STATE_VARIABLE: &str = "LONGSHORE_INPUT_STATE";

/// Names the series of syncs that this run belongs to; see [`WritePlan::connection`].
const CONNECTION_VARIABLE: &str = "LONGSHORE_CONNECTION";

/// While a person waits for `check` or `discover`, no longer than this is spent on trying again.
const PATIENCE: Duration = Duration::from_secs(5);

/// Runs a source with the arguments after the program's name.
pub fn run_source<S: Source>(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    report_panics();
    StopFlag::end_process_after_grace();
    ExitCode::from(serve_source::<S>(of_process(), args))
}

/// Serves one verb of a source and gives the exit code.
pub(crate) fn serve_source<S: Source>(mut invocation: Invocation, args: impl IntoIterator<Item = OsString>) -> u8 {
    let verb = args::parse(args);
    if matches!(verb, Ok(Verb::Check { .. } | Verb::Discover { .. })) {
        invocation.patience = Some(PATIENCE);
    }
    serve(&invocation, |output| match verb? {
        Verb::Spec => output.message(&spec::<S::Config>(S::DOCUMENTATION_URL, None)),
        Verb::Check { config } => check(config, S::check, output),
        Verb::Discover { config } => {
            let streams = S::discover(&read_config(&config)?)?;
            output.message(&json!({"type": "CATALOG", "catalog": {"streams": streams}}).to_string())
        }
        Verb::Read { config, catalog, state } => {
            let state = state.map(|path| InputState::parse(&read_file(&path)?)).transpose()?.unwrap_or_default();
            read::<S>(&read_config(&config)?, &read_catalog(&catalog)?, &state, output)
        }
        Verb::Write { .. } => Err(Failure::config("this connector is a source; it cannot `write`")),
    })
}

/// Runs a destination with the arguments after the program's name.
pub fn run_destination<D: Destination>(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    report_panics();
    let invocation = of_process();
    let stop = invocation.stop.clone();
    ExitCode::from(serve(&invocation, |output| match args::parse(args)? {
        Verb::Spec => output.message(&spec::<D::Config>(D::DOCUMENTATION_URL, Some(json!(D::SYNC_MODES)))),
        Verb::Check { config } => check(config, D::check, output),
        Verb::Write { config, catalog } => {
            let input_state = match std::env::var_os(INPUT_STATE_VARIABLE) {
                Some(path) => Some(InputState::parse(&read_file(Path::new(&path))?)?),
                None => None,
            };
            let connection = std::env::var(CONNECTION_VARIABLE).unwrap_or_default();
            let plan = WritePlan::new(read_catalog(&catalog)?, input_state, connection)?;
            let destination = D::open(&read_config(&config)?, &plan)?;
            match write(destination, &plan, Input::new(stop.clone()), output)? {
                _ if stop.is_set() => Err(Failure::interrupted()),
                Ending::Complete => Ok(()),
                Ending::Incomplete(streams) => {
                    let names: Vec<String> = streams.iter().map(ToString::to_string).collect();
                    Err(Failure::transient(format!(
                        "input ended before these streams were complete: {}; what arrived is kept and the run can be repeated",
                        names.join(", ")
                    )))
                }
            }
        }
        Verb::Discover { .. } | Verb::Read { .. } => {
            Err(Failure::config("this connector is a destination; it can spec, check and write"))
        }
    }))
}

/// What this process was started with. Nothing else of the environment is ever read.
fn of_process() -> Invocation {
    let (file, folder) = CERTIFICATE_VARIABLES;
    let path = |name| std::env::var_os(name).filter(|path| !path.is_empty()).map(Into::into);
    let trust = Trust { file: path(file), folder: path(folder) };
    Invocation::new(Sink::Stdout, StopFlag::install(), trust)
}

/// 0 after success, 143 after a signal, 1 after a failure that has been reported.
fn serve(invocation: &Invocation, act: impl FnOnce(&mut Output) -> Result<(), Failure>) -> u8 {
    invocation.enter();
    let mut output = Output::new(invocation);
    match act(&mut output).and_then(|()| output.flush()) {
        Ok(()) => 0,
        Err(failure) if failure.kind == FailureKind::Cancelled => {
            let _ = output.flush();
            STOPPED
        }
        Err(failure) => {
            // When not even the report can be written, the exit code is all that is left.
            let _ = output.failure(&failure, None);
            1
        }
    }
}

/// A panic is a defect of the connector; it is reported like any other failure.
fn report_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let failure = Failure::system("the connector has a defect and stopped").with_internal(panic.to_string());
        let _ = writeln!(std::io::stdout(), "\n{}", trace_error(&failure, None));
    }));
}

fn spec<C: Config>(documentation_url: &str, sync_modes: Option<Value>) -> String {
    let mut spec = json!({
        "documentationUrl": documentation_url,
        "connectionSpecification": connection_specification::<C>(),
        "protocol_version": "0.18.0",
    });
    if let Some(modes) = sync_modes {
        spec["supported_destination_sync_modes"] = modes;
    }
    json!({"type": "SPEC", "spec": spec}).to_string()
}

/// A configuration that does not work is an answer, not a failure of the connector: exit code 0.
fn check<C: Config>(
    config: impl AsRef<Path>,
    check: impl FnOnce(&C) -> Result<(), Failure>,
    output: &mut Output,
) -> Result<(), Failure> {
    let status = match read_config(config.as_ref()).and_then(|config| check(&config)) {
        Ok(()) => json!({"status": "SUCCEEDED"}),
        Err(failure) => {
            output.failure(&failure, None)?;
            json!({"status": "FAILED", "message": failure.message})
        }
    };
    output.message(&json!({"type": "CONNECTION_STATUS", "connectionStatus": status}).to_string())
}

/// Reads the streams one after the other; a stream that fails does not keep the others from being read.
fn read<S: Source>(
    config: &S::Config,
    catalog: &ConfiguredCatalog,
    state: &InputState,
    output: &mut Output,
) -> Result<(), Failure> {
    let mut failed = Vec::new();
    for stream in &catalog.streams {
        let descriptor = stream.descriptor();
        output.status(&descriptor, StreamStatus::Started)?;
        let mut stream_output = StreamOutput::new(output, &descriptor);
        let result = state
            .typed(&descriptor)
            .and_then(|state| S::read(config, stream, state, &mut stream_output))
            .and_then(|()| stream_output.finish());
        match result {
            Ok(()) => output.status(&descriptor, StreamStatus::Complete)?,
            Err(failure) if failure.closed_pipe || failure.kind == FailureKind::Cancelled => return Err(failure),
            Err(failure) => {
                output.failure(&failure, Some(&descriptor))?;
                output.status(&descriptor, StreamStatus::Incomplete)?;
                failed.push((descriptor.to_string(), failure));
            }
        }
    }
    let Some((_, first)) = failed.first() else { return Ok(()) };
    let names: Vec<&str> = failed.iter().map(|(name, _)| name.as_str()).collect();
    Err(Failure { message: format!("{} (streams that failed: {})", first.message, names.join(", ")), ..first.clone() })
}

fn read_config<C: Config>(path: impl AsRef<Path>) -> Result<C, Failure> {
    let text = read_file(path.as_ref())?;
    Invocation::current().note_config(&text);
    let config = parse_config(&text)?;
    warn_of_unknown_keys::<C>(&text);
    Ok(config)
}

/// A key that means nothing here may be a typing error, or something that a platform added.
fn warn_of_unknown_keys<C: Config>(text: &str) {
    let Ok(config) = serde_json::from_str(text) else { return };
    for key in unknown_keys(&config, &connection_specification::<C>()) {
        log(
            LogLevel::Warn,
            &format!("the configuration has `{key}`, which this connector does not know: it has no effect"),
        );
    }
}

fn read_catalog(path: &Path) -> Result<ConfiguredCatalog, Failure> {
    serde_json::from_str(&read_file(path)?)
        .map_err(|error| Failure::config(format!("{} is not a configured catalog: {error}", path.display())))
}

fn read_file(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| Failure::config(format!("cannot read {}: {error}", path.display())))
}
