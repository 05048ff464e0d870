//! The memory that a destination takes for syncs of several sizes.

use super::MEMORY;
use crate::bench::{Bench, Expects, Unavailable};
use crate::clause::destination::session::{Script, plain_data, plain_schema};
use crate::finding::Finding;
use crate::take::Take;
use longshore_runner::ConnectorRef;
use serde_json::json;
use std::rc::Rc;
use std::time::Duration;

const MIB: u64 = 1 << 20;

/// The input of the first sync.
const SMALL_BYTES: u64 = 8 * MIB;

/// The most input of the second.
const LARGE_BYTES: u64 = 64 * MIB;

/// With less, batches and heaps are not told from a destination that keeps everything.
const LEAST_BYTES: u64 = 32 * MIB;

/// The input of the third, which is sent only where the second took much more memory than the first.
const HUGE_BYTES: u64 = 128 * MIB;

/// How long the second sync may take by the speed of the first.
const LONGEST: Duration = Duration::from_secs(30);

/// In the text of a record.
const LETTERS: usize = 1_000;

/// Before each state.
const RECORDS: u64 = 1_000;

pub(super) async fn bounded(bench: &Bench<'_>) -> Result<Finding, Unavailable> {
    if matches!(bench.subject.reference, ConnectorRef::Docker { .. }) {
        return Err(Unavailable("the memory of an image is not seen from here".to_owned()));
    }
    let small = peak(bench, SMALL_BYTES).await?;
    let large_bytes = large_bytes(small.took)?;
    let large = peak(bench, large_bytes).await?;
    let seen = format!("{}, {}", small.told(), large.told());
    if !large.has_grown_since(&small) {
        return Ok(MEMORY.passed(seen));
    }
    // A large batch looks the same until it is written out, so it must grow on.
    let huge = peak(bench, HUGE_BYTES).await?;
    let seen = format!("{seen}, {}", huge.told());
    Ok(match huge.has_grown_since(&large) {
        false => MEMORY.passed(seen),
        true => MEMORY.failed(format!("memory grows with the input: {seen}")),
    })
}

fn large_bytes(small_took: Duration) -> Result<u64, Unavailable> {
    let per_second = SMALL_BYTES as f64 / small_took.as_secs_f64().max(0.01);
    let within = (per_second * LONGEST.as_secs_f64()) as u64;
    match within.min(LARGE_BYTES) {
        bytes if bytes >= LEAST_BYTES => Ok(bytes),
        _ => Err(Unavailable(format!(
            "it takes {:.1} MiB/s, which is too slow for a sync that tells",
            per_second / MIB as f64
        ))),
    }
}

struct Peak {
    input_bytes: u64,
    peak_bytes: u64,
    took: Duration,
}

impl Peak {
    fn told(&self) -> String {
        format!("{} MiB for an input of {} MiB", self.peak_bytes / MIB, self.input_bytes / MIB)
    }

    fn has_grown_since(&self, before: &Self) -> bool {
        let input = self.input_bytes - before.input_bytes;
        self.peak_bytes.saturating_sub(before.peak_bytes) > input / 2
    }
}

async fn peak(bench: &Bench<'_>, bytes: u64) -> Result<Peak, Unavailable> {
    let target = bench.plain(bench.stream("memory"), plain_schema()).await?;
    let _place = bench.place().await;
    let mut script = Script::new(vec![target]);
    let mut recorder = bench.begin_write(&format!("{} MiB", bytes / MIB), &script).await?;
    // Always the same records: to make them takes longer than to write them.
    for id in 1..=RECORDS {
        script.record_text(0, &plain_data(id, LETTERS));
    }
    let records = std::mem::take(&mut script.lines).join("\n");
    let mut sent = 0;
    let mut is_java = false;
    while sent < bytes && !recorder.is_over() && !recorder.input_is_broken() {
        recorder.send(&records);
        sent += records.len() as u64;
        script.state(0, &json!({"sent": sent}));
        script.lines.drain(..).for_each(|line| recorder.send(&line));
        script.sent[0] += RECORDS;
        recorder.until(None, |recorder| recorder.unsent_bytes() == 0 || recorder.input_is_broken()).await;
        is_java |= recorder.pid().is_some_and(is_java_program);
    }
    script.complete(0).lines.drain(..).for_each(|line| recorder.send(&line));
    recorder.close_input();
    let take: Rc<Take> = bench.keep(recorder.end().await, Expects::Success);
    if is_java {
        return Err(Unavailable("it runs in Java, whose heap grows by itself".to_owned()));
    }
    if !take.is_success() {
        return Err(Unavailable(format!("the run itself went wrong: {}", take.last_words())));
    }
    let unseen = || Unavailable("the memory of the destination could not be seen".to_owned());
    Ok(Peak { input_bytes: sent, peak_bytes: take.peak_bytes.ok_or_else(unseen)?, took: take.duration })
}

fn is_java_program(pid: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name.trim() == "java")
}
