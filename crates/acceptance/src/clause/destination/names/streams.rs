//! Streams with odd names.

use crate::bench::{Bench, Unavailable};
use crate::clause::destination::compare;
use crate::clause::destination::trial::{Outcome, Setback, Story, Visit, tell};
use crate::finding::Finding;
use crate::rule::{Rule, Wrong};
use longshore_protocol::StreamDescriptor;
use serde_json::{Value, json};

/// What the names begin with; the end makes them unique.
const ODD: [&str; 11] = [
    "with space",
    "quo\"te'",
    "do.t",
    "da-sh",
    "da_sh",
    "dol$lar-dash",
    "1digit",
    "😀",
    "spécial:character",
    "camelCase",
    "a_name_that_is_a_good_deal_longer_than_what_most_databases_take_for_one_which_is_sixty_three",
];

/// Streams with odd names are written.
pub(super) async fn odd_names(bench: &Bench<'_>, rule: &Rule) -> Finding {
    let mut streams: Vec<StreamDescriptor> =
        ODD.iter().map(|name| StreamDescriptor::named(format!("{name}_{}", bench.suffix))).collect();
    // Longer than 64 characters, of which the first 64 are the same.
    let long = |end| StreamDescriptor::named(format!("{}_{}_{end}", bench.suffix, "alike_".repeat(12)));
    streams.extend(["a", "b"].map(long));
    // In a namespace of its own, so that nobody's table of that name is touched.
    streams.push(StreamDescriptor { namespace: Some(bench.stream_name("space_names")), name: "order".to_owned() });
    let outcomes = match stories(bench, &streams).await {
        Ok(stories) => tell(bench, "streams with odd names", &stories).await,
        Err(why) => return rule.skipped(why.0),
    };
    let mut wrong = Vec::new();
    let mut seen = 0;
    for (at, (stream, outcome)) in streams.iter().zip(&outcomes).enumerate() {
        match outcome {
            Err(Setback::Broken(take)) if outcomes.iter().any(Result::is_ok) => {
                wrong
                    .push(Wrong::new(format!("stream `{stream}`: `write` {}", take.how_it_ended()), take.last_words()));
            }
            Err(setback) => return setback.finding(bench, rule, "streams with odd names"),
            Ok(_) => {
                seen += 1;
                wrong.extend(fault(stream, &values(outcome), &format!("row of stream {at}")));
            }
        }
    }
    if outcomes.iter().flatten().all(|told| told.rows.is_err()) && wrong.iter().all(|wrong| wrong.evidence.is_empty()) {
        return unseen(rule, &outcomes);
    }
    rule.judged(format!("{seen} streams with odd names were written and read back"), wrong)
}

/// Streams whose names differ only in case.
pub(super) async fn case(bench: &Bench<'_>, rule: &Rule) -> Finding {
    let names = [format!("Case_{}", bench.suffix), format!("case_{}", bench.suffix)];
    let streams = names.map(StreamDescriptor::named);
    let stories = match stories(bench, &streams).await {
        Ok(stories) => stories,
        Err(why) => return rule.skipped(why.0),
    };
    let outcomes = tell(bench, "streams that differ in case", &stories).await;
    // They were told again, each by itself, when the destination refused both at once.
    let refused = bench
        .takes()
        .into_iter()
        .rev()
        .find(|take| take.call == "write (streams that differ in case)" && !take.is_success());
    if let Some(take) = refused {
        return match super::is_refused(bench, &take) {
            true => rule.passed("such a catalog is refused with an error"),
            false => Setback::Broken(take).finding(bench, rule, "two streams whose names differ in case"),
        };
    }
    if outcomes.iter().flatten().all(|told| told.rows.is_err()) {
        return unseen(rule, &outcomes);
    }
    let faults = streams.iter().zip(&outcomes).enumerate();
    let wrong =
        faults.filter_map(|(at, (stream, outcome))| fault(stream, &values(outcome), &format!("row of stream {at}")));
    rule.judged("2 streams whose names differ in case have their own rows each", wrong.collect())
}

async fn stories(bench: &Bench<'_>, streams: &[StreamDescriptor]) -> Result<Vec<Story>, Unavailable> {
    let schema = json!({"type": "object", "properties": {"id": {"type": "integer"}, "words": {"type": "string"}}});
    let mut stories = Vec::with_capacity(streams.len());
    for (at, stream) in streams.iter().enumerate() {
        let target = bench.plain(stream.clone(), schema.clone()).await?;
        let record = json!({"id": 1, "words": format!("row of stream {at}")});
        stories.push(Story::once(Visit::of(target, &[record])));
    }
    Ok(stories)
}

fn unseen(rule: &Rule, outcomes: &[Outcome]) -> Finding {
    let why = outcomes.iter().flatten().find_map(|told| told.rows.as_ref().err());
    rule.skipped(why.map_or_else(|| "nothing can be read".to_owned(), |why| why.0.clone()))
}

/// The texts of the rows of a stream.
fn values(outcome: &Outcome) -> Vec<Value> {
    let rows = outcome.as_ref().ok().and_then(|told| told.rows.as_ref().ok());
    rows.into_iter().flatten().filter_map(|row| compare::field(row, "words").cloned()).collect()
}

fn fault(stream: &StreamDescriptor, values: &[Value], expected: &str) -> Option<Wrong> {
    let read = Value::Array(values.to_vec());
    (*values != [json!(expected)])
        .then(|| Wrong::new(format!("stream `{stream}` was sent one row, [\"{expected}\"], and {read} was read"), ""))
}
