//! Streams that are not complete: nothing is thrown away for them, and nobody is told that all is well.

use super::session::{Script, Target, Written, echoes, ids, plain_data, plain_schema, well};
use crate::bench::{Bench, Unavailable};
use crate::clause::{Binds, Clause, Judge};
use crate::finding::Finding;
use crate::rule::{Level, Rule, skip_all};
use crate::take::Take;
use longshore_protocol::{DestinationSyncMode, StreamStatus};
use serde_json::json;
use std::rc::Rc;

pub(crate) static CLAUSE: Clause = Clause {
    title: "Incomplete streams",
    binds: Binds::Destinations,
    rules: RULES,
    judge: Judge::Runs(|bench| Box::pin(judge(bench))),
};

const RULES: &[Rule] = &[FAILS, KEEPS, NEVER_SWAPS];

const FAILS: Rule = Rule {
    id: "completion.incomplete_fails",
    level: Level::Must,
    title: "end of input without COMPLETE fails",
    demand: "`write` MUST end with an exit code other than 0 when the input ends and a stream of the catalog, which \
             has a `generation_id`, had no STREAM_STATUS COMPLETE.",
    reason: "The end of the input also comes when the source broke or the platform died; a success would hide that.",
    check: "The input ends without any COMPLETE, though with STARTED and RUNNING, and once more with the COMPLETE of one of \
            two streams and the INCOMPLETE of the other.",
    remedy: "At the end of the input, look whether each stream of the catalog is complete; if not, store what is \
             acknowledged, say which streams are not complete, and exit with 1.",
};

const KEEPS: Rule = Rule {
    id: "completion.keeps_acknowledged",
    level: Level::Must,
    title: "an incomplete sync keeps echoed records",
    demand: "Records that an echoed state covers MUST stay when their stream is not complete.",
    reason: "The source goes on behind them and never sends them again.",
    check: "Records are appended, and the input ends without COMPLETE; every record that an echoed state covers is \
            there.",
    remedy: "Store before the echo, and undo nothing of it when a sync fails.",
};

const NEVER_SWAPS: Rule = Rule {
    id: "completion.incomplete_never_swaps",
    level: Level::Must,
    title: "an incomplete overwrite keeps the old rows",
    demand: "A destination MUST keep the rows of older generations until the stream whose generation replaces them \
             is COMPLETE.",
    reason: "An overwrite that breaks off would leave a part of the new rows in place of all old ones.",
    check: "Two streams are overwritten in a new generation, and only one of them is COMPLETE when the input ends, the \
            other INCOMPLETE; all old rows of that one are there.",
    remedy: "Write the new generation elsewhere, and put it in place when COMPLETE of that very stream comes.",
};

async fn judge(bench: &Bench<'_>) -> Vec<Finding> {
    if let Err(why) = bench.writes().await {
        return skip_all(RULES, &why);
    }
    let old = bench.without_refreshes().await;
    let appended = bench.incomplete().await;
    let swapped = match bench.modes().await {
        _ if old.is_some() => Err(old.clone().unwrap_or_else(|| Unavailable(String::new()))),
        Ok(modes) if !modes.contains(&DestinationSyncMode::Overwrite) => {
            Err(Unavailable("the destination does not know the mode overwrite".to_owned()))
        }
        Ok(_) => overwritten(bench).await,
        Err(why) => Err(why),
    };
    let keeps = match &appended {
        Ok(written) => keeps(bench, &written.script, &written.take).await.unwrap_or_else(|why| KEEPS.skipped(why.0)),
        Err(why) => KEEPS.skipped(why.0.clone()),
    };
    let never_swaps = match &swapped {
        Ok((script, _)) => never_swaps(bench, script).await.unwrap_or_else(|why| NEVER_SWAPS.skipped(why.0)),
        Err(why) => NEVER_SWAPS.skipped(why.0.clone()),
    };
    let appended = appended.into_iter().map(|written| Rc::clone(&written.take));
    let takes: Vec<Rc<Take>> = appended.chain(swapped.into_iter().map(|(_, take)| take)).collect();
    let fails = old.map_or_else(|| fails(&takes), |why| FAILS.skipped(why.0));
    vec![fails, keeps, never_swaps]
}

