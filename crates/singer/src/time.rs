//! Moments: Singer writes RFC 3339, the protocol counts milliseconds.

use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since the epoch.
pub(crate) fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
}

/// Reads `2026-11-21T10:15:00.250123Z`, also with an offset, with a space for the T, or without a zone (then it is UTC).
pub(crate) fn parse_ms(text: &str) -> Option<i64> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let separators = text.len() >= 19 && [4, 7, 13, 16].map(|at| text.as_bytes()[at]) == *b"--::";
    if !separators || !matches!(text.as_bytes()[10], b'T' | b't' | b' ') {
        return None;
    }
    let days = days_since_epoch(number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let seconds = days * 86_400 + number(11, 13)? * 3600 + number(14, 16)? * 60 + number(17, 19)?;
    let rest = &text[19..];
    let digits = rest.strip_prefix('.').map_or("", |rest| &rest[..rest.bytes().take_while(u8::is_ascii_digit).count()]);
    let zone = rest.strip_prefix('.').map_or(rest, |rest| &rest[digits.len()..]);
    let fraction = format!("{digits:0<3}")[..3].parse::<i64>().ok()?;
    Some((seconds - offset_seconds(zone)?) * 1000 + fraction)
}

fn offset_seconds(zone: &str) -> Option<i64> {
    let (sign, rest) = match zone.as_bytes() {
        [] | b"Z" | b"z" => return Some(0),
        [b'+', ..] => (1, &zone[1..]),
        [b'-', ..] => (-1, &zone[1..]),
        _ => return None,
    };
    let digits: String = rest.chars().filter(|c| *c != ':').collect();
    let (hours, minutes) =
        (digits.get(..2)?.parse::<i64>().ok()?, digits.get(2..4).unwrap_or("00").parse::<i64>().ok()?);
    Some(sign * (hours * 3600 + minutes * 60))
}

/// The days between 1970-01-01 and a date, counted in eras of 400 years that begin in March.
fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Milliseconds as `2026-11-21T10:15:00.250Z`.
pub(crate) fn iso(ms: i64) -> String {
    let (days, of_day) = (ms.div_euclid(86_400_000), ms.rem_euclid(86_400_000));
    let shifted = days + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (of_day / 3_600_000, of_day / 60_000 % 60, of_day / 1000 % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", of_day % 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_in_the_spellings_that_taps_use() {
        for (text, ms) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2023-11-14T22:13:20.123456Z", 1_700_000_000_123),
            ("2023-11-14T22:13:20.1+00:00", 1_700_000_000_100),
            ("2023-11-15T00:13:20.000000+0200", 1_700_000_000_000),
            ("2023-11-14 22:13:20", 1_700_000_000_000),
            ("1969-12-31T23:59:59.999Z", -1),
            ("2024-02-29T12:00:00Z", 1_709_208_000_000),
        ] {
            assert_eq!(parse_ms(text), Some(ms), "{text}");
            assert_eq!(parse_ms(&iso(ms)), Some(ms), "{text}");
        }
        for text in ["", "yesterday", "2023-11-14", "2023-11-14T22:13:20.1 o'clock"] {
            assert_eq!(parse_ms(text), None, "{text}");
        }
    }
}
