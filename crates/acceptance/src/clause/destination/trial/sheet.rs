//! Sheets: rows of single values, each of which one rule is about.

use super::{Outcome, Sent, Setback, Story, Told, Visit, tell};
use crate::bench::{Bench, Unavailable};
use crate::clause::destination::compare::{self, Kind, Verdict};
use crate::finding::Finding;
use crate::reader::Row;
use crate::rule::{Rule, Wrong};
use crate::take::Take;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::rc::Rc;

/// One value of a row.
#[derive(Debug, Clone)]
pub(crate) struct Cell {
    pub(crate) field: String,
    pub(crate) kind: Kind,
    /// The JSON text that is sent; empty when the field is left out.
    pub(crate) sent: String,
    /// Whether a store may be unable to hold it: then it may be null, if that is noted.
    pub(crate) is_extreme: bool,
}

/// Rows that are about one rule.
#[derive(Debug, Clone)]
pub(crate) struct Sheet {
    /// A short word for the name of its stream when it is sent alone.
    pub(crate) word: &'static str,
    /// What is sent, for people: `integers`.
    pub(crate) what: &'static str,
    /// The properties, each with its schema.
    pub(crate) properties: Vec<(String, Value)>,
    pub(crate) rows: Vec<Vec<Cell>>,
    /// Whether a store may keep a property under another name.
    pub(crate) may_rename: bool,
}

/// What became of a sheet.
#[derive(Debug)]
pub(crate) struct Filled {
    pub(crate) takes: Vec<Rc<Take>>,
    pub(crate) rows: Vec<(Vec<Cell>, Option<Row>)>,
    may_rename: bool,
    /// Whether rows are missing all over, which has nothing to do with what is in them.
    pub(crate) is_patchy: bool,
}

/// Sheets that are sent as one stream.
pub(crate) struct Sheets {
    what: &'static str,
    sheets: Vec<Sheet>,
    filled: Vec<Result<Filled, Setback>>,
}

impl Sheets {
    /// Sends sheets as one stream, or, if that goes wrong, each as its own.
    pub(crate) async fn send(
        bench: &Bench<'_>,
        word: &str,
        what: &'static str,
        sheets: Vec<Sheet>,
    ) -> Result<Self, Unavailable> {
        let all: Vec<&Sheet> = sheets.iter().collect();
        let mut filled = fill(bench, what, &bench.stream_name(word), &all).await?;
        let is_broken = matches!(filled.first(), Some(Err(Setback::Broken(_))));
        if is_broken && sheets.len() > 1 {
            filled.clear();
            for sheet in &sheets {
                let stream = bench.stream_name(&format!("{word}_{}", sheet.word));
                filled.extend(fill(bench, sheet.what, &stream, &[sheet]).await?);
            }
        }
        Ok(Self { what, sheets, filled })
    }

    /// What became of a sheet, and what it is.
    pub(crate) fn of(&self, word: &str) -> Option<(&Sheet, &Result<Filled, Setback>)> {
        let at = self.sheets.iter().position(|sheet| sheet.word == word)?;
        Some((&self.sheets[at], self.filled.get(at)?))
    }

    /// Judges a rule by a sheet.
    pub(crate) fn judge(&self, bench: &Bench<'_>, rule: &Rule, word: &str) -> Finding {
        let Some((sheet, filled)) = self.of(word) else { return rule.skipped(format!("no {} were sent", self.what)) };
        match filled {
            Err(setback) => setback.finding(bench, rule, sheet.what),
            Ok(filled) if filled.rows.iter().all(|(_, row)| row.is_none()) => {
                rule.skipped("no row can be found: `rows.complete` is about that")
            }
            Ok(filled) => rule.judged(filled.seen(sheet), filled.wrong()),
        }
    }
}

impl Filled {
    fn seen(&self, sheet: &Sheet) -> String {
        let values: usize = self.rows.iter().map(|(cells, _)| cells.len()).sum();
        let renamed = self.renamed();
        match renamed.is_empty() {
            true => format!("{values} {} came back as they were sent", sheet.what),
            false => format!("{values} {} came back; under another name: {}", sheet.what, renamed.join(", ")),
        }
    }

    /// Properties that are under another name.
    fn renamed(&self) -> Vec<String> {
        let rows = self.rows.iter().filter_map(|(cells, row)| Some((cells, row.as_ref()?)));
        let cells = rows.flat_map(|(cells, row)| cells.iter().map(move |cell| (cell, row)));
        cells
            .filter_map(|(cell, row)| {
                let (column, _) = compare::find(row, &cell.field, cell.kind, &cell.sent)?;
                (self.may_rename && column != cell.field).then(|| format!("`{}` as `{column}`", cell.field))
            })
            .collect()
    }

    /// What was lost or changed.
    fn wrong(&self) -> Vec<Wrong> {
        let mut wrong = Vec::new();
        for (cells, row) in &self.rows {
            match row {
                None if self.is_patchy => {}
                None => wrong.push(Wrong::new(format!("the row with {} is not there", list(cells)), "")),
                Some(row) => wrong.extend(cells.iter().filter_map(|cell| self.fault(cell, row))),
            }
        }
        wrong
    }

