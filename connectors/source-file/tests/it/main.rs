//! The connector as its users run it: a program with arguments, files, stdout, and a web server.

mod connector;
mod server;

use connector::Program;
use serde_json::json;
use server::{response, serve};
use std::io::Write;

#[test]
fn the_spec_describes_every_key() {
    let spec = Program::new(&json!({})).spec();
    let schema = &spec["connectionSpecification"];
    assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#");
    assert_eq!(schema["required"], json!(["path"]));
    let properties = schema["properties"].as_object().unwrap();
    let names: Vec<&String> = properties.keys().collect();
    assert_eq!(names, ["path", "format", "stream", "delimiter"]);
    for (order, (name, property)) in properties.iter().enumerate() {
        assert_eq!(property["order"], order, "{name}");
        for word in ["title", "description"] {
            assert!(property[word].is_string(), "{name} has no {word}");
        }
        assert_eq!(property["type"], "string", "{name}");
    }
    assert_eq!(properties["format"]["enum"], json!(["csv", "jsonl"]));
    assert_eq!(properties["delimiter"]["default"], ",");
}

#[test]
fn a_local_file_is_one_stream_that_can_be_resumed() {
    let catalog = Program::for_file("people.csv", "id,name\n1,Ann\n").discover().message("CATALOG");
    let stream = &catalog["catalog"]["streams"][0];
    assert_eq!(stream["name"], "people");
    assert_eq!(stream["supported_sync_modes"], json!(["full_refresh", "incremental"]));
    assert_eq!(stream["is_resumable"], true);
    assert_eq!(stream["json_schema"]["properties"]["id"], json!({"type": ["null", "integer"]}));
}

