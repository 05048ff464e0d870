//! `kill -9` of Longshore, of the source, of the destination, at random instants; then the same command again until it
//! succeeds. The tables are those of a sync that nobody killed, each time.

use crate::place::Place;
use crate::running::Running;
use crate::tables::{self, Tables};
use rustix::process::{Signal, kill_process};
use std::time::{Duration, Instant};

/// In each of four modes.
const KILLS: usize = 50;
const CONFIG: &str = r#"{"count":2000,"seed":7,"records_per_slice":100}"#;
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

/// What a sync that nobody killed takes and leaves.
struct Undisturbed {
    run: Duration,
    tables: Tables,
}

impl Undisturbed {
    fn of(sync: &Sync) -> Self {
        let started = Instant::now();
        sync.start().finish().expect_success();
        Self { run: started.elapsed(), tables: sync.tables() }
    }
}

/// Kills one of the three after a while: the wanted one, or Longshore when that is not there. Who it was, unless the
/// sync had ended before.
fn kill(running: &Running, victim: &'static str, after: Duration) -> Option<&'static str> {
    if running.ends_within(after) {
        return None;
    }
    if let Some(child) = running.child_called(victim) {
        return kill_process(child, Signal::KILL).ok().map(|()| victim);
    }
    running.signal(Signal::KILL);
    Some(VICTIMS[0])
}

/// One sync that is killed up to three times, and finished; who was killed.
fn killed_sync(sync: &Sync, dice: &mut Dice, undisturbed: &Undisturbed) -> Vec<&'static str> {
    let mut kills = Vec::new();
    for _ in 0..=dice.below(3) {
        let mut running = sync.start();
        let victim = VICTIMS[dice.below(3) as usize];
        kills.extend(kill(&running, victim, dice.instant(undisturbed.run)));
        // A sync that has reported its success is done, even if it is killed before it exits.
        let ran = running.finish();
        if ran.code == 0 || ran.stdout.contains("succeeded") {
            return kills;
        }
    }
    let succeeds = (0..MOST_RESUMPTIONS).any(|_| sync.start().finish().code == 0);
    assert!(succeeds, "it never succeeds: {:?}", sync.start().finish());
    kills
}

/// How many rows each table has and should have, and its first row that should not be there.
fn difference(tables: &Tables, expected: &Tables) -> String {
    let one = |(name, expected): (&String, &Vec<String>)| {
        let rows = tables.get(name).map_or(&[][..], Vec::as_slice);
        let other = rows.iter().find(|row| !expected.contains(row));
        format!("{name} has {} rows of {}, among them {other:?}", rows.len(), expected.len())
    };
    expected.iter().map(one).collect::<Vec<_>>().join("\n")
}

fn a_killed_sync_equals_one_that_was_not(modes: &'static [&'static str], seed: u64) {
    let undisturbed = Undisturbed::of(&Sync::new(modes));
    let (mut dice, mut kills) = (Dice(seed), 0);
    while kills < KILLS {
        let sync = Sync::new(modes);
        let killed = killed_sync(&sync, &mut dice, &undisturbed);
        kills += killed.len();
        let tables = sync.tables();
        let expected = &undisturbed.tables;
        assert!(tables == *expected, "after {kills} kills, last {killed:?}: {}", difference(&tables, expected));
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
