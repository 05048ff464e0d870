//! Which of two cursor values is the newer one.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::cmp::Ordering;

/// Compares two values of a cursor: numbers as numbers, dates and timestamps as instants (without a zone they are taken as
/// UTC), texts of digits as numbers, other texts as texts. None when the two cannot be compared.
pub(crate) fn compare_cursors(one: &Value, other: &Value) -> Option<Ordering> {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => match (one.as_i128(), other.as_i128()) {
            (Some(one), Some(other)) => Some(one.cmp(&other)),
            _ => one.as_f64()?.partial_cmp(&other.as_f64()?),
        },
        (Value::String(one), Value::String(other)) => compare_texts(one, other),
        _ => None,
    }
}

fn compare_texts(one: &str, other: &str) -> Option<Ordering> {
    let numbers = (one.parse::<i128>().ok(), other.parse::<i128>().ok());
    match (instant_of(one), instant_of(other), numbers) {
        (Some(one), Some(other), _) => Some(one.cmp(&other)),
        (None, None, (Some(one), Some(other))) => Some(one.cmp(&other)),
        (None, None, (None, None)) => Some(one.cmp(other)),
        _ => None,
    }
}

/// The instant that a date or timestamp names; none when the text is neither.
pub(crate) fn instant_of(text: &str) -> Option<Timestamp> {
    // `20240102` is a date to some and a number to others.
    if !text.contains('-') {
        return None;
    }
    let text = text.trim();
    let civil = || text.parse::<DateTime>().or_else(|_| text.parse::<Date>().map(|date| date.at(0, 0, 0, 0))).ok();
    let utc = |civil: DateTime| civil.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    text.parse::<Timestamp>().ok().or_else(|| utc(civil()?))
}

/// Whether a text is a timestamp of about now. Without a zone it may be in any.
pub(super) fn is_of_the_present(text: &str, now: Timestamp) -> bool {
    let has_zone = text.parse::<Timestamp>().is_ok();
    let most = SignedDuration::from_hours(if has_zone { 1 } else { 15 });
    text.contains(':') && instant_of(text).is_some_and(|instant| instant.duration_since(now).abs() <= most)
}

/// Whether a number is an epoch of about now, in seconds, milliseconds or microseconds.
pub(crate) fn is_epoch_of_the_present(value: &Value, now: Timestamp) -> bool {
    let Some(number) = value.as_f64().filter(|_| value.is_number()) else { return false };
    let now_s = now.as_millisecond() as f64 / 1e3;
    [1.0, 1e3, 1e6].iter().any(|per_second| (number / per_second - now_s).abs() <= 3_600.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_compared_by_what_they_mean() {
        let cases = [
            (json!(2), json!(10), Some(Ordering::Less)),
            (json!(2.5), json!(2), Some(Ordering::Greater)),
            (json!("9"), json!("10"), Some(Ordering::Less)),
            (json!("2024-01-01T10:00:00+02:00"), json!("2024-01-01T09:00:00Z"), Some(Ordering::Less)),
            (json!("2024-01-01"), json!("2024-01-01T00:00:00Z"), Some(Ordering::Equal)),
            (json!("2024-01-01 10:00:00.5"), json!("2024-01-01T10:00:00.50"), Some(Ordering::Equal)),
            (json!("2024-01-01T10:00:00+0000"), json!("2024-01-01T10:00:00Z"), Some(Ordering::Equal)),
            (json!("abc"), json!("abd"), Some(Ordering::Less)),
            (json!("abc"), json!(1), None),
            (json!(null), json!(1), None),
            (json!("2024-01-01"), json!("7"), None),
        ];
        for (one, other, expected) in cases {
            assert_eq!(compare_cursors(&one, &other), expected, "{one} {other}");
        }
    }

    #[test]
    fn the_present_is_about_now_in_whatever_zone() {
        let now = "2024-05-06T12:00:00Z".parse().unwrap();
        for text in
            ["2024-05-06T12:10:00Z", "2024-05-06T14:00:00+02:00", "2024-05-06T21:00:00", "2024-05-06 02:00:00.5"]
        {
            assert!(is_of_the_present(text, now), "{text}");
        }
        for number in
            [json!(1_714_996_800), json!(1_714_996_812_345_i64), json!(1.714_996_8e15), json!(1_714_996_800.5)]
        {
            assert!(is_epoch_of_the_present(&number, now), "{number}");
        }
        for other in [json!(1_715_996_800), json!(1_714_996), json!("1714996800"), json!(null)] {
            assert!(!is_epoch_of_the_present(&other, now), "{other}");
        }
        for text in ["2024-05-06T14:10:00Z", "2024-05-06", "2023-05-06T12:00:00", "12:00:00", "soon"] {
            assert!(!is_of_the_present(text, now), "{text}");
        }
    }
}
