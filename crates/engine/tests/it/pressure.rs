//! A full pipe at the wrong moment, and the clock: who is blamed, what still arrives, how long it takes.

use crate::scenario::{plan, timeouts};
use crate::stage::{destination, on_stage, source, sync};
use longshore_engine::{Checkpoint, CheckpointStore, Event, Observer, StreamProgress, SyncStatus, Timeouts, run};
use longshore_protocol::{FailureOrigin, FailureReason};
use longshore_test_support::destination::Seen;
use longshore_test_support::process::{Ended, Stdio, start};
use longshore_test_support::{Destination, Events, Source};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::time::Instant;

/// What a new pipe holds on Linux.
const PIPE_BYTES: usize = 64 * 1024;
const SILENCE: Timeouts =
    Timeouts { silence: Duration::from_secs(60), grace: Duration::from_secs(10), settle: Duration::ZERO };

/// A store and an observer that keep the last counts.
#[derive(Default)]
struct Counts(Vec<StreamProgress>);

impl CheckpointStore for Counts {
    fn commit(&mut self, _: &Checkpoint) -> Result<(), FailureReason> {
        Ok(())
    }
}

impl Observer for Counts {
    fn event(&mut self, event: Event<'_>) {
        if let Event::Progress(streams) = event {
            self.0 = streams.to_vec();
        }
    }
}

#[test]
fn a_cancel_leaves_no_half_line_in_a_full_pipe() {
    on_stage(async {
        let (events, seen) = (Events::default(), Seen::default());
        let script = "announce flooding\nflood users 5000\nstate users {}\nhang";
        let source = source(Source::parse(script).unwrap().start(&events).unwrap());
        // It takes nothing until the cancel: by then the pipe is full and a line is cut at its end.
        let script = Destination::parse("hold until cancelled").unwrap();
        let destination = destination(script.start(&events, &seen).unwrap());
        let cancelled = async {
            events.wait_for("flooding").await;
            tokio::time::sleep(Duration::from_secs(1)).await; // by the test's clock: until nobody can move any more
            events.announce("cancelled");
        };
        let plan = plan();
        let (mut store, mut observer) = (Counts::default(), Counts::default());
        let outcome = run(&plan, source, destination, &mut store, &mut observer, timeouts(), cancelled).await;
        let lines = seen.lines();
        assert_eq!(outcome.status, SyncStatus::Cancelled);
        assert!(lines.len() > 100 && lines.len() < 5000, "{} lines", lines.len());
        assert_eq!(lines.len() as u64, outcome.streams[0].records_emitted);
        assert!(lines.iter().all(|line| line.ends_with("}}")), "{:?}", lines.last());
    });
}

#[test]
fn a_destination_that_does_not_take_the_last_words_is_blamed_for_it() {
    let outcome = on_stage(async {
        let (events, seen) = (Events::default(), Seen::default());
        let source = start(false, |Stdio { mut stdout, .. }| async move {
            // One record that leaves room for a few bytes, not for a state and COMPLETE.
            let frame = r#"{"type":"RECORD","record":{"stream":"users","data":{"x":""},"emitted_at":1}}"#.len() + 1;
            let text = "x".repeat(PIPE_BYTES - 16 - frame);
            let record =
                format!(r#"{{"type":"RECORD","record":{{"stream":"users","data":{{"x":"{text}"}},"emitted_at":1}}}}"#);
            stdout.write_all(format!("{record}\n").as_bytes()).await.unwrap();
            Ended::Code(0)
        });
        let script = Destination::parse("hold until never").unwrap();
        sync(&plan(), source.unwrap(), script.start(&events, &seen).unwrap(), SILENCE).await
    });
    let failure = outcome.failure.unwrap();
    assert_eq!((failure.origin, failure.code.as_str()), (FailureOrigin::Destination, "destination.timeout"));
}

#[test]
fn a_hanging_destination_costs_the_silence_once_and_the_grace() {
    on_stage(async {
        let (events, seen) = (Events::default(), Seen::default());
        let source = Source::parse("flood users 100000").unwrap().start(&events).unwrap();
        let script = Destination::parse("hold until never\nignore stop").unwrap();
        let begin = Instant::now();
        let outcome = sync(&plan(), source, script.start(&events, &seen).unwrap(), SILENCE).await;
        // The grace once to end by itself now that its input has ended, once more after it was asked to end.
        let longest = SILENCE.silence + 2 * SILENCE.grace + Duration::from_secs(2);
        assert!(begin.elapsed() < longest, "{:?}", begin.elapsed());
        let codes: Vec<&str> =
            outcome.failure.iter().chain(&outcome.further_failures).map(|f| f.code.as_str()).collect();
        assert_eq!(outcome.status, SyncStatus::Failed);
        assert_eq!(codes, ["destination.timeout"], "the destination is blamed, and once");
    });
}

#[test]
fn estimates_are_shown_while_the_sync_runs() {
    on_stage(async {
        let (events, seen) = (Events::default(), Seen::default());
        let script = "estimate users 10\nestimate users 20\nrecord users {}\nhang";
        let source = source(Source::parse(script).unwrap().start(&events).unwrap());
        let destination = destination(Destination::default().start(&events, &seen).unwrap());
        let (mut store, mut observer) = (Counts::default(), Counts::default());
        let cancelled = tokio::time::sleep(Duration::from_secs(5)); // by the test's clock
        run(&plan(), source, destination, &mut store, &mut observer, SILENCE, cancelled).await;
        assert_eq!(observer.0[0].estimated_records, Some(20));
        assert_eq!(observer.0[0].emitted.records, 1);
    });
}
