//! Whether two reads of a stream yielded the same: the same records, and in them the same values.
//!
//! Order does not count. Values may differ where they say when something was read: timestamps and epochs of the present, and
//! a cursor that moved on.

use super::cursors::{is_epoch_of_the_present, is_of_the_present};
use super::ignored::{is_ignored, paths_of};
use super::{Reading, Record, StreamReading, canonical, compare_cursors, value_at};
use crate::rule::Wrong;
use jiff::Timestamp;
use serde_json::Value;
use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};

/// More than these of one stream show nothing new.
const MOST_WRONG: usize = 100;

/// How many fields may be said to differ before a source that draws by a seed is taken at its word.
const FEW_FIELDS: usize = 2;

/// Two reads that are compared.
pub(crate) struct Comparison<'c, 'a> {
    pub(crate) one: &'c Reading<'a>,
    pub(crate) other: &'c Reading<'a>,
    /// Whether the second one was read later, so that new records may have come.
    pub(crate) is_later: bool,
    /// Whether the configuration has a seed: then all values may be drawn anew, but for the keys.
    pub(crate) is_random: bool,
    pub(crate) now: Timestamp,
}

/// A stream of a comparison.
struct Pair<'s, 'a> {
    one: &'s StreamReading<'a>,
    other: &'s StreamReading<'a>,
    /// Paths whose values do not count.
    ignored: Vec<Vec<&'s str>>,
}

impl Comparison<'_, '_> {
    /// What differs in a stream.
    pub(crate) fn of_stream(
        &self,
        one: &StreamReading<'_>,
        other: &StreamReading<'_>,
        ignored: &BTreeMap<String, Vec<(String, String)>>,
    ) -> Vec<Wrong> {
        let pair = Pair { one, other, ignored: paths_of(&one.descriptor, ignored) };
        match one.primary_key().is_empty() {
            true => self.without_key(&pair),
            false => self.by_key(&pair),
        }
    }

    fn by_key(&self, pair: &Pair<'_, '_>) -> Vec<Wrong> {
        let of_one = by_key(pair.one);
        let of_other = by_key(pair.other);
        let mut wrong = Vec::new();
        for record in pair.one.records.iter().filter(|record| !of_other.contains_key(&pair.one.key_of(record))) {
            wrong.push(self.missing(pair.one, record, self.one, self.other));
        }
        let newest = newest(pair.one);
        for record in pair.other.records.iter().filter(|record| !of_one.contains_key(&pair.other.key_of(record))) {
            let last = of_other.get(&pair.other.key_of(record)).copied().unwrap_or(record);
            if !self.came_meanwhile(pair.other, record, newest) && !self.is_gone(last) {
                wrong.push(self.missing(pair.other, record, self.other, self.one));
            }
        }
        wrong.truncate(MOST_WRONG);
        wrong.extend(self.contents(pair, &of_one, &of_other));
        wrong
    }

    fn contents(
        &self,
        pair: &Pair<'_, '_>,
        of_one: &HashMap<String, &Record<'_>>,
        of_other: &HashMap<String, &Record<'_>>,
    ) -> Vec<Wrong> {
        let mut fields: BTreeMap<String, (usize, &Record<'_>, &Record<'_>)> = BTreeMap::new();
        for (key, one) in of_one {
            let Some(other) = of_other.get(key) else { continue };
            for field in self.fields(pair, one.data, other.data) {
                let entry = fields.entry(field).or_insert((0, one, other));
                entry.0 += 1;
                if one.at < entry.1.at {
                    (entry.1, entry.2) = (one, other);
                }
            }
        }
        if self.is_random && fields.len() > FEW_FIELDS {
            return Vec::new();
        }
        let both = of_one.keys().filter(|key| of_other.contains_key(*key)).count();
        let say = |(field, (count, one, other)): (String, (usize, &Record<'_>, &Record<'_>))| {
            let stream = &pair.one.descriptor;
            let calls = format!("`{}` and `{}`", self.one.take.call, self.other.take.call);
            let message =
                format!("field `{field}` of stream `{stream}` differs between {calls} in {count} of {both} records");
            Wrong::new(message, format!("{}\n{}", self.one.line(one.at), self.other.line(other.at)))
        };
        fields.into_iter().map(say).collect()
    }

