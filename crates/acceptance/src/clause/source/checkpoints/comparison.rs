//! What a read that went on from a checkpoint lacks, and what it repeats.

use super::Start;
use crate::bench::Bench;
use crate::clause::source::full_refresh::has_seed;
use crate::clause::source::reading::{
    Record, StreamReading, canonical, compare_cursors, instant_of, is_epoch_of_the_present, value_at,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, HashSet};

/// The fewest characters of a state's text that records of a finer cursor may begin with.
const SHORTEST_PREFIX: usize = 8;

/// With fewer old records than this nobody can say that most of them come again.
const FEW_OLD: usize = 10;

/// Names beside its own under which states hold a cursor.
const NAMES_OF_CURSORS: [&str; 3] = ["cursor", "start", "end"];

/// What a spec calls reading again what is older than the state.
const WORDS_OF_LOOKING_BACK: [&str; 3] = ["lookback", "look_back", "attribution_window"];

/// Texts that mean no time at all.
const NO_TIME: [&str; 3] = ["0", "P0D", "PT0S"];

/// When two records of two reads are the same one.
pub(in crate::clause::source) struct Sameness<'p> {
    pub(super) now: Timestamp,
    pub(super) ignored: &'p BTreeMap<String, Vec<(String, String)>>,
    /// Whether values are drawn anew in each read.
    pub(super) is_random: bool,
    /// Whether the connector can be told to read again what is some time older than its state.
    pub(in crate::clause::source) looks_back: bool,
}

impl<'p> Sameness<'p> {
    pub(in crate::clause::source) async fn of(bench: &'p Bench<'_>) -> Self {
        let spec = bench.spec().await.unwrap_or_default();
        let config = bench.config().ok().and_then(|config| serde_json::from_str(config).ok()).unwrap_or_default();
        Self {
            now: Timestamp::now(),
            ignored: &bench.plan.ignored_fields,
            is_random: has_seed(bench).await,
            looks_back: looks_back(&spec, &config),
        }
    }

    /// The records of the first read that do not come in the second one.
    pub(in crate::clause::source) fn missing<'r, 'a>(
        &self,
        stream: &StreamReading<'_>,
        wanted: impl Iterator<Item = &'r Record<'a>>,
        come: &[Record<'_>],
    ) -> Vec<&'r Record<'a>>
    where
        'a: 'r,
    {
        let wanted: Vec<&Record<'_>> = wanted.collect();
        if stream.primary_key().is_empty() && self.is_random {
            return wanted.into_iter().skip(come.len()).collect();
        }
        let mut counts: HashMap<String, usize> = HashMap::new();
        come.iter().for_each(|record| *counts.entry(self.identity(stream, record)).or_default() += 1);
        let has_key = !stream.primary_key().is_empty();
        let is_missing = |record: &&Record<'_>| match counts.get_mut(&self.identity(stream, record)) {
            Some(count) if *count > 0 => {
                // Of several versions of a row the last one may be all that comes again.
                *count -= usize::from(!has_key);
                false
            }
            _ => true,
        };
        wanted.into_iter().filter(is_missing).collect()
    }

    /// The records of the second read that had come in the first one before a place, and are not excused.
    pub(in crate::clause::source) fn repeated<'r, 'a>(
        &self,
        first: &StreamReading<'_>,
        before: usize,
        start: &Start,
        second: &'r StreamReading<'a>,
    ) -> Vec<&'r Record<'a>> {
        let later = first.records.iter().filter(|record| record.at >= before);
        let later: HashSet<String> = later.map(|record| self.identity(first, record)).collect();
        let old = first.records.iter().filter(|record| record.at < before).map(|record| self.identity(first, record));
        let old: HashSet<String> = old.filter(|identity| !later.contains(identity)).collect();
        let excuses = Excuses::of(first, start);
        let come = second.records.iter().filter(|record| old.contains(&self.identity(second, record)));
        let unexcused: Vec<_> = come.filter(|record| !excuses.hold_strictly(record)).collect();
        let by_tie = unexcused.iter().filter(|record| excuses.hold_for(record));
        let by_tie: HashSet<String> = by_tie.map(|record| self.identity(second, record)).collect();
        match excuses.ties_are_a_reason(by_tie.len(), old.len()) {
            true => unexcused.into_iter().filter(|record| !excuses.hold_for(record)).collect(),
            false => unexcused,
        }
    }

    /// What a record is told apart by: its key, or all of it but what says when it was read.
    fn identity(&self, stream: &StreamReading<'_>, record: &Record<'_>) -> String {
        if !stream.primary_key().is_empty() {
            return stream.key_of(record);
        }
        let mut data = record.data.clone();
        let ignored = self.ignored.get(&stream.descriptor.name).into_iter().flatten();
        for (path, _) in ignored {
            if let Some(value) = data.pointer_mut(&format!("/{}", path.trim_matches('/'))) {
                *value = Value::Null;
            }
        }
        self.forget_the_present(&mut data);
        canonical(&data)
    }

    fn forget_the_present(&self, value: &mut Value) {
        match value {
            Value::String(text) if self.is_of_the_present(text) => *value = Value::Null,
            Value::Number(_) if is_epoch_of_the_present(value, self.now) => *value = Value::Null,
            Value::Array(items) => items.iter_mut().for_each(|item| self.forget_the_present(item)),
            Value::Object(fields) => fields.values_mut().for_each(|value| self.forget_the_present(value)),
            _ => {}
        }
    }

    fn is_of_the_present(&self, text: &str) -> bool {
        // Without a zone it may be in any.
        let hours = if text.parse::<Timestamp>().is_ok() { 1 } else { 15 };
        let is_near = |instant: Timestamp| instant.duration_since(self.now).abs() <= SignedDuration::from_hours(hours);
        text.contains(':') && instant_of(text).is_some_and(is_near)
    }
}

