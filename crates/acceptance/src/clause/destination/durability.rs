//! Durability at the echo: what a destination has acknowledged is there, whatever happens to it next.

mod goes_on;
mod round;

use super::session::{Script, Target, echoes, ids, plain_schema};
use crate::bench::{Bench, Unavailable};
use crate::clause::{Binds, Clause, Judge};
use crate::finding::Finding;
use crate::rule::{Level, Rule, Wrong, skip_all};
use crate::take::Take;
use longshore_protocol::DestinationSyncMode;
pub(super) use round::has_echoed;
use round::{Feed, Round, States};
use std::rc::Rc;

pub(crate) static CLAUSE: Clause = Clause {
    title: "Durability",
    binds: Binds::Destinations,
    rules: RULES,
    judge: Judge::Runs(|bench| Box::pin(judge(bench))),
};

const RULES: &[Rule] = &[AT_ECHO, WHILE_RUNNING, GOES_ON, NO_DUPLICATES];

const AT_ECHO: Rule = Rule {
    id: "durability.at_echo",
    level: Level::Must,
    title: "echoed records are stored before the echo",
    demand: "A destination MUST echo a state only when all records before it (of its stream; of all streams for a \
             GLOBAL state) are stored so that they are there even if it is killed right after the echo.",
    reason: "The source never sends them again: an echo too early is data lost without a trace.",
    check: "Records and states are sent while the input stays open. Right after the first echo the destination is \
            killed with SIGKILL, and the reader looks for every record that an echoed state covers: with few \
            records, with many, with two streams, and with GLOBAL states.",
    remedy: "Write, flush and commit first; print the state afterwards. States wait in a queue until then.",
};

const WHILE_RUNNING: Rule = Rule {
    id: "echo.while_running",
    level: Level::Should,
    title: "states are echoed while the sync goes on",
    demand: "A destination SHOULD store records and echo states while the input is still open.",
    reason: "A sync that fails after hours has to begin again where it began.",
    check: "Records and states are sent for some seconds, or until 32 MiB, with the input open; a state comes back \
            meanwhile.",
    remedy: "Commit every few seconds and every few megabytes, and then echo the states before.",
};

const GOES_ON: Rule = Rule {
    id: "durability.goes_on_after_kill",
    level: Level::Must,
    title: "a killed sync can be resumed",
    demand: "A destination MUST take up a stream whose last sync was killed: the next one, which sends again what \
             was not acknowledged, MUST succeed and leave no record out.",
    reason: "Machines and containers die; a connection that is stuck afterwards needs somebody who cleans up by \
             hand.",
    check: "A sync is killed at an echo. Another one sends the records behind the echoed state and completes; every \
            record is there.",
    remedy: "Remove or take over what a killed run leaves behind: locks, temporary tables, half-written files.",
};

const NO_DUPLICATES: Rule = Rule {
    id: "durability.no_duplicates_after_resume",
    level: Level::Must,
    title: "deduplicated rows stay unique after a kill",
    demand: "A destination that deduplicates MUST have one row of each primary key when a sync that was killed has \
             been resumed and is complete.",
    reason: "What was sent again would be counted twice in every sum.",
    check: "A sync with append_dedup is killed at an echo, all records are sent again and completed; each key is \
            there once.",
    remedy: "Deduplicate against the rows that are stored, and not only within a run.",
};

async fn judge(bench: &Bench<'_>) -> Vec<Finding> {
    if let Err(why) = bench.writes().await {
        return skip_all(RULES, &why);
    }
    let modes = match bench.modes().await {
        Ok(modes) => modes,
        Err(why) => return skip_all(RULES, &why),
    };
    if !modes.contains(&DestinationSyncMode::Append) {
        // Rows of an overwrite need not be seen before it is complete.
        return skip_all(RULES, &Unavailable("the destination does not know the mode append".to_owned()));
    }
    let first = first_round(bench).await;
    let while_running = match &first {
        Ok(round) => while_running(round),
        Err(why) => WHILE_RUNNING.skipped(why.0.clone()),
    };
    let goes_on = goes_on::judge(bench, &first).await.unwrap_or_else(|why| GOES_ON.skipped(why.0));
    let early = first.as_ref().is_ok_and(|round| round.is_early);
    let at_echo = at_echo(bench, first).await.unwrap_or_else(|why| AT_ECHO.skipped(why.0));
    let dedup = match modes.contains(&DestinationSyncMode::AppendDedup) {
        true => goes_on::deduplicated(bench, early).await.unwrap_or_else(|why| NO_DUPLICATES.skipped(why.0)),
        false => NO_DUPLICATES.skipped("the destination does not know the mode append_dedup"),
    };
    vec![at_echo, while_running, goes_on, dedup]
}

