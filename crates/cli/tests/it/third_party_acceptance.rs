//! The acceptance suites on connectors that nobody here wrote, from PyPI: three sources and a destination.

use crate::place::{Place, Ran};
use longshore_test_support::Postgres;
use serde_json::{Value, json};
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

const FAKER: &str = "pypi:airbyte-source-faker==7.2.1";
const HARDCODED: &str = "pypi:airbyte-source-hardcoded-records==0.0.48";
const FILE: &str = "pypi:airbyte-source-file==0.5.39";
const PGVECTOR: &str = "pypi:airbyte-destination-pgvector==0.1.4";

/// A variable that `cargo xtask test` sets.
fn given(name: &str) -> PathBuf {
    let value = std::env::var_os(name);
    value.unwrap_or_else(|| panic!("{name} is not set; run these tests by `cargo xtask test`")).into()
}

/// Environments of Python connectors are made once on a machine.
fn cache() -> PathBuf {
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap()).join(".cache");
    std::env::var_os("XDG_CACHE_HOME").map_or_else(home, PathBuf::from)
}

fn test(place: &Place, reference: &str, config: &Value, words: &[&str], variables: &[(&str, &Path)]) -> Value {
    let config = place.file("connector.json", config.to_string());
    let mut command = place.longshore(["connector", "test", reference, "--connector-config", &config, "--json"]);
    let wanted = |name: &str| name.starts_with("PIP_") || name == "HOME";
    command.args(words).envs(std::env::vars().filter(|(name, _)| wanted(name))).env("XDG_CACHE_HOME", cache());
    command.envs(variables.iter().copied());
    let ran = Ran::of(&mut command);
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}\n{}", ran.stdout, ran.stderr))
}

/// The rules of a level that are broken.
fn broken<'a>(report: &'a Value, level: &str) -> Vec<&'a str> {
    let findings = report["findings"].as_array().unwrap().iter();
    let broken = findings.filter(|finding| finding["status"] == "failed" && finding["level"] == level);
    broken.map(|finding| finding["rule"].as_str().unwrap()).collect()
}

fn finding<'a>(report: &'a Value, rule: &str) -> &'a Value {
    report["findings"].as_array().unwrap().iter().find(|finding| finding["rule"] == rule).unwrap()
}

fn count(report: &Value, status: &str) -> usize {
    report["findings"].as_array().unwrap().iter().filter(|finding| finding["status"] == status).count()
}

/// The historic suites pass it with its own defaults.
#[test]
fn the_known_faker_passes_with_its_own_defaults() {
    let report = test(&Place::new(), FAKER, &json!({"count": 1000}), &[], &[]);
    assert_eq!(broken(&report, "must"), Vec::<&str>::new(), "{report:#}");
    assert!(count(&report, "passed") > 60, "{report:#}");
}

/// Their one genuine failure: from a state in the middle it returns nothing, where hundreds were still to come.
#[test]
fn the_known_faker_does_not_resume_with_always_updated_off() {
    let config = json!({"count": 1000, "always_updated": false});
    let report = test(&Place::new(), FAKER, &config, &["--only", "resume", "--only", "read"], &[]);
    assert_eq!(report["passed"], false);
    assert_eq!(broken(&report, "must"), ["resume.nothing_lost", "resume.full_refresh"], "{report:#}");
    let evidence = finding(&report, "resume.nothing_lost")["evidence"].to_string();
    assert!(evidence.len() > 20, "{evidence}");
}

#[test]
fn hardcoded_records_pass_and_repeat_themselves() {
    let report = test(&Place::new(), HARDCODED, &json!({"count": 1000}), &[], &[]);
    assert_eq!(broken(&report, "must"), Vec::<&str>::new(), "{report:#}");
    assert_eq!(broken(&report, "should"), ["read.no_duplicates"], "{report:#}");
}

/// It takes no notice of a stream that it does not have: a sync of it would be green and empty.
#[test]
fn the_known_file_source_ignores_a_stream_that_it_does_not_have() {
    let place = Place::new();
    let rows: String = (0..200).map(|id| format!("{id},name {id},2024-01-01\n")).collect();
    place.file("people.csv", format!("id,name,updated\n{rows}"));
    let provider = json!({"storage": "local"});
    let url = place.path("people.csv");
    let config = json!({"dataset_name": "people", "format": "csv", "url": url, "provider": provider});
    let words = ["--only", "read", "--only", "full_refresh", "--only", "failure"];
    let report = test(&place, FILE, &config, &words, &[]);
    assert_eq!(broken(&report, "must"), ["failure.unknown_stream_fails"], "{report:#}");
    for rule in ["read.succeeds", "read.schema", "full_refresh.same_records"] {
        assert_eq!(finding(&report, rule)["status"], "passed", "{report:#}");
    }
}

/// A Postgres with pgvector, where the account of the server can read it.
struct Pgvector {
    server: Postgres,
    _programs: TempDir,
}

impl Pgvector {
    fn start() -> Self {
        let programs = tempfile::Builder::new().permissions(Permissions::from_mode(0o755)).tempdir().unwrap();
        // Its programs find their libraries beside.
        let from = ["pgserver", "pgserver.libs"].map(|name| given("LONGSHORE_TEST_PGVECTOR").join(name));
        let copied = Command::new("cp").arg("-r").args(from).arg(programs.path()).status().unwrap();
        assert!(copied.success());
        let bin = programs.path().join("pgserver/pginstall/bin");
        let server = Postgres::start_of(&bin);
        let mut psql = Command::new(bin.join("psql"));
        psql.args(["-h", "127.0.0.1", "-p", &server.port.to_string(), "-U", server.user(), "-d", "postgres"]);
        psql.args(["-c", "CREATE EXTENSION vector"]).env("PGPASSWORD", server.password);
        let ran = psql.output().unwrap();
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        Self { server, _programs: programs }
    }

    fn config(&self) -> Value {
        let account = json!({"password": self.server.password});
        json!({
            "embedding": {"mode": "fake"},
            "processing": {"chunk_size": 1000},
            "indexing": {"host": "127.0.0.1", "port": self.server.port, "database": "postgres",
                "default_schema": "public", "username": self.server.user(), "credentials": account},
        })
    }
}

/// It refuses streams that nobody configured, and lets a broken line and a state of nobody's pass in silence.
#[test]
fn the_known_pgvector_destination_loses_a_broken_line_in_silence() {
    let (place, pgvector) = (Place::new(), Pgvector::start());
    let constraints = place.path("constraints.txt");
    std::fs::write(&constraints, "cython<3\n").unwrap();
    // The tokenizer's words lie in this folder for temporary files, where its library looks for them.
    let temporary = given("LONGSHORE_TEST_PGVECTOR");
    let variables = [("PIP_CONSTRAINT", constraints.as_path()), ("TMPDIR", temporary.as_path())];
    let report = test(&place, PGVECTOR, &pgvector.config(), &["--only", "refusal"], &variables);
    assert_eq!(finding(&report, "refusal.unknown_stream")["status"], "passed", "{report:#}");
    assert_eq!(broken(&report, "should"), ["refusal.unknown_state", "refusal.broken_line"], "{report:#}");
}
