//! Tokens of ECR, kept in memory until shortly before they end: a sync of a day asks for three, not for thousands.

use super::EcrRegistry;
use crate::{Credentials, Settings};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::os::unix::ffi::OsStrExt;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// How long before its end a token is not given out any more.
const RESERVE: Duration = Duration::from_secs(5 * 60);

static TOKENS: LazyLock<Mutex<HashMap<Key, Token>>> = LazyLock::new(Mutex::default);

/// Whose token it is: a digest of the registry and of everything that AWS credentials are found by.
pub(super) type Key = [u8; 32];

struct Token {
    credentials: Credentials,
    good_until: SystemTime,
}

pub(super) fn key(settings: &Settings, registry: &EcrRegistry) -> Key {
    let mut digest = Sha256::new();
    digest.update(format!("{registry:?}"));
    for (name, value) in settings.environment.iter() {
        if name.as_bytes().starts_with(b"AWS_") || name == "HOME" {
            for part in [name, value] {
                digest.update(part.len().to_le_bytes());
                digest.update(part.as_bytes());
            }
        }
    }
    digest.finalize().into()
}

pub(super) fn get(key: &Key) -> Option<Credentials> {
    let tokens = TOKENS.lock().unwrap_or_else(PoisonError::into_inner);
    tokens.get(key).filter(|token| SystemTime::now() < token.good_until).map(|token| token.credentials.clone())
}

/// Keeps a token. One that ends soon, or has ended by this machine's clock, serves once and is not kept.
pub(super) fn put(key: Key, credentials: Credentials, expires_at: f64) {
    let lifetime = Duration::try_from_secs_f64(expires_at).ok();
    let good_until = lifetime.and_then(|lifetime| SystemTime::UNIX_EPOCH.checked_add(lifetime)?.checked_sub(RESERVE));
    let mut tokens = TOKENS.lock().unwrap_or_else(PoisonError::into_inner);
    match good_until.filter(|until| SystemTime::now() < *until) {
        Some(good_until) => tokens.insert(key, Token { credentials, good_until }),
        None => tokens.remove(&key),
    };
    tokens.retain(|_, token| SystemTime::now() < token.good_until);
}

#[cfg(test)]
mod tests {
    use super::{get, put};
    use crate::{Credentials, Secret};
    use std::time::{Duration, SystemTime};

    fn in_seconds(seconds: u64) -> f64 {
        let then = SystemTime::now() + Duration::from_secs(seconds);
        then.duration_since(SystemTime::UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
    }

    #[test]
    fn a_token_is_given_out_until_five_minutes_before_its_end() {
        let token = Credentials::IdentityToken(Secret::new("t"));
        let key = [7; 32];
        put(key, token.clone(), in_seconds(310));
        assert!(get(&key) == Some(token.clone()));
        put(key, token.clone(), in_seconds(290));
        assert!(get(&key).is_none());
        put(key, token, 1_420_070_400.0);
        assert!(get(&key).is_none());
    }
}
