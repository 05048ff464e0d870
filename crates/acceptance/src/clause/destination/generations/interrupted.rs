//! A truncating refresh that is interrupted, and goes on later.

use super::rows;
use crate::bench::{Bench, Expects, Unavailable};
use crate::clause::destination::compare;
use crate::clause::destination::session::{Target, well};
use crate::clause::destination::trial::{Visit, script};
use crate::finding::Finding;
use crate::reader::Row;
use crate::rule::{Level, Rule, Wrong};
use crate::take::Take;
use longshore_protocol::{DestinationSyncMode, StreamDescriptor};
use serde_json::{Value, json};
use std::rc::Rc;

pub(super) const TRUNCATE: Rule = Rule {
    id: "generations.interrupted_truncate",
    level: Level::Must,
    title: "An interrupted refresh leaves the old rows",
    demand: "When a truncating refresh ends without the stream's COMPLETE, a destination MUST leave the rows of older \
             generations visible.",
    reason: "A refresh takes hours and may fail. Whoever looks meanwhile must not find an empty table.",
    check: "A stream with rows is refreshed with the minimum generation 2, and the input ends without its COMPLETE; the \
            old rows must be there.",
    remedy: "Write to a staged table, and replace the old rows when the stream's COMPLETE has come, not before.",
};

pub(super) const RESUMED: Rule = Rule {
    id: "generations.resumed_truncate",
    level: Level::Must,
    title: "An interrupted refresh goes on",
    demand: "A sync in the generation of an interrupted refresh MUST go on with it: once the stream is complete, the \
             rows of both syncs are there, as far as their states came back, and those of older generations are gone. A \
             stream that was complete before, and of which nothing more comes, keeps its rows.",
    reason: "A platform tries again in the same generation, and the source goes on from the last state that came back. \
             Rows before it are not sent again.",
    check: "An interrupted refresh, once with and once without older rows, is followed by a sync of the same generation \
            with the rows that are left, which completes. A third stream is complete before the interruption, and has no \
            records in the sync that follows.",
    remedy: "Keep the staged rows of an interrupted run, with their generation, and add to them when the next run has \
             the same `generation_id`.",
};

/// The rows of the part that was interrupted, and of the one that follows.
const BEGUN: [i64; 2] = [4, 5];
const REST: [i64; 2] = [6, 7];

/// What was seen.
struct Seen {
    /// The stream with older rows, after the interruption.
    interrupted: Vec<Row>,
    resumed: Result<Resumed, Rc<Take>>,
}

struct Resumed {
    /// The stream with older rows, and the one without.
    rows: [Vec<Row>; 2],
    /// The stream that was complete before the interruption; none when its state did not come back.
    complete: Option<Vec<Row>>,
    /// Whether the state came back that covers what was sent before the interruption.
    is_echoed: bool,
}

pub(super) async fn judge(bench: &Bench<'_>, schema: Value, has_generations: bool) -> Vec<Finding> {
    let rules = [&TRUNCATE, &RESUMED];
    let modes = match bench.modes().await {
        Ok(modes) => modes,
        Err(why) => return rules.map(|rule| rule.skipped(why.0.clone())).to_vec(),
    };
    if !modes.contains(&DestinationSyncMode::Overwrite) {
        let why = "the spec does not name `overwrite` in `supported_destination_sync_modes`";
        return rules.map(|rule| rule.skipped(why)).to_vec();
    }
    if !has_generations {
        return rules.map(|rule| rule.skipped("no row has a generation: `rows.generation_id` is about that")).to_vec();
    }
    match see(bench, schema).await {
        Ok(seen) => vec![interrupted(&seen), resumed(&seen)],
        Err(why) => rules.map(|rule| rule.skipped(why.0.clone())).to_vec(),
    }
}

async fn see(bench: &Bench<'_>, schema: Value) -> Result<Seen, Unavailable> {
    let streams = [bench.stream("refreshed"), bench.stream("begun"), bench.stream("done")];
    let target = |at: usize, generation| Target::overwrite(streams[at].clone(), schema.clone(), generation);
    let first = Visit::of(target(0, 1), &rows(&[1, 2, 3]));
    well(bench.write_lines("refresh, before", &script(&[&first]).finished(), Expects::Either).await?)?;

    let begun = [0, 1, 2].map(|at| Visit::of(target(at, 2), &rows(&BEGUN)));
    let mut lines = script(&begun.each_ref());
    for at in 0..streams.len() {
        lines.state(at, &json!({"at": BEGUN[1]}));
    }
    lines.complete(2);
    let take = bench.write_lines("refresh, interrupted", &lines, Expects::Either).await?;
    let interrupted = bench.rows(&streams[0]).await?;

    let is_complete_echoed = is_echoed(&take, &streams[2]);
    let is_echoed = streams[..2].iter().all(|stream| is_echoed(&take, stream));
    // Whoever sent it back has the rows; else the source begins again.
    let rest = if is_echoed { REST.to_vec() } else { [BEGUN, REST].concat() };
    let rest = [0, 1, 2].map(|at| Visit::of(target(at, 2), &rows(if at < 2 { &rest } else { &[] })));
    let take = bench.write_lines("refresh, resumed", &script(&rest.each_ref()).finished(), Expects::Either).await?;
    let resumed = match take.is_success() {
        false => Err(take),
        true => {
            let complete = if is_complete_echoed { Some(bench.rows(&streams[2]).await?) } else { None };
            let rows = [bench.rows(&streams[0]).await?, bench.rows(&streams[1]).await?];
            Ok(Resumed { rows, complete, is_echoed })
        }
    };
    Ok(Seen { interrupted, resumed })
}

fn is_echoed(take: &Take, stream: &StreamDescriptor) -> bool {
    take.messages("STATE")
        .any(|message| message["state"]["stream"]["stream_descriptor"]["name"] == stream.name.as_str())
}

fn ids(rows: &[Row]) -> Vec<i64> {
    let mut ids: Vec<i64> = rows.iter().filter_map(compare::id).collect();
    ids.sort_unstable();
    ids
}

fn interrupted(seen: &Seen) -> Finding {
    let read = ids(&seen.interrupted);
    match [1, 2, 3].iter().all(|id| read.contains(id)) {
        true => TRUNCATE.passed("3 old rows were there after the interruption"),
        false => TRUNCATE.failed(format!(
            "the old rows [1, 2, 3] should be there while the refresh is not complete, and {read:?} are"
        )),
    }
}

fn resumed(seen: &Seen) -> Finding {
    let resumed = match &seen.resumed {
        Ok(resumed) => resumed,
        Err(take) => {
            let message = format!("`write` {} when an interrupted refresh went on", take.how_it_ended());
            return RESUMED.failed(message).with(take.last_words());
        }
    };
    let expected = [BEGUN, REST].concat();
    let wrong = ["with", "without"].iter().zip(&resumed.rows).filter_map(|(older, rows)| {
        let mut read = ids(rows);
        if !resumed.is_echoed {
            // It may have kept what it did not acknowledge.
            read.dedup();
        }
        let message =
            format!("the stream {older} older rows should have the rows {expected:?} now, and {read:?} are there");
        (read != expected).then(|| Wrong::new(message, ""))
    });
    let lost = resumed.complete.as_ref().map(|rows| ids(rows)).filter(|read| *read != BEGUN);
    let lost = lost.map(|read| {
        let message =
            format!("the stream that was complete before should keep the rows {BEGUN:?}, and {read:?} are there");
        Wrong::new(message, "")
    });
    RESUMED.judged("2 refreshes went on, and their 4 rows each are there", wrong.chain(lost).collect())
}
