//! What an author wants done around acceptance tests: commands, tests, containers of a real engine.

use crate::projects::{project, tools};
use longshore_devkit::hooks::{ClientContainer, Hooks, OwnResult, told};
use longshore_devkit::{Project, Tools};
use longshore_protocol::FailureReason;
use std::fs;
use std::process::Command;

const REFERENCE: &str = "exec:./main.sh";

/// Sets up, runs the tests, and tears down.
#[tokio::main(flavor = "current_thread")]
async fn around(
    project: &Project,
    client: (Option<ClientContainer>, Option<&str>),
    tools: &Tools,
) -> (Result<Vec<OwnResult>, FailureReason>, Vec<FailureReason>) {
    let hooks = Hooks::of(project, client, REFERENCE, None, tools).unwrap();
    let tests = match hooks.set_up().await {
        Ok(()) => hooks.tests().await,
        Err(failure) => Err(failure),
    };
    (tests, hooks.tear_down().await)
}

#[test]
fn commands_run_in_order_in_the_project_and_know_the_connector() {
    let yaml = "acceptance:
  setUp: [[sh, -c, 'echo $LONGSHORE_CONNECTOR > told']]
  tests:
    - {name: good, run: [sh, -c, 'test -e told']}
    - {name: bad, run: [sh, -c, 'echo seven is not eight; exit 3']}
  tearDown: [[sh, -c, 'cat told > gone']]
";
    let (dir, project) = project(&[("longshore.yaml", yaml)]);
    let (tests, failures) = around(&project, (None, None), &tools().0);
    let tests = tests.unwrap();
    let ends: Vec<_> = tests.iter().map(|it| (it.name.as_str(), it.passed, it.output.as_str())).collect();
    assert_eq!(ends, [("good", true, ""), ("bad", false, "seven is not eight")]);
    assert!(tests[1].ending.contains('3'), "{}", tests[1].ending);
    assert_eq!(failures, []);
    assert_eq!(fs::read_to_string(dir.path().join("gone")).unwrap(), format!("{REFERENCE}\n"));
}

#[test]
fn what_fails_before_is_told_and_what_comes_after_is_done_all_the_same() {
    let yaml =
        "acceptance: {setUp: [[sh, -c, 'echo no database; exit 1']], tearDown: [[touch, gone], [absent-tool]]}\n";
    let (dir, project) = project(&[("longshore.yaml", yaml)]);
    let (tests, failures) = around(&project, (None, None), &tools().0);
    let failure = tests.unwrap_err();
    assert_eq!((failure.code.as_str(), failure.detail.as_deref()), ("test.set_up_failed", Some("no database")));
    let codes: Vec<_> = failures.iter().map(|failure| failure.code.as_str()).collect();
    assert_eq!(codes, ["tool.not_installed"]);
    assert!(dir.path().join("gone").exists());
}

#[test]
fn a_reader_in_the_project_is_found_from_anywhere_and_a_bypass_has_its_reason() {
    let yaml = "acceptance: {reader: [tests/reader.sh, --fast], bypasses: {types.numbers: they are doubles}}\n";
    let (dir, project) = project(&[("longshore.yaml", yaml)]);
    let told = told(&project).unwrap();
    let program = dir.path().join("tests/reader.sh").display().to_string();
    assert_eq!(told.reader.unwrap(), [program, "--fast".to_owned()]);
    assert_eq!(told.bypasses["types.numbers"], "they are doubles");
}

/// The names of all containers of these tests whose name holds a word.
fn containers(word: &str) -> String {
    let filter = format!("name={word}");
    let ran = Command::new("docker").args(["ps", "--all", "--format", "{{.Names}}", "--filter", &filter]).output();
    String::from_utf8(ran.unwrap().stdout).unwrap()
}

#[test]
fn containers_run_beside_until_they_are_removed_and_the_client_container_gets_the_configuration() {
    let image = std::env::var("LONGSHORE_TEST_BUSYBOX_IMAGE").expect("run these tests by `cargo xtask test`");
    let yaml = format!(
        "acceptance:
  containers:
    - name: besidehooks
      image: {image}
      command: [sh, -c, 'touch /tmp/ready; while :; do sleep 1; done']
      environment: {{WORD: seven}}
      ready: [test, -e, /tmp/ready]
  tests:
    - name: beside
      run: [sh, -c, 'docker exec $(docker ps -q --filter name=besidehooks) sh -c \"test \\$WORD = seven\"']
"
    );
    let (dir, project) = project(&[("longshore.yaml", &yaml), ("client/Dockerfile", &format!("FROM {image}\n"))]);
    let client = ClientContainer {
        secrets_path: Some("/connector/config.json".to_owned()),
        dockerfile_path: Some(dir.path().join("client/Dockerfile")),
        setup_command: ["grep", "-q", "pass-word", "/connector/config.json"].map(str::to_owned).to_vec(),
        teardown_command: vec!["false".to_owned()],
        final_teardown_command: vec!["true".to_owned()],
    };
    let (tests, failures) = around(&project, (Some(client), Some(r#"{"password":"pass-word"}"#)), &tools().0);
    let tests = tests.unwrap();
    assert!(tests[0].passed, "{}", tests[0].output);
    let codes: Vec<_> = failures.iter().map(|failure| failure.code.as_str()).collect();
    assert_eq!(codes, ["test.tear_down_failed"]);
    assert_eq!(containers("besidehooks"), "");
}
