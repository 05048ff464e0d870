//! Real taps and targets of PyPI, of different authors: what comes through the wrapper is what they print without it.
//!
//! They are installed once, into a folder beside the test's executable. Whatever cannot be installed fails the test that
//! needs it, with pip's own words.

use crate::place::{Place, Ran};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A tap of the Meltano SDK, one of singer-io, and a target on singer-python.
const TAP_DBF: (&str, &str) = ("tap-dbf==0.1.25", "tap-dbf");
const TAP_GITHUB: (&str, &str) = ("tap-github==4.0.0", "tap-github");
const TARGET_JSONL: (&str, &str) = ("target-jsonl==0.1.4", "target-jsonl");
/// The independent judge of a tap's output.
const SINGER_TOOLS: (&str, &str) = ("singer-tools==0.4.1", "singer-check-tap");

/// The program of a package, installed on first use.
fn installed((requirement, program): (&str, &str)) -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(requirement);
    std::fs::create_dir_all(&folder).unwrap();
    // One install at a time: tests are threads, and may be several processes.
    let lock = File::create(folder.join("lock")).unwrap();
    rustix::fs::flock(&lock, rustix::fs::FlockOperation::LockExclusive).unwrap();
    let (venv, done) = (folder.join("venv"), folder.join("done"));
    if !done.exists() {
        let _ = std::fs::remove_dir_all(&venv);
        let words = |command: &mut Command| {
            let output = command.output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "{command:?} failed, run it by hand: {said}");
        };
        words(Command::new("python3").args(["-m", "venv"]).arg(&venv));
        words(Command::new(venv.join("bin/python")).args(["-m", "pip", "install", "--quiet", requirement]));
        File::create(done).unwrap();
    }
    venv.join("bin").join(program).to_str().unwrap().to_owned()
}

/// A dBASE file whose records are an id and a name.
fn table(path: PathBuf, records: u32) {
    let fields: [(&[u8], u8, u8); 2] = [(b"ID", b'N', 8), (b"NAME", b'C', 20)];
    let mut file = vec![3, 126, 11, 21];
    file.extend(records.to_le_bytes());
    file.extend([97, 0, 29, 0]);
    file.resize(32, 0);
    for (name, kind, length) in fields {
        let mut field = name.to_vec();
        field.resize(11, 0);
        field.push(kind);
        field.extend([0, 0, 0, 0, length]);
        field.resize(32, 0);
        file.extend(field);
    }
    file.push(b'\r');
    (0..records).for_each(|id| file.extend(format!(" {id:>8}{:<20}", format!("name {id}")).bytes()));
    file.push(0x1a);
    std::fs::write(path, file).unwrap();
}

/// Records of each stream in what a program prints by itself.
fn counted(output: &[u8]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for line in String::from_utf8_lossy(output).lines() {
        let message: Value = serde_json::from_str(line).unwrap_or_default();
        if message["type"] == "RECORD" {
            *counts.entry(message["stream"].as_str().unwrap().to_owned()).or_default() += 1;
        }
    }
    counts
}