#[test]
fn stream_format_and_delimiter_can_be_chosen() {
    let file = Program::for_file("people.txt", "id;name\n1;Ann\n");
    let path = file.folder().join("people.txt");
    let program = Program::new(&json!({"path": path, "format": "csv", "stream": "humans", "delimiter": ";"}));
    assert_eq!(program.discover().message("CATALOG")["catalog"]["streams"][0]["name"], "humans");
    assert_eq!(program.read("full_refresh", None).records(), [r#"{"id":1,"name":"Ann"}"#]);
}

#[test]
fn a_run_resumes_from_each_of_its_states() {
    let csv: String = (0..25_001).map(|id| format!("{id},\"line\nof {id}\"\n")).collect();
    let jsonl: String = (0..25_001).map(|id| format!("{{\"id\": {id}}}\n")).collect();
    for (name, content) in [("a.csv", format!("id,text\n{csv}")), ("a.jsonl", jsonl)] {
        let program = Program::for_file(name, &content);
        let whole = program.read("full_refresh", None);
        assert_eq!((whole.exit_code, whole.records().len()), (Some(0), 25_001));
        let states = whole.states();
        assert_eq!(states.iter().map(|(records, _)| *records).collect::<Vec<_>>(), [10_000, 20_000, 25_001]);
        assert_eq!(states[2].1["offset"], content.len());
        for (records, state) in states {
            let resumed = program.read("incremental", Some(&state));
            assert!(resumed.records() == whole.records()[records..], "{name} from {state}");
        }
    }
}

#[test]
fn a_url_is_read_as_a_stream() {
    let body = "{\"a\":1e400}\n{\"a\":2}";
    let address = serve(response("200 OK", "", body.as_bytes()));
    let program = Program::new(&json!({"path": format!("{address}/data/events.jsonl?key=s3cret")}));
    let catalog = program.discover().message("CATALOG");
    let stream = &catalog["catalog"]["streams"][0];
    assert_eq!((&stream["name"], &stream["supported_sync_modes"]), (&json!("events"), &json!(["full_refresh"])));
    let run = program.read("full_refresh", None);
    assert_eq!(run.records(), [r#"{"a":1e400}"#, r#"{"a":2}"#]);
    assert_eq!(run.states().len(), 1);
    // There is no way to go on in the middle of what may be another file by now.
    assert_eq!(program.read("full_refresh", Some(&run.states()[0].1)).records().len(), 2);
}

#[test]
fn a_compressed_answer_is_decoded() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(b"a,b\n1,x\n").unwrap();
    let address = serve(response("200 OK", "Content-Encoding: gzip\r\n", &encoder.finish().unwrap()));
    let run = Program::new(&json!({"path": format!("{address}/a.csv")})).read("full_refresh", None);
    assert_eq!(run.records(), [r#"{"a":1,"b":"x"}"#]);
}

#[test]
fn an_answer_that_breaks_off_is_a_failure() {
    let lines: String = (0..70_000).map(|id| format!("{{\"id\":{id}}}\n")).collect();
    let mut short = response("200 OK", "", lines.as_bytes());
    short.truncate(short.len() - 10);
    let mut chunked = b"HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\n".to_vec();
    chunked.extend_from_slice(lines.as_bytes());
    for answer in [short, chunked] {
        let run = Program::new(&json!({"path": format!("{}/a.jsonl", serve(answer))})).read("full_refresh", None);
        assert_eq!(run.exit_code, Some(1));
        let (kind, message) = run.failure();
        assert_eq!(kind, "transient_error");
        assert!(message.contains("broke off"), "{message}");
        assert_eq!(run.states(), []);
    }
}

#[test]
fn a_bad_line_fails_the_stream_and_keeps_what_came_before() {
    let program = Program::for_file("a.jsonl", &format!("{}oops\n", "{\"a\":1}\n".repeat(1500)));
    let run = program.read("full_refresh", None);
    assert_eq!((run.exit_code, run.records().len()), (Some(1), 1500));
    let (kind, message) = run.failure();
    assert_eq!(kind, "config_error");
    assert!(message.contains("line 1501 of ") && message.contains("a.jsonl"), "{message}");
    assert!(run.lines.iter().any(|line| line.contains("INCOMPLETE")));
}

#[test]
fn what_cannot_be_read_is_named_by_check() {
    let file = Program::for_file("a.csv", "a,b\n1,2\n3\n");
    let refused = serve(response("404 Not Found", "", b""));
    let troubled = serve(response("503 Service Unavailable", "", b""));
    let path = |name: &str| file.folder().join(name).display().to_string();
    for (config, kind, words) in [
        (json!({"path": ""}), "config_error", "`path` is empty"),
        (json!({"path": path("none.csv")}), "config_error", "No such file"),
        (json!({"path": path(""), "format": "csv"}), "config_error", "is a directory"),
        (json!({"path": path("a.csv")}), "config_error", "line 3 of "),
        (json!({"path": path("config.json")}), "config_error", "set `format`"),
        (json!({"path": "ftp://example.com/a.csv"}), "config_error", "`ftp://`"),
        (json!({"path": "a.csv", "delimiter": ";;"}), "config_error", "`delimiter`"),
        (json!({"path": "a.csv", "format": "xml"}), "config_error", "`format`"),
        (json!({}), "config_error", "`path`"),
        (json!({"path": format!("{refused}/a.csv?key=s3cret")}), "config_error", "status 404"),
        (json!({"path": format!("{troubled}/a.csv?key=s3cret")}), "transient_error", "status 503"),
        (json!({"path": "http:///a.csv?key=s3cret"}), "config_error", "is not a URL"),
        (json!({"path": "http://127.0.0.1:1/a.csv?key=s3cret"}), "transient_error", "127.0.0.1:1/a.csv"),
    ] {
        let run = Program::new(&config).check();
        assert_eq!(run.message("CONNECTION_STATUS")["connectionStatus"]["status"], "FAILED", "{config}");
        let (found, message) = run.failure();
        assert!(found == kind && message.contains(words), "{config}: {found}: {message}");
        assert!(!run.lines.concat().contains("s3cret"), "{config}");
    }
}

#[test]
fn a_good_configuration_passes_the_check() {
    let run = Program::for_file("a.csv", "a\n1\n").check();
    assert_eq!(run.message("CONNECTION_STATUS")["connectionStatus"], json!({"status": "SUCCEEDED"}));
    assert_eq!(run.exit_code, Some(0));
}
