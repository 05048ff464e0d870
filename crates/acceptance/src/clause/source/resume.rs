//! Resuming from a checkpoint: what came after it comes again, and nothing from before the one before.

mod full_refresh;
mod rules;
mod runs;
mod states;

use super::checkpoints::{Sameness, Start};
use super::reading::{Read, Reading, StreamReading, incremental};
use super::states::form;
use crate::bench::{Bench, Unavailable};
use crate::clause::{Binds, Clause, Judge};
use crate::finding::{Finding, Status};
use crate::rule::{Wrong, skip_all};
use futures_util::future::join;
use longshore_protocol::StreamDescriptor;
use rules::{
    FINAL_STATE, FULL_REFRESH, NOTHING_LOST, NOTHING_REPEATED, RULES, STALE_STREAM, STATE_AGAIN, STATE_KEPT, SUCCEEDS,
};
use runs::Resumed;

pub(crate) static CLAUSE: Clause = Clause {
    title: "Resuming from a checkpoint",
    binds: Binds::Sources,
    rules: RULES,
    judge: Judge::Runs(|bench| Box::pin(judge(bench))),
};

async fn judge(bench: &Bench<'_>) -> Vec<Finding> {
    let (mut findings, full_refresh) = join(incremental_reads(bench), full_refresh::judge(bench)).await;
    findings.push(full_refresh);
    findings
}

async fn incremental_reads(bench: &Bench<'_>) -> Vec<Finding> {
    let without_last = &RULES[..RULES.len() - 1];
    let read = match first_read(bench).await {
        Ok(read) => read,
        Err(why) => return skip_all(without_last, &why),
    };
    if form::valid(&[read.reading()]).status == Status::Failed {
        return skip_all(without_last, &Unavailable("its states are not valid, see state.valid".to_owned()));
    }
    let sameness = Sameness::of(bench).await;
    match runs::all(bench, &read, &sameness).await {
        Ok(resumed) => findings(&read.reading(), &resumed, &sameness),
        Err(why) => skip_all(without_last, &why),
    }
}

/// The read whose checkpoints are tried.
async fn first_read(bench: &Bench<'_>) -> Result<Read, Unavailable> {
    let read = incremental(bench).await?;
    match read.take.is_success() {
        true => Ok(read),
        false => Err(Unavailable(format!("`{}` {}", read.take.call, read.take.how_it_ended()))),
    }
}

fn findings(first: &Reading<'_>, resumed: &Resumed<'_>, sameness: &Sameness<'_>) -> Vec<Finding> {
    let seen = resumed.seen();
    let succeeded = SUCCEEDS.judged(seen.clone(), resumed.failures());
    if resumed.good().next().is_none() {
        let why = "no read from a checkpoint succeeded";
        let others = [NOTHING_LOST, NOTHING_REPEATED, FINAL_STATE, STATE_KEPT, STATE_AGAIN];
        let skipped = others.iter().map(|rule| rule.skipped(why));
        return [succeeded].into_iter().chain(skipped).chain([stale_stream(resumed)]).collect();
    }
    vec![
        succeeded,
        NOTHING_LOST.judged(seen.clone(), over_starts(first, resumed, |pair| lost(pair, sameness))),
        nothing_repeated(first, resumed, sameness, seen),
        final_state(first, resumed, sameness),
        states::kept(first, resumed),
        states::again(first, resumed),
        stale_stream(resumed),
    ]
}

/// A stream of the first read, where it went on, and what came then.
struct Pair<'p, 'a> {
    first: &'p Reading<'a>,
    one: &'p StreamReading<'a>,
    start: &'p Start,
    second: &'p Reading<'p>,
    other: &'p StreamReading<'p>,
}

