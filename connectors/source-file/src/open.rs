//! From a location to bytes, from a given offset on. Memory does not depend on the size of the file.

use crate::location::Location;
use longshore_connector_kit::Failure;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::time::Duration;
use ureq::Agent;

/// How long a server may take to accept a connection, and to begin its answer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);
const ANSWER_TIMEOUT: Duration = Duration::from_secs(120);

/// The bytes of a file.
pub(crate) type Bytes = Box<dyn Read>;

/// Opens the file at its beginning.
///
/// # Errors
/// A config error when the file is not there or cannot be read, a transient one when the server is in trouble.
pub(crate) fn open(location: &Location) -> Result<Bytes, Failure> {
    match location {
        Location::Local(path) => Ok(Box::new(open_local(path)?)),
        Location::Http(url) => get(location, url),
    }
}

/// Opens a local file behind what was read of it before.
///
/// # Errors
/// As [`open`]; and a config error when the file is not a longer version of what was read.
pub(crate) fn open_at(path: &Path, offset: u64) -> Result<Bytes, Failure> {
    let mut file = open_local(path)?;
    let size = file.metadata()?.len();
    if size < offset {
        return Err(Failure::config(format!(
            "{} has {size} bytes, but {offset} were read of it before: it was replaced; clear or refresh the stream",
            path.display()
        )));
    }
    if offset > 0 {
        check_line_end(&mut file, path, offset)?;
    }
    file.seek(SeekFrom::Start(offset))?;
    Ok(Box::new(file))
}

/// A last line without a newline counts as a record. It must not have gone on since.
fn check_line_end(file: &mut File, path: &Path, offset: u64) -> Result<(), Failure> {
    let mut around = Vec::with_capacity(2);
    file.seek(SeekFrom::Start(offset - 1))?;
    file.take(2).read_to_end(&mut around)?;
    let is_end = |byte: u8| matches!(byte, b'\n' | b'\r');
    if around.len() < 2 || around.into_iter().any(is_end) {
        return Ok(());
    }
    Err(Failure::config(format!(
        "the line before byte {offset} of {} has grown since it was read; clear or refresh the stream, and end \
         appended lines with a newline",
        path.display()
    )))
}

fn open_local(path: &Path) -> Result<File, Failure> {
    let cannot = |problem: &str| Failure::config(format!("`path`: cannot read {}: {problem}", path.display()));
    // Asked first: opening a named pipe would wait for its other end.
    let kind = std::fs::metadata(path).map_err(|error| cannot(&error.to_string()))?.file_type();
    match kind {
        kind if kind.is_file() => File::open(path).map_err(|error| cannot(&error.to_string())),
        kind if kind.is_dir() => Err(cannot("it is a directory; name one file in it")),
        _ => Err(cannot("it is not a regular file")),
    }
}

fn get(location: &Location, url: &str) -> Result<Bytes, Failure> {
    let agent: Agent = Agent::config_builder()
        .user_agent(concat!("longshore-source-file/", env!("CARGO_PKG_VERSION")))
        .timeout_connect(Some(CONNECT_TIMEOUT))
        .timeout_recv_response(Some(ANSWER_TIMEOUT))
        .build()
        .into();
    let response = agent.get(url).call().map_err(|error| http_failure(location, &error))?;
    Ok(Box::new(response.into_body().into_reader()))
}

/// Never says the URL as it was given, nor an error that could: there may be a secret in it.
fn http_failure(location: &Location, error: &ureq::Error) -> Failure {
    use ureq::Error::{BadUri, HostNotFound, Http, StatusCode, Tls};
    match error {
        StatusCode(status @ (408 | 425 | 429 | 500..)) => {
            Failure::transient(format!("{location} answered with status {status}; try again later"))
        }
        StatusCode(status) => Failure::config(format!("`path`: {location} answered with status {status}")),
        BadUri(_) | Http(_) => Failure::config(format!("`path`: {location} is not a URL")),
        HostNotFound => Failure::config(format!("`path`: there is no such host: {location}")),
        Tls(problem) => Failure::config(format!("`path`: {location} cannot be trusted: {problem}")),
        other => Failure::transient(format!("cannot read {location}: {other}; try again later")),
    }
}
