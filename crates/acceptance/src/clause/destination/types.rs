//! Data types: what is sent in a declared type comes back as the same value.

mod samples;
mod unbounded;
mod unfit;

use super::trial::{Filled, Sheets};
use crate::bench::Bench;
use crate::clause::destination::compare::{Kind, Verdict};
use crate::clause::{Binds, Clause, Judge};
use crate::finding::{Finding, Status};
use crate::rule::{Level, Rule, Wrong, skip_all};

pub(crate) static CLAUSE: Clause = Clause {
    title: "Data types",
    binds: Binds::Destinations,
    rules: RULES,
    judge: Judge::Runs(|bench| Box::pin(judge(bench))),
};

const RULES: &[Rule] = &[
    value(
        "types.integers",
        "Integers are kept",
        "A destination MUST keep integers, positive and negative, also those that do not fit 32 bits.",
    ),
    value(
        "types.large_integers",
        "Large integers keep every digit",
        "A destination MUST keep every digit of integers of up to 64 bits, such as 9007199254740993, which no double \
         holds. What its store cannot hold MUST become null and be noted in `_airbyte_meta.changes`.",
    ),
    Rule {
        level: Level::Should,
        ..value(
            "types.unbounded_numbers",
            "Numbers beyond 64 bits are kept or noted",
            "Numbers have no limits in the protocol. A destination SHOULD keep those that exceed 64 bits or a double, or \
         make them null and note it in `_airbyte_meta.changes`; it SHOULD NOT fail, or write another number.",
        )
    },
    value(
        "types.numbers",
        "Decimal numbers are kept",
        "A destination MUST keep decimal numbers to the digits that a double has.",
    ),
    value("types.booleans", "Booleans are kept", "A destination MUST keep true and false; as 1 and 0 where it must."),
    value(
        "types.strings",
        "Strings stay strings",
        "A destination MUST keep a string as it is, also when it looks like a number, a boolean, a date, or JSON.",
    ),
    value(
        "types.binary",
        "Base64 content is kept",
        "A destination MUST keep strings with `contentEncoding: base64`, in base64 when they are read.",
    ),
    value(
        "types.dates",
        "Dates are kept",
        "A destination MUST keep dates. Years that its store cannot hold MUST become null and be noted in \
         `_airbyte_meta.changes`.",
    ),
    value(
        "types.times",
        "Times of day are kept",
        "A destination MUST keep times of day with and without a zone: as they are, or as the same time in UTC.",
    ),
    value(
        "types.timestamps",
        "Timestamps stay the same instant",
        "A destination MUST keep timestamps to the microsecond: those with a zone as the same instant, those without \
         as the same digits. What its store cannot hold MUST become null and be noted in `_airbyte_meta.changes`.",
    ),
    value(
        "types.objects",
        "Nested objects are kept",
        "A destination MUST keep objects with all that is in them, also empty ones; as JSON text where it must.",
    ),
    value(
        "types.arrays",
        "Arrays are kept",
        "A destination MUST keep arrays in their order, also empty, nested and mixed ones; as JSON text where it must.",
    ),
    value(
        "types.nulls",
        "Nulls stay null",
        "A destination MUST take null for, and the absence of, every field, and keep both as null: not as an empty \
         text, a zero, or the word.",
    ),
    value(
        "types.unions",
        "Union types are kept",
        "A destination MUST keep the values of fields that have several types, as texts where it must, or make them \
         null and note it in `_airbyte_meta.changes`.",
    ),
    value(
        "types.unknown",
        "Fields without a type are kept",
        "A destination MUST keep the values of fields whose schema says no type, as texts where it must, or make them \
         null and note it in `_airbyte_meta.changes`.",
    ),
    Rule {
        level: Level::Should,
        ..value(
            "types.native",
            "Values keep their JSON type",
            "A value SHOULD come back in the JSON type in which it was sent, where the store has such a type. Numbers that \
         a double cannot hold, booleans as 0 and 1, and JSON as its text are all right.",
        )
    },
    unfit::RULE,
];

/// A rule about values that come back.
const fn value(id: &'static str, title: &'static str, demand: &'static str) -> Rule {
    Rule {
        id,
        level: Level::Must,
        title,
        demand,
        reason: "Nobody notices a value that changed on its way, until a report is wrong.",
        check: "A stream with a row for each value of a list is written, read back, and compared.",
        remedy: "Look at how the value named above is converted before it is stored. Keep the text of numbers and times \
                 until the type of the column is known, and note what cannot be held in `_airbyte_meta.changes`.",
    }
}

async fn judge(bench: &Bench<'_>) -> Vec<Finding> {
    let sheets = match Sheets::send(bench, "types", "values of all types", samples::sheets()).await {
        Ok(sheets) => sheets,
        Err(why) => return skip_all(RULES, &why),
    };
    let mut findings = Vec::with_capacity(RULES.len());
    for rule in RULES {
        findings.push(match rule.id {
            "types.native" => native(rule, &sheets),
            "types.unfit_values" => unfit::judge(bench, rule).await,
            "types.unbounded_numbers" => unbounded::judge(bench, rule).await,
            id => sheets.judge(bench, rule, id.trim_start_matches("types.")),
        });
    }
    let has_objects = findings.iter().all(|it| it.rule != "types.objects" || it.status != Status::Failed);
    if !has_objects {
        // Their values are objects as well.
        for (rule, finding) in RULES.iter().zip(&mut findings).filter(|(rule, _)| BEHIND_OBJECTS.contains(&rule.id)) {
            *finding = rule.skipped("`types.objects` does not hold, so nothing more can be told");
        }
    }
    findings
}

/// The rules whose values are objects, among others.
const BEHIND_OBJECTS: [&str; 2] = ["types.unions", "types.unknown"];

/// The types whose values many stores can only keep as something else.
const HOMELESS: [&str; 5] = ["objects", "arrays", "unions", "unknown", "nulls"];

fn native(rule: &Rule, sheets: &Sheets) -> Finding {
    let words = samples::sheets().into_iter().map(|sheet| sheet.word).filter(|word| !HOMELESS.contains(word));
    let filled: Vec<&Filled> = words.filter_map(|word| sheets.of(word)?.1.as_ref().ok()).collect();
    let rows = filled.iter().flat_map(|filled| filled.rows.iter().map(move |(cells, row)| (filled, cells, row)));
    let cells =
        rows.flat_map(|(filled, cells, row)| cells.iter().filter_map(move |cell| Some((filled, cell, row.as_ref()?))));
    let (mut seen, mut typed) = (0, 0);
    let mut wrong = Vec::new();
    for (filled, cell, row) in cells {
        let verdict = filled.verdict(cell, row);
        let read = super::compare::field(row, &cell.field);
        typed += usize::from(read.is_some_and(|value| !value.is_string() && !value.is_null()));
        seen += usize::from(verdict.is_kept() && cell.kind != Kind::Json);
        if verdict == Verdict::Respelled {
            let read = read.cloned().unwrap_or_default();
            wrong.push(Wrong::new(format!("{} in `{}` came back as {read}", cell.sent, cell.field), ""));
        }
    }
    match seen {
        0 => rule.skipped("no value can be looked at"),
        _ if typed == 0 => rule.skipped("every value came back as a text: what it writes to has no other types"),
        seen => rule.judged(format!("{seen} values came back in their own JSON type"), wrong),
    }
}