/// What a judgement says of each stream of each read that went on.
fn over_starts<'a>(
    first: &Reading<'a>,
    resumed: &Resumed<'_>,
    judge: impl Fn(&Pair<'_, 'a>) -> Option<Wrong>,
) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    let mut judged: Vec<(StreamDescriptor, usize)> = Vec::new();
    for (resume, second) in resumed.good() {
        for start in &resume.starts {
            let streams = first.stream(&start.descriptor).zip(second.stream(&start.descriptor));
            let Some((one, other)) = streams else { continue };
            let found = judge(&Pair { first, one, start, second: &second, other });
            let place = (start.descriptor.clone(), start.number);
            // A stream with few checkpoints goes on from the same one in several reads.
            if let Some(found) = found.filter(|_| !judged.contains(&place)) {
                judged.push(place);
                wrong.push(found);
            }
        }
    }
    wrong
}

fn lost(pair: &Pair<'_, '_>, sameness: &Sameness<'_>) -> Option<Wrong> {
    let behind: Vec<_> = pair.one.records.iter().filter(|record| record.at > pair.start.at()).collect();
    let missing = sameness.missing(pair.one, behind.iter().copied(), &pair.other.records);
    let first_missing = missing.first()?;
    let message = format!(
        "{} records came behind {}, and {} of them do not come when a read goes on from it, which yields {} records",
        behind.len(),
        pair.start.name(),
        missing.len(),
        pair.other.records.len()
    );
    let shown = [pair.first.line(pair.start.at()), pair.first.line(first_missing.at)];
    Some(Wrong::new(message, format!("the state, and the first record that is lost:\n{}\n{}", shown[0], shown[1])))
}

fn nothing_repeated(first: &Reading<'_>, resumed: &Resumed<'_>, sameness: &Sameness<'_>, seen: String) -> Finding {
    if sameness.looks_back {
        return NOTHING_REPEATED.skipped("the connector can be configured to read again what is older than its state");
    }
    // What a read from the last state repeats is for another rule.
    let is_between = |start: &Start| start.previous().is_some() && !start.is_last();
    if !resumed.good().any(|(resume, _)| resume.starts.iter().any(is_between)) {
        return NOTHING_REPEATED.skipped("no stream has more than two different states in one read");
    }
    let wrong = over_starts(first, resumed, |pair| match is_between(pair.start) {
        true => repeated(pair, pair.start.previous()?, sameness),
        false => None,
    });
    NOTHING_REPEATED.judged(seen, wrong)
}

fn final_state(first: &Reading<'_>, resumed: &Resumed<'_>, sameness: &Sameness<'_>) -> Finding {
    if sameness.looks_back {
        return FINAL_STATE.skipped("the connector can be configured to read again what is older than its state");
    }
    let Some((resume, second)) = resumed.good().find(|(resume, _)| resume.is_final) else {
        return FINAL_STATE.skipped("the read from the last states did not succeed");
    };
    let streams = resume.starts.len();
    let seen = format!("{} records of {streams} streams came from the last states", second.record_count());
    let wrong = over_starts(first, resumed, |pair| {
        if pair.start.is_last() { repeated(pair, pair.start.at(), sameness) } else { None }
    });
    FINAL_STATE.judged(seen, wrong)
}

fn repeated(pair: &Pair<'_, '_>, before: usize, sameness: &Sameness<'_>) -> Option<Wrong> {
    let again = sameness.repeated(pair.one, before, pair.start, pair.other);
    let first_again = again.first()?;
    let message = format!(
        "a read that goes on from {} repeats {} records that had come before {}",
        pair.start.name(),
        again.len(),
        if before == pair.start.at() { "it" } else { "the checkpoint before it" }
    );
    let shown = [pair.first.line(pair.start.at()), pair.second.line(first_again.at)];
    Some(Wrong::new(message, format!("the state, and the first record that is repeated:\n{}\n{}", shown[0], shown[1])))
}

fn stale_stream(resumed: &Resumed<'_>) -> Finding {
    match &resumed.stale {
        Ok(seen) => STALE_STREAM.passed(seen.clone()),
        Err(wrong) => STALE_STREAM.judged(String::new(), wrong.clone()),
    }
}
