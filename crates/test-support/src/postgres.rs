//! A real Postgres server on loopback: Debian's, with a cluster of its own in a temporary folder.

use rustix::process::{Pid, Signal, geteuid, kill_process};
use std::io::{BufRead, BufReader, pipe};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use tempfile::TempDir;

const INSTALL: &str = "apt-get install postgresql";
const TIMEOUT: Duration = Duration::from_secs(60);
const READY: &str = "database system is ready to accept connections";

/// The account that Debian makes; Postgres refuses to run as root.
const ACCOUNT: &str = "postgres";

/// A running server. It stops with its value, and with the process of the test however that ends.
pub struct Postgres {
    /// Where it listens, on 127.0.0.1.
    pub port: u16,
    /// The password of the user `tester`, who may do everything.
    pub password: &'static str,
    pid: Pid,
    reader: Option<JoinHandle<()>>,
    /// Removed when the server has ended.
    _folder: TempDir,
}

impl Postgres {
    /// Makes a cluster, starts a server, and returns when it takes connections. The database is `postgres`.
    ///
    /// # Panics
    /// When it cannot be started; the message tells what to install, or what the programs printed.
    #[must_use]
    pub fn start() -> Self {
        Self::start_of(&programs().unwrap_or_else(|| panic!("this test needs Postgres; as root: {INSTALL}")))
    }

    /// The same with the programs of this folder, which everybody can read.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn start_of(programs: &Path) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the cluster");
        if geteuid().is_root() {
            let id = |flag| id_of_account(flag);
            chown(folder.path(), Some(id("-u")), Some(id("-g"))).expect("a folder of the account");
        }
        let password = "s3cret of the test";
        make_cluster(programs, folder.path(), password);
        let port = free_port();
        let (sender, told) = channel();
        let server = server(programs, folder.path(), port);
        let reader = thread::spawn(move || run(server, &sender));
        let mut printed = Vec::new();
        let mut pid = None;
        loop {
            match told.recv_timeout(TIMEOUT) {
                Ok(Told::Started(id)) => pid = Pid::from_raw(id.cast_signed()),
                Ok(Told::Line(line)) if line.contains(READY) => break,
                Ok(Told::Line(line)) => printed.push(line),
                Err(_) => panic!("Postgres does not listen; it printed:\n{}", printed.join("\n")),
            }
        }
        let pid = pid.expect("a server that is ready has started");
        Self { port, password, pid, reader: Some(reader), _folder: folder }
    }

    /// The name of the user.
    #[must_use]
    pub fn user(&self) -> &'static str {
        "tester"
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // The signal for an end without waiting for clients. It may have ended already.
        let _ = kill_process(self.pid, Signal::INT);
        let _ = self.reader.take().map(JoinHandle::join);
    }
}

enum Told {
    Started(u32),
    Line(String),
}

/// The newest version that is installed.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let mut folders: Vec<PathBuf> = versions.flatten().map(|version| version.path().join("bin")).collect();
    folders.retain(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file());
    folders.sort();
    folders.pop()
}

fn id_of_account(flag: &str) -> u32 {
    let output = Command::new("id").args([flag, ACCOUNT]).output().expect("`id` runs");
    let id = String::from_utf8_lossy(&output.stdout).trim().parse();
    id.unwrap_or_else(|_| panic!("there is no account {ACCOUNT}; as root: {INSTALL}"))
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("an address").port()
}

/// A program of Postgres, as the account where the test runs as root; the kernel ends it with the thread that starts it.
fn as_account(program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    if geteuid().is_root() {
        command.args(["--reuid", ACCOUNT, "--regid", ACCOUNT, "--clear-groups"]);
    }
    command.args(["--pdeathsig", "KILL"]).arg(program).stdin(Stdio::null());
    command
}

fn make_cluster(programs: &Path, folder: &Path, password: &str) {
    let file = folder.join("password");
    std::fs::write(&file, password).expect("a file with the password");
    let mut command = as_account(&programs.join("initdb"));
    command.args([
        "--username",
        "tester",
        "--auth",
        "scram-sha-256",
        "--encoding",
        "UTF8",
        "--locale",
        "C",
        "--no-sync",
    ]);
    command.arg("--pwfile").arg(&file).arg("--pgdata").arg(folder.join("data")).current_dir(folder);
    let output = command.output().expect("`setpriv` runs");
    assert!(output.status.success(), "initdb failed: {}", String::from_utf8_lossy(&output.stderr));
}

fn server(programs: &Path, folder: &Path, port: u16) -> Command {
    let mut command = as_account(&programs.join("postgres"));
    command.arg("-D").arg(folder.join("data")).args(["-p", &port.to_string(), "-F"]).current_dir(folder);
    command.args(["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]);
    command
}

/// The life of the server, in the thread that starts it.
fn run(mut command: Command, told: &Sender<Told>) {
    // Whoever waits is told by the end of the channel when nothing comes.
    let Ok((printed, writer)) = pipe() else { return };
    let Ok(errors) = writer.try_clone() else { return };
    let started = command.stdout(writer).stderr(errors).spawn();
    drop(command);
    match started {
        Ok(mut server) => {
            let _ = told.send(Told::Started(server.id()));
            for line in BufReader::new(printed).lines().map_while(Result::ok) {
                let _ = told.send(Told::Line(line));
            }
            let _ = server.wait();
        }
        Err(error) => drop(told.send(Told::Line(error.to_string()))),
    }
}
