//! How an API says where the next page is.

use super::answer::Answer;
use super::link::next_link;
use super::pointer::Pointer;
use super::{Client, url};
use crate::Failure;
use serde_json::Value;

/// How an API pages. A page is known by a JSON value, its *place*: a number, an offset, a cursor, an address. States hold
/// it, so that an interrupted run goes on at that page.
#[derive(Debug, Clone, Default)]
pub struct Paging {
    kind: Kind,
    target: Target,
    size: Option<(Target, u64)>,
    has_more: Option<Pointer>,
    total: Option<Pointer>,
    short_page_ends: bool,
}

#[derive(Debug, Clone, Default)]
enum Kind {
    #[default]
    None,
    Number {
        first: u64,
    },
    Offset,
    Cursor(Pointer),
    LastRecord(Pointer),
    NextUrl(Pointer),
    Link,
}

/// Where a parameter of a request is put.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Target {
    /// Into the query.
    Query(String),
    /// Into the JSON body.
    Body(Pointer),
}

impl Default for Target {
    fn default() -> Self {
        Self::Query(String::new())
    }
}

/// What came with a page, besides its records.
pub(crate) struct Arrived<'a> {
    pub(crate) records: usize,
    pub(crate) last_record: Option<&'a str>,
    pub(crate) answer: &'a Answer,
    pub(crate) next: Option<&'a str>,
    pub(crate) has_more: Option<&'a str>,
    pub(crate) total: Option<&'a str>,
}

impl Paging {
    fn of(kind: Kind, target: Target) -> Self {
        Self { kind, target, ..Self::default() }
    }

    /// Everything is in one answer.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Pages have numbers, sent in this query parameter. An empty page ends the stream.
    #[must_use]
    pub fn page_number(parameter: &str) -> Self {
        Self::of(Kind::Number { first: 1 }, Target::Query(parameter.to_owned()))
    }

    /// So many records are skipped, sent in this query parameter. An empty page ends the stream.
    #[must_use]
    pub fn offset(parameter: &str) -> Self {
        Self::of(Kind::Offset, Target::Query(parameter.to_owned()))
    }

    /// The answer holds, at this JSON pointer, a cursor for the next page; none, null or an empty one ends the stream. Say
    /// next where it is sent: [`Paging::into_query`] or [`Paging::into_body`].
    #[must_use]
    pub fn cursor(pointer: &str) -> Self {
        Self::of(Kind::Cursor(pointer.into()), Target::Query("cursor".to_owned()))
    }

    /// The next page begins behind the last record of this one, which is known by the value at this JSON pointer of the
    /// record. An empty page ends the stream.
    #[must_use]
    pub fn last_record(pointer: &str) -> Self {
        Self::of(Kind::LastRecord(pointer.into()), Target::Query("after".to_owned()))
    }

    /// The answer holds, at this JSON pointer, the address of the next page; none, null or an empty one ends the stream.
    /// Whatever host it names, the client's host is asked: credentials are for that one.
    #[must_use]
    pub fn next_url(pointer: &str) -> Self {
        Self::of(Kind::NextUrl(pointer.into()), Target::default())
    }

    /// The answer has a header `Link: <…>; rel="next"`; none ends the stream.
    #[must_use]
    pub fn link_header() -> Self {
        Self::of(Kind::Link, Target::default())
    }

    /// The first page has this number; 1 without it.
    #[must_use]
    pub fn first(mut self, number: u64) -> Self {
        if let Kind::Number { first } = &mut self.kind {
            *first = number;
        }
        self
    }

    /// Sends the place of the page in this query parameter.
    #[must_use]
    pub fn into_query(mut self, parameter: &str) -> Self {
        self.target = Target::Query(parameter.to_owned());
        self
    }

    /// Puts the place of the page at this JSON pointer of the request's body.
    #[must_use]
    pub fn into_body(mut self, pointer: &str) -> Self {
        self.target = Target::Body(pointer.into());
        self
    }

    /// Asks for so many records in a page, in this query parameter. Servers may give fewer.
    #[must_use]
    pub fn size(mut self, parameter: &str, records: u64) -> Self {
        self.size = Some((Target::Query(parameter.to_owned()), records));
        self
    }

    /// Asks for so many records in a page, at this JSON pointer of the request's body.
    #[must_use]
    pub fn size_in_body(mut self, pointer: &str, records: u64) -> Self {
        self.size = Some((Target::Body(pointer.into()), records));
        self
    }

    /// The answer says at this JSON pointer whether there are more pages. Anything but `true` ends the stream.
    #[must_use]
    pub fn has_more(mut self, pointer: &str) -> Self {
        self.has_more = Some(pointer.into());
        self
    }

    /// The answer says at this JSON pointer how many there are in all: pages with [`Paging::page_number`], records with
    /// [`Paging::offset`]. It saves the request for the empty page.
    #[must_use]
    pub fn total(mut self, pointer: &str) -> Self {
        self.total = Some(pointer.into());
        self
    }

    /// A page with fewer records than [`Paging::size`] is the last one, which saves the request for the empty page. Not for
    /// servers that give fewer records than they are asked for.
    #[must_use]
    pub fn short_page_ends(mut self) -> Self {
        self.short_page_ends = true;
        self
    }

