//! Namespaces: streams of one name in several namespaces are several streams.

use super::compare;
use super::trial::{Outcome, Story, Visit, readable, tell};
use crate::bench::{Bench, Unavailable};
use crate::clause::{Binds, Clause, Judge};
use crate::finding::Finding;
use crate::rule::{Level, Rule, Wrong, skip_all};
use longshore_protocol::StreamDescriptor;
use serde_json::{Value, json};

pub(crate) static CLAUSE: Clause = Clause {
    title: "Namespaces",
    binds: Binds::Destinations,
    rules: RULES,
    judge: Judge::Runs(|bench| Box::pin(judge(bench))),
};

const RULES: &[Rule] = &[
    Rule {
        id: "namespaces.separate",
        level: Level::Must,
        title: "Namespaces keep streams of one name apart",
        demand: "A destination MUST NOT mix the rows of streams that have one name and different namespaces: they go \
                 into different schemas, databases or folders, or into tables whose names tell them apart.",
        reason: "A source offers `orders` of every schema. Mixed up, nobody can tell whose order a row is.",
        check: "One name is written in two namespaces at once, with different rows, and so are two streams whose namespace \
                and name are the same text when they are joined by `_`. Each is read back.",
        remedy: "Make the namespace of the configured stream a part of where its rows go.",
    },
    Rule {
        id: "namespaces.default",
        level: Level::Must,
        title: "A stream without namespace stays apart",
        demand: "A destination MUST write a stream without a namespace to its default place, apart from streams of the \
                 same name that have one.",
        reason: "Some sources have no namespaces; a platform may leave them out as well.",
        check: "One name is written without and with a namespace at once, with different rows, and each is read back.",
        remedy: "Take the schema or folder of the configuration when a stream has no namespace.",
    },
];

async fn judge(bench: &Bench<'_>) -> Vec<Finding> {
    let streams = streams(bench);
    let outcomes = match told(bench, &streams).await {
        Ok(outcomes) => outcomes,
        Err(why) => return skip_all(RULES, &why),
    };
    let look = |rule: &Rule, wanted: &[usize]| {
        let broken = wanted.iter().find_map(|at| outcomes[*at].as_ref().err());
        if let Some(setback) = broken {
            return setback.finding(bench, rule, "streams of one name in several namespaces");
        }
        if let Some(Err(why)) = outcomes[wanted[0]].as_ref().ok().map(|told| &told.rows) {
            return rule.skipped(why.0.clone());
        }
        let wrong = wanted.iter().filter_map(|at| fault(&streams[*at], *at, &outcomes[*at])).collect();
        rule.judged(format!("{} streams have their own 2 rows each", streams.len()), wrong)
    };
    vec![look(&RULES[0], &[0, 1, 3, 4]), look(&RULES[1], &[2])]
}

/// One name in two namespaces and in none, and two pairs that are alike when they are joined.
fn streams(bench: &Bench<'_>) -> Vec<StreamDescriptor> {
    let space = |word: &str| Some(bench.stream_name(&format!("space_{word}")));
    let joined = space("joined");
    let whole = joined.as_ref().map(|joined| format!("{joined}_part"));
    let pairs = [
        (space("first"), "shared"),
        (space("second"), "shared"),
        (None, "shared"),
        (joined, "part_shared"),
        (whole, "shared"),
    ];
    let stream = |(namespace, word): (_, &str)| StreamDescriptor { namespace, name: bench.stream_name(word) };
    pairs.into_iter().map(stream).collect()
}

async fn told(bench: &Bench<'_>, streams: &[StreamDescriptor]) -> Result<Vec<Outcome>, Unavailable> {
    readable(bench).await?;
    let schema = json!({"type": "object", "properties": {"id": {"type": "integer"}, "words": {"type": "string"}}});
    let mut stories = Vec::with_capacity(streams.len());
    for (at, stream) in streams.iter().enumerate() {
        let target = bench.plain(stream.clone(), schema.clone()).await?;
        let rows = [1, 2].map(|id| json!({"id": id, "words": words(at, id)}));
        stories.push(Story::once(Visit::of(target, &rows)));
    }
    Ok(tell(bench, "one name in several namespaces", &stories).await)
}

fn words(at: usize, id: i64) -> String {
    format!("row {id} of namespace {at}")
}

fn fault(stream: &StreamDescriptor, at: usize, outcome: &Outcome) -> Option<Wrong> {
    let rows = outcome.as_ref().ok()?.rows.as_ref().ok()?;
    let mut read: Vec<String> =
        rows.iter().map(|row| compare::field(row, "words").map(Value::to_string).unwrap_or_default()).collect();
    read.sort_unstable();
    let expected = [1, 2].map(|id| json!(words(at, id)).to_string());
    let space = stream.namespace.as_ref();
    let place = space.map_or("without a namespace".to_owned(), |space| format!("in the namespace `{space}`"));
    (read != expected).then(|| {
        Wrong::new(
            format!("the stream {place} was sent [{}], and [{}] was read", expected.join(", "), read.join(", ")),
            "",
        )
    })
}
