//! Failures: what cannot be read is said, and does not take the rest with it.

mod rules;

use super::checkpoints::Sameness;
use super::reading::{Read, Reading, full_refresh};
use crate::bench::{Bench, Call, Expects, Unavailable};
use crate::clause::check::refused_case;
use crate::clause::{Binds, Clause, Judge};
use crate::finding::Finding;
use crate::plan::CheckResult;
use crate::rule::{Wrong, skip_all};
use crate::take::{Ending, Take};
use futures_util::future::{join, join_all};
use longshore_protocol::{ConfiguredCatalog, ConfiguredStream};
use longshore_runner::Verb;
use rules::{INCOMPLETE, INVALID_CONFIG, NO_COMPLETE, OTHERS, RULES, UNKNOWN};
use std::rc::Rc;

pub(crate) static CLAUSE: Clause = Clause {
    title: "Failures of streams",
    binds: Binds::Sources,
    rules: RULES,
    judge: Judge::Runs(|bench| Box::pin(judge(bench))),
};

/// A stream that no source has.
const NO_SUCH_STREAM: &str = "longshore_no_such_stream";

async fn judge(bench: &Bench<'_>) -> Vec<Finding> {
    let (mut findings, invalid_config) = join(unknown_stream(bench), invalid_config(bench)).await;
    findings.push(invalid_config);
    findings
}

async fn unknown_stream(bench: &Bench<'_>) -> Vec<Finding> {
    let rules = &RULES[..RULES.len() - 1];
    match with_unknown_stream(bench).await {
        Ok((read, take)) => judge_unknown(&read, &take, &Sameness::of(bench).await),
        Err(why) => skip_all(rules, &why),
    }
}

/// A read of a few streams and, between them, one that does not exist.
async fn with_unknown_stream(bench: &Bench<'_>) -> Result<(Read, Rc<Take>), Unavailable> {
    let read = full_refresh(bench, 0).await?;
    if !read.take.is_success() {
        return Err(Unavailable(format!("`{}` {}", read.take.call, read.take.how_it_ended())));
    }
    let catalog = with_stranger(&read);
    let _place = bench.place().await;
    let call = Call::new(Verb::Read, "read (a stream that does not exist)").catalog(catalog);
    let take = bench.start(call).await?.end().await;
    let failed = take.ending == Ending::Itself && !take.is_success();
    let take = bench.keep(take, if failed { Expects::Failure } else { Expects::Either });
    Ok((read, take))
}

fn with_stranger(read: &Read) -> ConfiguredCatalog {
    let mut catalog = read.catalog.clone();
    let Some(mut stranger) = catalog.streams.first().cloned() else { return catalog };
    stranger.stream.name = NO_SUCH_STREAM.to_owned();
    // The streams with the fewest records on both sides of it.
    let reading = read.reading();
    let records = |stream: &ConfiguredStream| reading.stream(&stream.descriptor()).map_or(0, |it| it.records.len());
    catalog.streams.sort_by_cached_key(|stream| (records(stream) == 0, records(stream)));
    catalog.streams.truncate(2);
    catalog.streams.insert(1, stranger);
    catalog
}