    /// Whether a run can go on at a page.
    pub(crate) fn has_places(&self) -> bool {
        !matches!(self.kind, Kind::None)
    }

    /// The place of the first page and whether all others are known from it: only then can several be asked for at once.
    pub(crate) fn first_number(&self) -> Option<u64> {
        match self.kind {
            Kind::Number { first } => Some(first),
            _ => None,
        }
    }

    /// Whether a place out of a state is one of this paging.
    pub(crate) fn knows(&self, place: &Value) -> bool {
        match self.kind {
            Kind::None => false,
            Kind::Number { .. } | Kind::Offset => place.is_u64(),
            Kind::Cursor(_) | Kind::LastRecord(_) => place.is_string() || place.is_number(),
            Kind::NextUrl(_) | Kind::Link => place.is_string(),
        }
    }

    /// What to look for in an answer.
    pub(crate) fn pointers(&self) -> [Option<&Pointer>; 3] {
        let next = match &self.kind {
            Kind::Cursor(pointer) | Kind::NextUrl(pointer) => Some(pointer),
            _ => None,
        };
        [next, self.has_more.as_ref(), self.total.as_ref()]
    }

    /// The parameters of a request for the page at `place`, or for the first one.
    pub(crate) fn parameters(&self, place: Option<&Value>) -> Vec<(&Target, Value)> {
        let size = self.size.iter().map(|(target, records)| (target, Value::from(*records)));
        let first = match &self.kind {
            Kind::Number { first } => Some(Value::from(*first)),
            Kind::Offset => Some(Value::from(0)),
            _ => None,
        };
        let place = place.cloned().or(first).map(|place| (&self.target, place));
        size.chain(place).collect()
    }

    /// The address of the page, when its place is one.
    pub(crate) fn address<'a>(&self, place: Option<&'a Value>) -> Option<&'a str> {
        match self.kind {
            Kind::NextUrl(_) | Kind::Link => place.and_then(Value::as_str),
            _ => None,
        }
    }

    /// The place of the page after the one that came; `None` after the last.
    pub(crate) fn next(
        &self,
        place: Option<&Value>,
        client: &Client,
        page: &Arrived<'_>,
    ) -> Result<Option<Value>, Failure> {
        if self.is_last(place, page) {
            return Ok(None);
        }
        let number = |first| place.and_then(Value::as_u64).unwrap_or(first);
        let next = match &self.kind {
            Kind::None => None,
            Kind::Number { first } => Some((number(*first) + 1).into()),
            Kind::Offset => Some((number(0) + page.records as u64).into()),
            Kind::Cursor(_) => page.next.and_then(value),
            Kind::LastRecord(pointer) => match page.last_record {
                Some(record) => pointer.find(record)?.and_then(value),
                None => None,
            },
            Kind::NextUrl(_) => page.next.and_then(value).and_then(|url| page_address(client, page, url.as_str()?)),
            Kind::Link => page
                .answer
                .headers
                .get_all("link")
                .iter()
                .find_map(|link| next_link(link.to_str().ok()?))
                .and_then(|reference| page_address(client, page, reference)),
        };
        if next.is_some() && next.as_ref() == place {
            return Err(Failure::system(
                "the API says that a page comes after itself; correct how the stream is paged",
            ));
        }
        Ok(next)
    }

    fn is_last(&self, place: Option<&Value>, page: &Arrived<'_>) -> bool {
        if self.has_more.is_some() && !page.has_more.is_some_and(is_true) {
            return true;
        }
        let counts = matches!(self.kind, Kind::Number { .. } | Kind::Offset | Kind::LastRecord(_));
        if counts && (page.records == 0 && self.has_more.is_none() || self.is_short(page)) {
            return true;
        }
        let total = page.total.and_then(|total| total.trim_matches('"').parse::<u64>().ok());
        let place = place.and_then(Value::as_u64);
        total.is_some_and(|total| match self.kind {
            Kind::Number { first } => place.unwrap_or(first) + 1 >= first + total,
            Kind::Offset => place.unwrap_or(0) + page.records as u64 >= total,
            _ => false,
        })
    }

    fn is_short(&self, page: &Arrived<'_>) -> bool {
        self.short_page_ends && self.size.as_ref().is_some_and(|(_, size)| (page.records as u64) < *size)
    }
}

/// A cursor: a text or a number, and not an empty one.
fn value(json: &str) -> Option<Value> {
    match serde_json::from_str(json).ok()? {
        Value::String(text) if text.is_empty() => None,
        value @ (Value::String(_) | Value::Number(_)) => Some(value),
        _ => None,
    }
}

fn is_true(json: &str) -> bool {
    !matches!(json.trim_matches('"'), "" | "null" | "false" | "False" | "0" | "[]" | "{}")
}

fn page_address(client: &Client, page: &Arrived<'_>, reference: &str) -> Option<Value> {
    let address = url::resolve(&page.answer.url, &url::cleaned(reference));
    Some(client.without_key(&url::at_origin_of(client.base(), &address)).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_text_or_a_number_is_a_cursor() {
        assert_eq!(value(r#""""#), None);
        assert_eq!(value("null"), None);
        assert_eq!(value("7"), Some(7.into()));
        assert!(is_true("true") && !is_true("false") && !is_true("null"));
    }
}
