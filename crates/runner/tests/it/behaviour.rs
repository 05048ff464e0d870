//! What both runners do the same: one list, run for each.

use crate::image::engine;
use crate::site::{Runner, Site, config, read_all, read_until};
use longshore_runner::{Exit, Limits, Running, Verb};
use std::io;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Makes a test of every behaviour for every runner.
macro_rules! for_every_runner {
    ($($behaviour:ident,)*) => {
        mod process {
            $(#[test] fn $behaviour() { crate::site::block_on(super::$behaviour(crate::site::Runner::Process)); })*
        }
        mod docker {
            $(#[test] fn $behaviour() { crate::site::block_on(super::$behaviour(crate::site::Runner::Docker)); })*
        }
    };
}

for_every_runner! {
    the_verb_is_an_argument_and_output_and_complaints_come_apart,
    input_reaches_the_connector_and_its_end_is_seen,
    a_connector_that_gets_no_input_reads_the_end_at_once,
    the_exit_code_is_handed_on_as_often_as_asked,
    a_large_output_comes_through_unchanged,
    writing_to_a_connector_that_has_ended_is_a_broken_pipe,
    a_connector_that_takes_sigterm_ends_by_itself,
    a_connector_that_ignores_sigterm_is_killed_after_the_grace,
    what_a_connector_started_ends_with_it,
    what_ignores_sigterm_ends_when_its_leader_has_ended,
    a_connector_that_is_dropped_is_ended,
    a_killed_connector_is_told_from_one_that_failed,
    secrets_are_in_the_file_alone,
    nothing_of_our_environment_reaches_the_connector,
    the_folder_of_a_run_is_removed,
}

const GRACE: Duration = Duration::from_secs(60);

async fn the_verb_is_an_argument_and_output_and_complaints_come_apart(runner: Runner) {
    let site = Site::new();
    let mut running = site.script(runner, Verb::Spec, "echo \"$1 $#\"; echo complaint >&2").await;
    assert_eq!(read_all(&mut running.stdout).await, "spec 1\n");
    assert_eq!(read_all(&mut running.stderr).await, "complaint\n");
    assert!(running.process.wait().await.is_success());
}

async fn input_reaches_the_connector_and_its_end_is_seen(runner: Runner) {
    let site = Site::new();
    let mut running = site.script(runner, Verb::Write, "cat; echo end").await;
    let mut stdin = running.stdin.take().unwrap();
    stdin.write_all(b"one\n").await.unwrap();
    assert_eq!(read_until(&mut running.stdout, "\n").await, "one\n");
    drop(stdin);
    assert_eq!(read_all(&mut running.stdout).await, "end\n");
    assert!(running.process.wait().await.is_success());
}

async fn a_connector_that_gets_no_input_reads_the_end_at_once(runner: Runner) {
    let site = Site::new();
    let mut running = site.script(runner, Verb::Read, "cat; echo end").await;
    assert!(running.stdin.is_none());
    assert_eq!(read_all(&mut running.stdout).await, "end\n");
    running.process.wait().await;
}

async fn the_exit_code_is_handed_on_as_often_as_asked(runner: Runner) {
    let site = Site::new();
    let mut running = site.script(runner, Verb::Check, "echo printed; exit 7").await;
    let exit = running.process.wait().await;
    assert_eq!(exit, Exit { code: Some(7), signal: None, failure: None });
    assert_eq!(running.process.wait().await, exit);
    assert_eq!(running.process.stop(GRACE).await, exit);
    assert_eq!(read_all(&mut running.stdout).await, "printed\n", "what was printed before the end is still there");
}

async fn a_large_output_comes_through_unchanged(runner: Runner) {
    const BYTES: usize = 64 << 20;
    let site = Site::new();
    let mut running = site.script(runner, Verb::Read, &format!("yes | head -c {BYTES}")).await;
    let (mut total, mut chunk) = (0, vec![0; 1 << 20]);
    loop {
        let length = running.stdout.read(&mut chunk).await.unwrap();
        if length == 0 {
            break;
        }
        let is_expected = chunk[..length].iter().enumerate().all(|(i, byte)| *byte == b"y\n"[(total + i) % 2]);
        assert!(is_expected, "near byte {total}");
        total += length;
    }
    assert_eq!(total, BYTES);
    running.process.wait().await;
}

async fn writing_to_a_connector_that_has_ended_is_a_broken_pipe(runner: Runner) {
    let site = Site::new();
    let mut running = site.script(runner, Verb::Write, "exit 0").await;
    running.process.wait().await;
    let error = running.stdin.take().unwrap().write_all(b"late\n").await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
}

async fn a_connector_that_takes_sigterm_ends_by_itself(runner: Runner) {
    let site = Site::new();
    let script = "trap 'echo tidy; exit 3' TERM; echo ready; sleep 1000 & wait";
    let mut running = site.script(runner, Verb::Read, script).await;
    read_until(&mut running.stdout, "ready\n").await;
    assert_eq!(running.process.stop(GRACE).await, Exit { code: Some(3), signal: None, failure: None });
    assert_eq!(read_all(&mut running.stdout).await, "tidy\n");
}

async fn a_connector_that_ignores_sigterm_is_killed_after_the_grace(runner: Runner) {
    let site = Site::new();
    let mut running = site.script(runner, Verb::Read, "trap '' TERM; echo ready; while :; do sleep 1000; done").await;
    read_until(&mut running.stdout, "ready\n").await;
    let exit = running.process.stop(Duration::from_millis(200)).await;
    assert!(exit.signal == Some(9) || exit.code == Some(137), "{exit:?}");
    assert_eq!(exit.failure, None, "what we did to it is no failure of it");
    assert_eq!(read_all(&mut running.stdout).await, "");
}

async fn what_a_connector_started_ends_with_it(runner: Runner) {
    let site = Site::new();
    let mut running = site.script(runner, Verb::Read, "sleep 1000 & echo done").await;
    assert!(running.process.wait().await.is_success());
    assert_eq!(read_all(&mut running.stdout).await, "done\n", "the end comes when nobody holds the pipe any more");
}

async fn what_ignores_sigterm_ends_when_its_leader_has_ended(runner: Runner) {
    let site = Site::new();
    let script = "sh -c 'trap \"\" TERM; echo ready; while :; do sleep 1000; done' & trap 'exit 0' TERM; wait";
    let mut running = site.script(runner, Verb::Read, script).await;
    read_until(&mut running.stdout, "ready\n").await;
    running.process.stop(GRACE).await;
    assert_eq!(read_all(&mut running.stdout).await, "");
}

async fn a_connector_that_is_dropped_is_ended(runner: Runner) {
    let site = Site::new();
    let Running { stdout, .. } = site.script(runner, Verb::Read, "trap '' TERM; while :; do sleep 1000; done").await;
    assert_eq!(read_all(stdout).await, "");
    while !site.run_folders().is_empty() {
        tokio::task::yield_now().await; // The folder goes last, after the process or the container.
    }
}

async fn a_killed_connector_is_told_from_one_that_failed(runner: Runner) {
    let site = Site::new();
    let mut running = site.script(runner, Verb::Read, "kill -9 $$").await;
    let exit = running.process.wait().await;
    assert!(exit.signal == Some(9) || exit.code == Some(137), "{exit:?}");
    let failure = exit.failure.unwrap();
    assert_eq!(failure.code, "connector.killed");
    assert!(failure.message.contains("SIGKILL"), "{failure}");
}

async fn secrets_are_in_the_file_alone(runner: Runner) {
    let site = Site::new();
    let script = "cat \"$3\"; cat /proc/$$/cmdline /proc/$$/environ; echo; echo ready; sleep 1000 & wait";
    let mut running = site.script_with(runner, Verb::Check, script, vec![config("hunter2")], Limits::default()).await;
    let seen = read_until(&mut running.stdout, "ready\n").await;
    let inspected = match running.process.pid() {
        Some(pid) => ["cmdline", "environ"]
            .map(|file| String::from_utf8_lossy(&std::fs::read(format!("/proc/{pid}/{file}")).unwrap()).into_owned())
            .concat(),
        None => inspect_all().await,
    };
    running.process.stop(GRACE).await;
    let seen = seen.strip_prefix("hunter2").expect("the connector can read the file");
    assert!(seen.contains("--config") && !seen.contains("hunter2"), "{seen}");
    assert!(inspected.contains("config.json") && !inspected.contains("hunter2"), "{inspected}");
}

/// What `docker inspect` says of all containers of Longshore.
async fn inspect_all() -> String {
    let engine = engine().await;
    let filters = std::collections::HashMap::from([("label", vec!["io.longshore.owner"])]);
    let options = bollard::query_parameters::ListContainersOptionsBuilder::new().all(true).filters(&filters).build();
    let mut text = String::new();
    for container in engine.list_containers(Some(options)).await.unwrap() {
        // Those of other tests may go away meanwhile.
        if let Ok(container) = engine.inspect_container(&container.id.unwrap(), None).await {
            text += &serde_json::to_string(&container).unwrap();
        }
    }
    text
}

async fn nothing_of_our_environment_reaches_the_connector(runner: Runner) {
    let site = Site::new();
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some(), "cargo sets it for every test");
    let mut running = site.script(runner, Verb::Read, "env").await;
    let text = read_all(&mut running.stdout).await;
    running.process.wait().await;
    let mut names: Vec<&str> = text.lines().filter_map(|line| Some(line.split_once('=')?.0)).collect();
    // The shell and the engine add these themselves.
    names.retain(|name| !["PWD", "OLDPWD", "SHLVL", "_", "HOME", "HOSTNAME"].contains(name));
    names.sort_unstable();
    assert_eq!(names, ["GIVEN", "PATH", "SCRIPT"]);
    assert!(text.contains("GIVEN=by the launch\n"), "{text}");
}

async fn the_folder_of_a_run_is_removed(runner: Runner) {
    let site = Site::new();
    let mut running = site.script_with(runner, Verb::Write, "cat", vec![config("{}")], Limits::default()).await;
    assert_eq!(site.run_folders().len(), 1);
    drop(running.stdin.take());
    running.process.wait().await;
    assert_eq!(site.run_folders().len(), 0);
}