/// A round and the rows that it left.
pub(super) struct Left {
    round: Round,
    /// By target, the ids that an echoed state covers and that are not there.
    missing: Result<Vec<Wrong>, Unavailable>,
    is_early: bool,
}

async fn first_round(bench: &Bench<'_>) -> Result<Left, Unavailable> {
    let target = Target::append(bench.stream("killed_1"), plain_schema());
    let feed = Feed { records: 200, letters: 80, states: States::OfStreams, waits: true };
    left(bench, round::run(bench, "killed at an echo", vec![target], feed).await?).await
}

async fn left(bench: &Bench<'_>, round: Round) -> Result<Left, Unavailable> {
    let missing = missing(bench, &round.script, &round.take).await;
    let is_early = round.is_early;
    Ok(Left { round, missing, is_early })
}

fn while_running(left: &Left) -> Finding {
    let Round { script, take, .. } = &left.round;
    let sent = format!("{} records with {} states", script.sent.iter().sum::<u64>(), script.states.len());
    match left.is_early {
        true => {
            let after = take.heard.iter().find(|heard| heard.message("STATE").is_some()).map(|heard| heard.at);
            WHILE_RUNNING.passed(format!(
                "the first state came back {} ms after the start",
                after.unwrap_or_default().as_millis()
            ))
        }
        false => WHILE_RUNNING.failed(format!("{sent} were sent, and no state came back before the end of the input")),
    }
}

async fn at_echo(bench: &Bench<'_>, first: Result<Left, Unavailable>) -> Result<Finding, Unavailable> {
    let first = first?;
    let waits = first.is_early;
    let mut wrong = first.missing?;
    let mut covered: u64 = first.round.script.covered_by(&echoes(&first.round.take, &first.round.script)).iter().sum();
    let mut rounds = 1;
    // Not a round number, so that something is left over when a destination writes in batches.
    let few = Feed { records: 850, letters: 80, states: States::OfStreams, waits };
    let feeds = [
        ("many records, killed at an echo", "killed_2", 1, Feed { records: 3_700, letters: 1_000, ..few }),
        ("two streams, killed at an echo", "killed_3", 2, few),
        ("GLOBAL states, killed at an echo", "killed_4", 2, Feed { states: States::Global, ..few }),
    ];
    for (name, word, count, feed) in feeds {
        if !wrong.is_empty() {
            break;
        }
        let targets = (0..count).map(|at| Target::append(bench.stream(&format!("{word}_{at}")), plain_schema()));
        let round = round::run(bench, name, targets.collect(), feed).await?;
        covered += round.script.covered_by(&echoes(&round.take, &round.script)).iter().sum::<u64>();
        rounds += 1;
        wrong.extend(missing(bench, &round.script, &round.take).await?);
    }
    if covered == 0 {
        return Err(Unavailable(format!("no state came back in {rounds} runs, so nothing was acknowledged")));
    }
    Ok(AT_ECHO.judged(
        format!("{rounds} runs were killed at an echo, and all {covered} acknowledged records were there"),
        wrong,
    ))
}

/// What echoed states of a run cover and the reader does not find.
pub(super) async fn missing(bench: &Bench<'_>, script: &Script, take: &Rc<Take>) -> Result<Vec<Wrong>, Unavailable> {
    let echoes = echoes(take, script);
    let mut wrong = Vec::new();
    for (target, covered) in script.covered_by(&echoes).into_iter().enumerate() {
        let stream = script.stream(target);
        let rows = bench.rows(stream).await?;
        let there = ids(&rows);
        let missing: Vec<u64> = (1..=covered).filter(|id| !there.contains_key(id)).collect();
        let Some(first) = missing.first() else { continue };
        let message = format!(
            "`{}` of {stream} {}: a state that covers {covered} records had come back, and {} of \
             them are not there (the first has id {first})",
            take.call,
            take.how_it_ended(),
            missing.len()
        );
        let last = echoes
            .iter()
            .rfind(|echo| echo.sent.is_some_and(|sent| script.states[sent].covers.contains(&(target, covered))));
        wrong.push(Wrong::new(message, last.map(|echo| echo.line.clone()).unwrap_or_default()));
    }
    Ok(wrong)
}
