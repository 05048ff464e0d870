use super::*;
use crate::record::{NamespaceEdit, RecordEdit};

fn record(line: &str) -> RecordLine<'_> {
    match classify(line.as_bytes(), false) {
        Line::Record(record) => record,
        other => panic!("{line} is {other:?}"),
    }
}

fn broken_reason(line: &[u8]) -> (BrokenReason, Option<String>) {
    match classify(line, false) {
        Line::Broken(b) => (b.reason, b.stream.map(|s| s.decode().into_owned())),
        other => panic!("{} is {other:?}", String::from_utf8_lossy(line)),
    }
}

#[test]
fn a_record_is_found_in_any_key_order_and_spacing() {
    for line in [
        r#"{"type":"RECORD","record":{"stream":"users","data":{"id":1,"n":{"a":[1,"}"]}},"emitted_at":5}}"#,
        r#"{ "record" : { "emitted_at" : 5 , "data" : {"id":1,"n":{"a":[1,"}"]}} , "stream" : "users" } , "type" : "RECORD" }"#,
        r#"{"x":{"type":"STATE"},"type":"RECORD","record":{"namespace":null,"data":{"id":1,"n":{"a":[1,"}"]}},"stream":"users","emitted_at":5,"z":[]}}"#,
        r#"{"\u0074ype":"RECORD","record":{"stream":"users","data":{"id":1,"n":{"a":[1,"}"]}},"emitted_at":5.0}} trailing"#,
    ] {
        let record = record(line);
        assert_eq!(record.stream().decode(), "users");
        assert_eq!(record.namespace(), None);
        assert_eq!(record.data_text(), r#"{"id":1,"n":{"a":[1,"}"]}}"#);
        assert_eq!(record.emitted_at(), 5);
    }
}

#[test]
fn odd_values_keep_their_bytes() {
    for data in [
        r#"{"n":9223372036854775807,"e":1e400,"d":12345678901234567890123456789012345678.5,"z":-0}"#,
        r#"{"a":1,"a":2}"#,
        r#"{"lone":"\ud800","pair":"\ud83d\ude00","quote":"\\\"}"}"#,
        "{}",
        "{\"é\":\"日本\"}",
    ] {
        assert_eq!(
            record(&format!(r#"{{"type":"RECORD","record":{{"stream":"s","data":{data},"emitted_at":1}}}}"#))
                .data_text(),
            data
        );
    }
}

#[test]
fn what_was_meant_as_a_record_but_is_not_one_is_broken() {
    let half = br#"{"type":"RECORD","record":{"stream":"users","data":{"id":1,"na"#;
    assert_eq!(broken_reason(half), (BrokenReason::Unparsable, Some("users".into())));
    let nan = br#"{"type": "RECORD", "record": {"stream": "users", "data": {"x": NaN}, "emitted_at": 1}}"#;
    assert_eq!(broken_reason(nan), (BrokenReason::Unparsable, Some("users".into())));
    let no_stream = br#"{"type":"RECORD","record":{"data":{"id":1},"emitted_at":1}}"#;
    assert_eq!(broken_reason(no_stream), (BrokenReason::InvalidRecord, None));
    let array = br#"{"type":"RECORD","record":{"stream":"users","data":[1],"emitted_at":1}}"#;
    assert_eq!(broken_reason(array), (BrokenReason::InvalidRecord, Some("users".into())));
    let bytes = b"{\"type\":\"RECORD\",\"record\":{\"stream\":\"users\",\"data\":{\"x\":\"\xff\"},\"emitted_at\":1}}";
    assert_eq!(broken_reason(bytes), (BrokenReason::InvalidUtf8, Some("users".into())));
    let control = b"{\"type\":\"RECORD\",\"record\":{\"stream\":\"users\",\"data\":{\"x\":\"a\tb\"},\"emitted_at\":1}}";
    assert_eq!(broken_reason(control), (BrokenReason::Unparsable, Some("users".into())));
}

#[test]
fn log_output_on_stdout_is_stray() {
    for line in ["", "Hello", "[1,2]", "{", "{not json}", r#"{"level":"info","msg":"x"}"#, "{\"a\":\"\u{1}\"}", "null"]
    {
        assert!(matches!(classify(line.as_bytes(), false), Line::Stray(_)), "{line}");
    }
    assert!(matches!(classify(b"\xff\xfe", false), Line::Stray(_)));
}

#[test]
fn other_messages_are_handed_on_as_text() {
    let line = r#" {"type":"STATE","state":{"type":"STREAM"}} "#;
    assert!(matches!(classify(line.as_bytes(), false), Line::Message(text) if text == line.trim()));
}

#[test]
fn renaming_changes_only_what_it_names() {
    let line = r#"{"type":"RECORD","record":{"stream":"users","data":{"id":1e400},"emitted_at":1,"x":"\ud800"}}"#;
    let mut out = Vec::new();
    let edit = RecordEdit { stream: Some(b"\"p_users\""), namespace: NamespaceEdit::Set(b"\"ns\""), data: Some(b"{}") };
    record(line).write_renamed(&edit, &mut out);
    assert_eq!(
        String::from_utf8(out).unwrap(),
        r#"{"type":"RECORD","record":{"namespace":"ns","stream":"p_users","data":{},"emitted_at":1,"x":"\ud800"}}"#
    );

    for (namespace, edit, expected) in [
        (r#""a""#, NamespaceEdit::Set(b"\"b\""), r#""b""#),
        ("null", NamespaceEdit::Set(b"\"b\""), r#""b""#),
        (r#""a""#, NamespaceEdit::Null, "null"),
        (r#""a""#, NamespaceEdit::Keep, r#""a""#),
    ] {
        let line = format!(r#"{{"record":{{"data":{{}},"namespace":{namespace},"stream":"s"}},"type":"RECORD"}}"#);
        let mut out = Vec::new();
        record(&line).write_renamed(&RecordEdit { namespace: edit, ..RecordEdit::default() }, &mut out);
        let expected = format!(r#"{{"record":{{"data":{{}},"namespace":{expected},"stream":"s"}},"type":"RECORD"}}"#);
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}

#[test]
fn chosen_fields_keep_their_bytes() {
    let keep = |data: &str| {
        crate::record::retain_fields(data.as_bytes(), |name| name.starts_with('a'))
            .map(|b| String::from_utf8(b).unwrap())
    };
    assert_eq!(
        keep(r#"{ "a" : 1e400, "b":[{"a":1}], "\u0061c":"\ud800" }"#).unwrap(),
        r#"{"a" : 1e400,"\u0061c":"\ud800"}"#
    );
    assert_eq!(keep("{}").unwrap(), "{}");
    assert_eq!(keep(r#"{"b":1}"#).unwrap(), "{}");
    assert_eq!(keep(r#"{"b" 1}"#), None);
}

#[test]
fn a_classifier_says_the_same_as_classifying_alone() {
    let lines = [
        r#"{"type":"RECORD","record":{"stream":"a","data":{"id":1},"emitted_at":5}}"#,
        r#"{"type":"RECORD","record":{"stream":"a","data":{"id":[2,{}]},"emitted_at":61}}"#,
        r#"{"type":"RECORD","record":{"stream":"a","data":{"id":3},"emitted_at":05}}"#,
        r#"{"type":"RECORD","record":{"stream":"a","data":{"id":3},"emitted_at":5}} "#,
        r#"{"type":"RECORD","record":{"stream":"a","data":{"id":3},"emitted_at":5},"x":1}"#,
        r#"{"type":"RECORD","record":{"stream":"a","data":{"id":3},"emitted_at":5,"stream":"b"}}"#,
        r#"{"type":"RECORD","record":{"stream":"a","data":{"id":3},"emitted_at":7,"stream":"b"}}"#,
        r#"{"type":"RECORD","record":{"stream":"a","data":{"id":3},"emitted_at":7,"data":{}}}"#,
        r#"{"type":"RECORD","record":{"stream":"a","data":[3],"emitted_at":7}}"#,
        r#"{"type":"RECORD","record":{"stream":"a","data":{"id":N},"emitted_at":7}}"#,
        r#"{"type":"RECORD","record":{"stream":"a","data":{"id":3},"emitted_at":"#,
        r#"{ "type": "RECORD", "record": {"emitted_at": 9, "stream": "a", "data": {"id": 3}}}"#,
        r#"{ "type": "RECORD", "record": {"emitted_at": 9, "stream": "a", "data": {"id": 4}}}"#,
    ];
    let shown = |line: Line<'_>| match line {
        Line::Record(r) => {
            format!("{:?} {:?} {} {}", r.stream().decode(), r.namespace(), r.data_text(), r.emitted_at())
        }
        other => format!("{other:?}"),
    };
    let mut classifier = Classifier::default();
    for line in lines.iter().chain(lines.iter().rev()).chain(&[lines[0], lines[1], lines[5], lines[6], lines[7]]) {
        let text = format!("{line}\n{}\n", lines[0]);
        let alone = shown(classify(line.as_bytes(), true));
        if let Some(record) = classifier.like_the_last(text.as_bytes()) {
            assert_eq!(record.line, line.as_bytes());
            assert_eq!(shown(Line::Record(record)), alone, "{line}");
        }
        assert_eq!(shown(classifier.classify(line.as_bytes(), true)), alone, "{line}");
    }
    assert!(classifier.like_the_last(format!("{}\n", lines[1]).as_bytes()).is_none());
    classifier.classify(lines[0].as_bytes(), true);
    assert!(classifier.like_the_last(format!("{}\n", lines[1]).as_bytes()).is_some());
    for cut in [lines[1].to_owned(), lines[1].replace(",{}]", ",\n{}]") + "\n"] {
        assert!(classifier.like_the_last(cut.as_bytes()).is_none(), "{cut}");
    }
}
