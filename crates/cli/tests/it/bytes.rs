//! Odd messages go from one program to another through the executable, and come out byte for byte.

use crate::place::Place;
use crate::script::{catalog, complete, record_of, state};

/// One odd thing a line: numbers beyond every type, duplicate keys, lone surrogates, control characters.
const ODD: &[u8] = include_bytes!("../../../engine/tests/it/odd-records.jsonl");

#[test]
fn odd_records_come_out_as_they_went_in() {
    let place = Place::new();
    let odd: Vec<&[u8]> = ODD.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
    let (state, complete) = (state(1), complete());
    let lines = [odd.as_slice(), &[state.as_bytes(), complete.as_bytes()]].concat();
    let source = place.source(&lines, "");
    place.sync(&source, &place.destination("once"), &["--catalog", &catalog(&place)]).expect_success();
    let seen = std::fs::read(place.path("seen")).unwrap();
    let received: Vec<&[u8]> = seen.split(|byte| *byte == b'\n').take(odd.len()).collect();
    for (sent, received) in odd.iter().zip(received) {
        assert_eq!(String::from_utf8_lossy(received), String::from_utf8_lossy(sent));
        assert_eq!(received, *sent);
    }
}

#[test]
fn a_record_of_20_megabytes_comes_out_as_it_went_in() {
    const LENGTH: usize = 20_000_000;
    let place = Place::new();
    let long = format!(r#""text":"{}","id""#, "0123456789".repeat(LENGTH / 10));
    let record = record_of("users", 1).replace("\"id\"", &long);
    let source = place.source(&[&record, &state(1), &complete()], "");
    place.sync(&source, &place.destination("once"), &["--catalog", &catalog(&place)]).expect_success();
    let seen = std::fs::read(place.path("seen")).unwrap();
    assert!(seen.starts_with(record.as_bytes()), "{} bytes", seen.len());
}

/// A destination that tells, when its input ends, how much memory its parent had at most.
const TELLS_PEAK: &str = r#"grep -a --line-buffered '"type":"STATE"'; grep VmHWM "/proc/$PPID/status" > peak"#;

/// Kilobytes that a sync of these shell commands' output takes at most; it must move so many records.
fn peak_kilobytes(print: &str, records: u64) -> u64 {
    let place = Place::new();
    let tail = place.file("tail", [state(1), complete()].join("\n"));
    let source = place.script("source.sh", &format!("{print}\ncat '{tail}'\necho\n"));
    let destination = place.script("destination.sh", TELLS_PEAK);
    let ran = place.sync(&source, &destination, &["--catalog", &catalog(&place)]);
    ran.expect_success();
    assert_eq!(ran.counts(), (records, records));
    place.text("peak").split_whitespace().nth(1).unwrap().parse().unwrap()
}

const MOST_KILOBYTES: u64 = 30_000;

#[test]
fn a_record_of_100_megabytes_takes_its_own_size_in_memory() {
    let (before, after) = (r#"{"type":"RECORD","record":{"stream":"users","data":{"x":""#, r#""},"emitted_at":1}}"#);
    let print = format!("printf %s '{before}'; head -c 100000000 /dev/zero | tr '\\0' x; echo '{after}'");
    let peak = peak_kilobytes(&print, 1);
    eprintln!("peak: {peak} kB with a record of 100 MB");
    assert!(peak < MOST_KILOBYTES + 100_000_000 / 1024, "{peak} kB");
}

#[test]
fn ten_million_tiny_records_are_all_counted_and_take_no_more_memory_than_one() {
    const RECORDS: u64 = 10_000_000;
    let peak = peak_kilobytes(&format!("yes '{}' | head -n {RECORDS}", record_of("users", 7)), RECORDS);
    eprintln!("peak: {peak} kB with {RECORDS} records");
    assert!(peak < MOST_KILOBYTES, "{peak} kB");
}
