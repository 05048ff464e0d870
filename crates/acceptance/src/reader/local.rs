//! Files as `destination-local` writes them: `FOLDER/[NAMESPACE/]NAME.jsonl` or `.csv`.

use super::{DATA, Row, csv, exact, flat, row_of_line, setting};
use longshore_protocol::StreamDescriptor;
use serde_json::Value;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The folder of a configuration that names none.
const FOLDER: &str = "longshore-files";

pub(super) fn rows(config: &Row, stream: &StreamDescriptor) -> Result<Vec<Row>, String> {
    let folder = PathBuf::from(setting(config, &["path"]).unwrap_or_else(|| FOLDER.to_owned()));
    let is_csv = setting(config, &["format"]).as_deref() == Some("csv");
    let path = path(&folder, stream, if is_csv { "csv" } else { "jsonl" });
    let text = match std::fs::read(&path) {
        Ok(bytes) => String::from_utf8(bytes).map_err(|_| format!("{} is not UTF-8", path.display()))?,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(format!("{}: {error}", path.display())),
    };
    match is_csv {
        true => Ok(of_csv(&text)),
        // What stands behind the last line break was being written and never acknowledged.
        false => text
            .rsplit_once('\n')
            .map_or("", |(whole, _)| whole)
            .split('\n')
            .filter(|line| !line.is_empty())
            .map(row_of_line)
            .collect(),
    }
}

fn path(folder: &Path, stream: &StreamDescriptor, extension: &str) -> PathBuf {
    let mut path = folder.to_owned();
    path.extend(stream.namespace.as_deref().map(encoded));
    path.push(format!("{}.{extension}", encoded(&stream.name)));
    path
}

/// Bytes that are not part of a plain name are written as `%XX`; an empty name is `%`.
fn encoded(name: &str) -> String {
    if name.is_empty() {
        return "%".to_owned();
    }
    let is_plain =
        |at, letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '_') || (letter == '.' && at > 0);
    let spelled = name.char_indices().map(|(at, letter)| match is_plain(at, letter) {
        true => letter.to_string(),
        false => letter.to_string().bytes().map(|byte| format!("%{byte:02X}")).collect(),
    });
    spelled.collect()
}

fn of_csv(text: &str) -> Vec<Row> {
    let mut lines = csv::rows(text).into_iter();
    let header: Vec<String> = lines.next().unwrap_or_default().into_iter().map(|(name, _)| name).collect();
    let row = |fields: Vec<(String, bool)>| {
        let values = fields.into_iter().map(|(text, is_quoted)| match text.is_empty() && !is_quoted {
            true => Value::Null,
            false => Value::String(text),
        });
        let row = header.iter().zip(values).map(|(name, value)| (name.clone(), by_its_column(name, value)));
        flat(row.collect())
    };
    lines.map(row).collect()
}

/// CSV has no types; only of the columns that every file has is it known what they hold.
fn by_its_column(name: &str, value: Value) -> Value {
    match (name, &value) {
        ("_airbyte_meta" | "_airbyte_generation_id" | DATA, Value::String(text)) => exact(text).unwrap_or(value),
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(config: &Value, namespace: Option<&str>, name: &str) -> Vec<Row> {
        let stream = StreamDescriptor { namespace: namespace.map(str::to_owned), name: name.to_owned() };
        rows(config.as_object().unwrap(), &stream).unwrap()
    }

    #[test]
    fn lines_are_rows_and_a_torn_one_is_not() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("%2E.")).unwrap();
        let text = "{\"_airbyte_raw_id\":\"r\",\"_airbyte_data\":{\"id\":1}}\n{\"_airbyte_raw";
        std::fs::write(dir.path().join("%2E./a%20b.jsonl"), text).unwrap();
        let config = json!({"path": dir.path()});
        assert_eq!(json!(read(&config, Some(".."), "a b")), json!([{"id": 1, "_airbyte_raw_id": "r"}]));
        assert!(read(&config, None, "never").is_empty());
    }

    #[test]
    fn csv_tells_nothing_from_an_empty_text() {
        let dir = tempfile::tempdir().unwrap();
        let text = "_airbyte_raw_id,_airbyte_meta,_airbyte_generation_id,a,b\nr,\"{\"\"sync_id\"\":1}\",2,,\"\"\n";
        std::fs::write(dir.path().join("users.csv"), text).unwrap();
        let expected = json!([{
            "_airbyte_raw_id": "r", "_airbyte_meta": {"sync_id": 1}, "_airbyte_generation_id": 2, "a": null, "b": "",
        }]);
        assert_eq!(json!(read(&json!({"path": dir.path(), "format": "csv"}), None, "users")), expected);
    }
}
