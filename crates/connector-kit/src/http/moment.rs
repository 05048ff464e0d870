//! Moments in the spellings of APIs.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// Reads RFC 3339, a date, or a date and time without zone (as UTC).
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(moment);
    }
    let local = match text.len() {
        10 => text.parse::<Date>().ok()?.to_datetime(jiff::civil::Time::midnight()),
        _ => text.parse::<DateTime>().ok()?,
    };
    local.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

/// Reads the date of an HTTP header: `Sun, 06 Nov 1994 08:49:37 GMT`.
pub(crate) fn parse_http_date(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text.trim()).ok()
}

/// `2026-11-21T10:15:00Z`, with a fraction when there is one.
pub(crate) fn iso(moment: Timestamp) -> String {
    moment.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spellings_of_apis_are_read() {
        for (text, iso_text) in [
            ("2026-11-21T10:15:00+02:00", "2026-11-21T08:15:00Z"),
            ("2026-11-21T10:15:00.250Z", "2026-11-21T10:15:00.25Z"),
            ("2026-11-21 10:15:00", "2026-11-21T10:15:00Z"),
            ("2026-11-21", "2026-11-21T00:00:00Z"),
        ] {
            assert_eq!(iso(parse(text).unwrap()), iso_text);
        }
        assert_eq!(parse("soon"), None);
        assert_eq!(iso(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap()), "1994-11-06T08:49:37Z");
    }
}
