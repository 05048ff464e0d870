//! What stands in a row that was read.

use super::{Kind, Verdict, compare};
use crate::reader::Row;
use serde_json::Value;

/// What the names of the columns begin with that are not the record's.
const METADATA: &str = "_airbyte_";

/// A property of the record; a store may have changed the case of its name.
pub(crate) fn field<'a>(row: &'a Row, name: &str) -> Option<&'a Value> {
    row.get(name).or_else(|| row.iter().find(|(column, _)| column.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}

/// The column that holds a sent value, whatever it is called now: first the one with its name.
pub(crate) fn find<'a>(row: &'a Row, name: &str, kind: Kind, sent: &str) -> Option<(&'a str, Verdict)> {
    let own = row.get_key_value(name).into_iter();
    let others = row.iter().filter(|(column, _)| !column.starts_with(METADATA));
    own.chain(others)
        .map(|(column, value)| (column.as_str(), compare(kind, sent, Some(value))))
        .find(|(_, verdict)| verdict.is_kept())
}

/// The number of the record that became this row.
pub(crate) fn id(row: &Row) -> Option<i64> {
    match field(row, "id")? {
        Value::String(text) => text.trim().parse().ok(),
        Value::Number(number) => {
            number.as_i64().or_else(|| number.as_f64().filter(|it| it.fract() == 0.0).map(|it| it as i64))
        }
        _ => None,
    }
}

/// One of the columns that every row has; JSON that is kept as a text is read.
pub(crate) fn metadata(row: &Row, name: &str) -> Option<Value> {
    let value = field(row, name).filter(|value| !value.is_null())?;
    match value.as_str() {
        Some(text) if text.starts_with('{') => Some(serde_json::from_str(text).unwrap_or_else(|_| value.clone())),
        _ => Some(value.clone()),
    }
}

/// What `_airbyte_meta` says was changed.
pub(crate) fn changes(row: &Row) -> Vec<Value> {
    let meta = metadata(row, "_airbyte_meta").unwrap_or_default();
    meta["changes"].as_array().cloned().unwrap_or_default()
}

/// Whether `_airbyte_meta` says that a property, or something in it, was changed.
pub(crate) fn is_noted(row: &Row, name: &str) -> bool {
    let is_about = |noted: &str| {
        let head = noted.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name));
        head && !noted[name.len()..].starts_with(|next: char| next.is_alphanumeric() || next == '_')
    };
    changes(row).iter().any(|change| change["field"].as_str().is_some_and(is_about))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn row(value: Value) -> Row {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_renamed_column_is_found_by_its_value() {
        let row = row(json!({"_airbyte_raw_id": "b", "NAME": "a", "NAME_2": "b"}));
        assert_eq!(find(&row, "name", Kind::Text, "\"b\""), Some(("NAME_2", Verdict::Same)));
        assert_eq!(find(&row, "name", Kind::Text, "\"c\""), None);
    }

    #[test]
    fn changes_are_read_from_an_object_and_from_its_text() {
        let meta = json!({"sync_id": 1, "changes": [{"field": "n", "change": "NULLED", "reason": "X"}]});
        for meta in [meta.clone(), json!(meta.to_string())] {
            let row = row(json!({"_airbyte_meta": meta}));
            assert!(is_noted(&row, "n") && is_noted(&row, "N"));
            assert!(!is_noted(&row, "name"));
        }
    }

    #[test]
    fn the_number_of_a_record_may_be_a_text() {
        for value in [json!(7), json!("7"), json!(7.0)] {
            assert_eq!(id(&row(json!({"ID": value}))), Some(7));
        }
    }
}
