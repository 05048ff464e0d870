//! Exit codes and advice: 2 for what a person has to change, 3 for what the machine lacks.

use crate::place::Place;

#[test]
fn a_command_line_that_makes_no_sense_ends_with_2() {
    let place = Place::new();
    let lines: [&[&str]; 6] = [
        &["snyc"],
        &["sync"],
        &["sync", "--source", "source-faker"],
        &["sync", "--source", "source-faker", "--destination", "destination-null", "--sync-mode", "sometimes"],
        &["sync", "--source", "source-faker", "--destination", "destination-null", "--memory", "much"],
        &["connector", "spec"],
    ];
    for line in lines {
        let ran = place.run(line);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.stderr.contains("--help"), "{ran:?}");
    }
}

#[test]
fn a_reference_with_a_slip_gets_a_suggestion() {
    let place = Place::new();
    for words in [
        ["sync", "--source", "source-fakr", "--destination", "destination-null"].as_slice(),
        &["connector", "spec", "source-fakr"],
    ] {
        let ran = place.run(words);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.stderr.starts_with("error[reference.unknown]"), "{ran:?}");
        assert!(ran.stderr.contains("did you mean `source-faker`?"), "{ran:?}");
    }
}

#[test]
fn an_unknown_code_is_refused() {
    let ran = Place::new().run(["explain", "no.such_code"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("error[explain.unknown_code]"), "{ran:?}");
}

#[test]
fn what_the_user_named_and_is_not_there_ends_with_2() {
    let place = Place::new();
    let cases: [(&[&str], &str); 6] = [
        (&["--source-config", "absent.json"], "config.unreadable"),
        (&["--streams", "absent"], "catalog.no_such_stream"),
        (&["--catalog", "absent.json"], "catalog.unreadable"),
        (&["--destination-sync-mode", "overwrite_dedup"], "catalog.mode_not_supported"),
        (&["--source-config", "-", "--destination-config", "-"], "config.unreadable"),
        (&["--namespace", "x", "--prefix", "p_", "--catalog", "empty.json"], "catalog.empty"),
    ];
    place.file("empty.json", r#"{"streams":[]}"#);
    for (words, code) in cases {
        let ran = place.sync("source-faker", "destination-local", words);
        ran.expect("failed", code);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.stderr.contains(&format!("longshore explain {code}")), "{ran:?}");
    }
}

#[test]
fn a_program_that_is_not_there_is_named() {
    let place = Place::new();
    let ran = place.sync("exec:no-such-program-of-anybody", "destination-null", &[]);
    ran.expect("failed", "program.not_found");
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("no-such-program-of-anybody"), "{ran:?}");
}

#[test]
fn a_machine_without_a_docker_engine_ends_with_3() {
    let place = Place::new();
    let dead = format!("unix://{}", place.path("no.sock").display());
    let mut command = place.sync_command("docker:example/source", "destination-null", &[]);
    let ran = crate::place::Ran::of(command.env("DOCKER_HOST", &dead));
    ran.expect("failed", "docker.unavailable");
    assert_eq!(ran.code, 3);
    assert!(ran.stderr.contains("docker.io") && ran.stderr.contains(&dead), "it says what to do: {ran:?}");
}

#[test]
fn a_machine_without_python_ends_with_3() {
    let place = Place::new();
    let mut command = place.longshore(["connector", "spec", "pypi:airbyte-source-faker"]);
    let ran = crate::place::Ran::of(command.env("PATH", place.path("nothing")));
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.stderr.contains("error[pypi.no_python]"), "{ran:?}");
}

#[test]
fn a_failure_before_the_start_is_a_result_too() {
    let ran = Place::new().sync("source-fakr", "destination-null", &[]);
    ran.expect("failed", "reference.unknown");
    assert_eq!(ran.result()["failure"]["kind"], "config_error");
}
