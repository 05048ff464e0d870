//! A Docker Engine for the tests alone: its own socket, its own images, no bridge and no firewall rules, so that an
//! engine that already runs on the machine is not disturbed.
//!
//! The engine ends with this program however that ends: by [`Engine`]'s drop, or by the kernel's signal to the child of
//! a parent that died. A lock, held by the engine itself, keeps a second run from opening the same images.

use crate::command::{command, shown, succeeds};
use crate::{images, places, setup};
use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Sockets are here: their paths may have 107 bytes, which a cache folder can exceed.
const RUN_FOLDER: &str = "/run/longshore-test";
const START_TIMEOUT: Duration = Duration::from_secs(120);
const LOCK_TIMEOUT_SECONDS: &str = "60";
/// What `flock` ends with when another run keeps the lock; dockerd itself never ends with it.
const LOCKED: i32 = 75;
const POLL: Duration = Duration::from_millis(100);

/// Starts the engine, makes the images, and tells what a test needs in its environment; ends when the engine does.
///
/// # Errors
/// When something is missing, or the engine ends by itself.
pub(crate) fn run() -> Result<()> {
    setup::run()?;
    let mut engine = Engine::start()?;
    let images = images::provide(&engine)?;
    eprintln!("Until Ctrl-C, in another shell:");
    for (name, value) in images.environment().into_iter().chain([engine.environment()]) {
        eprintln!("    export {name}={value}");
    }
    let status = engine.process.wait()?;
    bail!("the Docker Engine ended with {status}");
}

/// A running engine.
pub(crate) struct Engine {
    process: Child,
    host: String,
}

impl Engine {
    /// Starts an engine and waits until it answers.
    ///
    /// # Errors
    /// When we are not root, another run has the engine, or it does not come up; the error holds the end of its log.
    pub(crate) fn start() -> Result<Self> {
        if !rustix::process::geteuid().is_root() {
            bail!("the tests start a Docker Engine, which only root can do; as root: cargo xtask test");
        }
        let images = places::cache()?.join("docker");
        fs::create_dir_all(&images).with_context(|| format!("cannot make {}", images.display()))?;
        fs::create_dir_all(RUN_FOLDER).with_context(|| format!("cannot make {RUN_FOLDER}"))?;
        let log = images.join("dockerd.log");
        // Its own name: the socket of another run answers too.
        let host = format!("unix://{RUN_FOLDER}/{}.sock", std::process::id());
        let mut engine = Self { process: spawn(&images, &host, &log)?, host };
        engine.wait_until_ready(&log)?;
        Ok(engine)
    }

    /// The variable that leads to it.
    pub(crate) fn environment(&self) -> (&'static str, String) {
        ("DOCKER_HOST", self.host.clone())
    }

    /// The Docker client, talking to this engine. Builds go through the builder inside the engine, which needs no
    /// client plug-in.
    pub(crate) fn client(&self, arguments: &[&str]) -> Command {
        let mut docker = command("docker", arguments);
        docker.env("DOCKER_HOST", &self.host).env("DOCKER_BUILDKIT", "0");
        docker
    }

    fn wait_until_ready(&mut self, log: &Path) -> Result<()> {
        let deadline = Instant::now() + START_TIMEOUT;
        while !succeeds(&mut self.client(&["version"])) {
            if let Some(status) = self.process.try_wait()? {
                bail!("{}", explain_end(status, log));
            }
            if Instant::now() > deadline {
                bail!("the Docker Engine does not answer within {START_TIMEOUT:?}; {}", last_lines(log));
            }
            thread::sleep(POLL);
        }
        Ok(())
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // An engine that has ended already has nothing to stop.
        let _ = kill_process(Pid::from_child(&self.process), Signal::TERM);
        let _ = self.process.wait();
    }
}

fn spawn(images: &Path, host: &str, log: &Path) -> Result<Child> {
    let (lock, run) = (format!("{RUN_FOLDER}/lock"), PathBuf::from(RUN_FOLDER));
    let mut engine = command("setpriv", ["--pdeathsig", "TERM"]);
    engine.args(["flock", "--no-fork", "--timeout", LOCK_TIMEOUT_SECONDS, "--conflict-exit-code"]);
    engine.arg(LOCKED.to_string()).arg(lock).arg("dockerd").args(["--host", host]);
    engine.arg("--data-root").arg(images.join("data")).arg("--exec-root").arg(run.join("exec"));
    engine.arg("--pidfile").arg(run.join(format!("{}.pid", std::process::id())));
    // A containerd of the system may serve this engine too; the names keep its containers apart from others.
    engine.args([
        "--containerd-namespace",
        "longshore-test",
        "--containerd-plugins-namespace",
        "longshore-test-plugins",
    ]);
    engine.args(["--bridge=none", "--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false"]);
    let output = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
    engine.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
    // Ctrl-C is for us; the engine stops after the tests that use it.
    engine.process_group(0);
    eprintln!("==> {}", shown(&engine));
    engine.spawn().context("cannot start the Docker Engine")
}

fn explain_end(status: ExitStatus, log: &Path) -> String {
    if status.code() == Some(LOCKED) {
        return format!(
            "another `cargo xtask` uses the Docker Engine of the tests; wait for it, or find it by \
             `fuser -v {RUN_FOLDER}/lock`"
        );
    }
    format!("the Docker Engine ended with {status}; {}", last_lines(log))
}

fn last_lines(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().rev().take(10).collect();
    let tail: Vec<&str> = lines.into_iter().rev().collect();
    format!("the end of {}:\n{}", log.display(), tail.join("\n"))
}
