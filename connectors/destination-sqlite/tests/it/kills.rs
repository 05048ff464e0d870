//! `kill -9` at random instants, resumption from any stored state, and the same tables as if nothing had happened.

use crate::lab::{Lab, catalog, complete, record, state, stored, stream};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

const STREAMS: [&str; 2] = ["s", "t"];
const RECORDS: i64 = 400;

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

/// What the platform has stored: how many records of each stream a state covers.
type Stored = BTreeMap<String, i64>;

/// A source of two streams whose states say how many records they cover.
fn source(from: &Stored, batch: i64) -> Vec<String> {
    let mut lines = Vec::new();
    let at = |name: &str| from.get(name).copied().unwrap_or(0);
    for first in (0..RECORDS).step_by(batch as usize) {
        for name in STREAMS {
            let last = (first + batch).min(RECORDS);
            let fresh = first.max(at(name))..last;
            if !fresh.is_empty() {
                lines.extend(fresh.map(|number| record(name, &version(number))));
                lines.push(state(name, &json!({"read": last})));
            }
        }
    }
    lines.extend(STREAMS.map(complete));
    lines
}

/// The record number `number`: a version of one of 60 keys, some of them deletions, some of them late.
fn version(number: i64) -> Value {
    let deleted = (number % 17 == 0).then(|| format!("2026-01-01T00:00:{:02}Z", number % 60));
    let cursor = if number % 11 == 0 { number - 100 } else { number };
    json!({"id": number * 7 % 60, "number": number, "cursor": cursor, "text": "x".repeat((number % 90) as usize), "_ab_cdc_deleted_at": deleted})
}

fn plan(mode: &str, generation: i64, minimum: i64) -> Value {
    let properties = json!({
        "id": {"type": "integer"}, "number": {"type": "integer"}, "cursor": {"type": "integer"}, "text": {"type": "string"},
        "_ab_cdc_deleted_at": {"type": "string"},
    });
    let streams = STREAMS.map(|name| {
        let mut stream = stream(name, properties.clone(), mode, generation, minimum);
        stream["primary_key"] = json!([["id"]]);
        stream["cursor_field"] = json!(["cursor"]);
        stream
    });
    catalog(&streams)
}

/// The rows of both tables: in their order, but deduplicated ones in that of their keys.
fn tables(lab: &Lab, mode: &str) -> Vec<Vec<String>> {
    let order = if mode == "append" { "_longshore_row" } else { "id" };
    let columns = "id || ',' || number || ',' || cursor || ',' || text || coalesce(_ab_cdc_deleted_at, '-')";
    STREAMS.iter().map(|name| lab.texts(&format!("SELECT {columns} FROM {name} ORDER BY {order}"))).collect()
}

fn input_state(stored_states: &Stored) -> Value {
    stored_states.iter().map(|(name, read)| stored(name, &json!({"read": read}))).collect()
}

/// A destination that is running.
struct Running {
    child: Child,
    stdin: ChildStdin,
    echoes: Receiver<(String, i64)>,
}

impl Running {
    fn start(lab: &Lab, plan: &Value, from: &Stored) -> Self {
        let mut command = lab.write_command(plan, Some(&input_state(from)));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (sender, echoes) = channel();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in stdout.lines() {
                let message: Value = serde_json::from_str(&line.unwrap()).unwrap();
                let stream = &message["state"]["stream"];
                if let Some(read) = stream["stream_state"]["read"].as_i64() {
                    let name = stream["stream_descriptor"]["name"].as_str().unwrap().to_owned();
                    let _ = sender.send((name, read));
                }
            }
        });
        Self { stdin: child.stdin.take().unwrap(), child, echoes }
    }

    /// Feeds some of the input, in parts, and kills at a random instant. The echoes that got out come back.
    fn kill_somewhere(mut self, input: &[u8], dice: &mut Dice) -> Vec<(String, i64)> {
        let end = if dice.below(4) == 0 { input.len() as u64 } else { dice.below(input.len() as u64 + 1) };
        let mut echoes = Vec::new();
        let mut fed = 0;
        for part in 0..=dice.below(3) {
            let next = if part == 0 { end / 2 } else { end } as usize;
            let _ = self.stdin.write_all(&input[fed..next.max(fed)]);
            fed = next.max(fed);
            // Until the next echo, or an instant before, within or after the commit that leads to it.
            echoes.extend(self.echoes.recv_timeout(Duration::from_micros(dice.below(70_000))));
        }
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        echoes.extend(self.echoes.iter());
        echoes
    }
}

/// The platform stores some of the echoes before it is killed itself, in their order.
fn store_some(stored_states: &mut Stored, echoes: &[(String, i64)], dice: &mut Dice) {
    let count = dice.below(echoes.len() as u64 + 1) as usize;
    let count = if dice.below(2) == 0 { echoes.len() } else { count };
    stored_states.extend(echoes[..count].iter().cloned());
}

/// One life: up to four kills, then a run to the end, then perhaps the end once more from an earlier state.
fn live(mode: &str, minimum: i64, expected: &[Vec<String>], seed: u64) {
    let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let lab = Lab::new();
    if minimum > 0 {
        let other: Vec<String> =
            source(&Stored::new(), RECORDS).into_iter().filter(|line| !line.contains("STATE")).collect();
        lab.write(&plan(mode, minimum - 1, 0), Some(&json!([])), &other).succeeded();
    }
    let generation = minimum.max(1);
    let plan = plan(mode, generation, minimum);
    let batch = 1 + dice.below(50) as i64;
    let lines = |from: &Stored| source(from, batch);
    let mut states = Stored::new();
    for _ in 0..=dice.below(4) {
        let mut input = lines(&states);
        if states.len() < expected.len() {
            // A platform says that a stream is complete only when it has stored a state of it.
            input.retain(|line| !line.contains("COMPLETE"));
        }
        let input = input.join("\n") + "\n";
        let echoes = Running::start(&lab, &plan, &states).kill_somewhere(input.as_bytes(), &mut dice);
        store_some(&mut states, &echoes, &mut dice);
    }
    lab.write(&plan, Some(&input_state(&states)), &lines(&states)).succeeded();
    assert!(tables(&lab, mode) == expected, "{mode}, seed {seed}: the tables differ");
    // A stream of which no state is stored would begin a new sync: nothing that is there is taken back.
    if states.len() == expected.len() && dice.below(3) == 0 {
        lab.write(&plan, Some(&input_state(&states)), &lines(&states)).succeeded();
        assert!(tables(&lab, mode) == expected, "{mode}, seed {seed}, completed twice: the tables differ");
    }
}

fn survives(mode: &str, minimum: i64, lives: u64) {
    let unharmed = Lab::new();
    unharmed.write(&plan(mode, 1, 0), Some(&json!([])), &source(&Stored::new(), 10)).succeeded();
    let expected = tables(&unharmed, mode);
    assert!(expected.iter().all(|table| table.len() > 30));
    for seed in 1..=lives {
        live(mode, minimum, &expected, seed);
    }
}

#[test]
fn appended_rows_are_neither_lost_nor_doubled_by_kills() {
    survives("append", 0, 35);
}

#[test]
fn a_new_generation_survives_kills() {
    survives("append", 2, 30);
}

#[test]
fn deduplicated_rows_survive_kills() {
    survives("append_dedup", 0, 30);
}

#[test]
fn a_new_deduplicated_generation_survives_kills() {
    survives("append_dedup", 2, 15);
}
