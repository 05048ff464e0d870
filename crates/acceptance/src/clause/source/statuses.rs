//! Stream statuses: STARTED, RUNNING, COMPLETE, in this order and for every stream.

mod order;

use super::reading::{Reading, Reads, many};
use crate::bench::{Bench, Unavailable};
use crate::clause::{Binds, Clause, Judge};
use crate::finding::Finding;
use crate::rule::{Level, Rule, Wrong, skip_all};

pub(crate) static CLAUSE: Clause = Clause {
    title: "Stream statuses",
    binds: Binds::Sources,
    rules: RULES,
    judge: Judge::Runs(|bench| Box::pin(judge(bench))),
};

const RULES: &[Rule] = &[SENT, ORDER, RUNNING, COMPLETE];

const SENT: Rule = Rule {
    id: "status.sent",
    level: Level::Should,
    title: "Stream statuses are sent",
    demand: "`read` SHOULD send TRACE messages of type STREAM_STATUS for its streams.",
    reason: "By them a platform knows which streams are complete when a read breaks off, and a destination whether it may replace old rows.",
    check: "The STREAM_STATUS traces of the shared reads are counted.",
    remedy: "Send STARTED before the first record of a stream, RUNNING with the first, and COMPLETE when it was read to its end.",
};

const ORDER: Rule = Rule {
    id: "status.order",
    level: Level::Must,
    title: "Statuses come in order",
    demand: "The statuses of a stream MUST be STARTED (once, before its first record), RUNNING (any number), then COMPLETE or INCOMPLETE (once); no record, STREAM state or status of it MUST come after that.",
    reason: "After COMPLETE a destination finishes the stream: what comes later is lost, or fails the sync.",
    check: "The statuses, records and states of each stream of the shared reads are compared by their place.",
    remedy: "Send COMPLETE as the very last message of the stream, behind its last state.",
};

const RUNNING: Rule = Rule {
    id: "status.running",
    level: Level::Should,
    title: "RUNNING is sent with the first record",
    demand: "A stream that sends statuses and yields records SHOULD send RUNNING.",
    reason: "Platforms show a stream without it as waiting while its records come.",
    check: "The statuses of the streams with records in the shared reads are looked through.",
    remedy: "Send RUNNING with the first record of the stream.",
};

const COMPLETE: Rule = Rule {
    id: "status.complete",
    level: Level::Must,
    title: "Every stream ends COMPLETE",
    demand: "A read that sends statuses and ends with exit code 0 MUST send COMPLETE for every stream of the catalog, one without records too, and no INCOMPLETE.",
    reason: "A stream that is not complete is not done: the platform reads it again, and a destination keeps the old rows.",
    check: "The last status of each stream in the shared reads that ended with exit code 0 is looked at.",
    remedy: "Send STARTED and COMPLETE for every selected stream; when one cannot be read, send INCOMPLETE and an ERROR trace, and end with another exit code.",
};

async fn judge(bench: &Bench<'_>) -> Vec<Finding> {
    let reads = Reads::of(bench).await;
    match reads.readings() {
        Ok(readings) if has_unknown(&readings) => {
            let why = Unavailable("a status is none of the known ones, see output.valid_messages".to_owned());
            [vec![sent(&readings)], skip_all(&RULES[1..], &why)].concat()
        }
        Ok(readings) => vec![sent(&readings), order::in_order(&readings), running(&readings), complete(&readings)],
        Err(why) => skip_all(RULES, &why),
    }
}

fn has_unknown(readings: &[Reading<'_>]) -> bool {
    let streams = readings.iter().flat_map(|reading| &reading.streams);
    streams.flat_map(|stream| &stream.statuses).any(|status| !order::is_known(status.status))
}

fn status_count(reading: &Reading<'_>) -> usize {
    reading.streams.iter().map(|stream| stream.statuses.len()).sum()
}

/// The reads in which statuses were sent at all.
fn with_statuses<'r, 'a>(readings: &'r [Reading<'a>]) -> impl Iterator<Item = &'r Reading<'a>> {
    readings.iter().filter(|reading| status_count(reading) > 0)
}