    fn without_key(&self, pair: &Pair<'_, '_>) -> Vec<Wrong> {
        let stream = &pair.one.descriptor;
        let (one, other) = (self.leftovers(pair, true), self.leftovers(pair, false));
        if self.is_random && pair.one.records.len() == pair.other.records.len() {
            return Vec::new();
        }
        let mut wrong = Vec::new();
        for record in one.iter().take(MOST_WRONG) {
            let similar = other.iter().take(MOST_WRONG).map(|like| (self.fields(pair, record.data, like.data), like));
            let nearest = similar.min_by_key(|(fields, _)| fields.len());
            wrong.push(match nearest {
                Some((fields, like)) if one.len() == other.len() => Wrong::new(
                    format!(
                        "a record of stream `{stream}` came in `{}`, and in `{}` only one that differs in `{}`",
                        self.one.take.call,
                        self.other.take.call,
                        fields.join("`, `")
                    ),
                    format!("{}\n{}", self.one.line(record.at), self.other.line(like.at)),
                ),
                _ => self.missing(pair.one, record, self.one, self.other),
            });
        }
        let newest = newest(pair.one);
        if one.len() != other.len() {
            let more = other.iter().filter(|record| !self.came_meanwhile(pair.other, record, newest));
            wrong.extend(more.take(MOST_WRONG).map(|record| self.missing(pair.other, record, self.other, self.one)));
        }
        wrong
    }

