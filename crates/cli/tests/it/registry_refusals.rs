//! What goes wrong with a registry is told apart: one code for each, the exit code of who has to act, and the command that
//! mends it; whichever command meets it. A password is in none of it.

use crate::place::{Place, Ran};
use crate::registry_stage::{Machine, PASSWORD, elsewhere, htpasswd, private, push_noise};
use longshore_images::Platform;
use longshore_test_support::registry::{Fault, Faults, Options, Registry};

/// The commands that pull; each is asked for the same image.
const COMMANDS: [&[&str]; 3] =
    [&["image", "pull"], &["registry", "check"], &["sync", "--destination", "destination-null", "--source"]];

/// Every command that pulls fails in the same way.
#[track_caller]
fn each_fails(machine: &Machine, image: &str, code: &str, exit: i32, advice: &str) {
    for command in COMMANDS {
        let of_sync = format!("docker:{image}");
        let image = if command[0] == "sync" { &of_sync } else { image };
        let ran = machine.fail(&[command, &[image]].concat(), code, exit, advice);
        assert_silent(&ran);
    }
}

#[track_caller]
fn assert_silent(ran: &Ran) {
    assert!(!ran.stdout.contains(PASSWORD) && !ran.stderr.contains(PASSWORD), "{ran:?}");
}

fn with_image(registry: &Registry) {
    push_noise(registry, "team/source-x:1", &[1000], &Platform::of_this_machine());
}

#[test]
fn an_unknown_tag_and_an_unknown_repository_are_two_things() {
    let registry = private();
    with_image(&registry);
    let machine = Machine::with_engine(&registry);
    let tags = format!("`longshore image tags {}`", machine.at("team/source-x"));
    each_fails(&machine, &machine.at("team/source-x:2"), "image.not_found", 2, &tags);
    each_fails(&machine, &machine.at("team/source-y:1"), "image.repository_not_found", 2, "");
}

#[test]
fn a_wrong_password_is_told_with_the_login_that_mends_it() {
    let registry = private();
    with_image(&registry);
    let machine = Machine::with_engine(&registry);
    let auth = format!(r#"{{"auths":{{"{}":{{"username":"ci-2","password":"{PASSWORD}"}}}}}}"#, registry.host());
    machine.place.file(".docker/config.json", auth);
    let advice = format!("longshore registry login {}", registry.host());
    each_fails(&machine, &machine.at("team/source-x:1"), "registry.credentials_rejected", 2, &advice);
    std::fs::remove_file(machine.place.path(".docker/config.json")).unwrap();
    each_fails(&machine, &machine.at("team/source-x:1"), "registry.credentials_missing", 2, &advice);
}

#[test]
fn a_login_with_a_wrong_password_keeps_nothing() {
    let registry = private();
    let place = Place::new();
    let ca_file = registry.ca_file().display().to_string();
    let words = ["registry", "login", &registry.host(), "--username", "ci", "--password-stdin", "--ca-file", &ca_file];
    let ran: Ran = place.run_with_input(words, b"another-password-of-this-test").into();
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("error[registry.credentials_rejected]"), "{ran:?}");
    assert!(!ran.stderr.contains("another-password-of-this-test"), "{ran:?}");
    assert!(!place.path(".docker/config.json").exists());
    assert!(!place.path(".config/longshore/registries.json").exists());
}

#[test]
fn an_image_for_another_machine_is_told_before_a_layer_moves() {
    let registry = private();
    push_noise(&registry, "team/source-x:1", &[1000], &elsewhere());
    let machine = Machine::with_engine(&registry);
    let image = machine.at("team/source-x:1");
    let advice = "`docker build --platform ";
    machine.fail(&["image", "pull", &image], "image.wrong_architecture", 2, advice);
    let sync = ["sync", "--destination", "destination-null", "--source", &format!("docker:{image}")];
    machine.fail(&sync, "image.wrong_architecture", 2, advice);
    let check = machine.succeed(&["registry", "check", &image]);
    assert!(check.stdout.contains(&elsewhere().to_string()), "{check:?}");
    // Who asks for that machine gets it, and may hand it on.
    let (platform, copy) = (elsewhere().to_string(), machine.at("team/copy:1"));
    machine.succeed(&["image", "pull", &image, "--platform", &platform]);
    machine.succeed(&["image", "push", &copy, "--from", &image, "--platform", &platform]);
    assert!(machine.succeed(&["image", "inspect", &copy]).stdout.contains(&platform));
}

#[test]
fn a_registry_that_is_down_is_the_environment() {
    let mut registry = private();
    let machine = Machine::with_engine(&registry);
    registry.stop();
    each_fails(&machine, &machine.at("team/source-x:1"), "registry.unreachable", 3, "curl -i https://");
}

#[test]
fn a_registry_that_fails_or_has_enough_is_the_environment() {
    let registry = private();
    let faults = Faults::start(&registry);
    let machine = Machine::with_engine(&registry).behind(faults.host(), &registry);
    let image = machine.at("team/source-x:1");
    for (code, reason) in [(503, "registry.failed"), (429, "registry.rate_limited")] {
        faults.clear();
        faults.add("/manifests/", Fault::Status { code, retry_after_seconds: Some(0) });
        let ran = machine.fail(&["image", "pull", &image], reason, 3, "");
        assert_silent(&ran);
    }
}

#[test]
fn plain_http_is_spoken_only_when_told() {
    let registry = Registry::start(Options { auth: htpasswd(), ..Options::default() });
    with_image(&registry);
    let machine = Machine::with_engine(&registry);
    let image = machine.at("team/source-x:1");
    machine.succeed(&["image", "pull", &image]);
    machine.succeed(&["image", "remove", &image]);
    std::fs::remove_file(machine.place.path(".config/longshore/registries.json")).unwrap();
    each_fails(&machine, &image, "registry.speaks_http", 2, "--plain-http");
    assert_eq!(machine.run(&["image", "pull", "--plain-http", &image]).code, 0);
}

#[test]
fn an_unknown_authority_is_told_with_the_flag_that_names_it() {
    let registry = private();
    with_image(&registry);
    let machine = Machine::with_engine(&registry);
    std::fs::remove_file(machine.place.path(".config/longshore/registries.json")).unwrap();
    each_fails(&machine, &machine.at("team/source-x:1"), "registry.tls", 2, "--ca-file FILE");
}
