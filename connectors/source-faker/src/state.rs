//! The state of a stream: which pass over its ids is being made, and how far it is.
//!
//! A *pass* gives every record once. Its seed and its `updated_at` are chosen when it begins and are part of every
//! state of it, beginning with one that comes before its first record; all else follows from them. So a run that goes
//! on from any of its states gives what it would have given without the interruption.

use crate::Config;
use crate::moment::Moment;
use longshore_connector_kit::SyncMode;
use serde::{Deserialize, Deserializer, Serialize};
use std::hash::{BuildHasher, RandomState};

/// A pass, and how far it is. The keys are those of the Python connector, which leaves some of them out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// The seed of the pass; never "at random".
    #[serde(default, deserialize_with = "absent_as_zero")]
    pub(crate) seed: i64,
    /// The `updated_at` of all records of the pass.
    pub(crate) updated_at: Moment,
    /// How many records of the pass have been emitted; the next one has the id after it.
    #[serde(default)]
    pub(crate) loop_offset: u64,
}

impl State {
    /// The state to go on from, in a stream of `total` records.
    ///
    /// A pass that is not at its end is continued. One at its end stays there, but for the incremental sync of a
    /// configuration that wants all records updated each time: that begins another.
    pub(crate) fn resume(stored: Option<Self>, config: &Config, mode: SyncMode, total: u64) -> Self {
        match stored {
            None => Self::first_pass(config),
            Some(state) if state.loop_offset >= total && mode == SyncMode::Incremental && config.always_updated => {
                state.next_pass(config)
            }
            Some(state) => state,
        }
    }

    /// With a seed of the user's, not even the clock makes a difference between two runs.
    fn first_pass(config: &Config) -> Self {
        match config.fixed_seed() {
            Some(seed) => Self { seed, updated_at: Moment::YEAR_2026, loop_offset: 0 },
            None => Self { seed: random_seed(), updated_at: Moment::now(), loop_offset: 0 },
        }
    }

    /// The same records (unless the user has changed the seed) with a later `updated_at`.
    fn next_pass(&self, config: &Config) -> Self {
        match config.fixed_seed() {
            Some(seed) => Self { seed, updated_at: self.updated_at.next_day(), loop_offset: 0 },
            None => {
                let updated_at = Moment::now().max(self.updated_at.next_second());
                Self { seed: self.seed, updated_at, loop_offset: 0 }
            }
        }
    }
}

/// From the randomness that the standard library gives its hash maps; exact in a JSON number of 53 bits.
fn random_seed() -> i64 {
    (RandomState::new().hash_one(()) >> 11) as i64
}

fn absent_as_zero<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(text: &str) -> Config {
        serde_json::from_str(text).unwrap()
    }

    fn state(loop_offset: u64) -> State {
        State { seed: 7, updated_at: Moment::YEAR_2026.next_day(), loop_offset }
    }

    #[test]
    fn a_pass_is_continued_until_its_end() {
        for mode in [SyncMode::FullRefresh, SyncMode::Incremental] {
            assert_eq!(State::resume(Some(state(9)), &config("{}"), mode, 10), state(9));
        }
    }

    #[test]
    fn only_an_incremental_sync_that_always_updates_begins_another_pass() {
        let again = State::resume(Some(state(10)), &config(r#"{"seed":8}"#), SyncMode::Incremental, 10);
        assert_eq!(again, State { seed: 8, updated_at: state(0).updated_at.next_day(), loop_offset: 0 });
        let never = config(r#"{"always_updated":false}"#);
        assert_eq!(State::resume(Some(state(10)), &never, SyncMode::Incremental, 10), state(10));
        assert_eq!(State::resume(Some(state(10)), &config("{}"), SyncMode::FullRefresh, 10), state(10));
    }

    #[test]
    fn a_random_seed_is_chosen_once() {
        let first = State::resume(None, &config("{}"), SyncMode::Incremental, 0);
        let second = State::resume(Some(first.clone()), &config("{}"), SyncMode::Incremental, 0);
        assert_eq!(second.seed, first.seed);
        assert!(second.updated_at > first.updated_at);
        assert_ne!(State::resume(None, &config("{}"), SyncMode::Incremental, 0).seed, first.seed);
    }

    #[test]
    fn states_of_the_python_connector_are_understood() {
        let products = r#"{"seed":null,"updated_at":"2026-11-21T11:06:24+00:00"}"#;
        let products: State = serde_json::from_str(products).unwrap();
        assert_eq!((products.seed, products.loop_offset), (0, 0));
        let users = r#"{"seed":3,"updated_at":"2026-11-21T11:06:24+00:00","loop_offset":20}"#;
        assert_eq!(serde_json::to_string(&serde_json::from_str::<State>(users).unwrap()).unwrap(), users);
    }
}
