//! How fast an API may be asked: what the connector keeps to by itself, and what the server says.

use super::moment;
use crate::Failure;
use crate::signal::StopFlag;
use jiff::Timestamp;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What an API allows.
///
/// `Retry-After` (seconds or a date) of an answer 429 or 503 is always kept to and need not be declared.
#[derive(Debug, Clone, Default)]
pub struct RateLimit {
    /// Between two requests, in the long run.
    interval: Duration,
    burst: u32,
    remaining: Option<String>,
    reset: Option<(String, Reset)>,
}

/// What the number in a reset header means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reset {
    /// The second since the epoch at which requests are allowed again.
    EpochSeconds,
    /// Seconds to wait.
    Seconds,
    /// Milliseconds to wait.
    Milliseconds,
}

impl RateLimit {
    /// At most this many requests in a second, of all streams and threads together; fractions are allowed.
    #[must_use]
    pub fn per_second(requests: f64) -> Self {
        let interval = Duration::try_from_secs_f64(1.0 / requests).unwrap_or_default();
        Self { interval, burst: 1, ..Self::default() }
    }

    /// At most this many requests in a minute.
    #[must_use]
    pub fn per_minute(requests: f64) -> Self {
        Self::per_second(requests / 60.0)
    }

    /// Only what the server says.
    #[must_use]
    pub fn as_told() -> Self {
        Self::default()
    }

    /// After a pause, so many requests may follow each other at once.
    #[must_use]
    pub fn burst(mut self, requests: u32) -> Self {
        self.burst = requests.max(1);
        self
    }

    /// The header that says how many requests are left, such as `X-RateLimit-Remaining`. At 0 the next request waits for
    /// the reset; an answer 403 with 0 left is about the limit, not about rights.
    #[must_use]
    pub fn remaining_header(mut self, name: &str) -> Self {
        self.remaining = Some(name.to_owned());
        self
    }

    /// The header that says when requests are allowed again, such as `X-RateLimit-Reset`.
    #[must_use]
    pub fn reset_header(mut self, name: &str, reset: Reset) -> Self {
        self.reset = Some((name.to_owned(), reset));
        self
    }
}

/// The limit, with what was used of it.
#[derive(Debug, Default)]
pub(crate) struct Limiter {
    limit: RateLimit,
    /// When the bucket is full again.
    full_at: Mutex<Option<Instant>>,
    paused_until: Mutex<Option<Instant>>,
}

impl Limiter {
    pub(crate) fn new(limit: RateLimit) -> Self {
        Self { limit, ..Self::default() }
    }

    /// Waits until the next request is allowed.
    pub(crate) fn wait(&self, stop: &StopFlag) -> Result<(), Failure> {
        loop {
            let pause = self.pause_left();
            if pause.is_zero() {
                break;
            }
            stop.sleep(pause)?;
        }
        stop.sleep(self.take())
    }

    /// How long all requests are paused.
    pub(crate) fn pause_left(&self) -> Duration {
        let until = *self.paused_until.lock().unwrap_or_else(PoisonError::into_inner);
        until.map_or(Duration::ZERO, |until| until.saturating_duration_since(Instant::now()))
    }

    /// Takes a place in the order of requests and says how long it is away.
    fn take(&self) -> Duration {
        if self.limit.interval.is_zero() {
            return Duration::ZERO;
        }
        let now = Instant::now();
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let before = full_at.unwrap_or(now).max(now);
        *full_at = Some(before + self.limit.interval);
        let allowance = self.limit.interval * (self.limit.burst - 1);
        before.saturating_duration_since(now).saturating_sub(allowance)
    }

    /// Lets every thread wait.
    pub(crate) fn pause(&self, wait: Duration) {
        let mut until = self.paused_until.lock().unwrap_or_else(PoisonError::into_inner);
        let new = Instant::now() + wait;
        *until = Some(until.map_or(new, |until| until.max(new)));
    }

    /// Whether an answer says that nothing is left.
    pub(crate) fn is_used_up<'a>(&self, header: impl Fn(&str) -> Option<&'a str>) -> bool {
        let left = self.limit.remaining.as_deref().and_then(header);
        left.is_some_and(|left| left.trim().parse::<f64>().is_ok_and(|left| left < 1.0))
    }

    /// How long an answer asks to wait.
    pub(crate) fn asked_wait<'a>(&self, header: impl Fn(&str) -> Option<&'a str>) -> Option<Duration> {
        if let Some(wait) = header("retry-after").and_then(retry_after) {
            return Some(wait);
        }
        let (name, reset) = self.limit.reset.as_ref()?;
        let number: f64 = header(name)?.trim().parse().ok()?;
        let seconds = match reset {
            Reset::Seconds => number,
            Reset::Milliseconds => number / 1000.0,
            Reset::EpochSeconds => number - Timestamp::now().as_millisecond() as f64 / 1000.0,
        };
        Some(Duration::try_from_secs_f64(seconds).unwrap_or_default())
    }
}

/// `Retry-After`: seconds, or a date.
fn retry_after(text: &str) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let milliseconds = moment::parse_http_date(text)?.as_millisecond() - Timestamp::now().as_millisecond();
    Some(Duration::from_millis(u64::try_from(milliseconds).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_spread_after_a_burst() {
        let limiter = Limiter::new(RateLimit::per_second(10.0).burst(3));
        let waits: Vec<u128> = (0..5).map(|_| limiter.take().as_millis().div_ceil(10)).collect();
        assert_eq!(waits[..3], [0, 0, 0]);
        assert!((9..=10).contains(&waits[3]) && (19..=20).contains(&waits[4]), "{waits:?}");
    }

    #[test]
    fn servers_say_how_long_to_wait_in_several_ways() {
        let seconds = |limit: RateLimit, name: &'static str, value: String| {
            let header = |asked: &str| asked.eq_ignore_ascii_case(name).then_some(value.as_str());
            Limiter::new(limit).asked_wait(header).map(|wait| wait.as_secs_f64().round())
        };
        let now = Timestamp::now().as_second();
        let date = Timestamp::from_second(now + 30).unwrap();
        let date = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&date).unwrap();
        let reset = |reset| RateLimit::as_told().reset_header("X-Reset", reset);
        assert_eq!(seconds(RateLimit::default(), "retry-after", "7".to_owned()), Some(7.0));
        assert!((29.0..=30.0).contains(&seconds(RateLimit::default(), "retry-after", date).unwrap()));
        assert_eq!(seconds(reset(Reset::Milliseconds), "x-reset", "4000".to_owned()), Some(4.0));
        assert_eq!(seconds(reset(Reset::Seconds), "x-reset", "4".to_owned()), Some(4.0));
        assert!((8.0..=9.0).contains(&seconds(reset(Reset::EpochSeconds), "x-reset", (now + 9).to_string()).unwrap()));
        assert_eq!(seconds(reset(Reset::EpochSeconds), "x-reset", "1".to_owned()), Some(0.0));
    }
}
