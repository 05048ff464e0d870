//! One run that is killed at its first echo.

use crate::bench::{Bench, Expects, Unavailable};
use crate::clause::destination::session::{Script, Target, plain_data};
use crate::take::{Recorder, Stop, Take};
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::json;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// How long an echo is waited for while the input is open.
const LONGEST: Duration = Duration::from_secs(12);

/// The most input before it is closed.
const MOST_BYTES: usize = 32 << 20;

/// How long is waited before more is sent.
const PAUSE: Duration = Duration::from_millis(400);

/// How long a destination runs until its output is looked at.
const SLICE: Duration = Duration::from_micros(300);

/// How long its output is looked at.
const LOOK: Duration = Duration::from_millis(1);

/// What is sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Feed {
    /// Of each stream before the first state.
    pub(super) records: u64,
    /// In the text of each.
    pub(super) letters: usize,
    pub(super) states: States,
    /// Whether an echo is waited for while the input is open.
    pub(super) waits: bool,
}

/// The states behind the records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum States {
    OfStreams,
    Global,
}

/// A run that was killed.
pub(super) struct Round {
    pub(super) script: Script,
    pub(super) take: Rc<Take>,
    /// Whether a state came back while the input was open.
    pub(super) is_early: bool,
}

/// Feeds until a state comes back, and kills the destination then.
pub(super) async fn run(bench: &Bench<'_>, name: &str, targets: Vec<Target>, feed: Feed) -> Result<Round, Unavailable> {
    let _place = bench.place().await;
    let mut script = Script::new(targets);
    let mut recorder = bench.begin_write(name, &script).await?;
    let mut is_early = false;
    let mut bytes = send(&mut recorder, &mut script, feed, feed.records);
    let begun = Instant::now();
    let mut records = 20;
    while feed.waits && !is_early && begun.elapsed() < LONGEST && bytes < MOST_BYTES && !recorder.is_over() {
        is_early = echoed(&mut recorder, PAUSE).await;
        if !is_early {
            bytes += send(&mut recorder, &mut script, feed, records);
            records = records * 3 / 2;
        }
    }
    if !is_early && !recorder.is_over() {
        let from = script.lines.len();
        script = script.finished();
        script.lines[from..].iter().for_each(|line| recorder.send(line));
        recorder.close_input();
        if !echoed(&mut recorder, LONGEST).await {
            recorder.until(None, has_echoed).await;
        }
    }
    let take = bench.keep(recorder.stop(Stop::Kill).await, Expects::Either);
    script.lines.clear();
    Ok(Round { script, take, is_early })
}

pub(in crate::clause::destination) fn has_echoed(recorder: &Recorder) -> bool {
    recorder.heard().iter().any(|heard| heard.message("STATE").is_some())
}

/// Waits for an echo, and holds the destination still when there is one.
///
/// A destination that echoes too early may need less than a millisecond to make up for it. So a local one runs only in
/// slices, and its output is looked at between them.
async fn echoed(recorder: &mut Recorder, within: Duration) -> bool {
    let begun = Instant::now();
    recorder.until(Some(within), |recorder| recorder.unsent_bytes() == 0 || has_echoed(recorder)).await;
    while !recorder.is_over() && begun.elapsed() < within {
        let group = recorder.pid().and_then(|id| Pid::from_raw(id.cast_signed()));
        let Some(group) = group else { return recorder.until(Some(within), has_echoed).await };
        // It may have ended meanwhile; then there is nothing to hold.
        let _ = kill_process_group(group, Signal::STOP);
        if recorder.until(Some(LOOK), has_echoed).await {
            return true;
        }
        let _ = kill_process_group(group, Signal::CONT);
        // So short that no timer of the runtime could do it.
        std::thread::sleep(SLICE);
    }
    has_echoed(recorder)
}

/// Sends so many records of each stream, and states behind them. How many bytes that were.
pub(super) fn send(recorder: &mut Recorder, script: &mut Script, feed: Feed, records: u64) -> usize {
    let from = script.lines.len();
    for _ in 0..records {
        for target in 0..script.targets.len() {
            let id = script.sent[target] + 1;
            script.record_text(target, &plain_data(id, feed.letters));
        }
    }
    match feed.states {
        States::Global => {
            script.global_state(&json!({"sent": script.sent[0]}), &json!({}));
        }
        States::OfStreams => {
            for target in 0..script.targets.len() {
                script.state(target, &json!({"sent": script.sent[target]}));
            }
        }
    }
    script.lines[from..].iter().for_each(|line| recorder.send(line));
    script.lines[from..].iter().map(|line| line.len() + 1).sum()
}
