//! Full disks: the failure is clear, and once there is space the same command ends with what an undisturbed sync has.

use crate::place::{Place, Ran, program};
use crate::tables;
use std::process::Command;

/// Runs a shell script with a small disk of its own at `disk`, which vanishes with the script.
fn with_small_disk(place: &Place, size: &str, script: &str) -> Ran {
    std::fs::create_dir_all(place.path("disk")).unwrap();
    let whole = format!("mount -t tmpfs -o size={size} none disk && {script}");
    let mut unshare = Command::new("unshare");
    unshare.args(["--map-root-user", "--mount", "sh", "-c", &whole]).current_dir(place.path(""));
    let ran = Ran::of(unshare.env("HOME", place.path("")).env("LONGSHORE", program()));
    let needed = "mounting a small disk needs root, or `sysctl kernel.unprivileged_userns_clone=1`";
    assert!(!ran.stderr.contains("unshare:") && !ran.stderr.contains("mount:"), "{needed}: {}", ran.stderr);
    ran
}

const FAKER: &str = r#"{"count":3000,"seed":5,"records_per_slice":200}"#;
const MORE_SPACE: &str = "mount -o remount,size=100m disk";
/// The sync of these tests, with the result in a file.
const SYNC: &str = "\"$LONGSHORE\" sync --json --source source-faker --source-config faker.json \
    --destination destination-sqlite --destination-config sqlite.json --state";

fn undisturbed() -> tables::Tables {
    let place = Place::new();
    place.file("faker.json", FAKER);
    let words = ["--source-config", "faker.json", "--state", "state.json"];
    place.sync("source-faker", "destination-sqlite", &words).expect_success();
    tables::read(&place.path("longshore.sqlite"))
}

/// The result that was kept in a file, in the form of a run.
fn kept(place: &Place, name: &str, printed: &Ran) -> Ran {
    Ran { code: printed.code, stdout: place.text(name), stderr: printed.stderr.clone() }
}

#[test]
fn a_full_disk_at_the_destination_is_told_and_the_sync_goes_on_when_there_is_space() {
    let place = Place::new();
    place.file("faker.json", FAKER);
    place.file("sqlite.json", r#"{"path":"disk/db.sqlite"}"#);
    let sync = format!("{SYNC} state.json");
    let script = format!("{{ {sync} > first; {MORE_SPACE}; {sync} > second; cp disk/db.sqlite db.sqlite; }}");
    let ran = with_small_disk(&place, "1500k", &script);
    let first = kept(&place, "first", &ran);
    first.expect("failed", "destination.failed");
    let message = first.result()["failure"]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("no space left"), "{message}");
    assert_eq!(first.result()["failure"]["origin"], "destination");
    kept(&place, "second", &ran).expect_success();
    assert!(tables::read(&place.path("db.sqlite")) == undisturbed(), "other rows than without the full disk");
}

#[test]
fn a_full_disk_at_the_state_file_is_told_and_nothing_is_lost() {
    let place = Place::new();
    place.file("faker.json", FAKER);
    place.file("sqlite.json", r#"{"path":"longshore.sqlite"}"#);
    let sync = format!("{SYNC} disk/state.json");
    let script = format!("{{ {sync} > first; {MORE_SPACE}; {sync} > second; ls disk > files; }}");
    // Room for the first, empty file, and none for the one that shall take its place.
    let ran = with_small_disk(&place, "4k", &script);
    let first = kept(&place, "first", &ran);
    first.expect("failed", "state.unwritable");
    assert!(first.stderr.contains("No space left on device"), "{first:?}");
    kept(&place, "second", &ran).expect_success();
    assert_eq!(place.text("files"), "state.json\n", "nothing half written stays");
    assert!(tables::read(&place.path("longshore.sqlite")) == undisturbed(), "other rows than without the full disk");
}