    fn fault(&self, cell: &Cell, row: &Row) -> Option<Wrong> {
        let verdict = self.verdict(cell, row);
        if verdict.is_kept() {
            return None;
        }
        let is_excused = cell.is_extreme && compare::is_noted(row, &cell.field);
        if is_excused {
            return None;
        }
        let read = compare::field(row, &cell.field);
        let became = match (verdict, read) {
            (Verdict::Absent, None) => "is not there".to_owned(),
            (Verdict::Absent, _) if cell.is_extreme => {
                "became null, and `_airbyte_meta.changes` does not say so".to_owned()
            }
            (_, read) => format!("became {}", short(&read.cloned().unwrap_or_default().to_string())),
        };
        let message = format!("{} in `{}` {became}", short(&cell.sent), cell.field);
        Some(Wrong::new(message.clone(), format!("{message}\nthe row: {}", json!(row))))
    }

    /// How the value of a cell compares.
    pub(crate) fn verdict(&self, cell: &Cell, row: &Row) -> Verdict {
        match compare::find(row, &cell.field, cell.kind, &cell.sent) {
            Some((_, verdict)) if self.may_rename => verdict,
            _ => compare::compare(cell.kind, &cell.sent, compare::field(row, &cell.field)),
        }
    }
}

async fn fill(
    bench: &Bench<'_>,
    what: &str,
    stream: &str,
    sheets: &[&Sheet],
) -> Result<Vec<Result<Filled, Setback>>, Unavailable> {
    let mut properties = Map::from_iter([("id".to_owned(), json!({"type": "integer"}))]);
    properties.extend(sheets.iter().flat_map(|sheet| sheet.properties.iter().cloned()));
    let schema = json!({"type": "object", "properties": properties});
    let target = bench.plain(longshore_protocol::StreamDescriptor::named(stream), schema).await?;
    // Rows without anything in them stand at both ends: what is lost there is not lost for what is in it.
    let edge: Vec<Cell> = Vec::new();
    let rows = std::iter::once(&edge).chain(sheets.iter().flat_map(|sheet| &sheet.rows)).chain([&edge]);
    let records = rows.enumerate().map(|(at, cells)| Sent::text(data(at as i64 + 1, cells))).collect();
    let outcome = tell(bench, what, &[Story::once(Visit::new(target, records))]).await.remove(0);
    Ok(deal_out(sheets, outcome))
}

type Runs = Vec<Rc<Take>>;
type RowsById = HashMap<i64, Row>;

/// Gives each sheet its own rows.
fn deal_out(sheets: &[&Sheet], outcome: Outcome) -> Vec<Result<Filled, Setback>> {
    let split = |Told { takes, rows }| -> Result<(Runs, RowsById), Setback> {
        let rows: Vec<Row> = rows?;
        Ok((takes, rows.into_iter().rev().filter_map(|row| Some((compare::id(&row)?, row))).collect()))
    };
    let (takes, mut by_id) = match outcome.and_then(split) {
        Ok(split) => split,
        Err(setback) => return sheets.iter().map(|_| Err(setback.clone())).collect(),
    };
    let mut next = 1;
    let last = sheets.iter().map(|sheet| sheet.rows.len() as i64).sum::<i64>() + 2;
    let has_edges = by_id.contains_key(&1) && by_id.contains_key(&last);
    let mut row = |cells: &Vec<Cell>| {
        next += 1;
        (cells.clone(), by_id.remove(&next))
    };
    let mut filled: Vec<Filled> = Vec::with_capacity(sheets.len());
    for sheet in sheets {
        let rows = sheet.rows.iter().map(&mut row).collect();
        filled.push(Filled { takes: takes.clone(), rows, may_rename: sheet.may_rename, is_patchy: false });
    }
    let torn = filled.iter().filter(|filled| filled.rows.iter().any(|(_, row)| row.is_none())).count();
    let is_patchy = !has_edges || torn > 2;
    filled.iter_mut().for_each(|filled| filled.is_patchy = is_patchy);
    filled.into_iter().map(Ok).collect()
}

fn data(id: i64, cells: &[Cell]) -> String {
    let sent = cells.iter().filter(|cell| !cell.sent.is_empty());
    let cells: Vec<String> = sent.map(|cell| format!(",{}:{}", json!(cell.field), cell.sent)).collect();
    format!("{{\"id\":{id}{}}}", cells.concat())
}

fn list(cells: &[Cell]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| format!("`{}`: {}", cell.field, short(&cell.sent))).collect();
    cells.join(", ")
}

/// The beginning of a long text.
fn short(text: &str) -> String {
    match text.char_indices().nth(80) {
        Some((at, _)) => format!("{}… ({} bytes)", &text[..at], text.len()),
        None => text.to_owned(),
    }
}