fn fails(takes: &[Rc<Take>]) -> Finding {
    let Some(first) = takes.first() else { return FAILS.skipped("no incomplete sync could be run") };
    match takes.iter().find(|take| take.is_success()) {
        Some(take) => FAILS
            .failed(format!("`{}`: the input ended without COMPLETE, and the exit code is 0", take.call))
            .with(take.last_words()),
        None => FAILS.passed(format!("{} incomplete syncs; the first {}", takes.len(), first.how_it_ended())),
    }
}

pub(super) async fn appended(bench: &Bench<'_>) -> Result<Rc<Written>, Unavailable> {
    let target = bench.plain(bench.stream("incomplete"), plain_schema()).await?;
    let mut script = Script::new(vec![target]);
    script.status(0, StreamStatus::Started).status(0, StreamStatus::Running);
    for _ in 0..3 {
        add(&mut script, 0, 30);
    }
    let take = bench.write_incomplete("append, without COMPLETE", &script).await?;
    Ok(Rc::new(Written { script, take }))
}

async fn overwritten(bench: &Bench<'_>) -> Result<(Script, Rc<Take>), Unavailable> {
    let streams = [bench.stream("swapped_a"), bench.stream("swapped_b")];
    let targets = |generation| streams.iter().map(move |it| Target::overwrite(it.clone(), plain_schema(), generation));
    let mut old = Script::new(targets(1).collect());
    (0..2).for_each(|target| add(&mut old, target, OLD));
    well(bench.write("overwrite, 1st generation", old).await?)?;
    // Other ids than those of the first generation.
    let mut new = Script::new(targets(2).collect()).behind(NEW);
    new.status(1, StreamStatus::Started).status(1, StreamStatus::Running);
    (0..2).for_each(|target| add(&mut new, target, 10));
    new.complete(0).status(1, StreamStatus::Incomplete);
    let take = bench.write_incomplete("overwrite, 2nd generation, COMPLETE of one of two streams", &new).await?;
    Ok((new, take))
}

/// The rows of the first generation.
const OLD: u64 = 20;

/// The ids of the second generation begin behind this one.
const NEW: u64 = 1_000;

fn add(script: &mut Script, target: usize, records: u64) {
    for _ in 0..records {
        let id = script.sent[target] + 1;
        script.record_text(target, &plain_data(id, 40));
    }
    let sent = script.sent[target];
    script.state(target, &json!({"sent": sent}));
}

async fn keeps(bench: &Bench<'_>, script: &Script, take: &Rc<Take>) -> Result<Finding, Unavailable> {
    if script.targets[0].mode == DestinationSyncMode::Overwrite {
        return Err(Unavailable("the destination does not know the mode append".to_owned()));
    }
    let covered = script.covered_by(&echoes(take, script))[0];
    if covered == 0 {
        return Err(Unavailable("no state came back from an incomplete sync, so nothing was acknowledged".to_owned()));
    }
    let wrong = super::durability::missing(bench, script, take).await?;
    Ok(KEEPS.judged(format!("all {covered} acknowledged records of an incomplete sync are there"), wrong))
}

async fn never_swaps(bench: &Bench<'_>, script: &Script) -> Result<Finding, Unavailable> {
    let stream = script.stream(1);
    let there = ids(&bench.rows(stream).await?);
    let missing = (1..=OLD).filter(|id| !there.contains_key(id)).count();
    let seen = format!("{} of {OLD} old rows of {stream}, which was not complete, are there", OLD - missing as u64);
    Ok(match missing {
        0 => NEVER_SWAPS.passed(seen),
        _ => {
            let new = there.keys().filter(|id| **id > NEW).count();
            NEVER_SWAPS.failed(format!("{seen}, beside {new} new ones"))
        }
    })
}
