//! Connectors that do not behave at all: a suite ends, says so, and leaves no process behind.

use crate::trial::{Trial, failed, mutant};
use longshore_acceptance::Report;
use longshore_runner::ConnectorRef;
use std::fs;
use std::path::Path;
use std::time::Duration;

/// The rules that these connectors break.
pub(crate) const RULES: &[&str] = &["output.ends"];

/// How long a connector may be silent here.
const SILENCE: Duration = Duration::from_secs(2);

/// What no suite needs, however busy the machine is.
const FAR_TOO_LONG: Duration = Duration::from_secs(120);

/// The sound source, of which a shell does one verb.
fn source(verb: &str, instead: &str) -> Trial {
    let mut trial = Trial::source(None);
    let ConnectorRef::Exec { words } = mutant("source", None) else { unreachable!() };
    let script = trial.folder.path().join("connector.sh");
    let pids = trial.folder.path().join("pids").display().to_string();
    let text =
        format!("case $1 in {verb}) echo $$ >> '{pids}'; {instead} ;; *) exec '{}' source \"$@\" ;; esac", words[0]);
    fs::write(&script, text).unwrap();
    trial.reference = ConnectorRef::Exec { words: vec!["sh".to_owned(), script.display().to_string()] };
    trial.silence = SILENCE;
    trial
}

#[track_caller]
fn run(mut trial: Trial) -> Report {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let report = runtime.block_on(async { tokio::time::timeout(FAR_TOO_LONG, trial.run()).await });
    for pid in fs::read_to_string(trial.folder.path().join("pids")).unwrap().lines() {
        assert!(!Path::new("/proc").join(pid).exists(), "process {pid} is left");
    }
    report.expect("the suite does not end").unwrap()
}

#[track_caller]
fn expect(verb: &str, instead: &str, rule: &str) {
    let report = run(source(verb, instead));
    let failed = failed(&report);
    assert!(failed.iter().any(|(it, _)| it == rule), "{rule} is not among {failed:?}");
    assert!(!report.passed);
}

#[test]
fn a_connector_that_hangs_is_ended() {
    for verb in ["spec", "check", "discover", "read"] {
        expect(verb, "exec sleep 1000", "output.ends");
    }
}

#[test]
fn a_connector_that_hangs_with_its_output_closed_is_ended() {
    expect("read", "exec >&- 2>&-; exec sleep 1000", "output.ends");
}

#[test]
fn a_connector_that_floods_without_an_end_of_line_is_ended() {
    expect("discover", "exec tr '\\0' x < /dev/zero", "output.ends");
}

#[test]
fn a_connector_that_dies_at_once_is_told_so() {
    expect("read", "kill -SEGV $$", "read.succeeds");
    expect("discover", "exit 7", "discover.one_catalog");
}