fn counts(ran: &Ran) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for message in ran.all("RECORD") {
        *counts.entry(message["record"]["stream"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    counts
}

fn two_tables(place: &Place) {
    table(place.path("people.dbf"), 3000);
    table(place.path("orders.dbf"), 1234);
    place.file("config.json", json!({"path": place.path("*.dbf")}).to_string());
}

#[test]
fn a_tap_of_the_sdk_counts_as_it_does_by_itself() {
    let (tap, place) = (installed(TAP_DBF), Place::new());
    two_tables(&place);
    let direct = Command::new(&tap).args(["--config", "config.json"]).current_dir(place.path("")).output().unwrap();
    let ran = place.read_all(&tap, "full_refresh");
    assert_eq!(counts(ran.expect_success()), counted(&direct.stdout));
    assert_eq!(counts(&ran)["people"], 3000);
    assert_eq!(ran.statuses().into_iter().collect::<Vec<_>>(), [("orders", "COMPLETE"), ("people", "COMPLETE")]);
    let covered: f64 = ran.states().iter().map(|state| state["sourceStats"]["recordCount"].as_f64().unwrap()).sum();
    assert_eq!(covered, 4234.0);
}

#[test]
fn the_spec_of_a_tap_of_the_sdk_is_its_own() {
    let place = Place::new();
    let ran = place.run(&[installed(TAP_DBF), "spec".into()]);
    let spec = &ran.one("SPEC")["spec"]["connectionSpecification"];
    assert_eq!(spec["required"], json!(["path"]));
    assert_eq!(spec["properties"]["s3"]["properties"]["secret"]["airbyte_secret"], true);
}

/// What a platform hands to a destination of what was read.
fn handed_on(read: &Ran) -> Vec<String> {
    let complete = read.statuses().into_keys().map(|name| {
        json!({"type": "TRACE", "trace": {"type": "STREAM_STATUS", "emitted_at": 1,
            "stream_status": {"stream_descriptor": {"name": name}, "status": "COMPLETE"}}})
        .to_string()
    });
    let moved = |line: &&str| line.starts_with(r#"{"type":"RECORD""#) || line.starts_with(r#"{"type":"STATE""#);
    read.text.lines().filter(moved).map(str::to_owned).chain(complete).collect()
}

#[test]
fn a_tap_and_a_target_of_other_authors_work_together() {
    let place = Place::new();
    two_tables(&place);
    let tap = installed(TAP_DBF);
    let read = place.read_all(&tap, "full_refresh");
    let (catalog, lines) = (place.given("configured.json"), handed_on(&read));
    place.file("config.json", json!({"destination_path": place.path("out"), "do_timestamp_file": false}).to_string());
    let wrote = place.write(&installed(TARGET_JSONL), &catalog, &lines);
    wrote.expect_success();
    assert_eq!(wrote.states().len(), read.states().len());
    assert_eq!(place.read("out/people.jsonl").lines().count(), 3000);
    assert_eq!(place.read("out/orders.jsonl").lines().count(), 1234);
}

#[test]
fn an_independent_judge_finds_what_a_target_is_fed_valid() {
    let place = Place::new();
    two_tables(&place);
    let read = place.read_all(&installed(TAP_DBF), "full_refresh");
    let catalog = place.given("configured.json");
    let script = "#!/bin/sh\ncase \"$*\" in *--about*) exit 2 ;; esac\nexec cat > \"$(dirname \"$0\")/fed\"\n";
    place.write(&place.program("target-noting", script), &catalog, &handed_on(&read)).expect_success();
    let mut judge = Command::new(installed(SINGER_TOOLS));
    judge.current_dir(place.path("")).stdin(File::open(place.path("fed")).unwrap());
    let output = judge.output().unwrap();
    let judged = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && judged.contains("The output is valid."), "{judged}");
    assert!(judged.contains("4234 record messages") && judged.contains("2 schema messages"), "{judged}");
}

/// Answers as GitHub does for one repository with 130 commits, two pages of them.
fn github() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let base = address.clone();
    std::thread::spawn(move || {
        for connection in listener.incoming().map_while(Result::ok) {
            let base = base.clone();
            std::thread::spawn(move || answer(connection, &base));
        }
    });
    address
}

fn answer(mut connection: TcpStream, base: &str) {
    let mut lines = BufReader::new(connection.try_clone().unwrap()).lines().map_while(Result::ok);
    let request = lines.next().unwrap_or_default();
    lines.find(String::is_empty);
    let target = request.split(' ').nth(1).unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let said = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}=")));
    let (page, size) = (said("page").map_or(1, |page| page.parse().unwrap()), 100);
    let time = |id: usize| format!("2026-01-01T00:{:02}:{:02}Z", id / 60, id % 60);
    let since = said("since").unwrap_or_default().replace("%3A", ":");
    let ids: Vec<usize> = match path {
        "/repos/a/b/commits" => (0..130).filter(|id| time(*id) >= since).collect(),
        _ => Vec::new(),
    };
    let commit = |id: &usize| {
        let by = json!({"date": time(*id), "name": "n", "email": "e"});
        json!({"sha": format!("{id:040}"), "url": "u", "commit": {"author": by, "committer": by, "message": "m"}, "parents": []})
    };
    let body = json!(ids.iter().skip((page - 1) * size).take(size).map(commit).collect::<Vec<_>>()).to_string();
    let next = (ids.len() > page * size)
        .then(|| format!("Link: <{base}{path}?page={}&since={since}>; rel=\"next\"\r\n", page + 1));
    let (next, length) = (next.unwrap_or_default(), body.len());
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nX-RateLimit-Remaining: 5000\r\n\
                X-RateLimit-Reset: 9999999999\r\n";
    // A client that does not wait for the answer has its reasons.
    let _ = write!(connection, "{head}{next}Content-Length: {length}\r\n\r\n{body}");
}

#[test]
fn a_tap_of_singer_io_goes_on_where_it_was() {
    let (tap, place) = (installed(TAP_GITHUB), Place::new());
    let config = json!({"access_token": "ghp_not_a_token", "repository": "a/b", "start_date": "2020-01-01T00:00:00Z",
        "base_url": github()});
    place.file("config.json", config.to_string());
    let discovered = place.catalog(&tap, "incremental", |_| {});
    let mut catalog: Value = place.given("configured.json");
    catalog["streams"].as_array_mut().unwrap().retain(|stream| stream["stream"]["name"] == "commits");
    assert_eq!(catalog["streams"][0]["stream"]["source_defined_primary_key"], json!([["sha"]]));
    place.file("configured.json", catalog.to_string());
    let words = [&tap, "read", "--config", "config.json", "--catalog", &discovered];
    let first = place.run(&words);
    assert_eq!(counts(first.expect_success())["commits"], 130);
    assert!(!first.text.contains("ghp_not_a_token"));
    let state = place.file("state.json", first.state_file());
    let second = place.run(&[&words[..], &["--state", &state]].concat());
    // The newest one comes again, as with the tap alone: its cursor includes it.
    assert_eq!(counts(second.expect_success())["commits"], 1);
}

#[test]
fn a_tap_without_its_settings_says_what_is_missing() {
    let (tap, place) = (installed(TAP_GITHUB), Place::new());
    place.file("config.json", "{}");
    let ran = place.run(&[&tap, "check", "--config", "config.json"]);
    let status = &ran.expect_success().one("CONNECTION_STATUS")["connectionStatus"];
    assert_eq!(status["status"], "FAILED");
    assert!(status["message"].as_str().unwrap().contains("missing required keys"), "{status}");
}
