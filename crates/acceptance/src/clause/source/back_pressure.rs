//! A reader that is slow, or goes away.

use super::interruption::{lines_to_hear, undisturbed};
use super::reading::Read;
use crate::bench::{Bench, Call, Expects, Unavailable};
use crate::clause::{Binds, Clause, Judge};
use crate::finding::Finding;
use crate::rule::{Level, Rule, skip_all};
use crate::take::{Recorder, Stop};
use longshore_runner::Verb;
use std::time::Duration;

pub(crate) static CLAUSE: Clause = Clause {
    title: "Back-pressure",
    binds: Binds::Sources,
    rules: RULES,
    judge: Judge::Runs(|bench| Box::pin(judge(bench))),
};

const RULES: &[Rule] = &[BOUNDED, CLOSED_OUTPUT];

/// How long nobody reads.
const PAUSE: Duration = Duration::from_millis(1500);

/// How often the pause goes on, and what growth makes it go on.
const MOST_PAUSES: usize = 6;
const NOTICEABLE_GROWTH: u64 = 1 << 20;

/// The most that a source may grow meanwhile, and beyond the size of all that it prints.
const MOST_GROWTH: u64 = 24 << 20;
const MOST_EXCESS: u64 = 64 << 20;

/// Where all output would fit into that: growth by more than this, and more than a quarter of the output.
const MOST_GROWTH_OF_SMALL: u64 = 8 << 20;
const PART: u64 = 4;

/// With less output there is nothing to see.
const LEAST_OUTPUT: u64 = 1 << 20;

/// How long a source may go on when nobody listens any more.
const PATIENCE: Duration = Duration::from_secs(10);

const BOUNDED: Rule = Rule {
    id: "memory.bounded",
    level: Level::Must,
    title: "Memory stays bounded while the reader is slow",
    demand: "A source MUST NOT gather in memory what its reader has not taken: when the pipe is full it waits.",
    reason: "Destinations are often slower than sources; one that goes on producing into memory is killed by the kernel in every large sync.",
    check: "The read is made again into a narrow pipe. After its first record nobody reads for 1.5 s, and longer while it still grows; its memory may grow by at most 24 MiB meanwhile, or 8 MiB where that is more than a quarter of all that it prints. A source that prints more than 64 MiB may also not need 64 MiB more than all that it prints.",
    remedy: "Print each record when you have it, or bound the queue between the part that reads and the part that prints.",
};

const CLOSED_OUTPUT: Rule = Rule {
    id: "interruption.closed_output_ends",
    level: Level::Should,
    title: "Ends when nobody reads its output",
    demand: "A source whose standard output is closed SHOULD end within 10 seconds.",
    reason: "A platform that died closes its ends of the pipes; a source that goes on holds its API limits and its machine for nothing.",
    check: "Standard output is closed in the middle of a read.",
    remedy: "Treat an error of writing as the end: do not catch it and go on.",
};

async fn judge(bench: &Bench<'_>) -> Vec<Finding> {
    let read = match undisturbed(bench).await {
        Ok(read) => read,
        Err(why) => return skip_all(RULES, &why),
    };
    let Some(lines) = lines_to_hear(&read.take, 40) else {
        return skip_all(RULES, &Unavailable("it prints too few lines".to_owned()));
    };
    match slow_reader(bench, &read, lines).await {
        Ok(findings) => findings,
        Err(why) => skip_all(RULES, &why),
    }
}

/// One run shows both: nobody reads for a while, and then never again.
async fn slow_reader(bench: &Bench<'_>, read: &Read, lines: usize) -> Result<Vec<Finding>, Unavailable> {
    let _place = bench.place().await;
    let name = format!("read (a slow reader, that goes away after {lines} lines)");
    let mut recorder = bench.start(Call::new(Verb::Read, name).catalog(read.catalog.clone())).await?;
    recorder.narrow();
    recorder.until(None, |it| it.heard().iter().any(|heard| heard.message("RECORD").is_some())).await;
    let bounded = bounded(&mut recorder, read).await;
    recorder.until(None, |it| it.heard().len() >= lines).await;
    let closed = closed_output(&mut recorder).await;
    bench.keep(recorder.stop(Stop::Kill).await, Expects::Either);
    Ok(vec![bounded, closed])
}

async fn bounded(recorder: &mut Recorder, read: &Read) -> Finding {
    let output = read.take.stdout_bytes;
    if output < LEAST_OUTPUT {
        return BOUNDED.skipped(format!("all that it prints are {} KiB: too little to see it grow", output >> 10));
    }
    if recorder.pid().is_none() {
        return BOUNDED.skipped("the memory of a container is not looked at");
    }
    let Some((before, after)) = growth(recorder).await else {
        return BOUNDED.skipped("it had ended before its memory could be looked at");
    };
    let peak = read.take.peak_bytes.unwrap_or_default();
    let told = format!("{} MiB at the begin of the pause, {} MiB at its end", before >> 20, after >> 20);
    let grew = after.saturating_sub(before);
    if grew > MOST_GROWTH || grew > MOST_GROWTH_OF_SMALL && grew > output / PART {
        let message = format!("it went on producing while nobody read: {told}");
        return BOUNDED.failed(message).with(format!("all that it prints are {} KiB", output >> 10));
    }
    if output > MOST_EXCESS && peak > output + MOST_EXCESS {
        let message = format!("it needed {} MiB of memory to print {} MiB", peak >> 20, output >> 20);
        return BOUNDED.failed(message);
    }
    BOUNDED.passed(format!("{told}; at most {} MiB in a whole read of {} KiB", peak >> 20, output >> 10))
}

/// The memory at the begin of a pause and at its end. The pause goes on while it still grows, but not for ever.
async fn growth(recorder: &mut Recorder) -> Option<(u64, u64)> {
    let (before, mut last) = match recorder.pause(PAUSE).await {
        (Some(before), Some(after)) => (before, after),
        _ => return None,
    };
    let mut grew = last.saturating_sub(before);
    for _ in 1..MOST_PAUSES {
        if grew < NOTICEABLE_GROWTH || last.saturating_sub(before) > MOST_GROWTH {
            break;
        }
        let (_, after) = recorder.pause(PAUSE).await;
        grew = after?.saturating_sub(last);
        last = after?;
    }
    Some((before, last))
}

async fn closed_output(recorder: &mut Recorder) -> Finding {
    recorder.stands_still().await;
    if recorder.has_ended() {
        return CLOSED_OUTPUT.skipped("it prints too little: it had ended by itself");
    }
    recorder.close_output();
    match recorder.until(Some(PATIENCE), Recorder::is_over).await {
        true => CLOSED_OUTPUT.passed("it ended when its output was closed"),
        false => {
            CLOSED_OUTPUT.failed(format!("it was still running {} s after its output was closed", PATIENCE.as_secs()))
        }
    }
}
