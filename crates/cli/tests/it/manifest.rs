//! A declarative manifest as a reference: its own spec, its records, and the code beside it.

use crate::place::{Place, Ran};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::PathBuf;

const MANIFEST: &str = r#"version: 7.0.0
type: DeclarativeSource
check: {type: CheckStream, stream_names: [items]}
streams:
  - type: DeclarativeStream
    name: items
    primary_key: [id]
    retriever:
      type: SimpleRetriever
      requester: {type: HttpRequester, url_base: "{{ config['base_url'] }}", path: /items, http_method: GET}
      record_selector:
        type: RecordSelector
        extractor: {type: CustomRecordExtractor, class_name: source_declarative_manifest.components.Doubled}
    schema_loader: {type: InlineSchemaLoader, schema: {type: object, properties: {id: {type: integer}}}}
spec:
  type: Spec
  connection_specification: {type: object, required: [base_url], properties: {base_url: {type: string}}}
"#;
const COMPONENTS: &str = "from airbyte_cdk.sources.declarative.extractors.record_extractor import RecordExtractor


class Doubled(RecordExtractor):
    def extract_records(self, response):
        for record in response.json():
            yield {'id': record['id'] * 2}
";

/// Answers every request with the same text; ends with the process.
fn server(body: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
            while lines.next().is_some_and(|line| !line.is_empty()) {}
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            let _ = (&stream).write_all([head.as_bytes(), body.as_bytes()].concat().as_slice());
        }
    });
    url
}

fn cache() -> PathBuf {
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap()).join(".cache");
    std::env::var_os("XDG_CACHE_HOME").map_or_else(home, PathBuf::from)
}

fn run(place: &Place, words: &[&str]) -> Ran {
    let mut command = place.longshore(words);
    command.envs(std::env::vars().filter(|(name, _)| name.starts_with("PIP_"))).env("XDG_CACHE_HOME", cache());
    Ran::of(&mut command)
}

#[test]
fn a_manifest_answers_with_its_own_spec_and_runs_the_code_beside_it() {
    let place = Place::new();
    place.file("manifest.yaml", MANIFEST);
    place.file("components.py", COMPONENTS);
    let config = place.file("config.json", format!(r#"{{"base_url": "{}"}}"#, server(r#"[{"id": 1}, {"id": 2}]"#)));
    let spec = run(&place, &["connector", "spec", "manifest.yaml", "--json"]);
    assert!(spec.stdout.contains("base_url") && !spec.stdout.contains("__injected"), "{spec:?}");
    let words = ["sync", "--json", "--source", "./manifest.yaml", "--source-config", &config];
    let into = ["--destination", "destination-local", "--destination-config"];
    let local = place.file("local.json", format!(r#"{{"path": "{}"}}"#, place.path("out").display()));
    let sync = run(&place, &[&words[..], &into, &[&local]].concat());
    sync.expect_success();
    assert_eq!(sync.counts(), (2, 2));
    let written = place.text("out/items.jsonl");
    assert!(written.contains(r#""id":2"#) && written.contains(r#""id":4"#), "{written}");
}

#[test]
fn a_manifest_that_is_not_there_is_told_with_its_path() {
    let place = Place::new();
    let ran = run(&place, &["connector", "spec", "missing.yaml"]);
    assert!(ran.code == 2 && ran.stderr.contains("error[manifest.unreadable]"), "{ran:?}");
    assert!(ran.stderr.contains("missing.yaml"), "{ran:?}");
}
