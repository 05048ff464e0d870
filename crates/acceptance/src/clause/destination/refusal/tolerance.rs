//! Messages that say nothing to a destination.

use super::{OTHER_MESSAGES, UNKNOWN_TYPES, begun, more};
use crate::bench::{Bench, Expects, Unavailable};
use crate::clause::destination::session::{Script, echoes, ids, plain_data};
use crate::finding::Finding;
use crate::messages::EMITTED_AT_MS;
use crate::rule::Rule;
use serde_json::{Value, json};

pub(super) async fn other_messages(bench: &Bench<'_>) -> Result<Finding, Unavailable> {
    let mut script = begun(bench, "tolerated").await?;
    let lines = messages(&script);
    odd_record(&mut script);
    borne(bench, &OTHER_MESSAGES, script, "other messages", lines).await
}

pub(super) async fn unknown_types(bench: &Bench<'_>) -> Result<Finding, Unavailable> {
    let script = begun(bench, "tolerated_too").await?;
    let lines = vec![json!({"type": "X_NEW", "x_new": {"stream": script.stream(0).name}})];
    borne(bench, &UNKNOWN_TYPES, script, "a message of an unknown type", lines).await
}

fn messages(script: &Script) -> Vec<Value> {
    let stream = script.stream(0);
    let trace = |kind: &str, name: &str, content: Value| json!({"type": "TRACE", "trace": {"type": kind, "emitted_at": EMITTED_AT_MS, name: content}});
    let status =
        |status: &str| trace("STREAM_STATUS", "stream_status", json!({"stream_descriptor": stream, "status": status}));
    vec![
        json!({"type": "LOG", "log": {"level": "INFO", "message": "{\"type\":\"RECORD\"}"}}),
        status("STARTED"),
        status("RUNNING"),
        trace("ESTIMATE", "estimate", json!({"name": stream.name, "type": "STREAM", "row_estimate": 10})),
        trace("ANALYTICS", "analytics", json!({"type": "x", "value": "1"})),
    ]
}

/// A record with properties that nobody knows.
fn odd_record(script: &mut Script) {
    let data: Value = serde_json::from_str(&plain_data(script.sent[0] + 1, 40)).unwrap_or_default();
    let stream = script.stream(0);
    let record = json!({"stream": stream.name, "emitted_at": EMITTED_AT_MS, "data": data, "x_unknown": {"a": [1]}});
    script.record_line(0, json!({"type": "RECORD", "record": record, "x_unknown": 1}).to_string());
}

async fn borne(
    bench: &Bench<'_>,
    rule: &Rule,
    mut script: Script,
    what: &str,
    lines: Vec<Value>,
) -> Result<Finding, Unavailable> {
    let count = lines.len();
    for line in lines {
        script.line(line.to_string());
        more(&mut script);
    }
    let script = script.finished();
    let take = bench.write_lines(what, &script, Expects::Either).await?;
    if !take.is_success() {
        let finding = rule.failed(format!("a sync with {what} {}", take.how_it_ended())).with(take.last_words());
        return Ok(script
            .lines
            .iter()
            .filter(|line| line.contains("x_") || !line.contains("RECORD"))
            .fold(finding, |finding, line| finding.with(line)));
    }
    let echoes = echoes(&take, &script);
    if !echoes.iter().any(|echo| echo.sent == Some(script.states.len() - 1)) {
        return Ok(rule.failed(format!("a sync with {what} succeeded, but its last state did not come back")));
    }
    let sent = script.sent[0];
    let rows = match bench.plan.reader {
        Some(_) => bench.rows(script.stream(0)).await?,
        None => return Ok(rule.passed(format!("{count} messages between {sent} records; nobody could read the rows"))),
    };
    let there = ids(&rows);
    let missing = (1..=sent).filter(|id| !there.contains_key(id)).count();
    Ok(match missing {
        0 => rule.passed(format!("{count} messages between {sent} records, and all rows are there")),
        missing => rule.failed(format!("a sync with {what} lost {missing} of {sent} records")),
    })
}
