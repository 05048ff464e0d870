//! Schema evolution: a stream whose schema changes between syncs.

use super::compare::{self, Kind};
use super::session::Target;
use super::trial::{Outcome, Story, Visit, readable, tell};
use crate::bench::{Bench, Unavailable};
use crate::clause::{Binds, Clause, Judge};
use crate::finding::Finding;
use crate::reader::Row;
use crate::rule::{Level, Rule, Wrong, skip_all};
use longshore_protocol::{DestinationSyncMode, StreamDescriptor};
use serde_json::{Map, Value, json};

pub(crate) static CLAUSE: Clause = Clause {
    title: "Schema evolution",
    binds: Binds::Destinations,
    rules: RULES,
    judge: Judge::Runs(|bench| Box::pin(judge(bench))),
};

const RULES: &[Rule] = &[
    change(
        "evolution.new_field",
        "A new field is written",
        "When a field comes to the schema of a stream, a destination MUST write its values from then on, and keep the \
         earlier rows.",
    ),
    change(
        "evolution.dropped_field",
        "A field may go away",
        "When a field goes from the schema of a stream, a destination MUST go on with the others, and keep the earlier \
         rows.",
    ),
    change(
        "evolution.changed_type",
        "A field may change its type",
        "When a field changes its type from integer to string, a destination MUST write the new values, or make them \
         null and note it in `_airbyte_meta.changes`, and keep the earlier rows with their values.",
    ),
    change(
        "evolution.undeclared_field",
        "Fields that no schema declares fail nothing",
        "A record may have fields that its stream's schema does not declare. A destination MUST keep or drop them, and \
         MUST write the declared ones.",
    ),
    change(
        "evolution.overwrite",
        "An overwritten stream has the new schema",
        "When a sync overwrites a stream and its schema has other fields and types than before, a destination MUST \
         write all of the new fields.",
    ),
];

const fn change(id: &'static str, title: &'static str, demand: &'static str) -> Rule {
    Rule {
        id,
        level: Level::Must,
        title,
        demand,
        reason: "Sources change under running connections; a sync that fails then, or leaves out what is new, is noticed \
                 late.",
        check: "A stream is written, then written again with another schema; the rows of both syncs are read back.",
        remedy: "Compare the schema with the table at the begin of each sync: add columns that are missing, widen those \
                 whose type changed, and leave the rest.",
    }
}

/// The fields of a record beside its `id`, as JSON texts; an empty one is not sent.
type Cells = &'static [(&'static str, Kind, &'static str)];

