//! `connector test` as a person and a CI server use it: flags, reports, exit codes, Ctrl-C. What the rules find is tested
//! beside them; nothing here depends on which rules there are.

use crate::place::{Place, Ran};
use crate::running::{Running, has_ended};
use rustix::process::Signal;
use serde_json::Value;

/// A source that does nothing wrong in `spec`, and says nothing else.
const SPEC: &str = r#"[ "$1" = spec ] && echo '{"type":"SPEC","spec":{"connectionSpecification":{"type":"object","properties":{"api_key":{"type":"string","airbyte_secret":true}}}}}'"#;

fn test(place: &Place, words: &[&str]) -> Ran {
    place.run([&["connector", "test"], words].concat())
}

/// The finding of a rule.
fn finding<'a>(report: &'a Value, rule: &str) -> &'a Value {
    let mut findings = report["findings"].as_array().unwrap().iter();
    findings.find(|finding| finding["rule"] == rule).unwrap_or_else(|| panic!("no {rule} in {report}"))
}

#[test]
fn a_bundled_connector_is_judged_without_any_configuration() {
    let place = Place::new();
    for connector in ["source-faker", "source-file", "destination-null"] {
        let ran = test(&place, &[connector, "--only", "spec"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        let verdict = ran.stdout.lines().last().unwrap();
        assert!(verdict.starts_with(&format!("PASSED {connector} (")) && verdict.ends_with(" s"), "{verdict}");
        assert!(ran.stderr.is_empty(), "{ran:?}");
    }
}

#[test]
fn a_broken_must_fails_with_its_evidence_and_every_report_is_written() {
    let place = Place::new();
    let connector = place.script("source.sh", "[ $1 = spec ] || exit 0; echo this is no message; exit 1");
    let formats = ["terminal", "junit", "json", "markdown", "sarif"];
    let reports: Vec<String> = formats.iter().map(|it| format!("{it}={}", place.path(it).display())).collect();
    let flags = reports.iter().flat_map(|report| ["--report", report.as_str()]);
    let words: Vec<&str> = [connector.as_str(), "--only", "spec", "--json"].into_iter().chain(flags).collect();
    let ran = test(&place, &words);
    assert_eq!(ran.code, 1, "{ran:?}");
    let report = ran.result();
    assert_eq!((report["passed"].as_bool(), report["kind"].as_str()), (Some(false), Some("source")));
    assert_eq!(finding(&report, "spec.one_message")["status"], "failed");
    assert_eq!(serde_json::from_str::<Value>(&place.text("json")).unwrap(), report);
    for (format, beginning) in
        [("terminal", "FAILED spec."), ("junit", "<?xml"), ("markdown", "### Connector test failed")]
    {
        let text = place.text(format);
        assert!(text.starts_with(beginning) && text.contains("spec.one_message"), "{text}");
    }
    let sarif: Value = serde_json::from_str(&place.text("sarif")).unwrap();
    assert_eq!(sarif["runs"][0]["results"][0]["level"], "error");
}

#[test]
fn rules_are_explained_and_unknown_ones_are_refused_with_the_nearest() {
    let place = Place::new();
    let ran = test(&place, &["--explain", "config.complete"]);
    assert!(ran.code == 0 && ran.stdout.contains("How it is proven: "), "{ran:?}");
    let ran = test(&place, &["--explain", "config"]);
    assert!(ran.code == 0 && ran.stdout.contains("config.complete"), "{ran:?}");
    for words in [&["--explain", "config.compleet"][..], &["source-faker", "--only", "config.compleet"]] {
        let ran = test(&place, words);
        assert_eq!(ran.code, 2, "{ran:?}");
        let hint = "error[test.unknown_rule]: there is no rule `config.compleet` (did you mean `config.complete`?)";
        assert!(ran.stderr.starts_with(hint), "{ran:?}");
    }
}

#[test]
fn wrong_arguments_are_said_before_anything_runs() {
    let place = Place::new();
    let connector = place.script("source.sh", "touch started");
    let missing = place.path("no/report.xml").display().to_string();
    let (missing, config) = (format!("junit={missing}"), place.file("list.json", "[]"));
    for (words, said) in [
        (&["--report", missing.as_str()][..], "error[file.unwritable]"),
        (&["--report", "html=x"], "there is no format `html`"),
        (&["--report", "junit"], "write FORMAT=FILE"),
        (&["--json", "--report", "junit=-"], "error[test.report_twice]"),
        (&["--reader", "'open"], "error[test.reader_invalid]"),
        (&["--connector-config", "no.json"], "error[config.unreadable]"),
        (&["--invalid-config", &config], "error[config.not_json]"),
        (&["--timeout", "0"], "--timeout"),
        (&["--strictness", "medium"], "--strictness"),
    ] {
        let ran = test(&place, &[&[connector.as_str()], words].concat());
        assert!(ran.code == 2 && ran.stderr.contains(said), "{said}: {ran:?}");
    }
    assert!(!place.path("started").exists());
    assert_eq!(test(&place, &[]).code, 2);
}

#[test]
fn a_connector_that_cannot_be_started_is_a_failure_of_its_own_and_leaves_no_report() {
    let place = Place::new();
    let ran = test(&place, &["exec:no-such-program", "--report", "json=report.json"]);
    assert!(ran.code == 2 && ran.stderr.starts_with("error[program.not_found]"), "{ran:?}");
    assert!(!place.path("report.json").exists());
    place.file("old.json", "the last report");
    assert_eq!(test(&place, &["exec:no-such-program", "--report", "json=old.json"]).code, 2);
    assert_eq!(place.text("old.json"), "the last report");
    let mut command = place.longshore(["connector", "test", "docker:team/source-x:1"]);
    let ran = Ran::of(command.env("DOCKER_HOST", "unix:///no/engine.sock"));
    assert_eq!(ran.code, 3, "{ran:?}");
}

#[test]
fn strictness_makes_a_warning_a_failure() {
    let place = Place::new();
    let connector = place.script("source.sh", SPEC);
    let config = place.file("acceptance-test-config.yml", "connector_image: team/source-x:dev\nacceptance_tests: {}\n");
    let words = [connector.as_str(), "--config", &config, "--only", "config", "--json"];
    let code_at = |strictness| test(&place, &[&words[..], &["--strictness", strictness]].concat()).code;
    assert_eq!((code_at("low"), code_at("high")), (0, 1));
}

#[test]
fn a_connector_is_a_destination_when_its_spec_says_so() {
    let place = Place::new();
    let spec = |modes: &str| {
        format!(
            r#"echo '{{"type":"SPEC","spec":{{"supported_destination_sync_modes":{modes},"connectionSpecification":{{}}}}}}'"#
        )
    };
    for (name, modes, kind) in [
        ("x.sh", r#"["append"]"#, "destination"),
        ("y.sh", "[]", "source"),
        ("destination.sh", "[]", "destination"),
        ("source.sh", r#"["append"]"#, "destination"),
    ] {
        let ran = test(&place, &[&place.script(name, &spec(modes)), "--only", "spec", "--json"]);
        assert_eq!(ran.result()["kind"], kind, "{name}");
    }
}

#[test]
fn no_secret_is_in_any_report() {
    let place = Place::new();
    let connector =
        place.script("source.sh", "echo 'hidden-9431 is no message'; echo hidden-9431 >&2; cat \"$3\"; exit 1");
    let config = place.file("config.json", r#"{"password": "hidden-9431"}"#);
    for format in ["terminal", "junit", "json", "markdown", "sarif"] {
        let words = [connector.as_str(), "--connector-config", &config, "--report", &format!("{format}=-")];
        let ran = test(&place, &words);
        assert!(ran.code == 1 && ran.stdout.contains("spec.one_message"), "{ran:?}");
        assert!(!ran.stdout.contains("hidden-9431") && !ran.stderr.contains("hidden-9431"), "{ran:?}");
    }
}

#[test]
fn a_project_is_made_ready_and_what_is_left_to_do_is_said() {
    let place = Place::new();
    let metadata = "metadataSpecVersion: \"1.0\"\ndata:\n  name: X\n  definitionId: \
                    0d5f1a3e-6b7c-4c58-9f0a-2f6f2b6c9f10\n  connectorType: source\n  connectorSubtype: api\n  \
                    dockerRepository: team/source-x\n  dockerImageTag: 1.2.3\n  license: MIT\n  documentationUrl: \
                    http://x.test\n";
    place.file("metadata.yaml", metadata);
    place.file("longshore.yaml", "run: [sh, main.sh]\n");
    place.file("main.sh", format!("{SPEC}\n# TODO: the rest\n"));
    let ran = test(&place, &[".", "--only", "spec.one_message", "--report", "sarif=report.sarif"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stderr.contains("1 place needs you still, such as main.sh:2"), "{ran:?}");
}

/// Starts a suite of a connector that hangs in `spec` and heeds no signal, and interrupts it.
fn interrupted(signal: Signal) -> (Place, Ran) {
    let place = Place::new();
    let hangs = "trap '' TERM INT; mkfifo other; (read line < other) & echo $! > child.pid; echo $$ > own.pid\n\
                 mkfifo never; read line < never";
    let connector = place.script("source.sh", hangs);
    let mut running =
        Running::start(&mut place.longshore(["connector", "test", &connector, "--report", "json=report.json"]));
    running.wait_until("the connector hangs", || place.path("never").exists());
    running.signal(signal);
    let ran = running.finish();
    (place, ran)
}

#[test]
fn ctrl_c_leaves_no_process_and_no_empty_report() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let (place, ran) = interrupted(signal);
        assert_eq!(ran.code, code, "{ran:?}");
        assert!(has_ended(&place.text("own.pid")) && has_ended(&place.text("child.pid")));
        assert!(!place.path("report.json").exists());
    }
}

const METADATA: &str = "metadataSpecVersion: \"1.0\"\n\
data:\n  name: X\n  definitionId: 0d5f1a3e-6b7c-4c58-9f0a-2f6f2b6c9f10\n  connectorType: source\n  \
dockerRepository: team/source-x\n  dockerImageTag: 1.2.3\n";

/// A connector project of a shell script, with tests of its author.
fn project(place: &Place) {
    place.file("main.sh", format!("#!/bin/sh\n{SPEC}\n"));
    place.file("metadata.yaml", METADATA);
    let hooks = "run: [sh, main.sh]
acceptance:
  setUp: [[sh, -c, 'echo $LONGSHORE_CONNECTOR > connector']]
  tests:
    - {name: knows, run: [sh, -c, 'test -s connector']}
    - {name: fails, run: [sh, -c, 'echo seven is not eight; exit 3']}
  tearDown: [[sh, -c, 'cp connector gone']]
  bypasses: {spec.documentation_url: there is no page for it}
";
    place.file("longshore.yaml", hooks);
}

#[test]
fn tests_of_the_author_are_findings_and_bypasses_show_their_reason() {
    let place = Place::new();
    project(&place);
    let ran = test(&place, &[".", "--only", "spec", "--only", "own", "--json"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let report = ran.result();
    assert_eq!(finding(&report, "own.knows")["status"], "passed");
    let failed = finding(&report, "own.fails");
    assert_eq!((&failed["status"], &failed["evidence"][0]), (&"failed".into(), &"seven is not eight".into()));
    let bypassed = finding(&report, "spec.documentation_url");
    assert_eq!(bypassed["status"], "bypassed", "{bypassed}");
    assert!(bypassed["message"].as_str().unwrap().contains("there is no page for it"), "{bypassed}");
    assert!(place.path("gone").exists());
}

#[test]
fn in_docker_the_image_is_tested_and_the_commands_run_in_one() {
    let place = Place::new();
    project(&place);
    let image = std::env::var("LONGSHORE_TEST_BUSYBOX_IMAGE").expect("run these tests by `cargo xtask test`");
    let entry = r#"ENV AIRBYTE_ENTRYPOINT="sh /main.sh""#;
    place.file(
        "Dockerfile",
        format!("FROM {image}\nCOPY main.sh /main.sh\n{entry}\nENTRYPOINT [\"sh\", \"/main.sh\"]\n"),
    );
    let engine = std::env::var("DOCKER_HOST").expect("run these tests by `cargo xtask test`");
    let words = ["connector", "test", ".", "--in-docker", "--only", "spec", "--only", "own", "--json"];
    let ran = Ran::of(place.longshore(words).env("DOCKER_HOST", engine));
    let report = ran.result();
    assert!(report["connector"].as_str().unwrap().starts_with("docker:longshore-test/source-x"), "{report}");
    assert_eq!(finding(&report, "spec.one_message")["status"], "passed", "{report}");
    assert_eq!(finding(&report, "own.knows")["status"], "passed", "{report}");
    assert!(place.text("gone").starts_with("docker:longshore-test/source-x"));
    let ran = test(&place, &["exec:./main.sh", "--in-docker"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("test.not_an_image"), "{ran:?}");
}
