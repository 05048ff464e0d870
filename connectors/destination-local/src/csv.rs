//! CSV, with a difference between nothing and an empty text.
//!
//! The first line names the columns: the four of [`metadata`] and then the properties of the stream. A missing or null
//! value is an empty field, an empty text is `""`; the well-known CSV writers cannot tell the two apart, so the few
//! lines are here. Texts stand as they are, every other value as its JSON text: numbers keep every digit.

use longshore_connector_kit::metadata;
use std::borrow::Cow;

/// The column of records whose schema names no property: the whole record.
pub(crate) const DATA: &str = "_airbyte_data";

/// The columns for the properties of a JSON schema, in its order.
pub(crate) fn columns(json_schema: &str) -> Vec<String> {
    let schema: serde_json::Value = serde_json::from_str(json_schema).unwrap_or_default();
    match schema["properties"].as_object() {
        Some(properties) if !properties.is_empty() => properties.keys().cloned().collect(),
        _ => vec![DATA.to_owned()],
    }
}

/// Appends a text as a field.
pub(crate) fn field(text: &str, out: &mut Vec<u8>) {
    if !text.is_empty() && memchr::memchr3(b',', b'"', b'\n', text.as_bytes()).is_none() && !text.contains('\r') {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    out.push(b'"');
    out.extend_from_slice(text.replace('"', "\"\"").as_bytes());
    out.push(b'"');
}

/// Appends a JSON value as a field.
pub(crate) fn value(json: Option<&str>, out: &mut Vec<u8>) {
    match json {
        None | Some("null") => {}
        Some(json) if json.starts_with('"') => field(&text(json), out),
        Some(json) => field(json, out),
    }
}

/// The text that a JSON string stands for. One that is not Unicode stays as it is spelled.
fn text(json: &str) -> Cow<'_, str> {
    let inner = &json[1..json.len() - 1];
    if memchr::memchr(b'\\', inner.as_bytes()).is_none() {
        return Cow::Borrowed(inner);
    }
    serde_json::from_str::<String>(json).map_or(Cow::Borrowed(inner), Cow::Owned)
}

/// The first line of a file.
pub(crate) fn header(properties: &[String]) -> Vec<u8> {
    let mut line = Vec::new();
    for (at, name) in metadata::COLUMNS.into_iter().chain(properties.iter().map(String::as_str)).enumerate() {
        if at > 0 {
            line.push(b',');
        }
        // A property with the name of one of the four gets another one.
        let is_ours = at >= metadata::COLUMNS.len() && metadata::COLUMNS.contains(&name);
        field(&if is_ours { format!("data.{name}") } else { name.to_owned() }, &mut line);
    }
    line.push(b'\n');
    line
}

/// The fields of a row as they are spelled, quotes included.
pub(crate) fn fields(row: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut in_quotes = false;
    row.strip_suffix(b"\n").unwrap_or(row).split(move |byte| {
        in_quotes ^= *byte == b'"';
        *byte == b',' && !in_quotes
    })
}

/// Whether a row ends here, or goes on behind a line break within quotes.
pub(crate) fn is_whole(row: &[u8]) -> bool {
    memchr::memchr_iter(b'"', row).count().is_multiple_of(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_and_an_empty_text_differ_and_values_keep_their_digits() {
        let mut out = Vec::new();
        for json in [
            None,
            Some("null"),
            Some("\"\""),
            Some("1.10"),
            Some("\"a\\nb,\\\"c\\\"\""),
            Some("{\"a\":1}"),
            Some("\"\\ud800\""),
        ] {
            value(json, &mut out);
            out.push(b',');
        }
        assert_eq!(String::from_utf8(out).unwrap(), ",,\"\",1.10,\"a\nb,\"\"c\"\"\",\"{\"\"a\"\":1}\",\\ud800,");
    }

    #[test]
    fn a_row_falls_into_its_fields() {
        let row = b"a,\"b,\n\"\"c\",,\"\"\n";
        assert_eq!(fields(row).collect::<Vec<_>>(), [b"a".as_slice(), b"\"b,\n\"\"c\"", b"", b"\"\""]);
        assert!(is_whole(row) && !is_whole(&row[..5]));
    }

    #[test]
    fn a_property_never_takes_the_name_of_a_metadata_column() {
        let header = header(&["_airbyte_meta".to_owned(), String::new()]);
        assert!(header.ends_with(b",data._airbyte_meta,\"\"\n"));
    }
}
