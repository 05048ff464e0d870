//! What tells new records from old ones, and how a request asks for the new ones.

use super::moment;
use super::paging::Target;
use super::template::plain;
use crate::Failure;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde_json::Value;
use std::cmp::Ordering;
use std::time::Duration;

/// Numbers below this are seconds since the epoch, others milliseconds.
const LEAST_MILLISECONDS: f64 = 1e11;

/// The field of a record by which a stream is read incrementally: the state is the greatest value that was seen, and the
/// next run asks for records from there on.
///
/// Values are compared as numbers, as moments (whatever their spelling and zone), or else as text.
#[derive(Debug, Clone)]
pub struct Cursor {
    pub(crate) field: String,
    pub(crate) parameters: Vec<(Target, String)>,
    format: CursorFormat,
    start: Option<String>,
    end: Option<String>,
    pub(crate) lookback: Duration,
    pub(crate) is_ascending: bool,
    pub(crate) is_filtered: bool,
}

/// How a cursor is spelled in a request.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum CursorFormat {
    /// As it stood in the record.
    #[default]
    AsGiven,
    /// `2026-11-21T10:15:00Z`.
    Iso,
    /// `2026-11-21`.
    Date,
    /// Seconds since the epoch.
    EpochSeconds,
    /// Milliseconds since the epoch.
    EpochMilliseconds,
    /// Another one, as `strftime` names its parts.
    Strftime(String),
}

impl Cursor {
    /// The field of the record, on its top level.
    #[must_use]
    pub fn field(name: &str) -> Self {
        Self {
            field: name.to_owned(),
            parameters: Vec::new(),
            format: CursorFormat::default(),
            start: None,
            end: None,
            lookback: Duration::ZERO,
            is_ascending: false,
            is_filtered: false,
        }
    }

    /// Sends the cursor in this query parameter. It stays away as long as there is none. Parameters in which the cursor is
    /// only a part are written as text: `.query("q", "updated:>={cursor}")` of the stream.
    #[must_use]
    pub fn into_query(mut self, parameter: &str) -> Self {
        self.parameters.push((Target::Query(parameter.to_owned()), "{cursor}".to_owned()));
        self
    }

    /// Puts the cursor at this JSON pointer of the request's body: a number where it, or its format, is one.
    #[must_use]
    pub fn into_body(mut self, pointer: &str) -> Self {
        self.parameters.push((Target::Body(pointer.into()), "{cursor}".to_owned()));
        self
    }

    /// Sends the end of the window in this query parameter; see [`super::Slices::days`]. Elsewhere it is `{until}`.
    #[must_use]
    pub fn until_into_query(mut self, parameter: &str) -> Self {
        self.parameters.push((Target::Query(parameter.to_owned()), "{until}".to_owned()));
        self
    }

    /// Spells the cursor like this in requests.
    #[must_use]
    pub fn format(mut self, format: CursorFormat) -> Self {
        self.format = format;
        self
    }

    /// The first run begins here: a date, a moment, or what the API takes. A start is needed for windows.
    #[must_use]
    pub fn start<'a>(mut self, value: impl Into<Option<&'a str>>) -> Self {
        self.start = value.into().filter(|value| !value.is_empty()).map(str::to_owned);
        self
    }

    /// The last window ends here, not now.
    #[must_use]
    pub fn end<'a>(mut self, value: impl Into<Option<&'a str>>) -> Self {
        self.end = value.into().filter(|value| !value.is_empty()).map(str::to_owned);
        self
    }

    /// Each run begins so much before the cursor, for records that become visible late. They are emitted again.
    #[must_use]
    pub fn lookback(mut self, duration: Duration) -> Self {
        self.lookback = duration;
        self
    }

    /// The API gives the records in the order of the cursor, so each page's last cursor is a place to go on from. Without
    /// it a run goes on at the page where it stopped, and the cursor moves at the end.
    #[must_use]
    pub fn ascending(mut self) -> Self {
        self.is_ascending = true;
        self
    }

    /// The API cannot be asked for new records only: older ones are left out here.
    #[must_use]
    pub fn filter_here(mut self) -> Self {
        self.is_filtered = true;
        self
    }

    /// Where a run without state begins.
    pub(crate) fn first(&self) -> Option<Value> {
        self.start.clone().map(Value::String)
    }

    /// The cursor as it stands in a request, in the declared format, moved back when asked to.
    pub(crate) fn in_format(&self, value: &Value, back: bool) -> Result<Value, Failure> {
        let lookback = if back { self.lookback } else { Duration::ZERO };
        if self.format == CursorFormat::AsGiven && lookback.is_zero() {
            return Ok(value.clone());
        }
        let moment = moment_of(value)?;
        let moment = SignedDuration::try_from(lookback).ok().and_then(|back| moment.checked_sub(back).ok());
        Ok(self.value_at(moment.unwrap_or_default(), value))
    }

    /// A moment as a cursor: in the declared format, or in that of a value of the same field.
    pub(crate) fn value_at(&self, moment: Timestamp, like: &Value) -> Value {
        let utc = || moment.to_zoned(TimeZone::UTC);
        match (&self.format, like) {
            (CursorFormat::Iso, _) => moment::iso(moment).into(),
            (CursorFormat::Date, _) => utc().date().to_string().into(),
            (CursorFormat::EpochSeconds, _) => moment.as_second().into(),
            (CursorFormat::EpochMilliseconds, _) => moment.as_millisecond().into(),
            (CursorFormat::Strftime(format), _) => moment.strftime(format).to_string().into(),
            (CursorFormat::AsGiven, Value::Number(number)) => match number.as_f64() {
                Some(number) if number < LEAST_MILLISECONDS => moment.as_second().into(),
                _ => moment.as_millisecond().into(),
            },
            (CursorFormat::AsGiven, Value::String(like)) if like.len() == 10 => utc().date().to_string().into(),
            (CursorFormat::AsGiven, _) => moment::iso(moment).into(),
        }
    }

    /// When windows end.
    pub(crate) fn end_moment(&self) -> Result<Timestamp, Failure> {
        match &self.end {
            Some(end) => moment_of(&Value::String(end.clone())),
            None => Ok(Timestamp::now()),
        }
    }
}

