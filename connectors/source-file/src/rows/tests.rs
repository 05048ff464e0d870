use super::{Position, open_rows};
use crate::Config;
use crate::discover::{columns, discover};
use longshore_connector_kit::{ConfiguredStream, Failure};
use serde_json::{Value, json};
use std::path::PathBuf;

/// A file in a folder of its own.
struct Sample {
    folder: tempfile::TempDir,
    name: &'static str,
}

impl Sample {
    fn new(name: &'static str, content: impl AsRef<[u8]>) -> Self {
        let sample = Self { folder: tempfile::tempdir().unwrap(), name };
        std::fs::write(sample.path(), content).unwrap();
        sample
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join(self.name)
    }

    fn config(&self) -> Config {
        serde_json::from_value(json!({"path": self.path()})).unwrap()
    }

    /// What discover says of the columns.
    fn properties(&self) -> Value {
        let config = self.config();
        columns(&config, &config.location().unwrap(), 1000).unwrap().schema()["properties"].take()
    }

    /// The records behind a position, each with the position after it.
    fn rows(&self, from: Position) -> Result<Vec<(String, Position)>, Failure> {
        let config = self.config();
        let stream = serde_json::to_value(&discover(&config)?[0]).unwrap();
        let stream: ConfiguredStream =
            serde_json::from_value(json!({"stream": stream, "sync_mode": "incremental"})).unwrap();
        let location = config.location()?;
        let mut rows = open_rows(&config, &location, &stream, from)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let row = row.to_owned();
            found.push((row, rows.position()));
        }
        Ok(found)
    }

    fn texts(&self) -> Vec<String> {
        self.rows(Position::default()).unwrap().into_iter().map(|(row, _)| row).collect()
    }

    /// The rest of the records must follow from each position.
    fn resumes_everywhere(&self) {
        let whole = self.rows(Position::default()).unwrap();
        for (at, (_, position)) in whole.iter().enumerate() {
            assert_eq!(self.rows(*position).unwrap(), whole[at + 1..], "{} from {position:?}", self.name);
        }
    }
}

#[test]
fn csv_fields_become_what_their_columns_are() {
    let sample = Sample::new(
        "a.csv",
        "\u{feff}id,big,price,ok,day,at,text,none\r\n\
         1,9223372036854775808,0.10,true,2024-01-31,2024-01-31T00:00:00Z,\"say \"\"hi\"\", twice\",\r\n\
         -2,1,12345678901234567890.123456789,FALSE,2024-02-01,2024-01-31T00:00:00+01:00,\"two\nlines é\",\r\n",
    );
    assert_eq!(
        sample.properties(),
        json!({
            "id": {"type": ["null", "integer"]},
            "big": {"type": ["null", "integer"]},
            "price": {"type": ["null", "number"]},
            "ok": {"type": ["null", "boolean"]},
            "day": {"type": ["null", "string"], "format": "date"},
            "at": {"type": ["null", "string"], "format": "date-time", "airbyte_type": "timestamp_with_timezone"},
            "text": {"type": ["null", "string"]},
            "none": {"type": ["null", "string"]},
        })
    );
    assert_eq!(
        sample.texts(),
        [
            r#"{"id":1,"big":9223372036854775808,"price":0.10,"ok":true,"day":"2024-01-31","at":"2024-01-31T00:00:00Z","text":"say \"hi\", twice","none":null}"#,
            r#"{"id":-2,"big":1,"price":12345678901234567890.123456789,"ok":false,"day":"2024-02-01","at":"2024-01-31T00:00:00+01:00","text":"two\nlines é","none":null}"#,
        ]
    );
    sample.resumes_everywhere();
}

