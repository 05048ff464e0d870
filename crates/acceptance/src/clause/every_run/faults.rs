//! Faults that are found many times, told once.

use crate::rule::Wrong;

/// How much of a line is kept as evidence.
const MOST_CHARACTERS: usize = 2_000;

/// What is wrong, each with the first line that shows it and how often it was seen.
#[derive(Default)]
pub(super) struct Faults {
    seen: Vec<(String, String, usize)>,
}

impl Faults {
    pub(super) fn add(&mut self, message: impl Into<String>, evidence: impl FnOnce() -> String) {
        let message = message.into();
        match self.seen.iter_mut().find(|(known, ..)| *known == message) {
            Some((_, _, times)) => *times += 1,
            None => self.seen.push((message, evidence().chars().take(MOST_CHARACTERS).collect(), 1)),
        }
    }

    pub(super) fn told(self) -> Vec<Wrong> {
        let told = self.seen.into_iter().map(|(message, evidence, times)| match times {
            1 => Wrong::new(message, evidence),
            _ => Wrong::new(format!("{message} ({times} times)"), evidence),
        });
        told.collect()
    }
}
