//! A plain sync, and whether what it wrote can be looked at.

use super::session::{Script, Written, plain_data, plain_schema};
use crate::bench::{Bench, Call, Expects, Unavailable};
use crate::clause::{Binds, Clause, Judge};
use crate::finding::Finding;
use crate::reader::Row;
use crate::rule::{Level, Rule};
use longshore_runner::Verb;
use serde_json::json;
use std::rc::Rc;

pub(crate) static CLAUSE: Clause = Clause {
    title: "Writing",
    binds: Binds::Destinations,
    rules: &[SUCCEEDS, EMPTY_SYNC, READER, CHECK],
    judge: Judge::Runs(|bench| Box::pin(judge(bench))),
};

const SUCCEEDS: Rule = Rule {
    id: "write.succeeds",
    level: Level::Must,
    title: "a plain sync succeeds",
    demand: "`write` MUST take the records and states of every stream of its catalog from stdin, and end with exit \
             code 0 when every stream is complete and the input ends.",
    reason: "A destination that fails here moves no data at all, and nothing else of it can be judged.",
    check: "Three streams are written: records and states of two of them interleaved, one with a state and no \
            record, COMPLETE for all, end of input. The exit code is 0 and there is no TRACE ERROR.",
    remedy: "Run `write` with the shown configuration by hand and see what it complains of.",
};

const EMPTY_SYNC: Rule = Rule {
    id: "write.empty_sync",
    level: Level::Must,
    title: "a sync without records succeeds",
    demand: "`write` MUST end with exit code 0 when the streams of its catalog are complete and had no record.",
    reason: "Most syncs of most streams have nothing new, and each of them would fail.",
    check: "A stream is written of which there is a state and COMPLETE, and no record.",
    remedy: "Let every step that commits, renames or merges do without rows.",
};

const READER: Rule = Rule {
    id: "reader.works",
    level: Level::Must,
    title: "the reader reads rows",
    demand: "The reader that is given with the destination MUST print one JSON object per row, nothing for a stream \
             that was never written, and end with exit code 0.",
    reason: "Whatever is judged by rows would be judged by nothing.",
    check: "Rows are read of a stream that was just written, and of one that never was.",
    remedy: "Run the reader by hand: `COMMAND --config FILE --stream NAME [--namespace NAMESPACE]`.",
};

const CHECK: Rule = Rule {
    id: "check.changes_nothing",
    level: Level::Must,
    title: "check leaves what was written alone",
    demand: "`check` of a destination MUST leave the rows of every stream as they are.",
    reason: "Platforms check before every sync and whenever somebody opens a page; data that a check removes is not \
             sent again.",
    check: "The rows of a stream are read, `check` runs, and they are read again.",
    remedy: "Let `check` try with a table or file of its own, and remove only that.",
};

async fn judge(bench: &Bench<'_>) -> Vec<Finding> {
    let written = bench.written().await;
    vec![
        succeeds(&written),
        empty_sync(bench).await.unwrap_or_else(|why| EMPTY_SYNC.skipped(why.0)),
        reader(bench, &written).await,
        check(bench).await.unwrap_or_else(|why| CHECK.skipped(why.0)),
    ]
}

fn succeeds(written: &Result<Rc<Written>, Unavailable>) -> Finding {
    let Written { script, take } = match written {
        Ok(written) => written.as_ref(),
        Err(why) => return SUCCEEDS.skipped(why.0.clone()),
    };
    match take.traces("ERROR").next() {
        None if take.is_success() => {
            let (records, states) = (script.sent.iter().sum::<u64>(), script.states.len());
            SUCCEEDS.passed(format!("{records} records and {states} states of 3 streams: {}", take.how_it_ended()))
        }
        Some(_) if take.is_success() => {
            SUCCEEDS.failed("a plain sync printed a TRACE ERROR and ended with exit code 0").with(take.last_words())
        }
        _ => SUCCEEDS.failed(format!("a plain sync {}", take.how_it_ended())).with(take.last_words()),
    }
}

async fn empty_sync(bench: &Bench<'_>) -> Result<Finding, Unavailable> {
    let target = bench.plain(bench.stream("empty"), plain_schema()).await?;
    let take = bench.write("no records", Script::new(vec![target])).await?;
    Ok(match take.is_success() {
        true => EMPTY_SYNC.passed("a stream with a state and no record: ended with exit code 0"),
        false => EMPTY_SYNC.failed(format!("a sync without records {}", take.how_it_ended())).with(take.last_words()),
    })
}

async fn reader(bench: &Bench<'_>, written: &Result<Rc<Written>, Unavailable>) -> Finding {
    let Ok(written) = written else { return READER.skipped("nothing could be written that could be read") };
    if bench.plan.reader.is_none() {
        return READER.skipped("there is no reader: give one with `--reader COMMAND`");
    }
    let rows = match bench.rows(written.script.stream(0)).await {
        Ok(rows) => rows,
        Err(why) => return READER.failed(why.0),
    };
    match bench.rows(&bench.stream("never")).await {
        Err(why) => READER.failed(format!("a stream that was never written shall have no rows: {}", why.0)),
        Ok(never) if !never.is_empty() => {
            let row = json!(never[0]).to_string();
            READER.failed(format!("{} rows of a stream that was never written", never.len())).with(row)
        }
        Ok(_) => READER.passed(format!("{} rows of one stream, none of a stream that was never written", rows.len())),
    }
}

async fn check(bench: &Bench<'_>) -> Result<Finding, Unavailable> {
    let target = bench.plain(bench.stream("checked"), plain_schema()).await?;
    let mut script = Script::new(vec![target]);
    for id in 1..=20 {
        script.record_text(0, &plain_data(id, 20));
    }
    let stream = script.stream(0).clone();
    super::session::well(bench.write("before a check", script).await?)?;
    let before = sorted(bench.rows(&stream).await?);
    if before.is_empty() {
        return Err(Unavailable("the reader sees no row of what was written, so none can be missed".to_owned()));
    }
    bench.run(Call::new(Verb::Check, "check (after a sync)").expects(Expects::Either)).await?;
    let after = sorted(bench.rows(&stream).await?);
    Ok(match before == after {
        true => CHECK.passed(format!("{} rows before and after", before.len())),
        false => CHECK
            .failed(format!("{} rows before `check`, and {} other ones after it", before.len(), after.len()))
            .with(format!("before: {}", before.first().map_or("", String::as_str)))
            .with(format!("after: {}", after.first().map_or("", String::as_str))),
    })
}

fn sorted(rows: Vec<Row>) -> Vec<String> {
    let mut rows: Vec<String> = rows.into_iter().map(|row| json!(row).to_string()).collect();
    rows.sort();
    rows
}
