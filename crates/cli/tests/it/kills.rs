//! `kill -9` of Longshore, of the source, of the destination, at random instants; then the same command again until it
//! succeeds. The tables are those of a sync that nobody killed, each time.

use crate::place::Place;
use crate::running::Running;
use crate::tables::{self, Tables};
use rustix::process::{Signal, kill_process};
use std::time::{Duration, Instant};

/// In each of four modes.
const KILLS: usize = 50;
const CONFIG: &str = r#"{"count":4000,"seed":7,"records_per_slice":100}"#;
/// Runs after the last kill: one that goes on, and one more if a dying process still held the database.
const MOST_RESUMPTIONS: usize = 4;
const VICTIMS: [&str; 3] = ["longshore", "source-faker", "destination-sqlite"];

/// Numbers that look random and can be repeated (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }

    /// An instant of a run that takes about so long.
    fn instant(&mut self, run: Duration) -> Duration {
        run.mul_f64(self.below(1050) as f64 / 1000.0)
    }
}

/// The command of one test in a place of its own.
struct Sync {
    place: Place,
    modes: &'static [&'static str],
}

impl Sync {
    fn new(modes: &'static [&'static str]) -> Self {
        let place = Place::new();
        place.file("faker.json", CONFIG);
        Self { place, modes }
    }

    fn start(&self) -> Running {
        let fixed = ["--source-config", "faker.json", "--state", "state.json"];
        let mut command = self.place.sync_command("source-faker", "destination-sqlite", &[&fixed, self.modes].concat());
        Running::start(&mut command)
    }

    fn tables(&self) -> Tables {
        tables::read(&self.place.path("longshore.sqlite"))
    }
}

/// Kills one of the three after a while; whether there was still one to kill.
fn kill(running: &Running, victim: &str, after: Duration) -> bool {
    if running.ends_within(after) {
        return false;
    }
    match running.child_called(victim) {
        Some(child) => kill_process(child, Signal::KILL).is_ok(),
        None => {
            running.signal(Signal::KILL);
            true
        }
    }
}

/// One sync that is killed up to three times, and finished; how often it was killed.
fn killed_sync(sync: &Sync, dice: &mut Dice, run: Duration) -> usize {
    let mut kills = 0;
    for _ in 0..=dice.below(3) {
        let mut running = sync.start();
        let victim = VICTIMS[dice.below(3) as usize];
        kills += usize::from(kill(&running, victim, dice.instant(run)));
        if running.finish().code == 0 {
            return kills; // it was done before
        }
    }
    let succeeds = (0..MOST_RESUMPTIONS).any(|_| sync.start().finish().code == 0);
    assert!(succeeds, "it never succeeds: {:?}", sync.start().finish());
    kills
}

/// How many rows each table has and should have.
fn difference(tables: &Tables, expected: &Tables) -> String {
    let one = |(name, rows): (&String, &Vec<String>)| {
        format!("{name} has {} rows of {}", tables.get(name).map_or(0, Vec::len), rows.len())
    };
    expected.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn a_killed_sync_equals_one_that_was_not(modes: &'static [&'static str], seed: u64) {
    let undisturbed = Sync::new(modes);
    let started = Instant::now();
    undisturbed.start().finish().expect_success();
    let (run, expected) = (started.elapsed(), undisturbed.tables());
    let (mut dice, mut kills) = (Dice(seed), 0);
    while kills < KILLS {
        let sync = Sync::new(modes);
        kills += killed_sync(&sync, &mut dice, run);
        let tables = sync.tables();
        assert!(tables == expected, "after {kills} kills with seed {seed}: {}", difference(&tables, &expected));
    }
}

#[test]
fn deduplicated_tables_survive_kills() {
    a_killed_sync_equals_one_that_was_not(&[], 1);
}

#[test]
fn appended_full_refreshes_survive_kills() {
    let modes = &["--sync-mode", "full_refresh", "--destination-sync-mode", "append"];
    a_killed_sync_equals_one_that_was_not(modes, 2);
}

#[test]
fn overwriting_full_refreshes_survive_kills() {
    let modes = &["--sync-mode", "full_refresh", "--destination-sync-mode", "overwrite"];
    a_killed_sync_equals_one_that_was_not(modes, 3);
}

#[test]
fn appended_increments_survive_kills() {
    let modes = &["--sync-mode", "incremental", "--destination-sync-mode", "append"];
    a_killed_sync_equals_one_that_was_not(modes, 4);
}
