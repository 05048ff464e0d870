//! The verbs of resources, against `longshore up`.

use crate::place::{Place, Ran};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

/// A running platform whose home is the place's. It ends with its value.
struct Up {
    place: Place,
    process: Child,
    told: Value,
}

impl Up {
    fn start() -> Self {
        let place = Place::new();
        let mut command = place.longshore(["up", "--listen", "127.0.0.1:0", "--json"]);
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let told = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line:?}: {error}"));
        Self { place, process, told }
    }

    /// Runs a command that succeeds; what it printed.
    #[track_caller]
    fn run(&self, words: &[&str]) -> String {
        let ran = self.place.run(words);
        assert_eq!(ran.code, 0, "{words:?}: {ran:?}");
        ran.stdout
    }

    #[track_caller]
    fn json(&self, words: &[&str]) -> Value {
        let text = self.run(&[words, &["--json"]].concat());
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[track_caller]
    fn fails(&self, words: &[&str], code: &str, exit: i32) -> Ran {
        let ran = self.place.run(words);
        assert!(ran.code == exit && ran.stderr.contains(&format!("error[{code}]")), "{words:?}: {ran:?}");
        ran
    }

    /// A source of 20 users, a destination, and both joined.
    fn joined(&self) {
        let source = self.place.file("shop.json", r#"{"count": 20, "seed": 1}"#);
        let lake = format!("path: {}\n", self.place.path("lake.sqlite").display());
        let lake = self.place.file("lake.yaml", lake);
        self.run(&["source", "create", "shop", "--definition", "source-faker", "--config", &source]);
        self.run(&["destination", "create", "lake", "--definition", "destination-sqlite", "--config", &lake]);
        let connection =
            ["connection", "create", "c", "--source", "shop", "--destination", "lake", "--streams", "users"];
        self.run(&connection);
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn data_moves_from_a_source_to_a_destination() {
    let up = Up::start();
    up.joined();
    up.run(&["source", "check", "shop"]);
    assert!(up.run(&["source", "discover", "shop"]).contains("users"));
    let done = up.json(&["connection", "sync", "c", "--wait"]);
    assert_eq!(done["job"]["status"], "succeeded", "{done}");
    assert_eq!(done["job"]["aggregatedStats"]["recordsCommitted"], 20);
    let id = done["job"]["id"].to_string();
    assert!(up.run(&["job", "list"]).contains("succeeded"));
    assert!(!up.run(&["job", "logs", &id, "--follow"]).is_empty());
    up.run(&["job", "wait", &id]);
    up.fails(&["connection", "cancel", "c"], "job.not_running", 2);
    let states = up.run(&["connection", "state", "c"]);
    assert!(states.contains("streamState"), "{states}");
}

#[test]
fn what_is_named_wrongly_is_told_before_anything_is_done() {
    let up = Up::start();
    up.joined();
    up.fails(&["source", "show", "shp"], "resource.not_found", 2);
    up.fails(&["source", "create", "shop", "--definition", "source-faker"], "resource.exists", 2);
    up.fails(&["source", "create", "s", "--definition", "source-shop"], "resource.not_found", 2);
    up.fails(&["source", "update", "shop"], "update.nothing", 2);
    up.fails(&["connection", "update", "c", "--schedule", "sometimes"], "connection.schedule_invalid", 2);
    let wrong = up.place.file("wrong.json", r#"{"count": "many"}"#);
    let ran = up.fails(&["source", "update", "shop", "--config", &wrong], "configuration.invalid", 2);
    assert!(ran.stderr.contains("count") && !ran.stderr.contains("many"), "{ran:?}");
}

#[test]
fn a_workspace_is_exported_and_applied_until_nothing_changes() {
    let up = Up::start();
    up.joined();
    up.run(&["connection", "update", "c", "--schedule", "every 6 hours", "--tags", "daily", "--prefix", "p_"]);
    let file = up.place.path("w.yaml").display().to_string();
    up.run(&["export", &file]);
    assert_eq!(up.json(&["apply", &file, "--yes", "--prune"])["steps"].as_array().unwrap().len(), 0);
    let wanted = up.place.text("w.yaml").replace("count: 20", "count: 30").replace("every 6 hours", "every 2 days");
    let wanted = up.place.file("w.yaml", wanted);
    up.fails(&["apply", &wanted], "apply.not_confirmed", 2);
    let plan = up.run(&["apply", &wanted, "--dry-run"]);
    assert!(plan.contains("configuration.count: 20 -> 30") && plan.contains("every 2 days"), "{plan}");
    assert_eq!(up.json(&["apply", &wanted, "--yes"])["applied"], true);
    assert_eq!(up.json(&["apply", &wanted, "--yes"])["applied"], false);
    for kind in ["connection", "source", "destination"] {
        let name = if kind == "connection" {
            "c"
        } else if kind == "source" {
            "shop"
        } else {
            "lake"
        };
        up.run(&[kind, "delete", name]);
    }
    assert_eq!(up.json(&["apply", &wanted, "--yes"])["steps"].as_array().unwrap().len(), 3);
    assert_eq!(up.json(&["apply", &wanted, "--yes", "--prune"])["applied"], false);
}

#[test]
fn a_login_is_kept_and_forgotten() {
    let (up, elsewhere) = (Up::start(), Place::new());
    let text = |key: &str| up.told[key].as_str().unwrap_or_default().to_owned();
    let url = text("url");
    assert!(elsewhere.run(["source", "list"]).stderr.contains("error[server.unknown]"));
    let words = ["login", &url, "--email", &text("email"), "--password-stdin"];
    let output = elsewhere.run_with_input(words, text("password").as_bytes());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(elsewhere.run(["source", "list"]).code, 0);
    let kept = elsewhere.text(".config/longshore/servers.json");
    assert!(!kept.contains(&text("password")), "the password is in the file");
    assert_eq!(elsewhere.run(["logout", &url]).code, 0);
    assert!(elsewhere.run(["source", "list", "--server", &url]).stderr.contains("error[auth."));
    let wrong = elsewhere.run_with_input(["login", &url, "--client-id", "me", "--client-secret-stdin"], b"wrong");
    assert_eq!(wrong.status.code(), Some(2));
}

#[test]
fn a_backup_is_restored_with_its_key() {
    let up = Up::start();
    up.joined();
    let (file, data) = (up.place.path("b.tar.gz"), up.place.path("elsewhere"));
    let (file, data) = (file.to_str().unwrap(), data.to_str().unwrap());
    up.run(&["backup", file]);
    up.fails(&["restore", file], "backup.not_empty", 2);
    let restored = up.json(&["restore", file, "--data", data]);
    assert_eq!(restored["content"]["rows"]["connection"], 1, "{restored}");
}

#[test]
fn a_server_that_is_not_there_is_the_environments_fault() {
    let ran = Place::new().run(["source", "list", "--server", "http://127.0.0.1:1"]);
    assert!(ran.code == 3 && ran.stderr.contains("error[server.unreachable]"), "{ran:?}");
}
