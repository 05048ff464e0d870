//! The values that are sent, by type.

use crate::clause::destination::compare::Kind;
use crate::clause::destination::trial::{Cell, Sheet};
use serde_json::Value;

/// A property with the values that are sent in it, each in a row of its own.
struct Column {
    sheet: &'static str,
    field: &'static str,
    schema: &'static str,
    kind: Kind,
    values: &'static [&'static str],
    /// Values that a store may be unable to hold.
    extremes: &'static [&'static str],
}

const fn column(
    sheet: &'static str,
    field: &'static str,
    schema: &'static str,
    kind: Kind,
    values: &'static [&'static str],
    extremes: &'static [&'static str],
) -> Column {
    Column { sheet, field, schema, kind, values, extremes }
}

const SMALL: &[&str] = &["0", "1", "-1", "42", "2147483647", "2147483648", "-2147483649", "1099511627776"];
const LARGE: &[&str] = &["9007199254740993", "-9007199254740993", "9223372036854775807", "-9223372036854775808"];

const COLUMNS: &[Column] = &[
    column("integers", "whole", r#"{"type":"integer"}"#, Kind::Integer, SMALL, &[]),
    column("integers", "whole_or_null", r#"{"type":["null","integer"]}"#, Kind::Integer, &["7", "-7"], &[]),
    column(
        "integers",
        "whole_number",
        r#"{"type":"number","airbyte_type":"integer"}"#,
        Kind::Integer,
        &["8", "3000000000"],
        &[],
    ),
    column("large_integers", "large", r#"{"type":"integer"}"#, Kind::Integer, &[], LARGE),
    column(
        "large_integers",
        "large_text",
        r#"{"type":"string","airbyte_type":"big_integer"}"#,
        Kind::BigInteger,
        &[],
        &[r#""9007199254740993""#, r#""-12""#],
    ),
    column(
        "numbers",
        "number",
        r#"{"type":"number"}"#,
        Kind::Number,
        &["0.1", "-0.5", "0.0000001", "123456789.123456789", "3.0", "100", "-0.0", "15000000000.25", "98765.4321"],
        &[],
    ),
    column("booleans", "truth", r#"{"type":"boolean"}"#, Kind::Boolean, &["true", "false"], &[]),
    column("booleans", "truth_or_null", r#"{"type":["null","boolean"]}"#, Kind::Boolean, &["false", "true"], &[]),
    column(
        "strings",
        "text",
        r#"{"type":"string"}"#,
        Kind::Text,
        &[
            r#""plain""#,
            r#""007""#,
            r#""1.10""#,
            r#""1e5""#,
            r#""+5""#,
            r#""9007199254740993""#,
            r#""true""#,
            r#""None""#,
            r#""null""#,
            r#""NULL""#,
            r#""NaN""#,
            r#""-""#,
            r#""2024-01-01""#,
            r#""2024-01-01T00:00:00Z""#,
            r#""12:30""#,
            r#""{\"a\":1}""#,
            r#""[1,2]""#,
        ],
        &[],
    ),
    column(
        "binary",
        "bytes",
        r#"{"type":"string","contentEncoding":"base64"}"#,
        Kind::Text,
        &[r#""AAECA/8=""#, r#""bG9uZ3Nob3Jl""#],
        &[],
    ),
    column(
        "dates",
        "day",
        r#"{"type":"string","format":"date"}"#,
        Kind::Date,
        &[r#""1969-12-31""#, r#""1970-01-01""#, r#""2000-02-29""#, r#""2024-12-31""#, r#""2099-06-15""#],
        &[r#""0001-01-01""#, r#""1504-02-28""#, r#""9999-12-31""#],
    ),
    column(
        "times",
        "clock",
        r#"{"type":"string","format":"time","airbyte_type":"time_without_timezone"}"#,
        Kind::Time,
        &[r#""00:00:00""#, r#""23:59:59""#, r#""12:34:56.789""#],
        &[],
    ),
    column(
        "times",
        "clock_in_zone",
        r#"{"type":"string","format":"time","airbyte_type":"time_with_timezone"}"#,
        Kind::Time,
        &[r#""12:34:56Z""#, r#""12:34:56+05:30""#, r#""01:02:03-08:00""#],
        &[],
    ),
    column(
        "timestamps",
        "moment",
        r#"{"type":"string","format":"date-time","airbyte_type":"timestamp_with_timezone"}"#,
        Kind::Timestamp,
        &[
            r#""1969-12-31T23:59:59Z""#,
            r#""2024-02-29T12:34:56.123456Z""#,
            r#""2024-06-30T12:00:00+05:30""#,
            r#""2024-06-30T12:00:00.5-08:00""#,
        ],
        &[r#""1504-02-28T12:00:00Z""#, r#""9999-12-31T12:00:00Z""#],
    ),
    column(
        "timestamps",
        "moment_by_default",
        r#"{"type":["null","string"],"format":"date-time"}"#,
        Kind::Timestamp,
        &[r#""2024-06-30T12:00:00Z""#, r#""2024-06-30T12:00:00+02:00""#],
        &[],
    ),
    column(
        "timestamps",
        "local_moment",
        r#"{"type":"string","format":"date-time","airbyte_type":"timestamp_without_timezone"}"#,
        Kind::Timestamp,
        &[r#""1970-01-01T00:00:00""#, r#""2024-03-10T02:30:00""#, r#""2024-02-29T23:59:59.999999""#],
        &[],
    ),
    column(
        "objects",
        "thing",
        r#"{"type":"object"}"#,
        Kind::Json,
        &[
            r#"{"a":1,"b":{"c":[1,2,{"d":"deep"}]}}"#,
            r#"{}"#,
            r#"{"schlüssel":"ä","鍵":1,"with space":true}"#,
            r#"{"big":9007199254740993,"tiny":0.1,"none":null,"empty":""}"#,
        ],
        &[],
    ),
    column(
        "objects",
        "declared_thing",
        r#"{"type":"object","properties":{"street":{"type":"string"},"number":{"type":"integer"},"at":{"type":"object","properties":{"x":{"type":"number"}}}}}"#,
        Kind::Json,
        &[r#"{"street":"Main \"St\"","number":5,"at":{"x":1.5}}"#],
        &[],
    ),
    column(
        "arrays",
        "list",
        r#"{"type":"array"}"#,
        Kind::Json,
        &["[]", "[1,2,3]", r#"[1,"a",true,{"x":[null]}]"#, "[[1],[2,[3]]]"],
        &[],
    ),
    column(
        "arrays",
        "declared_list",
        r#"{"type":"array","items":{"type":"string"}}"#,
        Kind::Json,
        &[r#"["b","a","","b"]"#, r#"["one, two","three"]"#],
        &[],
    ),
    column("nulls", "whole", "", Kind::Integer, &["null"], &[]),
    column("nulls", "number", "", Kind::Number, &["null"], &[]),
    column("nulls", "truth", "", Kind::Boolean, &["null"], &[]),
    column("nulls", "text", "", Kind::Text, &["null"], &[]),
    column("nulls", "day", "", Kind::Date, &["null"], &[]),
    column("nulls", "clock", "", Kind::Time, &["null"], &[]),
    column("nulls", "moment", "", Kind::Timestamp, &["null"], &[]),
    column("nulls", "thing", "", Kind::Json, &["null"], &[]),
    column("nulls", "list", "", Kind::Json, &["null"], &[]),
    column(
        "unions",
        "text_or_whole",
        r#"{"oneOf":[{"type":"string"},{"type":"integer"}]}"#,
        Kind::Json,
        &[],
        &[r#""x""#, "5"],
    ),
    column("unions", "text_or_thing", r#"{"type":["string","object"]}"#, Kind::Json, &[], &[r#""y""#, r#"{"k":1}"#]),
    column("unknown", "anything", "{}", Kind::Json, &[], &[r#""z""#, "6", "true", r#"{"k":[1]}"#, "[1]"]),
];

/// All values, a sheet for each type.
pub(super) fn sheets() -> Vec<Sheet> {
    let words = [
        ("integers", "integers"),
        ("large_integers", "large integers"),
        ("numbers", "decimal numbers"),
        ("booleans", "booleans"),
        ("strings", "strings"),
        ("binary", "texts in base64"),
        ("dates", "dates"),
        ("times", "times of day"),
        ("timestamps", "timestamps"),
        ("objects", "objects"),
        ("arrays", "arrays"),
        ("nulls", "nulls"),
        ("unions", "values of union types"),
        ("unknown", "values without a type"),
    ];
    words.into_iter().map(|(word, what)| sheet(word, what)).collect()
}

fn sheet(word: &'static str, what: &'static str) -> Sheet {
    let columns: Vec<&Column> = COLUMNS.iter().filter(|column| column.sheet == word).collect();
    let properties = columns.iter().map(|column| (column.field.to_owned(), schema(column.field))).collect();
    let rows = match word {
        // All in one row, and all left out in another one.
        "nulls" => {
            let null: Vec<Cell> = columns.iter().flat_map(|column| cells(column)).collect();
            let absent = null.iter().map(|cell| Cell { sent: String::new(), ..cell.clone() }).collect();
            vec![null, absent]
        }
        _ => columns.iter().flat_map(|column| cells(column).map(|cell| vec![cell])).collect(),
    };
    Sheet { word, what, properties, rows, may_rename: false }
}

/// The schema of a property; nulls are sent in properties of the other sheets.
fn schema(field: &str) -> Value {
    let column = COLUMNS.iter().find(|column| column.field == field && !column.schema.is_empty());
    column.and_then(|column| serde_json::from_str(column.schema).ok()).unwrap_or_default()
}

fn cells(column: &Column) -> impl Iterator<Item = Cell> + use<> {
    let cell = |sent: &&'static str, is_extreme| Cell {
        field: column.field.to_owned(),
        kind: column.kind,
        sent: (*sent).to_owned(),
        is_extreme,
    };
    let plain = column.values.iter().map(|sent| cell(sent, false));
    let extremes = column.extremes.iter().map(|sent| cell(sent, true));
    plain.chain(extremes).collect::<Vec<_>>().into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_and_every_schema_is_json() {
        for sheet in sheets() {
            assert!(!sheet.rows.is_empty(), "{}", sheet.word);
            assert!(sheet.properties.iter().all(|(_, schema)| schema.is_object()), "{}", sheet.word);
            for cell in sheet.rows.iter().flatten().filter(|cell| !cell.sent.is_empty()) {
                serde_json::from_str::<Value>(&cell.sent).unwrap();
            }
        }
    }
}
