//! How a destination ends, and how much memory it takes until then.

mod memory;

use super::durability;
use super::session::{Script, echoes, plain_data, plain_schema};
use crate::bench::{Bench, Expects, Unavailable};
use crate::clause::{Binds, Clause, Judge};
use crate::finding::Finding;
use crate::rule::{Level, Rule, skip_all};
use crate::take::{Ending, Stop, Take};
use longshore_protocol::DestinationSyncMode;
use serde_json::json;
use std::rc::Rc;
use std::time::Duration;

pub(crate) static CLAUSE: Clause = Clause {
    title: "Ending and memory",
    binds: Binds::Destinations,
    rules: RULES,
    judge: Judge::Runs(|bench| Box::pin(judge(bench))),
};

const RULES: &[Rule] = &[SIGTERM, AFTER_SIGTERM, CLOSED_INPUT, MEMORY];

const SIGTERM: Rule = Rule {
    id: "termination.sigterm_ends",
    level: Level::Must,
    title: "SIGTERM ends a sync within 10 seconds",
    demand: "A destination MUST end within 10 seconds after SIGTERM.",
    reason: "Platforms cancel with SIGTERM and kill ten seconds later; who was killed could not clean up.",
    check: "SIGTERM is sent while records are written and the input is open.",
    remedy: "Do not ignore SIGTERM; pass it on where a shell or another program starts the destination (`exec`).",
};

const AFTER_SIGTERM: Rule = Rule {
    id: "durability.after_sigterm",
    level: Level::Must,
    title: "echoed records are there after SIGTERM",
    demand: "Records that an echoed state covers MUST be there after a sync was ended with SIGTERM; states that are \
             echoed on the way out too.",
    reason: "The source never sends them again.",
    check: "SIGTERM is sent while records are written, of which some have only just been sent; the reader looks for every \
            record that an echoed state covers.",
    remedy: "Store before the echo, also when the sync is cancelled, and undo nothing of it.",
};

const CLOSED_INPUT: Rule = Rule {
    id: "termination.closed_input_ends",
    level: Level::Must,
    title: "an input that ends at once ends the sync",
    demand: "A destination MUST end when its input ends, also when nothing has come.",
    reason: "A source that breaks before its first record would leave a destination behind that waits for ever.",
    check: "The input is closed before a line was sent; the destination ends by itself.",
    remedy: "Read stdin until it ends, and stop every thread and connection then.",
};

const MEMORY: Rule = Rule {
    id: "memory.bounded",
    level: Level::Must,
    title: "memory does not grow with the sync",
    demand: "The memory of a destination MUST be bounded, however many records come.",
    reason: "Syncs have more records than machines have memory; the kernel kills a destination that keeps them all.",
    check: "Syncs of two and, where they differ much, three sizes are written, with states between; the peak of \
            resident memory must not grow by half of what the input grows. Only of local programs, and not of those \
            that run in Java, whose heap grows by itself.",
    remedy: "Write out what has come when it is some megabytes, and not only at the end.",
};

async fn judge(bench: &Bench<'_>) -> Vec<Finding> {
    if let Err(why) = bench.writes().await {
        return skip_all(RULES, &why);
    }
    let (sigterm, after) = match terminated(bench).await {
        Ok((script, take)) => {
            let after = after_sigterm(bench, &script, &take).await.unwrap_or_else(|why| AFTER_SIGTERM.skipped(why.0));
            (sigterm(&take), after)
        }
        Err(why) => (SIGTERM.skipped(why.0.clone()), AFTER_SIGTERM.skipped(why.0)),
    };
    let closed = closed_input(bench).await.unwrap_or_else(|why| CLOSED_INPUT.skipped(why.0));
    let memory = memory::bounded(bench).await.unwrap_or_else(|why| MEMORY.skipped(why.0));
    vec![sigterm, after, closed, memory]
}

/// What a platform gives a connector to end by itself.
const GRACE: Duration = Duration::from_secs(10);

/// How long it may take until records are read.
const BEGIN: Duration = Duration::from_secs(3);

/// How long it has to take what is sent right before SIGTERM.
const TAKEN: Duration = Duration::from_millis(300);

async fn terminated(bench: &Bench<'_>) -> Result<(Script, Rc<Take>), Unavailable> {
    let target = bench.plain(bench.stream("cancelled"), plain_schema()).await?;
    let _place = bench.place().await;
    let mut script = Script::new(vec![target]);
    (0..3).for_each(|_| add(&mut script));
    let mut recorder = bench.begin_write("ended with SIGTERM", &script).await?;
    let has_begun = |recorder: &crate::take::Recorder| durability::has_echoed(recorder);
    recorder.until(Some(BEGIN), has_begun).await;
    // What still waits when the signal comes must not be acknowledged on the way out unless it is stored.
    let from = script.lines.len();
    add(&mut script);
    script.lines[from..].iter().for_each(|line| recorder.send(line));
    recorder.until(Some(TAKEN), |recorder| recorder.unsent_bytes() == 0 && recorder.is_over()).await;
    let take = bench.keep(recorder.stop(Stop::Terminate(GRACE)).await, Expects::Either);
    Ok((script, take))
}

/// 100 records and a state.
fn add(script: &mut Script) {
    for _ in 0..100 {
        let id = script.sent[0] + 1;
        script.record_text(0, &plain_data(id, 80));
    }
    let sent = script.sent[0];
    script.state(0, &json!({"sent": sent}));
}

fn sigterm(take: &Take) -> Finding {
    match take.ending {
        Ending::IgnoredTerm => SIGTERM.failed("10 seconds after SIGTERM the destination was still there"),
        Ending::Itself => SIGTERM.skipped(format!("the destination {} before SIGTERM was sent", take.how_it_ended())),
        _ => SIGTERM.passed(format!("the destination {} after SIGTERM", take.how_it_ended())),
    }
}

async fn after_sigterm(bench: &Bench<'_>, script: &Script, take: &Rc<Take>) -> Result<Finding, Unavailable> {
    if script.targets[0].mode != DestinationSyncMode::Append {
        return Err(Unavailable("the destination does not know the mode append".to_owned()));
    }
    let covered = script.covered_by(&echoes(take, script))[0];
    if covered == 0 {
        return Err(Unavailable("no state came back before or after SIGTERM, so nothing was acknowledged".to_owned()));
    }
    let wrong = durability::missing(bench, script, take).await?;
    Ok(AFTER_SIGTERM.judged(format!("all {covered} acknowledged records are there"), wrong))
}

async fn closed_input(bench: &Bench<'_>) -> Result<Finding, Unavailable> {
    let script = Script::new(vec![bench.plain(bench.stream("closed"), plain_schema()).await?]);
    let take = bench.write_incomplete("nothing on stdin", &script).await?;
    Ok(match take.ending {
        Ending::Silent | Ending::NotEnded => CLOSED_INPUT
            .failed(format!("the input ended at once, and the destination {}", take.how_it_ended()))
            .with(take.last_words()),
        _ => CLOSED_INPUT.passed(format!("{} after {} ms", take.how_it_ended(), take.duration.as_millis())),
    })
}
