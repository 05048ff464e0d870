//! The parts in which a stream is read: windows of time, a list, or one part for each record of another stream.

use super::cursor::{Cursor, moment_of};
use super::pointer::Pointer;
use super::read::Pages;
use super::{Client, HttpStream};
use crate::Failure;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// The parts in which a stream is read, each with pages of its own. Records are emitted in the order of the slices, also
/// when several are read at the same time.
#[derive(Debug, Clone, Default)]
pub struct Slices(pub(crate) Kind);

#[derive(Debug, Clone, Default)]
pub(crate) enum Kind {
    /// The stream is one part.
    #[default]
    Whole,
    /// Windows of time, from the cursor to now.
    Windows(Duration),
    /// A name, and what it stands for in each slice.
    List(String, Vec<String>),
    /// A name, a stream, and where in its records the value is.
    Parent(String, Arc<HttpStream>, Pointer),
}

impl Slices {
    /// Windows of so many days, from the cursor to now; the cursor needs a start. The window is sent by
    /// [`Cursor::into_query`] and [`Cursor::until_into_query`], or by `{cursor}` and `{until}` anywhere. One window ends where
    /// the next begins.
    #[must_use]
    pub fn days(days: u32) -> Self {
        Self::windows(Duration::from_secs(86_400) * days)
    }

    /// Windows of this length.
    #[must_use]
    pub fn windows(length: Duration) -> Self {
        Self(Kind::Windows(length.max(Duration::from_secs(1))))
    }

    /// A slice for each value: `{name}` in path, query, headers and body stands for it.
    #[must_use]
    pub fn list<T: ToString>(name: &str, values: impl IntoIterator<Item = T>) -> Self {
        Self(Kind::List(name.to_owned(), values.into_iter().map(|value| value.to_string()).collect()))
    }

    /// A slice for each record of another stream, which is read from its beginning: `{name}` stands for the value at this
    /// JSON pointer of the record.
    #[must_use]
    pub fn of_parent(name: &str, parent: HttpStream, pointer: &str) -> Self {
        Self(Kind::Parent(name.to_owned(), Arc::new(parent), pointer.into()))
    }

    pub(crate) fn is_windows(&self) -> bool {
        matches!(self.0, Kind::Windows(_))
    }

    pub(crate) fn is_named(&self) -> bool {
        matches!(self.0, Kind::List(..) | Kind::Parent(..))
    }

    /// The values of named slices, in order.
    pub(crate) fn values(&self, client: &Client) -> Box<dyn Iterator<Item = Result<Value, Failure>> + Send> {
        match &self.0 {
            Kind::List(_, values) => Box::new(values.clone().into_iter().map(|value| Ok(value.into()))),
            Kind::Parent(_, parent, pointer) => {
                let pointer = pointer.clone();
                let pages = Pages::all(client.clone(), Arc::clone(parent));
                let values = pages.flat_map(move |page| match page {
                    Ok(page) => page.records().map(|record| value(&pointer, record)).collect(),
                    Err(failure) => vec![Err(failure)],
                });
                Box::new(values)
            }
            Kind::Whole | Kind::Windows(_) => Box::new(std::iter::empty()),
        }
    }
}

fn value(pointer: &Pointer, record: &str) -> Result<Value, Failure> {
    let found = pointer.find(record)?.and_then(|json| serde_json::from_str(json).ok());
    match found {
        Some(value @ (Value::String(_) | Value::Number(_))) => Ok(value),
        _ => Err(Failure::system("a record of the parent stream has no text or number that a slice could be named by")),
    }
}

/// A window of time.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Window {
    pub(crate) from: Value,
    pub(crate) until: Value,
    pub(crate) is_last: bool,
}

/// The windows from a cursor on. The first one may be given, by a run that was interrupted in it.
pub(crate) fn windows(
    length: Duration,
    cursor: &Cursor,
    from: &Value,
    first_until: Option<&Value>,
) -> Result<impl Iterator<Item = Window> + Send + use<>, Failure> {
    let end = cursor.end_moment()?;
    let step = SignedDuration::try_from(length).unwrap_or(SignedDuration::from_hours(24));
    let mut first_until = first_until.map(moment_of).transpose()?;
    let (mut next, like, cursor) = (moment_of(from)?, from.clone(), cursor.clone());
    Ok(std::iter::from_fn(move || {
        let given = first_until.take();
        if given.is_none() && next >= end {
            return None;
        }
        let begin = next;
        next = given.unwrap_or_else(|| begin.checked_add(step).unwrap_or(Timestamp::MAX).min(end));
        let (from, until) = (cursor.value_at(begin, &like), cursor.value_at(next, &like));
        Some(Window { from, until, is_last: next >= end })
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(from: &str, end: &str, first_until: Option<&str>) -> Vec<(String, String, bool)> {
        let cursor = Cursor::field("at").end(end);
        let first = first_until.map(Value::from);
        let text = |value: Value| value.as_str().unwrap().to_owned();
        windows(Duration::from_secs(86_400 * 7), &cursor, &json!(from), first.as_ref())
            .unwrap()
            .map(|window| (text(window.from), text(window.until), window.is_last))
            .collect()
    }

    #[test]
    fn windows_follow_each_other_without_a_gap() {
        let window = |from: &str, until: &str, is_last| (from.to_owned(), until.to_owned(), is_last);
        assert_eq!(
            of("2026-01-01", "2026-01-10", None),
            [window("2026-01-01", "2026-01-08", false), window("2026-01-08", "2026-01-10", true)]
        );
        assert_eq!(of("2026-01-05", "2026-01-10", Some("2026-01-08"))[0], window("2026-01-05", "2026-01-08", false));
        assert_eq!(of("2999-01-01", "2026-01-10", None), []);
    }
}
