//! Odd messages go through byte for byte.
//!
//! `odd-records.jsonl` holds one odd thing a line; what is too long for a file is made here.

use crate::scenario::{plan, timeouts};
use crate::stage::{on_stage, sync};
use longshore_engine::SyncStatus;
use longshore_test_support::process::{Ended, Stdio, start};
use longshore_test_support::short;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const ODD: &str = include_str!("odd-records.jsonl");

fn odd_records() -> Vec<u8> {
    const LEVELS: usize = 10_000;
    let deep = format!(r#"{{"deep":{}1e-400{}}}"#, "[{\"a\":".repeat(LEVELS), "}]".repeat(LEVELS));
    let long = format!(r#"{{"long":"{}","{}":1}}"#, "\\\\\\\"é\u{1f600}".repeat(100_000), "key".repeat(10_000));
    let many = format!("{{{}}}", (0..10_000).map(|at| format!("\"k\":{at}")).collect::<Vec<_>>().join(" , "));
    let made = [deep, long, many].map(|data| short::expand(&format!("record users {data}")).unwrap() + "\n");
    [ODD, &made.concat()].concat().into_bytes()
}

#[test]
fn odd_records_come_out_as_they_went_in() {
    let records = odd_records();
    let state = short::expand(r#"state users {"c":1}"#).unwrap() + "\n";
    let sent = [records.as_slice(), state.as_bytes()].concat();
    let received = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&received);
    let outcome = on_stage(async {
        let source = start(false, |Stdio { mut stdout, .. }| async move {
            stdout.write_all(&sent).await.unwrap();
            Ended::Code(0)
        });
        let destination = start(false, |Stdio { mut stdin, .. }| async move {
            let mut all = Vec::new();
            stdin.read_to_end(&mut all).await.unwrap();
            *kept.lock().unwrap() = all;
            Ended::Code(0)
        });
        sync(&plan(), source.unwrap(), destination.unwrap(), timeouts()).await
    });
    let received = received.lock().unwrap();
    let lines = records.split_inclusive(|byte| *byte == b'\n').zip(received.split_inclusive(|byte| *byte == b'\n'));
    for (sent, received) in lines {
        assert_eq!(String::from_utf8_lossy(received), String::from_utf8_lossy(sent));
    }
    assert!(received.starts_with(&records));
    assert!(outcome.dropped.is_empty(), "{:?}", outcome.dropped);
    assert_eq!(outcome.status, SyncStatus::Incomplete, "this destination acknowledges nothing");
    assert_eq!(outcome.streams[0].records_emitted as usize, records.iter().filter(|byte| **byte == b'\n').count());
}