/// The moment that a cursor is.
pub(crate) fn moment_of(value: &Value) -> Result<Timestamp, Failure> {
    let found = match value {
        Value::String(text) => moment::parse(text),
        Value::Number(number) => number.as_f64().and_then(|number| {
            let milliseconds = if number < LEAST_MILLISECONDS { number * 1000.0 } else { number };
            Timestamp::from_millisecond(milliseconds as i64).ok()
        }),
        _ => None,
    };
    found.ok_or_else(|| {
        Failure::config(format!(
            "`{}` is neither a date nor a moment; write it like 2026-01-31 or 2026-01-31T00:00:00Z",
            plain(value)
        ))
    })
}

/// Compares two cursors, given as JSON text.
pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    match (a.starts_with('"'), b.starts_with('"')) {
        (true, true) if is_spelled_alike(a, b) => a.cmp(b),
        (true, true) => {
            let moments = (moment::parse(a.trim_matches('"')), moment::parse(b.trim_matches('"')));
            if let (Some(a), Some(b)) = moments { a.cmp(&b) } else { a.cmp(b) }
        }
        (false, false) => match (a.parse::<i64>(), b.parse::<i64>()) {
            (Ok(a), Ok(b)) => a.cmp(&b),
            _ => a.parse::<f64>().unwrap_or_default().total_cmp(&b.parse::<f64>().unwrap_or_default()),
        },
        (is_text, other_is_text) => {
            let moment = |json: &str| serde_json::from_str(json).ok().and_then(|value| moment_of(&value).ok());
            if let (Some(a), Some(b)) = (moment(a), moment(b)) { a.cmp(&b) } else { is_text.cmp(&other_is_text) }
        }
    }
}

/// Texts of one length without an offset from UTC are in the order of their letters.
fn is_spelled_alike(a: &str, b: &str) -> bool {
    let has_offset = |text: &str| text.len() > 25 && matches!(text.as_bytes()[text.len() - 7], b'+' | b'-');
    a.len() == b.len() && !has_offset(a) && !has_offset(b)
}

/// The greater of two cursors.
pub(crate) fn greatest(a: Option<Value>, b: Option<Value>) -> Option<Value> {
    match (a, b) {
        (Some(a), Some(b)) => Some(if compare(&a.to_string(), &b.to_string()).is_lt() { b } else { a }),
        (a, b) => a.or(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn cursors_are_compared_as_what_they_are() {
        for (a, b) in [
            ("9", "10"),
            ("1.5", "2"),
            (r#""2026-01-31""#, r#""2026-02-01""#),
            (r#""2026-01-01T10:00:00Z""#, r#""2026-01-01T10:00:00.5Z""#),
            (r#""2026-01-01T10:00:00+02:00""#, r#""2026-01-01T09:00:00+00:00""#),
            (r#""abc""#, r#""abd""#),
            (r#""2026-01-01""#, "1767313800"),
            ("1767225599000", r#""2026-01-01""#),
            ("7", r#""abc""#),
        ] {
            assert_eq!(
                (compare(a, b), compare(b, a), compare(a, a)),
                (Ordering::Less, Ordering::Greater, Ordering::Equal)
            );
        }
    }

    #[test]
    fn a_cursor_is_spelled_as_the_api_wants_it_and_moved_back() {
        let hour = Duration::from_secs(3600);
        let moment = json!("2026-01-02T00:30:00Z");
        for (format, value, spelled, back) in [
            (CursorFormat::AsGiven, &moment, "2026-01-02T00:30:00Z", "2026-01-01T23:30:00Z"),
            (CursorFormat::AsGiven, &json!("2026-01-02"), "2026-01-02", "2026-01-01"),
            (CursorFormat::AsGiven, &json!(1_767_313_800), "1767313800", "1767310200"),
            (CursorFormat::AsGiven, &json!(1_767_313_800_000_i64), "1767313800000", "1767310200000"),
            (CursorFormat::Date, &moment, "2026-01-02", "2026-01-01"),
            (CursorFormat::EpochSeconds, &moment, "1767313800", "1767310200"),
            (CursorFormat::Strftime("%Y%m%d".to_owned()), &moment, "20260102", "20260101"),
        ] {
            let cursor = Cursor::field("at").format(format).lookback(hour);
            assert_eq!(plain(&cursor.in_format(value, false).unwrap()), spelled);
            assert_eq!(plain(&cursor.in_format(value, true).unwrap()), back);
        }
        assert_eq!(Cursor::field("n").in_format(&json!("abc"), true).unwrap(), "abc");
        assert!(Cursor::field("n").lookback(hour).in_format(&json!("abc"), true).is_err());
    }
}