fn sent(readings: &[Reading<'_>]) -> Finding {
    let ended_well = readings.iter().filter(|reading| reading.take.is_success());
    let (mut count, mut wrong) = (0, Vec::new());
    for reading in ended_well {
        count += status_count(reading);
        if status_count(reading) == 0 {
            wrong.push(Wrong::new(format!("`{}` sent no STREAM_STATUS", reading.take.call), String::new()));
        }
    }
    match count == 0 && wrong.is_empty() {
        true => SENT.skipped("no read ended well"),
        false => SENT.judged(format!("{count} statuses"), wrong),
    }
}

fn running(readings: &[Reading<'_>]) -> Finding {
    let (mut count, mut wrong) = (0, Vec::new());
    for reading in with_statuses(readings) {
        let with_records = reading.streams.iter().filter(|stream| !stream.records.is_empty());
        for stream in with_records.filter(|stream| !stream.statuses.is_empty()) {
            count += 1;
            if !stream.statuses.iter().any(|status| status.status == "RUNNING") {
                let message = format!("stream `{}` has records and never was RUNNING", stream.descriptor);
                wrong.push(Wrong::new(message, reading.line(stream.statuses[0].at)));
            }
        }
    }
    match count {
        0 => RUNNING.skipped("no stream sent statuses and yielded records"),
        _ => RUNNING.judged(format!("{} that were read sent RUNNING", many(count, "stream")), wrong),
    }
}

fn complete(readings: &[Reading<'_>]) -> Finding {
    let (mut count, mut wrong) = (0, Vec::new());
    for reading in with_statuses(readings).filter(|reading| reading.take.is_success()) {
        for stream in &reading.streams {
            count += 1;
            let ends = stream.statuses.iter().rev().find(|it| matches!(it.status, "COMPLETE" | "INCOMPLETE"));
            let last = stream.statuses.last();
            let name = &stream.descriptor;
            let call = &reading.take.call;
            let message = match (ends.map(|end| end.status), last) {
                (Some("COMPLETE"), _) => continue,
                (Some(_), _) => format!("stream `{name}` ends INCOMPLETE, but `{call}` ended with exit code 0"),
                (None, Some(last)) => {
                    format!("stream `{name}` is never COMPLETE in `{call}`: its last status is {}", last.status)
                }
                (None, None) => format!("stream `{name}` has no status at all in `{call}`"),
            };
            wrong.push(Wrong::new(message, ends.or(last).map(|it| reading.line(it.at)).unwrap_or_default()));
        }
    }
    match count {
        0 => COMPLETE.skipped("no read sent statuses and ended well"),
        _ => COMPLETE.judged(format!("{} that were read end COMPLETE", many(count, "stream")), wrong),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clause::source::reading::script::{breaks, holds, is_skipped, row, status};
    use serde_json::Value;

    fn stream(name: &str) -> Vec<Value> {
        vec![status(name, "STARTED"), status(name, "RUNNING"), row(name, 1, 1), status(name, "COMPLETE")]
    }

    fn sound() -> Vec<Value> {
        [stream("users"), stream("events"), vec![status("countries", "STARTED"), status("countries", "COMPLETE")]]
            .concat()
    }

    #[test]
    fn statuses_are_sent() {
        holds(&sound(), sent);
        breaks(&[row("users", 1, 1)], "sent no STREAM_STATUS", sent);
    }

    #[test]
    fn a_stream_with_records_is_running() {
        holds(&sound(), running);
        is_skipped(&[row("users", 1, 1)], running);
        breaks(&[status("users", "STARTED"), row("users", 1, 1)], "never was RUNNING", running);
    }

    #[test]
    fn every_stream_ends_complete_if_statuses_are_sent() {
        holds(&sound(), complete);
        is_skipped(&[row("users", 1, 1)], complete);
        breaks(&sound()[..8], "stream `countries` has no status at all", complete);
        breaks(&sound()[..9], "never COMPLETE in `read`: its last status is STARTED", complete);
        let mut broken = sound();
        broken[3] = status("users", "INCOMPLETE");
        breaks(&broken, "ends INCOMPLETE, but `read` ended with exit code 0", complete);
    }
}
