//! `kill -9` at random instants, resumption from any stored state, and the same rows as if nothing had happened.

use crate::lab::{Lab, catalog, run, stored};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;
use std::sync::mpsc::channel;
use std::time::Duration;

const RECORDS: i64 = 300;

/// Numbers that look random and can be repeated (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

/// Feeds some of the input and kills at a random instant. Answers with the echoes that got out.
fn killed(lab: &Lab, plan: &Value, from: i64, dice: &mut Dice) -> Vec<i64> {
    let mut lines = run(from, RECORDS);
    if from == 0 {
        // A platform says that a stream is complete only when it has stored a state of it.
        lines.retain(|line| !line.contains("COMPLETE"));
    }
    let input = lines.join("\n") + "\n";
    let mut command = lab.write_command(plan, Some(&input_state(from)));
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (sender, echoes) = channel();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    std::thread::spawn(move || {
        for line in stdout.lines() {
            let message: Value = serde_json::from_str(&line.unwrap()).unwrap();
            let _ = message["state"]["stream"]["stream_state"]["read"].as_i64().map(|read| sender.send(read));
        }
    });
    let end = if dice.below(3) == 0 { input.len() } else { dice.below(input.len() as u64) as usize };
    let mut stdin = child.stdin.take().unwrap();
    let _ = stdin.write_all(&input.as_bytes()[..end]);
    // Until the first echo, or an instant before, within or after the commit that leads to it.
    let first = echoes.recv_timeout(Duration::from_micros(dice.below(70_000)));
    child.kill().unwrap();
    child.wait().unwrap();
    first.into_iter().chain(echoes.iter()).collect()
}

fn input_state(read: i64) -> Value {
    if read == 0 { json!([]) } else { json!([stored("s", read)]) }
}

fn live(format: &str, minimum: i64, seed: u64) {
    let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let lab = Lab::new(format);
    let plan = |generation, minimum| catalog("s", &json!({"n": {"type": "integer"}}), generation, minimum);
    if minimum > 0 {
        lab.write(&plan(minimum - 1, 0), Some(&json!([])), &run(900, 950)).succeeded();
    }
    let plan = plan(minimum, minimum);
    let mut read = 0;
    for _ in 0..=dice.below(3) {
        let echoes = killed(&lab, &plan, read, &mut dice);
        let stored = dice.below(echoes.len() as u64 + 1) as usize;
        read = echoes[..stored].last().copied().unwrap_or(read);
    }
    lab.write(&plan, Some(&input_state(read)), &run(read, RECORDS)).succeeded();
    let expected: Vec<i64> = (0..RECORDS).collect();
    let rows: Vec<i64> = match format {
        "jsonl" => lab.data("s.jsonl").iter().map(|data| data["n"].as_i64().unwrap()).collect(),
        _ => lab.read("s.csv").lines().skip(1).map(|line| line.rsplit(',').next().unwrap().parse().unwrap()).collect(),
    };
    assert_eq!(rows, expected, "{format}, seed {seed}");
}

#[test]
fn appended_rows_are_neither_lost_nor_doubled_by_kills() {
    (1..=30).for_each(|seed| live("jsonl", 0, seed));
}

#[test]
fn a_new_generation_survives_kills() {
    (1..=15).for_each(|seed| live("jsonl", 2, seed));
    (1..=15).for_each(|seed| live("csv", 2, seed));
}