#[test]
fn a_mixed_column_is_text() {
    let sample = Sample::new("a.csv", "a,b\n1,1\nx,2.5\n,\n");
    assert_eq!(sample.properties(), json!({"a": {"type": ["null", "string"]}, "b": {"type": ["null", "number"]}}));
    assert_eq!(sample.texts(), [r#"{"a":"1","b":1}"#, r#"{"a":"x","b":2.5}"#, r#"{"a":null,"b":null}"#]);
}

#[test]
fn a_value_that_comes_too_late_for_the_schema_stays_text() {
    let rows = "1\n".repeat(1000);
    let sample = Sample::new("a.csv", format!("a\n{rows}many\n"));
    assert_eq!(sample.properties(), json!({"a": {"type": ["null", "integer"]}}));
    assert_eq!(sample.texts()[1000], r#"{"a":"many"}"#);
}

#[test]
fn an_empty_file_has_no_columns_and_no_records() {
    for name in ["a.csv", "a.jsonl"] {
        for content in ["", "\n", "\u{feff}"] {
            let sample = Sample::new(name, content);
            assert_eq!(sample.properties(), json!({}), "{name} {content:?}");
            assert_eq!(sample.texts(), [""; 0], "{name} {content:?}");
        }
    }
    assert_eq!(Sample::new("a.csv", "a,b\n").texts(), [""; 0]);
}

#[test]
fn jsonl_columns_are_the_union_of_what_was_seen() {
    let sample = Sample::new(
        "a.jsonl",
        r#"{"n":1,"t":"2024-01-01T00:00:00","o":{"x":1},"l":[1],"e":null,"mixed":1}
{"n":1e400,"late":true,"mixed":"one","o":null}"#,
    );
    assert_eq!(
        sample.properties(),
        json!({
            "n": {"type": ["null", "number"]},
            "t": {"type": ["null", "string"], "format": "date-time", "airbyte_type": "timestamp_without_timezone"},
            "o": {"type": ["null", "object"]},
            "l": {"type": ["null", "array"]},
            "e": {"type": ["null", "string"]},
            "mixed": {"type": ["null", "integer", "string"]},
            "late": {"type": ["null", "boolean"]},
        })
    );
}

#[test]
fn reading_goes_on_after_any_record() {
    let lines = ["{\"a\":1}", "", "  {\"a\": \"é\"} ", "{}", "{\"a\":[1,\n"];
    for end in ["\n", "\r\n"] {
        Sample::new("a.jsonl", format!("\u{feff}{}", lines[..4].join(end))).resumes_everywhere();
        Sample::new("a.csv", format!("\u{feff}a,b{end}1,2{end}{end}\"x{end}y\",\"\"\"\"{end}3,4")).resumes_everywhere();
    }
}

#[test]
fn appended_records_follow_from_the_end() {
    for (name, first, appended, expected) in [
        ("a.csv", "a\n1\n", "2\n", r#"{"a":2}"#),
        ("a.csv", "a\r\n1", "\r\n2\r\n", r#"{"a":2}"#),
        ("a.jsonl", "{\"a\":1}\n", "{\"a\":2}", r#"{"a":2}"#),
        ("a.jsonl", "{\"a\":1}", "\n{\"a\":2}\n", r#"{"a":2}"#),
    ] {
        let sample = Sample::new(name, first);
        let end = sample.rows(Position::default()).unwrap().pop().unwrap().1;
        std::fs::write(sample.path(), format!("{first}{appended}")).unwrap();
        let found: Vec<String> = sample.rows(end).unwrap().into_iter().map(|(row, _)| row).collect();
        assert_eq!(found, [expected], "{name} {first:?} {appended:?}");
    }
}

#[test]
fn a_file_that_is_not_a_longer_version_is_refused() {
    for (changed, word) in [("a\n1\n", "replaced"), ("a\n1\n23\n", "has grown")] {
        let sample = Sample::new("a.csv", "a\n1\n2");
        let end = sample.rows(Position::default()).unwrap().pop().unwrap().1;
        std::fs::write(sample.path(), changed).unwrap();
        assert!(sample.rows(end).unwrap_err().message.contains(word), "{changed:?}");
    }
}

#[test]
fn a_bad_line_is_named_also_after_a_resume() {
    for (name, content, problem) in [
        ("a.csv", &b"a,b\n1,2\n\"x\ny\",2\n3\n"[..], "line 5 of {} has 1 fields, but the first line names 2 columns"),
        ("a.csv", b"a,b\r\n1,2\r\n3,4\r\n5,6,7\r\n", "line 4 of {} has 3 fields"),
        ("a.csv", b"a,b\n1,2\n3,\xff\n", "line 3 of {} is not UTF-8"),
        ("a.csv", b"a,b\n1,2\n\n3,\"x\n5,6\n", "line 4 of {} opens a quote that is never closed"),
        ("a.csv", b"a,a\n1,2\n", "line 1 of {} names two columns `a`"),
        ("a.jsonl", b"{}\n\n{\"a\":}\n", "line 3 of {} is not JSON"),
        ("a.jsonl", b"{}\n\xff\n", "line 2 of {} is not UTF-8"),
        ("a.jsonl", b"{}\n[]\n", "line 2 of {} is not a JSON object"),
    ] {
        let sample = Sample::new(name, content);
        let path = sample.path();
        let expected = problem.replace("{}", &path.display().to_string());
        let config = sample.config();
        let location = config.location().unwrap();
        let stream = json!({"stream": {"name": "a", "json_schema": {}}});
        let stream: ConfiguredStream = serde_json::from_value(stream).unwrap();
        let mut from = Position::default();
        loop {
            let failure = match open_rows(&config, &location, &stream, from) {
                Err(failure) => failure,
                Ok(mut rows) => match rows.next() {
                    Err(failure) => failure,
                    Ok(row) => {
                        assert!(row.is_some(), "no failure in {name}: {problem}");
                        from = rows.position();
                        continue;
                    }
                },
            };
            assert!(failure.message.starts_with(&expected), "{}", failure.message);
            break;
        }
    }
}
