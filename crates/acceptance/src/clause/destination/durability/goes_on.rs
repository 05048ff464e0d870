//! What comes after a kill: the next sync of the same streams.

use super::round::{self, Feed, States};
use super::{GOES_ON, Left, NO_DUPLICATES};
use crate::bench::{Bench, Unavailable};
use crate::clause::destination::session::{Script, Target, echoes, ids, plain_data, plain_schema};
use crate::finding::Finding;
use crate::rule::Wrong;
use std::collections::BTreeMap;

/// How many records come behind those of the first run.
const MORE: u64 = 50;

pub(super) async fn judge(bench: &Bench<'_>, first: &Result<Left, Unavailable>) -> Result<Finding, Unavailable> {
    let killed = &first.as_ref().map_err(Clone::clone)?.round;
    let covered = killed.script.covered_by(&echoes(&killed.take, &killed.script))[0];
    let last = killed.script.sent[0] + MORE;
    let target = Target::append(killed.script.stream(0).clone(), plain_schema()).sync(2);
    let (script, outcome) = resume(bench, target, covered + 1, last).await?;
    let stream = script.stream(0);
    if let Some(finding) = outcome {
        return Ok(finding);
    }
    if bench.plan.reader.is_none() {
        return Ok(GOES_ON.passed(format!("a sync of {stream} after a kill ended well; nobody could read its rows")));
    }
    // What was acknowledged before the kill is another rule's matter.
    let there = ids(&bench.rows(stream).await?);
    let missing = (covered + 1..=last).filter(|id| !there.contains_key(id)).count();
    let wrong = (missing > 0).then(|| {
        let message = format!("{missing} of {} records that were sent after the kill are not there", last - covered);
        Wrong::new(message, "")
    });
    let seen = format!("{} records sent after a kill are there", last - covered);
    Ok(GOES_ON.judged(seen, wrong.into_iter().collect()))
}

pub(super) async fn deduplicated(bench: &Bench<'_>, waits: bool) -> Result<Finding, Unavailable> {
    let target = Target::dedup(bench.stream("killed_5"), plain_schema(), &["id"], "id");
    let feed = Feed { records: 100, letters: 80, states: States::OfStreams, waits };
    let killed = round::run(bench, "append_dedup, killed at an echo", vec![target.clone()], feed).await?;
    let last = killed.script.sent[0] + MORE;
    let (script, outcome) = resume(bench, target.sync(2), 1, last).await?;
    if outcome.is_some() {
        return Err(Unavailable("the sync after the kill went wrong".to_owned()));
    }
    let there: BTreeMap<u64, usize> = ids(&bench.rows(script.stream(0)).await?);
    let more: Vec<_> = there.iter().filter(|(_, count)| **count > 1).collect();
    let wrong = more.first().map(|(id, count)| {
        let message = format!("{} keys are there more than once after a kill: {id} is there {count} times", more.len());
        Wrong::new(message, "")
    });
    Ok(NO_DUPLICATES.judged(format!("{} rows of {last} keys after a kill", there.len()), wrong.into_iter().collect()))
}

/// A sync of the records from one to another, and what is wrong with how it went.
async fn resume(
    bench: &Bench<'_>,
    target: Target,
    from: u64,
    to: u64,
) -> Result<(Script, Option<Finding>), Unavailable> {
    let mut script = Script::new(vec![target]);
    for id in from..=to {
        script.record_text(0, &plain_data(id, 80));
    }
    let take = bench.write("resumed after a kill", script.clone()).await?;
    let went_wrong = || {
        let message = format!("a sync of a stream whose last sync was killed {}", take.how_it_ended());
        GOES_ON.failed(message).with(take.last_words())
    };
    Ok((script, (!take.is_success()).then(went_wrong)))
}
