//! The process of a registry: its start, its access log, its end.

use super::certificates::Certificates;
use rustix::process::{Pid, Signal, kill_process};
use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};
use std::io::{self, BufRead, BufReader, PipeReader, Read, Write, pipe};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

const PROGRAM: &str = "docker-registry";
const INSTALL: &str = "apt-get install docker-registry";
const TIMEOUT: Duration = Duration::from_secs(30);

/// A request as the registry logged it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    /// `GET`.
    pub method: String,
    /// The path, with its query.
    pub path: String,
    /// What was answered.
    pub status: u16,
    /// The bytes of the answer's body.
    pub bytes: u64,
    /// Who asked.
    pub user_agent: String,
}

/// A running process. A thread starts it and reads what it prints until it ends: the kernel ends a child with the thread
/// that started it, so that thread must live as long as the child.
pub(super) struct Program {
    pid: Pid,
    output: Arc<Output>,
    reader: Option<JoinHandle<()>>,
    address: SocketAddr,
}

#[derive(Default)]
struct Output {
    printed: Mutex<Printed>,
    more: Condvar,
}

#[derive(Default)]
struct Printed {
    pid: Option<u32>,
    requests: Vec<Logged>,
    address: Option<SocketAddr>,
    other: Vec<String>,
    ended: bool,
}

impl Program {
    /// Starts a registry and waits until it says that it listens.
    pub(super) fn start(config: &Path) -> Self {
        assert!(is_installed(), "this test needs {PROGRAM}; as root: {INSTALL}");
        let (output, config) = (Arc::new(Output::default()), config.to_owned());
        let to_reader = Arc::clone(&output);
        let reader = thread::spawn(move || run(&config, &to_reader));
        let printed = output.wait_until(|printed| printed.address.is_some() || printed.ended);
        let said = printed.other.join("\n");
        let address = printed.address.unwrap_or_else(|| panic!("{PROGRAM} does not listen; it printed:\n{said}"));
        let pid = printed.pid.and_then(|pid| Pid::from_raw(pid.cast_signed())).expect("a child has an id");
        drop(printed);
        Self { pid, output, reader: Some(reader), address }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What was logged, once the request for `mark` is.
    pub(super) fn logged_before(&self, mark: &str) -> Vec<Logged> {
        let printed = self.output.wait_until(|it| it.ended || it.requests.iter().any(|logged| logged.path == mark));
        printed.requests.iter().filter(|logged| !logged.path.starts_with(OWN)).cloned().collect()
    }

    pub(super) fn forget(&self) {
        self.output.lock().requests.clear();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = kill_process(self.pid, Signal::KILL);
        let _ = self.reader.take().map(JoinHandle::join);
    }
}

impl Output {
    fn lock(&self) -> MutexGuard<'_, Printed> {
        self.printed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait_until(&self, is_enough: impl Fn(&Printed) -> bool) -> MutexGuard<'_, Printed> {
        let waited = self.more.wait_timeout_while(self.lock(), TIMEOUT, |printed| !is_enough(printed));
        let (printed, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        let said = printed.other.join("\n");
        assert!(!timeout.timed_out(), "{PROGRAM} has not done it within {TIMEOUT:?}; it printed:\n{said}");
        printed
    }

    fn change(&self, change: impl FnOnce(&mut Printed)) {
        change(&mut self.lock());
        self.more.notify_all();
    }

    fn read(&self, line: String) {
        self.change(|printed| match (logged(&line), listening(&line)) {
            (Some(request), _) => printed.requests.push(request),
            (None, Some(address)) => printed.address = Some(address),
            (None, None) => printed.other.push(line),
        });
    }
}

/// The life of the process, in the thread that starts it.
fn run(config: &Path, output: &Output) {
    match spawn(config) {
        Ok((mut child, printed)) => {
            output.change(|it| it.pid = Some(child.id()));
            BufReader::new(printed).lines().map_while(Result::ok).for_each(|line| output.read(line));
            let _ = child.wait();
        }
        Err(error) => output.change(|printed| printed.other.push(error.to_string())),
    }
    output.change(|printed| printed.ended = true);
}

fn spawn(config: &Path) -> io::Result<(Child, PipeReader)> {
    let (reader, writer) = pipe()?;
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", PROGRAM, "serve"]).arg(config);
    command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
    Ok((command.spawn()?, reader))
}

fn is_installed() -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|folder: PathBuf| folder.join(PROGRAM)).any(|file| file.is_file())
}

/// `127.0.0.1 - - [DATE] "GET /v2/ HTTP/1.1" 200 2 "REFERRER" "AGENT"`.
fn logged(line: &str) -> Option<Logged> {
    let mut parts = line.split('"');
    let before = parts.next()?;
    let (request, numbers) = (parts.next()?, parts.next()?);
    let (_referrer, _space, agent) = (parts.next()?, parts.next()?, parts.next()?);
    let mut words = request.split(' ');
    let mut counts = numbers.split_whitespace();
    Some(Logged {
        method: before.ends_with("] ").then(|| words.next())??.to_owned(),
        path: words.next()?.to_owned(),
        status: counts.next()?.parse().ok()?,
        bytes: counts.next()?.parse().ok()?,
        user_agent: agent.to_owned(),
    })
}

/// `{…,"msg":"listening on 127.0.0.1:39567, tls",…}`.
fn listening(line: &str) -> Option<SocketAddr> {
    let text: serde_json::Value = serde_json::from_str(line).ok()?;
    let address = text["msg"].as_str()?.strip_prefix("listening on ")?;
    address.split(',').next()?.parse().ok()
}

/// Requests for such paths are ours.
const OWN: &str = "/longshore-lab/";

/// Asks for a path that nobody else asks for, and gives the path when it has been answered.
pub(super) fn own_request(address: SocketAddr, certificates: Option<&Certificates>) -> String {
    let path = format!("{OWN}{}", uuid::Uuid::new_v4());
    let connection = TcpStream::connect_timeout(&address, TIMEOUT).expect("the registry is there");
    let sent = match certificates {
        None => ask(connection, &path),
        Some(certificates) => {
            let name = ServerName::IpAddress(address.ip().into());
            let client = ClientConnection::new(certificates.client(), name).expect("TLS can begin");
            ask(StreamOwned::new(client, connection), &path)
        }
    };
    sent.expect("the registry answers");
    path
}

fn ask(mut connection: impl Read + Write, path: &str) -> io::Result<()> {
    write!(connection, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    connection.read(&mut [0]).map(drop)
}

#[cfg(test)]
mod tests {
    use super::{listening, logged};

    #[test]
    fn lines_of_the_log_are_told_apart() {
        let line =
            r#"127.0.0.1 - - [21/Nov/2026:15:00:00 +0000] "GET /v2/a/tags/list?n=2 HTTP/1.1" 404 19 "" "skopeo/1.9""#;
        let request = logged(line).unwrap();
        let seen = (request.method.as_str(), request.path.as_str(), request.status, request.bytes);
        assert_eq!(seen, ("GET", "/v2/a/tags/list?n=2", 404, 19));
        assert_eq!(request.user_agent, "skopeo/1.9");
        let line = r#"{"level":"info","msg":"listening on [::1]:5000, tls","time":"2026-11-21T15:00:00Z"}"#;
        assert_eq!(logged(line), None);
        assert_eq!(listening(line), "[::1]:5000".parse().ok());
    }
}
