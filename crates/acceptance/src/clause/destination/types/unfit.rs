//! Values that do not fit their declared type.

use crate::bench::Bench;
use crate::clause::destination::compare::{self, Kind};
use crate::clause::destination::trial::{Cell, Filled, Sheet, Sheets};
use crate::finding::Finding;
use crate::reader::Row;
use crate::rule::{Level, Rule, Wrong};
use serde_json::{Value, json};

pub(super) const RULE: Rule = Rule {
    id: "types.unfit_values",
    level: Level::Must,
    title: "Values of the wrong type fail nothing",
    demand: "A value that does not fit its declared type MUST NOT fail the sync, and MUST NOT take its row or the other \
             fields along. It MUST be kept as it is, or become null and be noted in `_airbyte_meta.changes`, or its \
             record MUST be counted in `destinationStats.rejectedRecordCount`.",
    reason: "Sources send what does not fit their schema. A sync that fails for one value never ends, and a value that \
             silently becomes null is a wrong report.",
    check: "Records with a value of another type in one field are written and read back.",
    remedy: "Catch what goes wrong when a single value is converted, store null in its place, and append \
             `{\"field\", \"change\": \"NULLED\", \"reason\": \"DESTINATION_TYPECAST_ERROR\"}` to `_airbyte_meta.changes`.",
};

/// A property, its schema, and what is sent in it.
const UNFIT: [(&str, &str, &str); 9] = [
    ("whole", r#"{"type":"integer"}"#, r#""forty-two""#),
    ("other_whole", r#"{"type":"integer"}"#, "1.5"),
    ("number", r#"{"type":"number"}"#, r#"{"n":1}"#),
    ("truth", r#"{"type":"boolean"}"#, r#""maybe""#),
    ("day", r#"{"type":"string","format":"date"}"#, "5"),
    ("moment", r#"{"type":"string","format":"date-time"}"#, r#""the day after""#),
    ("text", r#"{"type":"string"}"#, r#"{"a":"object"}"#),
    ("thing", r#"{"type":"object"}"#, r#""no object""#),
    ("list", r#"{"type":"array"}"#, r#"{"a":"no list"}"#),
];

/// In a run of its own: some destinations fail here.
pub(super) async fn judge(bench: &Bench<'_>, rule: &Rule) -> Finding {
    let sheets = match Sheets::send(bench, "unfit", "values that do not fit their types", vec![sheet()]).await {
        Ok(sheets) => sheets,
        Err(why) => return rule.skipped(why.0),
    };
    match sheets.of("unfit_values") {
        Some((sheet, Err(setback))) => setback.finding(bench, rule, sheet.what),
        Some((_, Ok(filled))) => look(rule, filled),
        None => rule.skipped("nothing was sent"),
    }
}

fn sheet() -> Sheet {
    let property = |(name, schema, _): &(&str, &str, &str)| {
        ((*name).to_owned(), serde_json::from_str::<Value>(schema).unwrap_or_default())
    };
    let note = ("note".to_owned(), json!({"type": "string"}));
    Sheet {
        word: "unfit_values",
        what: "values that do not fit their types",
        properties: UNFIT.iter().map(property).chain([note]).collect(),
        rows: UNFIT.iter().map(|(field, _, sent)| vec![cell(field, Kind::Json, sent), note_of(field)]).collect(),
        may_rename: false,
    }
}

fn cell(field: &str, kind: Kind, sent: &str) -> Cell {
    Cell { field: field.to_owned(), kind, sent: sent.to_owned(), is_extreme: true }
}

/// The other field of the row, which fits.
fn note_of(field: &str) -> Cell {
    cell("note", Kind::Text, &json!(format!("beside {field}")).to_string())
}

fn look(rule: &Rule, filled: &Filled) -> Finding {
    let lost = filled.rows.iter().filter(|(_, row)| row.is_none()).count();
    let rejected = rejected(filled);
    if lost == filled.rows.len() && rejected == 0 && filled.is_patchy {
        return rule.skipped("no row can be found: `rows.complete` is about that");
    }
    let mut wrong = Vec::new();
    let mut unaccounted = lost.saturating_sub(rejected);
    for (cells, row) in &filled.rows {
        match row {
            Some(row) => wrong.extend(cells.iter().filter_map(|cell| fault(cell, row))),
            None if unaccounted > 0 => {
                unaccounted -= 1;
                wrong.push(Wrong::new(
                    format!(
                        "the row with {} in `{}` is not there, and was not rejected",
                        cells[0].sent, cells[0].field
                    ),
                    "",
                ));
            }
            None => {}
        }
    }
    rule.judged(format!("{} values that do not fit were kept, noted, or rejected", filled.rows.len()), wrong)
}

/// How many records the destination says it rejected.
fn rejected(filled: &Filled) -> usize {
    let states = filled.takes.iter().flat_map(|take| take.messages("STATE"));
    states.filter_map(|it| it["state"]["destinationStats"]["rejectedRecordCount"].as_f64()).sum::<f64>() as usize
}

fn fault(cell: &Cell, row: &Row) -> Option<Wrong> {
    let read = compare::field(row, &cell.field);
    let verdict = compare::compare(cell.kind, &cell.sent, read);
    let is_null = read.is_none_or(Value::is_null);
    let is_fine = verdict.is_kept() || (cell.field != "note" && is_null && compare::is_noted(row, &cell.field));
    let became = match read.filter(|read| !read.is_null()) {
        None if cell.field == "note" => "was lost".to_owned(),
        None => "became null, and `_airbyte_meta.changes` does not say so".to_owned(),
        Some(read) => format!("became {read}"),
    };
    let message = format!("{} in `{}` {became}", cell.sent, cell.field);
    (!is_fine).then(|| Wrong::new(message.clone(), format!("{message}\nthe row: {}", json!(row))))
}