    /// The records of one of the two that the other has not, or not as often.
    fn leftovers<'s, 'a>(&self, pair: &'s Pair<'_, 'a>, of_one: bool) -> Vec<&'s Record<'a>> {
        let (these, those) = if of_one { (pair.one, pair.other) } else { (pair.other, pair.one) };
        let mut counts: HashMap<String, usize> = HashMap::new();
        for record in &those.records {
            *counts.entry(self.content(pair, record.data)).or_default() += 1;
        }
        let is_left = |record: &&Record<'_>| match counts.get_mut(&self.content(pair, record.data)) {
            Some(count) if *count > 0 => {
                *count -= 1;
                false
            }
            _ => true,
        };
        these.records.iter().filter(is_left).collect()
    }

    /// A record as text, without what may differ.
    fn content(&self, pair: &Pair<'_, '_>, data: &Value) -> String {
        let mut data = data.clone();
        self.normalize(&mut data, &mut Vec::new(), &pair.ignored);
        canonical(&data)
    }

    fn normalize(&self, value: &mut Value, path: &mut Vec<String>, ignored: &[Vec<&str>]) {
        match value {
            _ if is_ignored(path, ignored) => *value = Value::Null,
            Value::String(text) if is_of_the_present(text, self.now) => *value = Value::from("now"),
            Value::Number(_) if is_epoch_of_the_present(value, self.now) => *value = Value::from("now"),
            Value::Object(fields) => {
                for (name, value) in fields {
                    path.push(name.clone());
                    self.normalize(value, path, ignored);
                    path.pop();
                }
            }
            Value::Array(items) => {
                path.push("*".into());
                items.iter_mut().for_each(|item| self.normalize(item, path, ignored));
                path.pop();
                items.sort_by_cached_key(canonical);
            }
            _ => {}
        }
    }

    /// The paths of the fields that differ between two records.
    fn fields(&self, pair: &Pair<'_, '_>, one: &Value, other: &Value) -> Vec<String> {
        let mut fields = Vec::new();
        self.differ(pair, &mut Vec::new(), one, other, &mut fields);
        fields.sort();
        fields.dedup();
        fields
    }

    fn differ(&self, pair: &Pair<'_, '_>, path: &mut Vec<String>, one: &Value, other: &Value, into: &mut Vec<String>) {
        if one == other || is_ignored(path, &pair.ignored) || self.may_move(pair, path, one, other) {
            return;
        }
        match (one, other) {
            (Value::Object(ones), Value::Object(others)) => {
                let names = ones.keys().chain(others.keys().filter(|name| !ones.contains_key(*name)));
                for name in names {
                    path.push(name.clone());
                    self.differ(pair, path, &one[name], &other[name], into);
                    path.pop();
                }
            }
            (Value::Array(ones), Value::Array(others)) if ones.len() == others.len() => {
                if self.content_at(pair, path, one) == self.content_at(pair, path, other) {
                    return;
                }
                path.push("*".into());
                for (one, other) in ones.iter().zip(others) {
                    self.differ(pair, path, one, other, into);
                }
                path.pop();
            }
            _ if canonical(one) == canonical(other) => {}
            _ => into.push(path.join("/")),
        }
    }

    fn content_at(&self, pair: &Pair<'_, '_>, path: &[String], value: &Value) -> String {
        let mut value = value.clone();
        self.normalize(&mut value, &mut path.to_vec(), &pair.ignored);
        canonical(&value)
    }

    /// Whether a value says when it was read.
    fn may_move(&self, pair: &Pair<'_, '_>, path: &[String], one: &Value, other: &Value) -> bool {
        let is_cursor = pair.one.configured.cursor().is_some_and(|cursor| cursor == path);
        if is_cursor && !self.is_later && (one.is_null() || other.is_null()) {
            return true; // The rule on cursor values says so.
        }
        if is_cursor {
            return match compare_cursors(one, other) {
                Some(Ordering::Greater) => !self.is_later,
                order => order.is_some(),
            };
        }
        // What change data capture adds is about the change, not the row.
        let is_added = path.first().is_some_and(|name| name.starts_with("_ab_cdc_"));
        let is_present = |value: &Value| match value {
            Value::String(text) => is_of_the_present(text, self.now),
            number => is_epoch_of_the_present(number, self.now),
        };
        is_added || is_present(one) && is_present(other)
    }

    /// A live source may have more to give the second time: records newer than all of the first time.
    fn came_meanwhile(&self, stream: &StreamReading<'_>, record: &Record<'_>, newest: Option<&Value>) -> bool {
        let cursor = stream.cursor_of(record);
        let is_newer =
            cursor.zip(newest).is_some_and(|(it, newest)| compare_cursors(it, newest) == Some(Ordering::Greater));
        self.is_later && is_newer
    }

    /// A row that change data capture says is deleted is not in a full refresh.
    fn is_gone(&self, last: &Record<'_>) -> bool {
        !self.is_later && !last.data["_ab_cdc_deleted_at"].is_null()
    }

    fn missing(&self, of: &StreamReading<'_>, record: &Record<'_>, here: &Reading<'_>, there: &Reading<'_>) -> Wrong {
        let what = match of.primary_key().is_empty() {
            true => "a record".to_owned(),
            false => format!("the record with key {}", of.key_of(record)),
        };
        let message = format!(
            "{what} of stream `{}` came in `{}` and not in `{}` ({} and {} records)",
            of.descriptor,
            here.take.call,
            there.take.call,
            count(here, of),
            count(there, of)
        );
        Wrong::new(message, here.line(record.at))
    }
}

fn count(reading: &Reading<'_>, stream: &StreamReading<'_>) -> usize {
    reading.stream(&stream.descriptor).map_or(0, |stream| stream.records.len())
}

/// The last record of each key; the others are older versions of it.
fn by_key<'s, 'a>(stream: &'s StreamReading<'a>) -> HashMap<String, &'s Record<'a>> {
    stream.records.iter().map(|record| (stream.key_of(record), record)).collect()
}

fn newest<'a>(stream: &StreamReading<'a>) -> Option<&'a Value> {
    let path = stream.configured.cursor()?;
    let cursors =
        stream.records.iter().filter_map(|record| value_at(record.data, path)).filter(|value| !value.is_null());
    cursors.reduce(|one, other| if compare_cursors(one, other) == Some(Ordering::Less) { other } else { one })
}
