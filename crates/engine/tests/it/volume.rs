//! Giant records, and very many of them. Generated, not in files.

use crate::scenario::{plan, timeouts};
use crate::stage::{on_stage, sync};
use longshore_engine::SyncStatus;
use longshore_test_support::process::{Ended, Stdio, start};
use longshore_test_support::{Events, Scripted, Source};
use std::hash::{DefaultHasher, Hasher};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};

const STATE: &str = r#"{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"users"},"stream_state":{"c":1}},"sourceStats":{"recordCount":1.0},"id":1}}"#;

/// A destination that hashes `length` bytes, echoes the state that must follow, and swallows the rest.
fn hashing(length: usize, hash: &Arc<Mutex<u64>>) -> Scripted {
    let hash = Arc::clone(hash);
    start(false, |Stdio { mut stdin, mut stdout, .. }| async move {
        let mut hasher = DefaultHasher::new();
        let mut buffer = vec![0; 1 << 16];
        let mut left = length;
        while left > 0 {
            let most = left.min(buffer.len());
            let read = stdin.read(&mut buffer[..most]).await.unwrap();
            assert!(read > 0, "the input ends {left} bytes before the record does");
            hasher.write(&buffer[..read]);
            left -= read;
        }
        *hash.lock().unwrap() = hasher.finish();
        let mut rest = String::new();
        BufReader::new(&mut stdin).read_line(&mut rest).await.unwrap();
        assert_eq!(rest.trim_end(), STATE);
        stdout.write_all(rest.as_bytes()).await.unwrap();
        stdin.read_to_end(&mut buffer).await.unwrap();
        Ended::Code(0)
    })
    .unwrap()
}

/// Writes `times` times `piece` between `head` and `tail`, then the state.
fn giant(head: &'static str, piece: &'static str, times: usize, tail: &'static str) -> Scripted {
    start(false, move |Stdio { mut stdout, .. }| async move {
        stdout.write_all(head.as_bytes()).await.unwrap();
        for _ in 0..times {
            stdout.write_all(piece.as_bytes()).await.unwrap();
        }
        stdout.write_all(format!("{tail}{STATE}\n").as_bytes()).await.unwrap();
        Ended::Code(0)
    })
    .unwrap()
}

/// The hash of the same bytes, taken in the same steps as [`hashing`] may take them: `DefaultHasher` does not care.
fn expected(head: &str, piece: &str, times: usize, tail: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(head.as_bytes());
    (0..times).for_each(|_| hasher.write(piece.as_bytes()));
    hasher.write(tail.as_bytes());
    hasher.finish()
}

#[test]
fn a_record_of_200_megabytes_arrives_byte_for_byte() {
    let piece: &'static str = Box::leak(r#"\u00e9 \"quoted\" {[}] "#.repeat(1 << 12).into_boxed_str());
    let times = (200 << 20) / piece.len() + 1;
    let head = r#"{"type":"RECORD","record":{"stream":"users","data":{"text":""#;
    let tail = "\"},\"emitted_at\":1}}\n";
    let hash = Arc::new(Mutex::new(0));
    let plan = plan();
    let outcome = on_stage(async {
        let destination = hashing(head.len() + times * piece.len() + tail.len(), &hash);
        sync(&plan, giant(head, piece, times, tail), destination, timeouts()).await
    });
    assert_eq!(outcome.status, SyncStatus::Succeeded, "{outcome:?}");
    assert_eq!(*hash.lock().unwrap(), expected(head, piece, times, tail));
    assert!(outcome.streams[0].bytes_committed > 200 << 20);
}

/// A tenth of the ten million that the product is held to: this is the debug profile. The benchmarks move the rest.
#[test]
fn a_million_tiny_records_are_all_counted() {
    const RECORDS: u64 = 1_000_000;
    let counted = Arc::new(Mutex::new(0));
    let count = Arc::clone(&counted);
    let plan = plan();
    let outcome = on_stage(async {
        let events = Events::default();
        let script = format!("flood users {RECORDS}\nstate users {{\"c\":1}}");
        let source = Source::parse(&script).unwrap().start(&events).unwrap();
        let destination = start(false, |Stdio { stdin, mut stdout, .. }| async move {
            let mut lines = BufReader::with_capacity(1 << 16, stdin).lines();
            while let Some(line) = lines.next_line().await.unwrap() {
                match line.starts_with(r#"{"type":"RECORD""#) {
                    true => *count.lock().unwrap() += 1,
                    false => stdout.write_all(format!("{line}\n").as_bytes()).await.unwrap(),
                }
            }
            Ended::Code(0)
        })
        .unwrap();
        sync(&plan, source, destination, timeouts()).await
    });
    assert_eq!(outcome.status, SyncStatus::Succeeded, "{outcome:?}");
    assert_eq!(*counted.lock().unwrap(), RECORDS);
    assert_eq!(outcome.streams[0].records_committed, RECORDS);
}