/// Why a record may come again although it had come before: it is not older than the checkpoint by its cursor.
struct Excuses<'a> {
    cursor: Option<&'a [String]>,
    /// The newest cursor value of each stretch between two checkpoints, up to the checkpoint.
    newest: Vec<&'a Value>,
    /// The values in the state, each with the name that it is under.
    named: Vec<(&'a str, &'a Value)>,
}

impl<'a> Excuses<'a> {
    fn of(first: &StreamReading<'a>, start: &'a Start) -> Self {
        let mut newest = Vec::new();
        let mut from = 0;
        for to in start.places.iter().take(start.number) {
            let stretch = first.records.iter().filter(|record| (from..*to).contains(&record.at));
            newest.extend(stretch.filter_map(|record| first.cursor_of(record)).reduce(newer));
            from = *to;
        }
        let mut named = Vec::new();
        leaves("", &start.content, &mut named);
        Self { cursor: first.configured.cursor(), newest, named }
    }

    fn hold_for(&self, record: &Record<'_>) -> bool {
        let Some(path) = self.cursor else {
            let is_named = |value: &Value| self.is_named(value, |_| true);
            return record.data.as_object().is_some_and(|fields| fields.values().any(is_named));
        };
        let Some(cursor) = value_at(record.data, path) else { return false };
        let is_newest = |value: &&Value| compare_cursors(cursor, value) == Some(Ordering::Equal);
        self.hold_strictly(record) || self.is_named(cursor, |_| true) || self.newest.iter().any(is_newest)
    }

    /// Without those that may hold for many records by accident: only where the state says so under a name of the cursor,
    /// and for records as new as the newest.
    fn hold_strictly(&self, record: &Record<'_>) -> bool {
        let Some(path) = self.cursor else { return self.hold_for(record) };
        let Some(cursor) = value_at(record.data, path) else { return false };
        let is_own = |name: &str| NAMES_OF_CURSORS.contains(&name) || path.last().is_some_and(|it| it == name);
        let newest = self.newest.iter().copied().reduce(newer);
        let is_as_new = |newest| compare_cursors(cursor, newest).is_some_and(Ordering::is_ge);
        self.is_named(cursor, is_own) || newest.is_some_and(is_as_new)
    }

    /// Whether it may be that so many records come again because each shares a cursor value with a state: not when it is
    /// most of what is old, and more than a few for each value in the state.
    fn ties_are_a_reason(&self, by_tie: usize, old: usize) -> bool {
        old < FEW_OLD || by_tie * 2 <= old || by_tie <= self.named.len() * 2
    }

    fn is_named(&self, cursor: &Value, counts: impl Fn(&str) -> bool) -> bool {
        let begins = |whole: &Value, part: &Value| match (whole, part) {
            (Value::String(whole), Value::String(part)) => {
                part.len() >= SHORTEST_PREFIX && whole.starts_with(part.as_str())
            }
            _ => false,
        };
        let fits = |value: &Value| compare_cursors(cursor, value) == Some(Ordering::Equal) || begins(cursor, value);
        let named = self.named.iter().filter(|(name, _)| counts(name));
        (cursor.is_string() || cursor.is_number()) && named.map(|(_, value)| *value).any(fits)
    }
}

fn newer<'a>(one: &'a Value, other: &'a Value) -> &'a Value {
    if one.is_null() || compare_cursors(one, other) == Some(Ordering::Less) { other } else { one }
}

fn leaves<'a>(name: &'a str, value: &'a Value, into: &mut Vec<(&'a str, &'a Value)>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| leaves(name, item, into)),
        Value::Object(fields) => fields.iter().for_each(|(name, value)| leaves(name, value, into)),
        Value::Null | Value::Bool(_) => {}
        leaf => into.push((name, leaf)),
    }
}

/// Whether a source can be told to read again what is older than its state, and it is not known that it was told not to.
fn looks_back(spec: &Value, config: &Value) -> bool {
    let says_so = |text: String| WORDS_OF_LOOKING_BACK.iter().any(|word| text.contains(word));
    if !says_so(spec.to_string().to_lowercase()) {
        return false;
    }
    let properties = spec["connectionSpecification"]["properties"].as_object().into_iter().flatten();
    let mut matches = properties.filter(|(name, property)| says_so(format!("{name} {property}").to_lowercase()));
    let is_off = |(name, property): (&String, &Value)| {
        let value = config.get(name).unwrap_or(&property["default"]);
        value.as_f64() == Some(0.0) || value.as_str().is_some_and(|text| NO_TIME.contains(&text))
    };
    let first = matches.next();
    !first.is_some_and(is_off) || !matches.all(is_off)
}

#[cfg(test)]
mod tests {
    use super::looks_back;
    use serde_json::json;

    #[test]
    fn a_source_that_is_told_not_to_look_back_does_not() {
        let spec = |property| json!({"connectionSpecification": {"properties": {"lookback_window": property}}});
        let days = spec(json!({"type": "integer", "default": 0}));
        assert!(!looks_back(&days, &json!({})));
        assert!(!looks_back(&spec(json!({"type": "string"})), &json!({"lookback_window": "P0D"})));
        assert!(looks_back(&days, &json!({"lookback_window": 3})));
        assert!(looks_back(&spec(json!({"type": "integer"})), &json!({})));
        assert!(looks_back(&json!({"connectionSpecification": {"title": "with lookback"}}), &json!({})));
        assert!(!looks_back(&json!({"connectionSpecification": {}}), &json!({})));
    }
}
