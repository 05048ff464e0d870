//! Longshore itself is killed: its connectors end, and the next one finds nothing left behind.

use crate::image::engine;
use crate::site::{Runner, Site, block_on, read_until};
use bollard::query_parameters::ListContainersOptionsBuilder;
use futures_util::StreamExt;
use longshore_runner::{Limits, Verb, remove_leftover_containers};
use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Tells [`victim`] which connector to run.
const VICTIM_VARIABLE: &str = "LONGSHORE_TEST_VICTIM";

/// The process that the other tests kill: holds one connector until then. As a test of its own it does nothing.
#[test]
fn victim() {
    let Ok(wanted) = std::env::var(VICTIM_VARIABLE) else { return };
    let (runner, verb, script) = match wanted.as_str() {
        "process" => (Runner::Process, Verb::Write, "echo ready; while :; do sleep 1000; done"),
        "source" => (Runner::Docker, Verb::Read, "echo ready; yes; exit 6"),
        _ => (Runner::Docker, Verb::Write, "echo ready; cat; exit 5"),
    };
    block_on(async {
        let site = Site::new();
        let mut running = site.script_with(runner, verb, script, Vec::new(), Limits::default()).await;
        read_until(&mut running.stdout, "ready\n").await;
        eprintln!("running {}", running.process.pid().unwrap_or_default());
        std::future::pending::<()>().await;
    });
}

/// Starts the victim, and waits until its connector runs; the id of a local connector. What the victim leaves behind
/// lies in `folder`.
fn start_victim(wanted: &str, folder: &Path) -> (Child, u32) {
    let mut victim = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "killed::victim", "--nocapture"])
        .env(VICTIM_VARIABLE, wanted)
        .env("TMPDIR", folder)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(victim.stderr.take().unwrap()).lines().map_while(Result::ok);
    let running = lines.filter_map(|line| line.strip_prefix("running ")?.parse().ok()).next();
    (victim, running.expect("the victim's connector runs"))
}

fn kill(mut victim: Child) -> u32 {
    victim.kill().unwrap();
    victim.wait().unwrap();
    victim.id()
}

#[test]
fn a_local_connector_is_ended_by_the_kernel() {
    let folder = tempfile::tempdir().unwrap();
    let (victim, connector) = start_victim("process", folder.path());
    let pidfd = rustix::process::pidfd_open(
        rustix::process::Pid::from_raw(connector.try_into().unwrap()).unwrap(),
        rustix::process::PidfdFlags::empty(),
    );
    kill(victim);
    let pidfd = pidfd.unwrap();
    let mut end = [rustix::event::PollFd::new(&pidfd, rustix::event::PollFlags::IN)];
    rustix::event::poll(&mut end, None).unwrap();
}

#[test]
fn a_destination_in_a_container_reads_the_end_and_a_source_gets_a_broken_pipe() {
    for (wanted, code) in [("destination", 5), ("source", 6)] {
        let folder = tempfile::tempdir().unwrap();
        let (victim, _) = start_victim(wanted, folder.path());
        let pid = kill(victim);
        block_on(async {
            let engine = engine().await;
            let container = container_of(pid).await.expect("nobody has removed it yet");
            let end = engine.wait_container(&container, None).next().await.unwrap();
            let Err(bollard::errors::Error::DockerContainerWaitError { code: seen, .. }) = end else {
                panic!("{wanted}: {end:?}")
            };
            assert_eq!(seen, code, "{wanted}");
            remove_leftover_containers(&Site::new().settings).await.unwrap();
            assert_eq!(container_of(pid).await, None);
        });
    }
}

/// The container that the process with this id made.
async fn container_of(pid: u32) -> Option<String> {
    let filters = HashMap::from([("label", vec!["io.longshore.owner"])]);
    let options = ListContainersOptionsBuilder::new().all(true).filters(&filters).build();
    let mut containers = engine().await.list_containers(Some(options)).await.unwrap().into_iter();
    containers
        .find(|container| container.labels.as_ref().unwrap()["io.longshore.owner"].contains(&format!(":{pid}:")))?
        .id
}
