//! Proves the engine against scripted connectors.
//!
//! * `scenarios/*.txt` — one case each: the plan, the source's script, the destination's script, and what must come of
//!   it. Adding a case is adding a file; `UPDATE_EXPECT=1 cargo test -p longshore-engine` writes what came of it below
//!   `expected:`, to be read with care before it is kept.
//! * [`volume`] — giant records and very many of them, generated.
//! * [`pressure`] — full pipes and the clock.
//! * [`fidelity`] — odd messages go through byte for byte.

mod fidelity;
mod pressure;
mod scenario;
mod stage;
mod transcript;
mod volume;

use scenario::Scenario;
use std::path::{Path, PathBuf};

#[test]
fn every_scenario_ends_as_it_must() {
    let update = std::env::var_os("UPDATE_EXPECT").is_some_and(|value| value == "1");
    let wrong: Vec<String> = files().iter().filter_map(|file| difference(file, update)).collect();
    assert!(wrong.is_empty(), "{} scenarios end in another way:\n\n{}", wrong.len(), wrong.join("\n"));
}

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let mut files: Vec<PathBuf> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty());
    files
}

/// What came of a scenario, if it is not what was expected.
fn difference(file: &Path, update: bool) -> Option<String> {
    let name = file.file_name().unwrap().to_string_lossy().into_owned();
    let text = std::fs::read_to_string(file).unwrap();
    let scenario = Scenario::parse(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
    let came = stage::play(&scenario);
    if came == scenario.expected {
        return None;
    }
    if update {
        std::fs::write(file, format!("{}{came}", scenario.head)).unwrap();
        return None;
    }
    Some(format!("--- {name}: expected\n{}--- {name}: came\n{came}", scenario.expected))
}