/// A stream before and after the change.
struct Case {
    rule: &'static str,
    schemas: [&'static str; 2],
    /// What each sync sends.
    first: &'static [(i64, Cells)],
    second: &'static [(i64, Cells)],
}

const CASES: [Case; 5] = [
    Case {
        rule: "evolution.new_field",
        schemas: [r#""words":"string""#, r#""words":"string","extra":"string","count":"integer""#],
        first: &[(1, &[("words", Kind::Text, r#""one""#), ("extra", Kind::Text, "")])],
        second: &[
            (2, &[("words", Kind::Text, r#""two""#), ("extra", Kind::Text, r#""new""#), ("count", Kind::Integer, "5")]),
            (3, &[("words", Kind::Text, r#""three""#), ("extra", Kind::Text, "null")]),
        ],
    },
    Case {
        rule: "evolution.dropped_field",
        schemas: [r#""words":"string","gone":"integer""#, r#""words":"string""#],
        first: &[(1, &[("words", Kind::Text, r#""one""#), ("gone", Kind::Integer, "3")])],
        second: &[(2, &[("words", Kind::Text, r#""two""#), ("gone", Kind::Integer, "")])],
    },
    Case {
        rule: "evolution.changed_type",
        schemas: [r#""words":"string","value":"integer""#, r#""words":"string","value":"string""#],
        first: &[(1, &[("words", Kind::Text, r#""one""#), ("value", Kind::Integer, "15")])],
        second: &[(2, &[("words", Kind::Text, r#""two""#), ("value", Kind::Text, r#""sixteen""#)])],
    },
    Case {
        rule: "evolution.undeclared_field",
        schemas: [r#""words":"string""#, r#""words":"string""#],
        first: &[(1, &[("words", Kind::Text, r#""one""#)])],
        second: &[(2, &[("words", Kind::Text, r#""two""#)])],
    },
    Case {
        rule: "evolution.overwrite",
        schemas: [
            r#""words":"string","value":"integer","gone":"string""#,
            r#""words":"string","value":"string","extra":"integer""#,
        ],
        first: &[(1, &[])],
        second: &[(
            2,
            &[("words", Kind::Text, r#""two""#), ("value", Kind::Text, r#""sixteen""#), ("extra", Kind::Integer, "7")],
        )],
    },
];

async fn judge(bench: &Bench<'_>) -> Vec<Finding> {
    match told(bench).await {
        Ok(told) => RULES.iter().map(|rule| look(bench, rule, &told)).collect(),
        Err(why) => skip_all(RULES, &why),
    }
}

type ByRule = Vec<(&'static Case, Outcome)>;

async fn told(bench: &Bench<'_>) -> Result<ByRule, Unavailable> {
    readable(bench).await?;
    let modes = bench.modes().await?;
    let mode = match modes.contains(&DestinationSyncMode::Append) {
        true => Some(DestinationSyncMode::Append),
        false => Some(DestinationSyncMode::AppendDedup).filter(|mode| modes.contains(mode)),
    };
    let mut cases = Vec::new();
    let mut stories = Vec::new();
    for case in &CASES {
        let is_overwritten = case.rule == "evolution.overwrite";
        let mode = if is_overwritten { Some(DestinationSyncMode::Overwrite) } else { mode };
        let Some(mode) = mode.filter(|mode| modes.contains(mode)) else { continue };
        let stream = bench.stream(&case.rule.replace("evolution.", "evolved_"));
        stories.push(Story::twice(visit(case, 0, &stream, mode), visit(case, 1, &stream, mode)));
        cases.push(case);
    }
    Ok(cases.into_iter().zip(tell(bench, "schemas that change", &stories).await).collect())
}

fn visit(case: &Case, sync: usize, stream: &StreamDescriptor, mode: DestinationSyncMode) -> Visit {
    let schema = schema(case.schemas[sync]);
    let (number, stream) = (sync as i64 + 1, stream.clone());
    let target = match mode {
        DestinationSyncMode::Overwrite => Target::overwrite(stream, schema, number),
        DestinationSyncMode::AppendDedup => Target::dedup(stream, schema, &["id"], "").sync(number),
        _ => Target::append(stream, schema).sync(number),
    };
    let rows = if sync == 0 { case.first } else { case.second };
    let records: Vec<Value> = rows
        .iter()
        .map(|(id, cells)| {
            let cells = cells.iter().filter(|(_, _, sent)| !sent.is_empty());
            let mut data: Map<String, Value> = Map::from_iter([("id".to_owned(), json!(id))]);
            data.extend(
                cells.map(|(name, _, sent)| ((*name).to_owned(), serde_json::from_str(sent).unwrap_or_default())),
            );
            if case.rule == "evolution.undeclared_field" {
                data.insert("undeclared".to_owned(), json!("nobody knows me"));
                data.insert("undeclared_thing".to_owned(), json!({"a": [1]}));
            }
            Value::Object(data)
        })
        .collect();
    Visit::of(target, &records)
}

/// A schema of `"name":"type"` pairs.
fn schema(pairs: &str) -> Value {
    let types: Map<String, Value> = serde_json::from_str(&format!("{{{pairs}}}")).unwrap_or_default();
    let mut properties = Map::from_iter([("id".to_owned(), json!({"type": "integer"}))]);
    properties.extend(types.into_iter().map(|(name, kind)| (name, json!({"type": ["null", kind]}))));
    json!({"type": "object", "properties": properties})
}

fn look(bench: &Bench<'_>, rule: &Rule, told: &ByRule) -> Finding {
    let Some((case, outcome)) = told.iter().find(|(case, _)| case.rule == rule.id) else {
        return rule.skipped("the spec does not name the mode in `supported_destination_sync_modes`");
    };
    let told = match outcome {
        Ok(told) => told,
        Err(setback) => return setback.finding(bench, rule, "a stream whose schema changes"),
    };
    let rows = match &told.rows {
        Ok(rows) => rows,
        Err(why) => return rule.skipped(why.0.clone()),
    };
    let before = case.first.iter().filter(|_| case.rule != "evolution.overwrite");
    let wrong: Vec<Wrong> = before.chain(case.second).flat_map(|(id, cells)| faults(*id, cells, rows)).collect();
    rule.judged(format!("{} rows from before and after the change are as they should be", rows.len()), wrong)
}

fn faults(id: i64, cells: &[(&str, Kind, &str)], rows: &[Row]) -> Vec<Wrong> {
    let Some(row) = rows.iter().find(|row| compare::id(row) == Some(id)) else {
        return vec![Wrong::new(format!("the row with the id {id} is not there"), "")];
    };
    let is_wrong = |(name, kind, sent): &&(&str, Kind, &str)| {
        let read = compare::field(row, name);
        // Whether a column without a field stays is up to the destination.
        let is_excused =
            (*name == "gone" && !sent.is_empty()) || (read.is_none_or(Value::is_null) && compare::is_noted(row, name));
        !compare::compare(*kind, sent, read).is_kept() && !is_excused
    };
    let wrong = cells.iter().filter(is_wrong).map(|(name, _, sent)| {
        let sent = if sent.is_empty() { "nothing" } else { sent };
        let read = compare::field(row, name).cloned().unwrap_or_default();
        let message = format!("the row with the id {id} was sent with {sent} in `{name}`, and has {read} there");
        Wrong::new(message.clone(), format!("{message}\nthe row: {}", json!(row)))
    });
    wrong.collect()
}
