//! Dates and times as texts: strict about what they say, lenient about how.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};

/// Whether a text is one of a format.
type Accepts = fn(&str) -> bool;

/// The formats that are judged, and how.
pub(super) const LENIENT: [(&str, Accepts); 3] = [("date", is_date), ("date-time", is_date_time), ("time", is_time)];

/// Whether texts of a format are judged.
pub(super) fn is_judged(format: &str) -> bool {
    LENIENT.iter().any(|(judged, _)| *judged == format)
}

fn is_date(text: &str) -> bool {
    is_beyond(text) || (text.len() == 10 && text.parse::<Date>().is_ok())
}

fn is_date_time(text: &str) -> bool {
    let has_time = text.contains(':');
    is_beyond(text) || has_time && (text.parse::<Timestamp>().is_ok() || text.parse::<DateTime>().is_ok())
}

fn is_time(text: &str) -> bool {
    let zone = text.find(['Z', 'z', '+', '-']).unwrap_or(text.len());
    let (time, zone) = text.split_at(zone);
    let zone_is_right = zone.len() <= 1 || format!("2000-01-01T00:00:00{zone}").parse::<Timestamp>().is_ok();
    time.contains(':') && time.trim_end().parse::<Time>().is_ok() && zone_is_right
}

/// Years that calendars of programs do not know: before Christ, or with a sign.
fn is_beyond(text: &str) -> bool {
    text.ends_with(" BC") || text.starts_with(['+', '-'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_times_are_read_in_all_usual_spellings() {
        for text in ["2024-02-29", "0044-03-15 BC"] {
            assert!(is_date(text), "{text}");
        }
        for text in ["2024-02-30", "29.02.2024", "2024-02-29T10:00:00Z", "20240229", ""] {
            assert!(!is_date(text), "{text}");
        }
        let right = [
            "2024-02-29T10:00:00Z",
            "2024-02-29T10:00:00.123456+02:00",
            "2024-02-29T10:00:00",
            "2024-02-29 10:00:00",
            "2024-02-29T10:00:00+0200",
            "2024-02-29 10:00:00+00:00",
            "2024-02-29T10:00:00.123456789Z",
        ];
        for text in right {
            assert!(is_date_time(text), "{text}");
        }
        for text in ["2024-02-30T10:00:00Z", "2024-02-29", "1714979289", "yesterday", "2024-02-29T25:00:00Z"] {
            assert!(!is_date_time(text), "{text}");
        }
        for text in ["10:00:00", "10:00:00.5", "10:00:00Z", "10:00:00+02:00", "10:00"] {
            assert!(is_time(text), "{text}");
        }
        for text in ["25:00:00", "10 o'clock", "2024-02-29", "10:00:00+99:00"] {
            assert!(!is_time(text), "{text}");
        }
    }
}
