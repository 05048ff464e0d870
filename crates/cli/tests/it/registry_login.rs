//! Logins, and where a password gets: to the registry, to the file that keeps it for its owner, and to nobody else.

use crate::place::Place;
use crate::place::Ran;
use crate::registry_stage::{Machine, PASSWORD, private, succeed};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_login_is_kept_for_its_owner_with_a_warning() {
    let registry = private();
    let place = Place::new();
    let (host, ca_file) = (registry.host(), registry.ca_file().display().to_string());
    let words = ["registry", "login", &host, "--username", "ci", "--password-stdin", "--ca-file", &ca_file];
    let ran: Ran = place.run_with_input(words, format!("{PASSWORD}\n").as_bytes()).into();
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stderr.contains("warning: the password is kept unencrypted"), "{ran:?}");
    assert!(!ran.stderr.contains(PASSWORD) && !ran.stdout.contains(PASSWORD), "{ran:?}");
    assert_eq!(mode(&place.path(".docker/config.json")), 0o600);
    let listed: Ran = place.run(["registry", "list", "--json"]);
    assert_eq!(listed.result()["registries"][0]["host"], host);
    assert_eq!(listed.result()["registries"][0]["username"], "ci");
    let checked = place.run(["registry", "check", &host]);
    assert_eq!(checked.code, 0, "{checked:?}");
    assert_eq!(place.run(["registry", "logout", &host]).code, 0);
    let checked = place.run(["registry", "check", &host]);
    assert_eq!(checked.code, 2, "{checked:?}");
}

#[test]
fn a_secret_of_kubernetes_holds_what_logs_in() {
    let registry = private();
    let machine = Machine::without_engine(&registry);
    let ran = machine.succeed(&["registry", "secret", &registry.host(), "--namespace", "jobs", "--name", "team"]);
    let secret = ran.result();
    assert_eq!((&secret["apiVersion"], &secret["kind"]), (&Value::from("v1"), &Value::from("Secret")));
    assert_eq!(secret["type"], "kubernetes.io/dockerconfigjson");
    assert_eq!((&secret["metadata"]["name"], &secret["metadata"]["namespace"]), (&"team".into(), &"jobs".into()));
    let config = secret["stringData"][".dockerconfigjson"].as_str().unwrap();
    let parsed: Value = serde_json::from_str(config).unwrap();
    let auth = &parsed["auths"][registry.host()]["auth"];
    assert!(auth.as_str().is_some_and(|auth| !auth.is_empty()), "{config}");

    // It logs in by itself, on a machine that has nothing else.
    let other = Place::new();
    std::fs::create_dir(other.path(".docker")).unwrap();
    other.file(".docker/config.json", config);
    let ca_file = registry.ca_file().display().to_string();
    let checked = other.run(["registry", "check", &registry.host(), "--ca-file", &ca_file]);
    assert_eq!(checked.code, 0, "{checked:?}");
    let unknown = machine.fail(&["registry", "secret", "registry.test"], "registry.credentials_missing", 2, "login");
    assert_eq!(unknown.stdout, "");
}

/// Stands before a tool: keeps what a child sees of its own environment and of every command line, and goes on.
fn spy(machine: &Machine, tool: &str) -> String {
    let bin = machine.place.path("bin");
    std::fs::create_dir_all(&bin).unwrap();
    let found =
        std::env::split_paths(&std::env::var_os("PATH").unwrap()).map(|dir| dir.join(tool)).find(|it| it.is_file());
    let script = format!(
        "#!/bin/sh\ntr '\\0' '\\n' < \"/proc/$$/environ\" >> {seen}\n\
         cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' >> {seen}\nexec {tool} \"$@\"\n",
        seen = machine.place.path("seen").display(),
        tool = found.unwrap().display(),
    );
    std::fs::write(bin.join(tool), script).unwrap();
    std::fs::set_permissions(bin.join(tool), std::fs::Permissions::from_mode(0o755)).unwrap();
    bin.display().to_string()
}

#[test]
fn a_password_does_not_reach_tools_arguments_or_files() {
    let registry = private();
    let machine = Machine::without_engine(&registry);
    std::fs::remove_file(machine.place.path(".docker/config.json")).unwrap();
    let project = machine.project("source-counting");
    let repository = machine.at("team/source-counting");
    let path = format!("{}:{}", spy(&machine, "cargo"), std::env::var("PATH").unwrap());
    let publish = ["connector", "publish", &project, "--to", &repository, "--builder", "native", "--skip-tests"];
    let given = |command: &mut Command, password: &str| {
        command.env("PATH", &path).env("LONGSHORE_REGISTRY", registry.host());
        command.env("LONGSHORE_REGISTRY_USERNAME", "ci").env("LONGSHORE_REGISTRY_PASSWORD", password);
    };
    let mut good = machine.longshore(&publish);
    given(&mut good, PASSWORD);
    let ran = succeed(&mut good);
    let seen = String::from_utf8_lossy(&std::fs::read(machine.place.path("seen")).unwrap()).into_owned();
    assert!(seen.contains("PATH=") && seen.contains("connector publish"), "{seen}");
    for text in [&seen, &ran.stdout, &ran.stderr] {
        assert!(!text.contains(PASSWORD), "{text}");
    }
    let mut bad = machine.longshore(&publish);
    given(&mut bad, "a-wrong-one-of-this-test");
    let ran = Ran::of(&mut bad);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("error[registry.credentials_rejected]"), "{ran:?}");
    assert!(!ran.stderr.contains("a-wrong-one-of-this-test"), "{ran:?}");
    let kept =
        Command::new("grep").args(["-rIl", PASSWORD, "--exclude-dir=target"]).arg(machine.place.path("")).output();
    assert_eq!(String::from_utf8_lossy(&kept.unwrap().stdout), "");
}

#[test]
fn secrets_of_tests_are_written_for_their_owner_and_git_ignores_them() {
    let place = Place::new();
    std::fs::create_dir(place.path("source-x")).unwrap();
    let metadata = "data:\n  name: X\n  definitionId: 0d5f1a3e-6b7c-4c58-9f0a-2f6f2b6c9f10\n  connectorType: source\n  \
                    dockerRepository: team/source-x\n  dockerImageTag: 1.2.3\n";
    place.file("source-x/metadata.yaml", metadata);
    let git = |words: &[&str]| Command::new("git").args(words).current_dir(place.path("source-x")).output().unwrap();
    assert!(git(&["init", "--quiet"]).status.success());
    let mut write = place.longshore(["secrets", "write", "source-x"]);
    let ran = succeed(write.env("SOURCE_X_CREDS", format!(r#"{{"password": "{PASSWORD}"}}"#)));
    assert!(!ran.stdout.contains(PASSWORD) && !ran.stderr.contains(PASSWORD), "{ran:?}");
    let file = place.path("source-x/secrets/config.json");
    assert_eq!(mode(&file), 0o600);
    assert_eq!(mode(file.parent().unwrap()), 0o700);
    assert!(place.text("source-x/secrets/config.json").contains(PASSWORD));
    assert!(git(&["check-ignore", "secrets/config.json"]).status.success());
    let status = git(&["status", "--porcelain", "--untracked-files=all"]);
    assert!(!String::from_utf8_lossy(&status.stdout).contains("config.json"), "{status:?}");
}