fn judge_unknown(read: &Read, take: &Rc<Take>, sameness: &Sameness<'_>) -> Vec<Finding> {
    let catalog = with_stranger(read);
    let reading = Reading::of(take, &catalog);
    let statuses: Vec<&str> = reading
        .streams
        .iter()
        .filter(|it| it.descriptor.name == NO_SUCH_STREAM)
        .flat_map(|it| it.statuses.iter().map(|s| s.status))
        .collect();
    let is_incomplete = statuses.contains(&"INCOMPLETE");
    let how = format!("`{}` {}", take.call, take.how_it_ended());
    let unknown = match (take.ending, take.is_success(), is_incomplete) {
        (Ending::Itself, true, false) => {
            UNKNOWN.failed(format!("{how}, and did not say that the stream is INCOMPLETE")).with(tail(take))
        }
        (Ending::Itself, true, true) => UNKNOWN.passed(format!("{how}, and said that the stream is INCOMPLETE")),
        (Ending::Itself, false, _) => UNKNOWN.passed(how.clone()),
        _ => UNKNOWN.failed(how.clone()).with(take.last_words()),
    };
    let complete = statuses.contains(&"COMPLETE");
    let no_complete = match (complete, take.traces("STREAM_STATUS").next().is_some()) {
        (true, _) => NO_COMPLETE
            .failed("it said that a stream which does not exist is COMPLETE")
            .with(status_line(take, "COMPLETE")),
        (false, true) => NO_COMPLETE.passed("it did not say that the stream is COMPLETE"),
        (false, false) => NO_COMPLETE.skipped("it said nothing of the status of streams"),
    };
    let is_known = |status: &&str| matches!(*status, "STARTED" | "RUNNING" | "COMPLETE" | "INCOMPLETE");
    let has_unknown = !statuses.iter().all(is_known);
    let incomplete =
        match (is_incomplete, complete || has_unknown || read.take.traces("STREAM_STATUS").next().is_none()) {
            (true, _) => INCOMPLETE.passed("it said that the stream is INCOMPLETE"),
            (false, true) => INCOMPLETE.skipped("it does not tell the status of streams, or another rule is broken"),
            (false, false) => {
                INCOMPLETE.failed(format!("{how}, and did not say that the stream is INCOMPLETE")).with(tail(take))
            }
        };
    vec![unknown, no_complete, incomplete, others(read, &reading, sameness)]
}

fn others(read: &Read, reading: &Reading<'_>, sameness: &Sameness<'_>) -> Finding {
    let first = read.reading();
    let (mut records, mut wrong) = (0, Vec::new());
    for other in reading.streams.iter().filter(|stream| stream.descriptor.name != NO_SUCH_STREAM) {
        let Some(one) = first.stream(&other.descriptor) else { continue };
        records += one.records.len();
        let missing = sameness.missing(one, one.records.iter(), &other.records);
        if let Some(record) = missing.first() {
            let message = format!(
                "{} of {} records of stream `{}` did not come in `{}`",
                missing.len(),
                one.records.len(),
                one.descriptor,
                reading.take.call
            );
            wrong.push(Wrong::new(message, first.line(record.at)));
        }
    }
    match records {
        0 => OTHERS.skipped("there are no records of other streams"),
        _ => OTHERS.judged(format!("all {records} records of the other streams came"), wrong),
    }
}

fn tail(take: &Take) -> String {
    let lines = take.heard.iter().rev().take(3).map(|heard| heard.text());
    let lines: Vec<String> = lines.collect();
    format!("{}\nits last lines:\n{}", take.last_words(), lines.into_iter().rev().collect::<Vec<_>>().join("\n"))
}

fn status_line(take: &Take, status: &str) -> String {
    let is_it = |heard: &&crate::take::Heard| heard.text().contains(NO_SUCH_STREAM) && heard.text().contains(status);
    take.heard.iter().rfind(is_it).map(|heard| heard.text()).unwrap_or_default()
}

/// With each configuration that is declared to be wrong.
async fn invalid_config(bench: &Bench<'_>) -> Finding {
    let cases = bench.plan.checks.iter().filter(|case| case.expects == CheckResult::Fails && !case.is_derived);
    let mut cases: Vec<_> = cases.take(2).collect();
    cases.extend(refused_case(bench).await);
    if cases.is_empty() {
        return INVALID_CONFIG
            .skipped("no configuration is declared to be wrong, and `check` refuses none that was made up");
    }
    let catalog = match bench.full_refresh_catalog().await {
        Ok(catalog) => catalog,
        Err(why) => return INVALID_CONFIG.skipped(why.0),
    };
    let call = |config, origin: &str| {
        let call = Call::new(Verb::Read, format!("read (with the configuration {origin})"));
        bench.run(call.config(config).catalog(catalog.clone()).expects(Expects::Either))
    };
    let takes = join_all(cases.iter().map(|case| call(case.config.as_str(), &case.origin))).await;
    let takes: Vec<Rc<Take>> = takes.into_iter().flatten().collect();
    let wrong = takes.iter().filter(|take| take.is_success());
    let wrong = wrong.map(|take| Wrong::new(format!("`{}` {}", take.call, take.how_it_ended()), tail(take)));
    match takes.len() {
        0 => INVALID_CONFIG.skipped("it could not be run"),
        count => INVALID_CONFIG.judged(format!("{count} reads failed"), wrong.collect()),
    }
}
