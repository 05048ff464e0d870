//! Secrets of a configuration are seen by its connector only: not in an argument, not in a variable, not in what is
//! printed, even if the connector prints them. Variables of the caller stay with the caller.

use crate::place::{Place, Ran};
use crate::script::{catalog, three_records};

const SECRET: &str = "s3cr3t-of-this-test";
const PRIVATE: &str = "private-variable-of-this-test";

/// Keeps all that can be seen of this process and of all others, tells the secret everywhere, and goes on.
fn spy(name: &str, then: &str) -> String {
    format!(
        "tr '\\0' '\\n' < \"/proc/$$/environ\" > {name}.environment
cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' > {name}.arguments
cat \"$3\" > {name}.config
echo 'my password is {SECRET}' >&2
echo 'noise {SECRET}'
echo '{{\"type\":\"LOG\",\"log\":{{\"level\":\"INFO\",\"message\":\"logged in with {SECRET}\"}}}}'
{then}\n"
    )
}

fn spied(place: &Place, more: &[&str]) -> Ran {
    let lines = place.file("lines", three_records().join("\n"));
    let source = place.script("source.sh", &spy("source", &format!("cat {lines}; echo; exit 0")));
    let echo = "grep --line-buffered '\"STATE\"'; exit 1";
    let destination = place.script("destination.sh", &spy("destination", echo));
    let config = place.file("config.json", r#"{"credentials":{"password":"${THE_SECRET}"}}"#);
    let catalog = catalog(place);
    let words = ["--catalog", &catalog, "--source-config", &config, "--destination-config", &config];
    let mut command = place.longshore(["sync", "--source", &source, "--destination", &destination]);
    Ran::of(command.args(words).args(more).env("THE_SECRET", SECRET).env("OTHER_TOKEN", PRIVATE))
}

#[test]
fn a_secret_reaches_its_connector_by_a_file_alone() {
    let place = Place::new();
    spied(&place, &[]);
    for name in ["source", "destination"] {
        assert!(place.text(&format!("{name}.config")).contains(SECRET), "{name} gets its configuration");
        let (arguments, environment) =
            (place.text(&format!("{name}.arguments")), place.text(&format!("{name}.environment")));
        assert!(arguments.contains("--config") && !arguments.contains(SECRET), "{arguments}");
        assert!(environment.contains("PATH=") && !environment.contains(SECRET), "{environment}");
    }
}

#[test]
fn a_secret_that_a_connector_prints_is_blackened() {
    let place = Place::new();
    for more in [[].as_slice(), &["--json"]] {
        let ran = spied(&place, more);
        assert_eq!(ran.code, 1, "a failure with stderr in its detail: {ran:?}");
        assert!(ran.stderr.contains("logged in with **********"), "{ran:?}");
        assert!(!ran.stderr.contains(SECRET) && !ran.stdout.contains(SECRET), "{ran:?}");
    }
}

#[test]
fn a_variable_of_the_caller_does_not_reach_a_connector() {
    let place = Place::new();
    spied(&place, &[]);
    let environment = place.text("source.environment") + &place.text("destination.environment");
    assert!(!environment.contains(PRIVATE), "{environment}");
    assert!(environment.contains("AIRBYTE_VERSION=") && environment.contains("HOME="), "{environment}");
}

#[test]
fn a_secret_does_not_get_into_the_state_file_or_stay_in_a_folder() {
    let place = Place::new();
    std::fs::create_dir(place.path("tmp")).unwrap();
    let source = place.source(&three_records(), "");
    let config = place.file("config.json", format!(r#"{{"password":"{SECRET}"}}"#));
    let catalog = catalog(&place);
    let words = ["--catalog", &catalog, "--source-config", &config, "--state", "state.json"];
    let mut command = place.sync_command(&source, "destination-null", &words);
    Ran::of(command.env("TMPDIR", place.path("tmp"))).expect_success();
    assert!(!place.text("state.json").contains(SECRET));
    assert_eq!(std::fs::read_dir(place.path("tmp")).unwrap().count(), 0, "the run's folder is removed");
}
