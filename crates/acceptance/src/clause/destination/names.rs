//! Names: fields and streams may be called anything.

mod streams;

use super::trial::{Cell, Setback, Sheet, Sheets, has_written};
use crate::bench::Bench;
use crate::clause::destination::compare::Kind;
use crate::clause::{Binds, Clause, Judge};
use crate::finding::Finding;
use crate::rule::{Level, Rule, skip_all};
use crate::take::Take;
use serde_json::json;

pub(crate) static CLAUSE: Clause = Clause {
    title: "Names",
    binds: Binds::Destinations,
    rules: RULES,
    judge: Judge::Runs(|bench| Box::pin(judge(bench))),
};

const RULES: &[Rule] = &[
    name(
        "names.reserved_words",
        "Fields named like SQL keywords are kept",
        "A destination MUST take fields called `order`, `select`, `user` and the like, and keep their values: under \
         their names, or under others.",
    ),
    name(
        "names.special_characters",
        "Fields with odd characters are kept",
        "A destination MUST take fields whose names have blanks, quotes, signs, emoji, other scripts, or a digit in \
         front, and keep their values: under their names, or under others.",
    ),
    name(
        "names.case",
        "Fields that differ in case stay apart",
        "A destination MUST keep the values of fields whose names differ only in the case of letters: none takes the \
         place of the other. If its store cannot, it MUST refuse them with an error.",
    ),
    name(
        "names.long",
        "Long field names stay apart",
        "A destination MUST keep the values of fields whose long names differ only at their end: none takes the place of \
         the other.",
    ),
    name(
        "names.streams",
        "Streams with odd names are written",
        "A destination MUST write streams whatever they are called: with blanks, quotes, dots, emoji, a digit in front, \
         a keyword of SQL, or 100 characters. Names that differ only in a sign, or only behind the 64th character, MUST \
         stay apart, or be refused with an error.",
    ),
    name(
        "names.stream_case",
        "Streams that differ in case are not mixed",
        "A destination MUST NOT mix the rows of streams whose names differ only in the case of letters: it MUST keep \
         them apart, or refuse such a catalog with an error.",
    ),
];

const fn name(id: &'static str, title: &'static str, demand: &'static str) -> Rule {
    Rule {
        id,
        level: Level::Must,
        title,
        demand,
        reason: "Sources name their streams and fields as they like, and no user can rename them.",
        check: "Streams and fields with such names are written; each value is looked for under its name, then under any \
                other one.",
        remedy: "Quote every name in statements, and give names that the store cannot hold or cannot tell apart another \
                 one, such as `name_2`, that stays the same in every sync.",
    }
}

const KEYWORDS: &[&str] = &[
    "order",
    "group",
    "select",
    "user",
    "table",
    "from",
    "where",
    "index",
    "primary",
    "column",
    "default",
    "limit",
    "values",
    "desc",
    "join",
    "timestamp",
];
const ODD: &[&str] = &[
    "with space",
    "quo\"te",
    "apos'trophe",
    "back`tick",
    "dol$lar",
    "da-sh",
    "da sh",
    "da.sh",
    "do.t",
    "per%cent",
    "a/b",
    "back\\slash",
    "br[ack]et",
    "(paren)",
    "semi;colon",
    "co:lon",
    "com,ma",
    "ha#sh",
    "9digit",
    "😀",
    "schlüssel",
    "ключ",
    "camelCase",
    "_underscore",
];
const CASES: &[&str] = &["Name", "name", "NAME"];

/// More than the 63 bytes of Postgres, equal but for the last.
fn long_names() -> Vec<String> {
    ["a", "b"].into_iter().map(|end| format!("{}_{end}", "long_name_".repeat(8))).collect()
}

async fn judge(bench: &Bench<'_>) -> Vec<Finding> {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let fields = vec![
        sheet("reserved_words", "fields named like SQL keywords", owned(KEYWORDS)),
        sheet("special_characters", "fields with odd characters in their names", owned(ODD)),
        sheet("case", "fields whose names differ in case", owned(CASES)),
        sheet("long", "fields with long names", long_names()),
    ];
    let (of_fields, of_streams) = RULES.split_at(fields.len());
    let mut findings: Vec<Finding> = match Sheets::send(bench, "names", "fields with odd names", fields).await {
        Err(why) => skip_all(of_fields, &why),
        Ok(sheets) => of_fields.iter().map(|rule| fields_finding(bench, rule, &sheets)).collect(),
    };
    findings.push(streams::odd_names(bench, &of_streams[0]).await);
    findings.push(streams::case(bench, &of_streams[1]).await);
    findings
}

fn fields_finding(bench: &Bench<'_>, rule: &Rule, sheets: &Sheets) -> Finding {
    let word = rule.id.trim_start_matches("names.");
    match sheets.of(word) {
        Some((_, Err(Setback::Broken(take)))) if word == "case" && is_refused(bench, take) => {
            rule.passed("fields whose names differ only in case are refused with an error")
        }
        _ => sheets.judge(bench, rule, word),
    }
}

/// Whether the destination, which works otherwise, said why it failed.
fn is_refused(bench: &Bench<'_>, take: &Take) -> bool {
    has_written(bench) && take.traces("ERROR").next().is_some()
}

/// All fields in one row, each with a value that no other one has.
fn sheet(word: &'static str, what: &'static str, names: Vec<String>) -> Sheet {
    let cell = |(at, name): (usize, &String)| Cell {
        field: name.clone(),
        kind: Kind::Text,
        sent: json!(format!("value {at} of {word}")).to_string(),
        is_extreme: false,
    };
    Sheet {
        word,
        what,
        properties: names.iter().map(|name| (name.clone(), json!({"type": "string"}))).collect(),
        rows: vec![names.iter().enumerate().map(cell).collect()],
        may_rename: true,
    }
}
