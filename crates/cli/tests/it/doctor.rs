//! `connector doctor` on programs and images that are broken, each in its own way.

use crate::place::{Place, Ran};
use longshore_test_support::registry::{Auth, Options, Registry, User};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

const SPEC: &str = r#"{"type":"SPEC","spec":{"documentationUrl":"https://x.test/","connectionSpecification":{"type":"object","required":["token"],"properties":{"token":{"type":"string","airbyte_secret":true},"pin":{"type":"string","airbyte_secret":true}}}}}"#;

/// A variable that `cargo xtask test` sets.
fn given(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set; run these tests by `cargo xtask test`"))
}

/// Writes a program that may be executed.
fn program(place: &Place, name: &str, text: impl AsRef<[u8]>) {
    let path = place.file(name, text);
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// A shell script that prints a good spec after what `before` does, and then does what `after` says.
fn script(before: &str, after: &str) -> String {
    format!("#!/bin/sh\n{before}\ncat <<'END'\n{SPEC}\nEND\n{after}\n")
}

/// The step that is broken, its code, and the exit code.
#[track_caller]
fn broken(ran: &Ran) -> (String, String, i32) {
    let result = ran.result();
    let steps = result["steps"].as_array().unwrap();
    let step = steps.iter().find(|step| step["status"] == "failed").unwrap_or_else(|| panic!("{ran:?}"));
    let at = steps.iter().position(|it| it == step).unwrap();
    assert!(steps[at + 1..].iter().all(|it| it["status"] == "not_reached"), "{ran:?}");
    assert_eq!(result["healthy"], false);
    let code = step["code"].as_str().unwrap().to_owned();
    assert!(ran.stderr.contains(&format!("error[{code}]: ")), "{ran:?}");
    assert!(step["remedy"].as_str().is_some_and(|remedy| !remedy.is_empty()), "{ran:?}");
    (step["name"].as_str().unwrap().to_owned(), code, ran.code)
}

fn examine(place: &Place, reference: &str) -> Ran {
    place.run(["connector", "doctor", reference, "--timeout", "2", "--json"])
}

#[track_caller]
fn expect(place: &Place, reference: &str, step: &str, code: &str) {
    assert_eq!(broken(&examine(place, reference)), (step.to_owned(), code.to_owned(), 1), "{reference}");
}

#[test]
fn a_program_that_cannot_start_is_told_why() {
    let place = Place::new();
    let mut foreign = b"\x7fELF\x02\x01\x01".to_vec();
    foreign.resize(64, 0);
    foreign[18] = if cfg!(target_arch = "aarch64") { 62 } else { 183 };
    program(&place, "foreign", foreign);
    program(&place, "no-interpreter", "#!/no/such/interpreter\n");
    program(&place, "by-env", "#!/usr/bin/env no-such-program\n");
    program(&place, "windows", "#!/bin/sh\r\necho\r\n");
    program(&place, "silent", "echo no first line\n");
    program(&place, "empty", "");
    fs::create_dir(place.path("folder")).unwrap();
    place.file("not-executable", "#!/bin/sh\n");
    expect(&place, "exec:./foreign", "architecture", "program.wrong_architecture");
    expect(&place, "exec:./no-interpreter", "entrypoint", "program.no_interpreter");
    expect(&place, "exec:./by-env", "entrypoint", "program.no_interpreter");
    expect(&place, "exec:./windows", "entrypoint", "program.windows_line_ends");
    expect(&place, "exec:./silent", "entrypoint", "program.no_first_line");
    expect(&place, "exec:./empty", "entrypoint", "program.empty");
    expect(&place, "exec:./folder", "entrypoint", "program.is_folder");
    expect(&place, "exec:./not-executable", "entrypoint", "program.not_executable");
    expect(&place, "exec:./missing", "entrypoint", "program.not_found");
    expect(&place, "exec:no-such-program", "entrypoint", "program.not_found");
    expect(&place, "exec:python3 missing.py", "start", "program.not_found");
}

#[test]
fn a_program_that_ends_badly_is_told_how() {
    let place = Place::new();
    for (name, text, step, code) in [
        ("segv", "#!/bin/sh\nkill -SEGV $$\n".to_owned(), "start", "connector.crashed"),
        ("exit-137", "#!/bin/sh\nexit 137\n".to_owned(), "start", "connector.killed"),
        ("exit-1", "#!/bin/sh\necho 'ValueError: no' >&2\nexit 1\n".to_owned(), "start", "connector.exited"),
        (
            "no-module",
            "#!/usr/bin/env python3\nimport no_such_module\n".to_owned(),
            "start",
            "connector.module_missing",
        ),
        ("no-command", "#!/bin/sh\nset -e\nno-such-command\n".to_owned(), "start", "connector.command_missing"),
        ("hangs", "#!/bin/sh\nsleep 1000\n".to_owned(), "start", "connector.timeout"),
        ("goes-on", script("", "sleep 1000"), "start", "connector.not_ended"),
        ("out-flood", script("head -c 1000000000 /dev/zero | tr '\\0' x", ""), "start", "connector.stdout_flood"),
        ("err-flood", script("head -c 1000000000 /dev/zero | tr '\\0' x >&2", ""), "start", "connector.stderr_flood"),
        ("exit-after", script("", "exit 3"), "spec", "connector.failed_after_answer"),
        ("silent", "#!/bin/sh\n".to_owned(), "spec", "connector.no_answer"),
        ("other-words", "#!/bin/sh\necho hello\n".to_owned(), "spec", "connector.no_answer"),
        ("usage", "#!/bin/sh\necho 'usage: x [-h]'\n".to_owned(), "spec", "connector.verb_unknown"),
        ("variable", "#!/bin/sh\nset -u\necho $NO_SUCH\n".to_owned(), "start", "connector.variable_missing"),
        (
            "network",
            "#!/usr/bin/env python3\nimport socket\nsocket.create_connection(('127.0.0.1', 1))\n".to_owned(),
            "start",
            "connector.network_needed",
        ),
    ] {
        program(&place, name, text);
        expect(&place, &format!("exec:./{name}"), step, code);
    }
}

#[test]
fn a_program_that_prints_other_things_than_messages_is_quoted() {
    let place = Place::new();
    program(&place, "banner", script("echo 'Welcome to X'", ""));
    program(&place, "mark", script("printf '\\357\\273\\277'", ""));
    program(&place, "binary", script("printf '\\377\\376\\n'", ""));
    program(
        &place,
        "wide",
        format!("#!/usr/bin/env python3\nimport sys\nsys.stdout.buffer.write('''{SPEC}\\n'''.encode('utf-16'))\n"),
    );
    program(&place, "stderr", script("exec 1>&2", ""));
    program(
        &place,
        "pretty",
        format!("#!/usr/bin/env python3\nimport json\nprint(json.dumps(json.loads('''{SPEC}'''), indent=2))\n"),
    );
    expect(&place, "exec:./banner", "stdout", "connector.stdout_not_messages");
    expect(&place, "exec:./mark", "stdout", "connector.byte_order_mark");
    expect(&place, "exec:./binary", "stdout", "connector.stdout_not_text");
    expect(&place, "exec:./wide", "stdout", "connector.stdout_other_encoding");
    expect(&place, "exec:./stderr", "stdout", "connector.messages_on_stderr");
    expect(&place, "exec:./pretty", "stdout", "connector.message_over_lines");
    assert!(examine(&place, "exec:./banner").stderr.contains("Welcome to X"));
}

#[test]
fn a_spec_that_cannot_be_used_is_told_apart() {
    let place = Place::new();
    let with = |spec: &str| format!("#!/bin/sh\necho '{{\"type\":\"SPEC\",\"spec\":{spec}}}'\n");
    program(&place, "two", script(&format!("echo '{SPEC}'"), ""));
    program(&place, "text", with("\"spec\""));
    program(&place, "empty", with("{}"));
    program(&place, "schema", with(r#"{"connectionSpecification":{"type":"objekt"}}"#));
    program(&place, "url", with(r#"{"documentationUrl":"docs","connectionSpecification":{"type":"object"}}"#));
    program(&place, "version", with(r#"{"protocol_version":"9.0.0","connectionSpecification":{"type":"object"}}"#));
    expect(&place, "exec:./two", "spec", "connector.several_answers");
    expect(&place, "exec:./text", "spec", "connector.spec_invalid");
    expect(&place, "exec:./empty", "spec", "connector.spec_incomplete");
    expect(&place, "exec:./schema", "spec", "connector.spec_schema_invalid");
    expect(&place, "exec:./url", "spec", "connector.spec_url_invalid");
    expect(&place, "exec:./version", "protocol", "connector.protocol_not_supported");
}

#[test]
fn a_healthy_connector_is_healthy_in_each_form() {
    let place = Place::new();
    program(&place, "run", script("", ""));
    place.file(
        "metadata.yaml",
        "metadataSpecVersion: \"1.0\"\ndata:\n  name: X\n  definitionId: 0d5f1a3e-6b7c-4c58-9f0a-2f6f2b6c9f10\n  \
         connectorType: source\n  dockerRepository: team/source-x\n  dockerImageTag: 1.2.3\n",
    );
    place.file("longshore.yaml", "run: [./run]\n");
    for reference in ["exec:./run", "source-faker", "destination-sqlite", "./", "."] {
        let ran = examine(&place, reference);
        assert_eq!((ran.code, &ran.result()["healthy"]), (0, &Value::Bool(true)), "{reference} {ran:?}");
    }
    let ran = place.run(["connector", "doctor", "exec:./run"]);
    assert!(ran.stdout.starts_with("STEP") && ran.stdout.trim_end().ends_with("exec:./run is healthy"), "{ran:?}");
}

#[test]
fn a_configuration_is_tried_and_its_secrets_are_never_shown() {
    let place = Place::new();
    let refuses = "if [ \"$1\" = check ]; then cat \"$3\" >&2; token=$(sed 's/.*token\":\"\\([^\"]*\\).*/\\1/' \"$3\")\n\
                   echo \"{\\\"type\\\":\\\"CONNECTION_STATUS\\\",\\\"connectionStatus\\\":{\\\"status\\\":\\\"FAILED\\\",\
                   \\\"message\\\":\\\"$token is wrong\\\"}}\"; exit; fi";
    program(&place, "run", script(refuses, ""));
    let config = place.file("config.json", r#"{"token":"s3cr3t-token","pin":"9876543"}"#);
    let ran = place.run(["connector", "doctor", "exec:./run", "--config", &config, "--json"]);
    assert_eq!(broken(&ran), ("check".to_owned(), "connector.check_failed".to_owned(), 2));
    assert!(ran.stderr.contains("********** is wrong"), "{ran:?}");
    let all = format!("{}{}", ran.stdout, ran.stderr);
    assert!(!all.contains("s3cr3t-token") && !all.contains("9876543"), "{all}");
    let wrong = place.file("wrong.json", r#"{"token":17}"#);
    let ran = place.run(["connector", "doctor", "exec:./run", "--config", &wrong, "--json"]);
    assert_eq!(broken(&ran), ("config".to_owned(), "config.does_not_fit".to_owned(), 2));
}

#[test]
fn what_is_no_connectors_fault_has_another_exit_code() {
    let place = Place::new();
    let ran = place.run(["connector", "doctor", "source-fakr"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("error[reference.unknown]") && ran.stderr.contains("source-faker"), "{ran:?}");
    let mut command = place.longshore(["connector", "doctor", "docker:team/x:1", "--json"]);
    let ran = Ran::of(command.env("DOCKER_HOST", "unix:///no/such/socket"));
    assert_eq!(broken(&ran), ("pull".to_owned(), "docker.unavailable".to_owned(), 3));
    let ran = place.run(["connector", "doctor", "docker:UPPER/case", "--json"]);
    assert_eq!(broken(&ran), ("resolve".to_owned(), "image.invalid_name".to_owned(), 2));
}

#[test]
fn a_check_is_judged_like_a_spec() {
    let place = Place::new();
    let config = place.file("config.json", r#"{"token":"t"}"#);
    for (name, words, code, exit) in [
        ("banner", "echo hello; echo \"$OK\"", "connector.stdout_not_messages", 1),
        ("ends-badly", "echo \"$OK\"; exit 3", "connector.failed_after_answer", 1),
        ("unknown-status", "echo \"$OK\" | sed s/SUCCEEDED/OK/", "connector.message_invalid", 1),
        ("silent", ":", "connector.no_answer", 1),
        ("on-stderr", "echo \"$OK\" >&2", "connector.messages_on_stderr", 1),
    ] {
        let ok = r#"OK='{"type":"CONNECTION_STATUS","connectionStatus":{"status":"SUCCEEDED"}}'"#;
        program(&place, name, script(&format!("{ok}\nif [ \"$1\" = check ]; then {words}; exit; fi"), ""));
        let ran = place.run(["connector", "doctor", &format!("exec:./{name}"), "--config", &config, "--json"]);
        assert_eq!(broken(&ran), ("check".to_owned(), code.to_owned(), exit), "{name}");
    }
}

/// Builds an image on the busybox of these tests, and examines it.
fn examine_image(place: &Place, name: &str, lines: &str) -> Ran {
    let engine = given("DOCKER_HOST");
    place.file("Dockerfile", format!("FROM {}\n{lines}\n", given("LONGSHORE_TEST_BUSYBOX_IMAGE")));
    let image = format!("longshore-test/doctor-{name}:latest");
    let words = ["build", "--quiet", "--tag", &image, "."];
    let built = Command::new("docker").args(words).current_dir(place.path("")).env("DOCKER_HOST", &engine).output();
    let built = built.unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let reference = format!("docker:{image}");
    let mut command = place.longshore(["connector", "doctor", &reference, "--timeout", "20", "--json"]);
    Ran::of(command.env("DOCKER_HOST", engine))
}

#[test]
fn an_image_that_cannot_start_is_told_why() {
    let place = Place::new();
    let mut foreign = b"\x7fELF\x02\x01\x01".to_vec();
    foreign.resize(64, 0);
    foreign[18] = if cfg!(target_arch = "aarch64") { 62 } else { 183 };
    program(&place, "good", script("", ""));
    program(&place, "foreign", foreign);
    program(&place, "bash", "#!/no/bash\n");
    fs::copy("/bin/ls", place.path("dynamic")).unwrap();
    place.file("plain", "#!/bin/sh\n");
    program(&place, "windows", "#!/bin/sh\r\n");
    program(&place, "no-line", "echo hello\n");
    for (name, lines, step, code) in [
        ("missing", r#"ENTRYPOINT ["/good"]"#, "entrypoint", "image.entrypoint_not_found"),
        ("operand", r#"ENTRYPOINT ["sh", "/missing.sh"]"#, "entrypoint", "image.entrypoint_not_found"),
        ("mode", "COPY plain /plain\nENTRYPOINT [\"/plain\"]", "entrypoint", "image.entrypoint_not_executable"),
        ("bash", "COPY bash /run\nENTRYPOINT [\"/run\"]", "entrypoint", "image.no_interpreter"),
        ("loader", "COPY dynamic /run\nENTRYPOINT [\"/run\"]", "entrypoint", "image.no_loader"),
        ("windows", "COPY windows /run\nENTRYPOINT [\"/run\"]", "entrypoint", "image.windows_line_ends"),
        ("no-line", "COPY no-line /run\nENTRYPOINT [\"/run\"]", "entrypoint", "image.no_first_line"),
        ("folder", "ENTRYPOINT [\"/tmp\"]", "entrypoint", "image.entrypoint_is_folder"),
        ("nobody", "COPY good /run\nUSER no-such\nENTRYPOINT [\"/run\"]", "start", "image.no_user"),
        (
            "private",
            "COPY good /run\nRUN chmod 700 /run\nUSER 1000\nENTRYPOINT [\"/run\"]",
            "start",
            "image.entrypoint_not_permitted",
        ),
        ("foreign", "COPY foreign /run\nENTRYPOINT [\"/run\"]", "architecture", "image.wrong_architecture"),
        (
            "relative",
            "COPY good /run\nENTRYPOINT [\"/run\"]\nENV AIRBYTE_ENTRYPOINT=./run",
            "entrypoint",
            "image.entrypoint_relative",
        ),
        (
            "differs",
            "COPY good /run\nENTRYPOINT [\"/run\"]\nENV AIRBYTE_ENTRYPOINT=/other",
            "entrypoint",
            "image.entrypoint_differs",
        ),
        ("no-entrypoint", "COPY good /run\nCMD [\"/run\"]", "entrypoint", "image.no_entrypoint"),
        ("killed", r#"ENTRYPOINT ["sh", "-c", "kill -9 $$"]"#, "start", "connector.killed"),
        ("user", "USER 1000\nENTRYPOINT [\"sh\", \"-c\", \"touch /state\"]", "start", "connector.cannot_write"),
    ] {
        let ran = examine_image(&place, name, lines);
        assert_eq!(broken(&ran), (step.to_owned(), code.to_owned(), 1), "{name}");
    }
}

#[test]
fn a_registry_that_wants_credentials_and_an_image_that_it_does_not_have_are_told_apart() {
    let auth = Auth::Htpasswd(vec![User::new("ci", "a password")]);
    let registry = Registry::start(Options { auth, ..Options::default() });
    let (place, host) = (Place::new(), registry.host());
    let reference = format!("docker:{host}/team/source-x:1.0.0");
    let examine = |password: Option<&str>| {
        let mut command = place.longshore(["connector", "doctor", &reference, "--json", "--plain-http"]);
        command.env("DOCKER_HOST", given("DOCKER_HOST"));
        if let Some(password) = password {
            command.env("LONGSHORE_REGISTRY", &host).env("LONGSHORE_REGISTRY_USERNAME", "ci");
            command.env("LONGSHORE_REGISTRY_PASSWORD", password);
        }
        broken(&Ran::of(&mut command))
    };
    assert_eq!(examine(None), ("pull".to_owned(), "registry.credentials_missing".to_owned(), 2));
    assert_eq!(examine(Some("wrong")), ("pull".to_owned(), "registry.credentials_rejected".to_owned(), 2));
    assert_eq!(examine(Some("a password")), ("pull".to_owned(), "image.repository_not_found".to_owned(), 2));
}

#[test]
fn a_healthy_image_shows_its_digest_and_its_machine() {
    let place = Place::new();
    program(&place, "good", script("", ""));
    let ran = examine_image(&place, "good", "COPY good /run\nENTRYPOINT [\"/run\"]\nENV AIRBYTE_ENTRYPOINT=/run");
    let result = ran.result();
    assert_eq!((ran.code, &result["healthy"]), (0, &Value::Bool(true)), "{ran:?}");
    let message = |at: usize| result["steps"][at]["message"].as_str().unwrap().to_owned();
    assert!(message(2).contains("sha256:") && message(2).contains("MB"), "{}", message(2));
    assert!(message(3).starts_with("built for linux/"), "{}", message(3));
}
