//! What stands before passwords: who errs too often waits, and who was right a moment ago is not asked again, since clients
//! with Basic send their password every second and checking it is slow on purpose.

use crate::problem::{Problem, Result};
use axum::http::StatusCode;
use longshore_control_plane::UserId;
use ring::{hmac, rand};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How many wrong tries are free.
const FREE_TRIES: u32 = 10;
/// How often another one is free after them.
const ONE_MORE: Duration = Duration::from_secs(6);
/// How many names and addresses are kept apart; beyond them the oldest is forgotten.
const REMEMBERED: usize = 10_000;
/// How long a password that was right is not checked again.
const TRUST: Duration = Duration::from_secs(30);

/// The wrong tries and the right ones of a short while.
pub(crate) struct Gate {
    /// Under this key passwords are remembered; it is never stored.
    key: hmac::Key,
    wrong: Mutex<HashMap<(Option<IpAddr>, String), Tries>>,
    right: Mutex<HashMap<Vec<u8>, (UserId, Instant)>>,
}

/// A bucket that leaks one try at a time.
struct Tries {
    count: u32,
    since: Instant,
}

impl Default for Gate {
    fn default() -> Self {
        let mut bytes = [0; 32];
        // Without randomness nothing is remembered from one process to the next that could be guessed: ids are random too.
        if rand::SecureRandom::fill(&rand::SystemRandom::new(), &mut bytes).is_err() {
            bytes[..16].copy_from_slice(uuid::Uuid::new_v4().as_bytes());
        }
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, &bytes), wrong: Mutex::default(), right: Mutex::default() }
    }
}

impl Gate {
    /// Whether another try is free.
    ///
    /// # Errors
    /// 429, when there were too many wrong ones.
    pub(crate) fn open(&self, from: Option<IpAddr>, name: &str) -> Result<()> {
        let mut wrong = lock(&self.wrong);
        let Some(tries) = wrong.get_mut(&(from, name.to_lowercase())) else { return Ok(()) };
        tries.leak(Instant::now());
        if tries.count < FREE_TRIES { Ok(()) } else { Err(too_many()) }
    }

    /// Counts a wrong try.
    pub(crate) fn failed(&self, from: Option<IpAddr>, name: &str) {
        let mut wrong = lock(&self.wrong);
        if wrong.len() >= REMEMBERED {
            forget_oldest(&mut wrong);
        }
        let now = Instant::now();
        wrong.entry((from, name.to_lowercase())).or_insert(Tries { count: 0, since: now }).count += 1;
    }

    /// The password was right, and is not checked again for a short while.
    pub(crate) fn remember(&self, name: &str, password: &str, user: UserId) {
        let mut right = lock(&self.right);
        if right.len() >= REMEMBERED {
            right.retain(|_, (_, at)| at.elapsed() < TRUST);
        }
        right.insert(self.print(name, password), (user, Instant::now()));
    }

    /// Whose this name and password were a moment ago.
    pub(crate) fn remembered(&self, name: &str, password: &str) -> Option<UserId> {
        let right = lock(&self.right);
        right.get(&self.print(name, password)).filter(|(_, at)| at.elapsed() < TRUST).map(|(user, _)| *user)
    }

    /// Forgets what was right: a password or an application has changed.
    pub(crate) fn forget(&self) {
        lock(&self.right).clear();
    }

    fn print(&self, name: &str, password: &str) -> Vec<u8> {
        let mut context = hmac::Context::with_key(&self.key);
        for part in [name, password] {
            context.update(&part.len().to_le_bytes());
            context.update(part.as_bytes());
        }
        context.sign().as_ref().to_vec()
    }
}

impl Tries {
    fn leak(&mut self, now: Instant) {
        let leaked = now.duration_since(self.since).as_secs() / ONE_MORE.as_secs();
        if leaked > 0 {
            self.count = self.count.saturating_sub(u32::try_from(leaked).unwrap_or(u32::MAX));
            self.since = now;
        }
    }
}

fn forget_oldest(wrong: &mut HashMap<(Option<IpAddr>, String), Tries>) {
    let oldest = wrong.iter().min_by_key(|(_, tries)| tries.since).map(|(key, _)| key.clone());
    if let Some(key) = oldest {
        wrong.remove(&key);
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

fn too_many() -> Problem {
    let detail = "too many wrong passwords; wait a little";
    Problem::new(StatusCode::TOO_MANY_REQUESTS, "try-again-later", "auth.too_many", detail)
        .retry_after(ONE_MORE.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use longshore_control_plane::ZERO;

    #[test]
    fn the_eleventh_wrong_password_waits_and_other_names_do_not() {
        let gate = Gate::default();
        for _ in 0..FREE_TRIES {
            gate.open(None, "Anna").expect("free");
            gate.failed(None, "Anna");
        }
        assert!(gate.open(None, "anna").is_err());
        assert!(gate.open(None, "bert").is_ok());
    }

    #[test]
    fn a_right_password_is_remembered_exactly() {
        let gate = Gate::default();
        gate.remember("a", "bc", UserId(ZERO));
        assert_eq!(gate.remembered("a", "bc"), Some(UserId(ZERO)));
        assert_eq!(gate.remembered("ab", "c"), None);
        gate.forget();
        assert_eq!(gate.remembered("a", "bc"), None);
    }

    #[test]
    fn tries_leak_with_time() {
        let begun = Instant::now();
        let mut tries = Tries { count: 10, since: begun };
        tries.leak(begun + ONE_MORE * 3);
        assert_eq!(tries.count, 7);
    }
}
