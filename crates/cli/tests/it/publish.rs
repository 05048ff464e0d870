//! From a fresh connector to an image that others pull, through a registry that was started apart: both builders.

use crate::registry_stage::{Machine, private, replace, steps};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// The steps that have some outcome.
fn with_outcome(ran: &crate::place::Ran, outcome: &str) -> Vec<String> {
    steps(ran).into_iter().filter(|(_, it)| it == outcome).map(|(name, _)| name).collect()
}

fn digest_of(ran: &crate::place::Ran) -> String {
    ran.result()["digest"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_fresh_connector_is_built_bumped_published_pulled_by_docker_and_synced() {
    let mut registry = private();
    let machine = Machine::with_engine(&registry);
    let config = machine.place.path(".docker/config.json");
    assert_eq!(std::fs::metadata(&config).unwrap().permissions().mode() & 0o777, 0o600);
    let project = machine.project("source-shell");
    let repository = machine.at("team/source-shell");
    machine.succeed(&["connector", "build", &project]);
    machine.succeed(&["connector", "bump", &project, "patch", "--message", "Counts faster"]);
    let publish = ["connector", "publish", &project, "--to", &repository, "--index", "index", "--json"];
    let published = machine.succeed(&publish);
    assert_eq!(published.result()["image"], format!("{repository}:0.1.1"));
    let again = machine.succeed(&publish);
    assert_eq!(digest_of(&again), digest_of(&published));
    assert_eq!(with_outcome(&again, "already"), ["push", "tag", "sbom", "latest", "index"]);

    machine.forget_images();
    machine.docker(&["pull", &format!("{repository}:0.1.1")]);
    let labels =
        machine.docker(&["image", "inspect", "--format", "{{json .Config.Labels}}", &format!("{repository}:0.1.1")]);
    for label in ["\"io.airbyte.version\":\"0.1.1\"", "\"io.longshore.supported-sync-modes\":\"full_refresh\""] {
        assert!(labels.contains(label), "{labels}");
    }
    machine.forget_images();

    // Another machine, that has nothing of it: only the registry can have given the image.
    let other = Machine::with_engine(&registry);
    registry.forget_requests();
    let synced = other.sync(&format!("docker:{repository}:0.1.1"));
    synced.expect_success();
    assert_eq!(synced.counts(), (3, 3));
    let layers = registry.requests().into_iter().filter(|it| it.path.contains("/blobs/") && it.method == "GET");
    assert!(layers.filter(|it| it.user_agent.contains("longshore")).count() > 0, "{:?}", registry.requests());
    let listed = machine.succeed(&["index", "list", "index", "--json"]).result();
    assert_eq!(listed["definitions"][0]["dockerImageDigest"], digest_of(&published));
}

#[test]
fn a_native_image_needs_no_docker_and_behaves_as_the_connector_does() {
    let registry = private();
    let builder = Machine::without_engine(&registry);
    let project = builder.project("source-counting");
    let repository = builder.at("team/source-counting");
    let publish = ["connector", "publish", &project, "--to", &repository, "--builder", "native", "--json"];
    let published = builder.succeed(&publish);
    let again = builder.succeed(&publish);
    assert_eq!(with_outcome(&again, "already"), ["push", "tag", "sbom", "latest"]);
    assert_eq!(digest_of(&again), digest_of(&published));

    let runner = Machine::with_engine(&registry);
    let image = format!("docker:{repository}:0.1.0");
    let (of_image, of_process) = (runner.sync(&image), runner.sync(&format!("exec:{}", program(&builder))));
    of_image.expect_success();
    of_process.expect_success();
    assert_eq!(of_image.counts(), (3, 3));
    assert_eq!(of_process.counts(), (3, 3));
    for verb in ["spec", "check", "discover", "read"] {
        let config = runner.place.file("config.json", "{}");
        let mut answers = [image.clone(), format!("exec:{}", program(&builder))].map(|reference| {
            let mut words = vec!["connector", verb, &reference];
            if verb != "spec" {
                words.extend(["--config", &config]);
            }
            runner.succeed(&words).stdout
        });
        answers.sort();
        assert_eq!(answers[0], answers[1], "{verb}");
    }
}

/// The program that the native builder made, for whichever library this machine has.
fn program(machine: &Machine) -> String {
    let of =
        |library: &str| format!("target/{}-unknown-linux-{library}/release/source-counting", std::env::consts::ARCH);
    let made = ["musl", "gnu"].map(|library| machine.place.path(&of(library)));
    made.iter().find(|file| file.is_file()).expect("the native builder made a program").display().to_string()
}

/// What a tag means in the registry, or nothing.
fn digest_at(machine: &Machine, image: &str) -> Option<String> {
    let ran = machine.run(&["image", "inspect", image, "--json"]);
    (ran.code == 0).then(|| ran.result()["digest"].as_str().unwrap().to_owned())
}

/// Makes the project of some version.
fn set_version(project: &str, from: &str, to: &str) {
    for file in ["metadata.yaml", "Cargo.toml", "Cargo.lock"] {
        replace(&Path::new(project).join(file), from, to);
    }
}

#[test]
fn latest_is_the_newest_release_whatever_is_published_after_it() {
    let registry = private();
    let machine = Machine::without_engine(&registry);
    let project = machine.project("source-counting");
    let repository = machine.at("team/source-counting");
    let publish =
        ["connector", "publish", &project, "--to", &repository, "--builder", "native", "--skip-tests", "--json"];
    let release = digest_of(&machine.succeed(&publish));
    let latest = || digest_at(&machine, &format!("{repository}:latest"));
    assert_eq!(latest().as_deref(), Some(release.as_str()));

    machine.succeed(&["connector", "bump", &project, "rc"]);
    let candidate = machine.succeed(&publish);
    assert_eq!(steps(&candidate).iter().find(|(name, _)| name == "latest").unwrap().1, "not_needed");
    assert_eq!(latest().as_deref(), Some(release.as_str()), "a candidate is no release");

    let version = candidate.result()["image"].as_str().unwrap().rsplit_once(':').unwrap().1.to_owned();
    set_version(&project, &version, "0.0.9");
    let back_port = machine.succeed(&publish);
    assert_ne!(digest_of(&back_port), release);
    assert_eq!(latest().as_deref(), Some(release.as_str()), "a back-port is not the newest");

    set_version(&project, "0.0.9", "0.2.0");
    let newer = digest_of(&machine.succeed(&publish));
    assert_eq!(latest(), Some(newer));
}

#[test]
fn a_version_that_is_another_image_is_refused() {
    let registry = private();
    let machine = Machine::without_engine(&registry);
    let project = machine.project("source-counting");
    let repository = machine.at("team/source-counting");
    let publish = ["connector", "publish", &project, "--to", &repository, "--builder", "native", "--skip-tests"];
    machine.succeed(&publish);
    let before = digest_at(&machine, &format!("{repository}:0.1.0"));
    replace(&Path::new(&project).join("src/main.rs"), "\"id\":3", "\"id\":4");
    machine.fail(&publish, "image.tag_taken", 2, "`longshore connector bump");
    assert_eq!(digest_at(&machine, &format!("{repository}:0.1.0")), before);
}
