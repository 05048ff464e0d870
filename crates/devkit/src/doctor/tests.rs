//! Each way in which a `spec` can go wrong, from what was heard to its code, without a process.

use super::{ending, judgement, purity};
use crate::doctor::hearing::{Heard, Said};
use crate::trial::{Cause, Ended, Subject};
use longshore_protocol::FailureOrigin;
use longshore_runner::{ConnectorRef, EngineImages, Exit, ImageProvider, Provided, Settings, Verb};
use std::time::Duration;

struct NoImages;

impl ImageProvider for NoImages {
    fn provide<'a>(&'a self, _: &'a str, _: &'a str, _: &'a EngineImages) -> Provided<'a> {
        unreachable!("no image is asked for")
    }
}

fn heard(stdout: &str, stderr: &str, code: i32, cause: Cause) -> Heard {
    let ended = Ended {
        exit: Exit { code: Some(code), ..Exit::default() },
        cause,
        stdout_bytes: stdout.len() as u64,
        stderr_bytes: stderr.len() as u64,
        stderr: stderr.to_owned(),
        duration: Duration::from_secs(1),
        peak_bytes: None,
    };
    Heard { verb: Verb::Spec, ended, said: Said::of(stdout.as_bytes()) }
}

/// The code of the first of the three judges that finds something.
fn code(heard: &Heard) -> String {
    let settings = Settings {
        own_program: "longshore".into(),
        work_dir: "/tmp".into(),
        cache_dir: "/tmp".into(),
        images: Box::new(NoImages),
        docker_host: None,
        base_environment: Vec::new(),
        notice: Box::new(|_| ()),
    };
    let reference = ConnectorRef::Bundled { name: "source-x".to_owned() };
    let origin = FailureOrigin::Source;
    let subject = Subject { settings: &settings, reference: &reference, origin, variables: |_, _| Vec::new() };
    let found = ending::explain(heard, &subject).or_else(|| purity::judge(heard, origin).err());
    found.or_else(|| judgement::spec(heard, origin).err()).map(|failure| failure.code).unwrap_or_default()
}

const SPEC: &str = r#"{"type":"SPEC","spec":{"connectionSpecification":{"type":"object"}}}"#;

#[test]
fn the_end_is_judged_before_what_was_printed() {
    for (stdout, stderr, exit, cause, expected) in [
        (SPEC, "", 0, Cause::Itself, ""),
        (SPEC, "Traceback: whatever", 0, Cause::Itself, ""),
        (SPEC, "", 1, Cause::Itself, "connector.failed_after_answer"),
        (SPEC, "", 139, Cause::Itself, "connector.crashed"),
        ("", "", 137, Cause::Itself, "connector.killed"),
        ("", "", 0, Cause::NoAnswer, "connector.timeout"),
        (SPEC, "", 0, Cause::NoEnd, "connector.not_ended"),
        ("", "", 0, Cause::TooMuchStdout, "connector.stdout_flood"),
        ("", "", 0, Cause::TooMuchStderr, "connector.stderr_flood"),
        ("", "ValueError: no", 1, Cause::Itself, "connector.exited"),
        ("usage: prog", "", 2, Cause::Itself, "connector.verb_unknown"),
        ("usage: prog", "", 0, Cause::Itself, "connector.verb_unknown"),
        ("", "ModuleNotFoundError: No module named 'x'", 1, Cause::Itself, "connector.module_missing"),
        ("", "", 0, Cause::Itself, "connector.no_answer"),
        ("hello", "", 0, Cause::Itself, "connector.no_answer"),
    ] {
        assert_eq!(code(&heard(stdout, stderr, exit, cause)), expected, "{stdout} {stderr} {exit} {cause:?}");
    }
    assert_eq!(code(&heard(&format!("{SPEC}\n{SPEC}"), "", 0, Cause::Itself)), "connector.several_answers");
}

#[test]
fn a_connector_that_says_why_is_quoted() {
    let trace = r#"{"type":"TRACE","trace":{"type":"ERROR","emitted_at":1,"error":{"message":"no licence"}}}"#;
    assert_eq!(code(&heard(trace, "", 1, Cause::Itself)), "source.failed");
    assert_eq!(code(&heard(trace, "", 0, Cause::Itself)), "source.failed");
}
