//! Dates and times, whatever way a store spells them.

use jiff::civil::{Date, DateTime, Time};

/// What jiff reads in place of a moment without a date.
const EPOCH: Date = jiff::civil::date(1970, 1, 1);

/// Moments are told apart by microseconds: databases have no finer ones.
const NANOSECONDS: i128 = 1_000;

const DAY_MICROSECONDS: i128 = 86_400_000_000;

/// A day: alone, or as its midnight.
pub(super) fn date(text: &str) -> Option<Date> {
    let (day, rest) = text.split_at_checked(10)?;
    let is_midnight = rest.is_empty() || timestamp(text)? % DAY_MICROSECONDS == 0;
    day.parse().ok().filter(|_| is_midnight)
}

/// Microseconds of the day in UTC.
pub(super) fn time(text: &str) -> Option<i128> {
    let (clock, offset) = split_offset(text)?;
    let clock: Time = clock.parse().ok().filter(|_| clock.contains(':'))?;
    let local = microseconds(EPOCH.to_datetime(clock));
    Some((local - offset).rem_euclid(DAY_MICROSECONDS))
}

/// Microseconds since the epoch in UTC.
pub(super) fn timestamp(text: &str) -> Option<i128> {
    let (day, clock) = text.split_at_checked(10)?;
    let (clock, offset) = split_offset(clock)?;
    let clock = clock.strip_prefix(['T', 't', ' ']).unwrap_or(clock);
    let day: Date = day.parse().ok()?;
    let clock: Time = if clock.is_empty() { Time::midnight() } else { clock.parse().ok()? };
    Some(microseconds(day.to_datetime(clock)) - offset)
}

/// Whether a number is a moment as seconds, milliseconds, microseconds or nanoseconds since the epoch.
pub(super) fn is_epoch(moment: &i128, number: f64) -> bool {
    let moment = *moment as f64;
    [1e6, 1e3, 1.0, 1e-3].into_iter().any(|unit| (number * unit - moment).abs() < 1.0)
}

/// Whether a number is a day as days since the epoch.
pub(super) fn is_day_number(day: &Date, number: f64) -> bool {
    (microseconds(day.to_datetime(Time::midnight())) / DAY_MICROSECONDS) as f64 == number
}

/// Not by [`jiff::Timestamp`]: its last moment is a day before that of the calendar.
fn microseconds(moment: DateTime) -> i128 {
    moment.duration_since(EPOCH.to_datetime(Time::midnight())).as_nanos().div_euclid(NANOSECONDS)
}

/// The text before the zone, and the zone as microseconds ahead of UTC; 0 without one.
fn split_offset(text: &str) -> Option<(&str, i128)> {
    let text = text.trim_end();
    for utc in ["Z", "z", "UTC", "GMT"] {
        if let Some(local) = text.strip_suffix(utc) {
            return Some((local.trim_end(), 0));
        }
    }
    let Some(at) = text.rfind(['+', '-']) else { return Some((text, 0)) };
    let sign = if text[at..].starts_with('-') { -1 } else { 1 };
    let digits: String = text[at + 1..].chars().filter(|it| *it != ':').collect();
    let (hours, minutes) = digits.split_at_checked(2)?;
    let minutes: i128 = if minutes.is_empty() { 0 } else { minutes.get(..2)?.parse().ok()? };
    let hours: i128 = hours.parse().ok()?;
    Some((text[..at].trim_end(), sign * (hours * 60 + minutes) * 60_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_moment_are_equal() {
        for (a, b) in [
            ("2024-06-30T12:00:00+05:30", "2024-06-30 06:30:00+00"),
            ("2024-06-30T12:00:00+05:30", "2024-06-30T06:30:00.000Z"),
            ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59"),
            ("2024-02-29T23:59:59.999999", "2024-02-29 23:59:59.999999 UTC"),
            ("1969-12-31T23:59:59Z", "1969-12-31T18:59:59-0500"),
        ] {
            assert_eq!(timestamp(a), timestamp(b), "{a} and {b}");
            assert!(timestamp(a).is_some(), "{a}");
        }
        assert_ne!(timestamp("2024-06-30T12:00:00+05:30"), timestamp("2024-06-30T12:00:00"));
        assert_eq!(timestamp("soon, or later"), None);
    }

    #[test]
    fn days_may_be_midnights() {
        assert_eq!(date("0001-01-01"), date("0001-01-01T00:00:00Z"));
        assert!(date("0001-01-01").is_some());
        assert_eq!(date("2024-01-01T01:00:00"), None);
    }

    #[test]
    fn times_are_compared_in_utc() {
        assert_eq!(time("12:34:56+05:30"), time("07:04:56Z"));
        assert_eq!(time("01:00:00+02:00"), time("23:00:00.000000"));
        assert_ne!(time("12:34:56+05:30"), time("12:34:56"));
        assert_eq!(time("noon"), None);
    }

    #[test]
    fn numbers_may_be_moments() {
        let moment = timestamp("2024-05-06T07:08:09.123Z").unwrap();
        assert!(is_epoch(&moment, 1_714_979_289_123.0) && is_epoch(&moment, 1_714_979_289.123));
        assert!(!is_epoch(&moment, 1_714_979_289.0));
        assert!(is_day_number(&date("1970-01-03").unwrap(), 2.0));
    }
}
