//! Names of streams and properties that SQL does not expect.

use crate::lab::{Lab, catalog, complete, record_text, state, stream};
use serde_json::{Value, json};

fn write(lab: &Lab, name: &str, properties: Value, data: &str) {
    let lines = [record_text(name, data), state(name, &json!({})), complete(name)];
    lab.write(&catalog(&[stream(name, properties, "append", 0, 0)]), None, &lines).succeeded();
}

#[test]
fn any_name_of_a_stream_gives_a_table() {
    let lab = Lab::new();
    let names =
        ["select", "a b\"c'd;--", "日本", "", "sqlite_sequence", "_longshore_streams", "..", "a/b", "n\0l", "%s"];
    for name in names {
        write(&lab, name, json!({"x": {"type": "integer"}}), r#"{"x":1}"#);
    }
    let tables = lab.texts("SELECT table_name FROM _longshore_streams ORDER BY id");
    assert_eq!(
        tables,
        ["select", "a b\"c'd;--", "日本", "_", "_sqlite_sequence", "__longshore_streams", "..", "a/b", "n_l", "%s"]
    );
    for table in tables {
        assert_eq!(lab.texts(&format!("SELECT x FROM \"{}\"", table.replace('"', "\"\""))), ["1"]);
    }
}

#[test]
fn any_name_of_a_property_gives_a_column() {
    let lab = Lab::new();
    let names = [
        "select",
        "a \"b\"",
        "é",
        "",
        "Id",
        "id",
        "ID",
        "rowid",
        "_airbyte_raw_id",
        "_LONGSHORE_ROW",
        "_airbyte_data",
        "n\0l",
    ];
    let properties: Value = names
        .iter()
        .map(|name| ((*name).to_owned(), json!({"type": "string"})))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let data: Value =
        names.iter().map(|name| ((*name).to_owned(), json!(name))).collect::<serde_json::Map<_, _>>().into();
    write(&lab, "s", properties, &data.to_string());
    let columns = lab.texts("SELECT name FROM pragma_table_info('s') WHERE cid > 4");
    assert_eq!(
        columns,
        [
            "select",
            "a \"b\"",
            "é",
            "_",
            "Id",
            "id_2",
            "ID_3",
            "rowid",
            "_airbyte_raw_id_2",
            "_LONGSHORE_ROW_2",
            "_airbyte_data_2",
            "n_l"
        ]
    );
    for (name, column) in names.iter().zip(columns) {
        assert_eq!(lab.texts(&format!("SELECT \"{}\" FROM s", column.replace('"', "\"\""))), [*name]);
    }
}

#[test]
fn a_namespace_stands_before_the_name() {
    let lab = Lab::new();
    let mut stream = stream("users", json!({"x": {"type": "integer"}}), "append", 0, 0);
    stream["stream"]["namespace"] = json!("public");
    let descriptor = json!({"name": "users", "namespace": "public"});
    let record = json!({"type": "RECORD", "record": {"namespace": "public", "stream": "users", "data": {"x": 1}, "emitted_at": 1}});
    let state = json!({"type": "STATE", "state": {"type": "STREAM", "stream": {"stream_descriptor": descriptor, "stream_state": {}}}});
    let done = json!({"type": "TRACE", "trace": {"type": "STREAM_STATUS", "emitted_at": 1, "stream_status": {"stream_descriptor": descriptor, "status": "COMPLETE"}}});
    let lines: Vec<String> = [record, state, done].iter().map(ToString::to_string).collect();
    lab.write(&catalog(&[stream]), None, &lines).succeeded();
    assert_eq!(lab.texts("SELECT x FROM public__users"), ["1"]);
}

#[test]
fn two_streams_never_share_a_table() {
    let lab = Lab::new();
    let columns = || json!({"x": {"type": "integer"}});
    let both = catalog(&[stream("Users", columns(), "append", 1, 1), stream("users", columns(), "append", 1, 1)]);
    let (message, kind) = lab.write(&both, None, &[]).failure();
    assert!(message.contains("stream users") && message.contains("stream Users"), "{message}");
    assert_eq!(kind, "config_error");
    // Nor a stream and something of the user's own.
    lab.db().execute_batch("CREATE TABLE mine (x)").unwrap();
    let (message, kind) = lab.write(&catalog(&[stream("Mine", columns(), "append", 0, 0)]), None, &[]).failure();
    assert!(message.contains("something else"), "{message}");
    assert_eq!(kind, "config_error");
}
