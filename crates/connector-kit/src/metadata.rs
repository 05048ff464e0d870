//! The columns that every row carries beside its data.
//!
//! * [`RAW_ID`]: a UUID, new for each row, from [`RawId::new`]
//! * [`EXTRACTED_AT`]: when the source emitted the record, ISO 8601 in UTC with milliseconds, from [`Clock::iso`]
//! * [`META`]: JSON, `{"sync_id":7,"changes":[{"field":…,"change":…,"reason":…}]}`, from [`Meta::text`]
//! * [`GENERATION_ID`]: the generation of the stream when the row was written

use longshore_protocol::RawValue;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Unique per row.
pub const RAW_ID: &str = "_airbyte_raw_id";
/// When the source emitted the record.
pub const EXTRACTED_AT: &str = "_airbyte_extracted_at";
/// The sync, and what was changed on the record's way.
pub const META: &str = "_airbyte_meta";
/// The generation of the stream.
pub const GENERATION_ID: &str = "_airbyte_generation_id";
/// All of them, in the order in which tables have them.
pub const COLUMNS: [&str; 4] = [RAW_ID, EXTRACTED_AT, META, GENERATION_ID];

/// A value for [`RAW_ID`].
#[derive(Debug)]
pub struct RawId([u8; uuid::fmt::Hyphenated::LENGTH]);

impl RawId {
    /// A new one.
    #[must_use]
    #[allow(clippy::new_without_default)] // each is another one
    pub fn new() -> Self {
        let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
        Uuid::new_v4().hyphenated().encode_lower(&mut text);
        Self(text)
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// Spells moments; consecutive records mostly share the second.
#[derive(Debug, Default)]
pub struct Clock {
    second: Option<i64>,
    text: String,
}

impl Clock {
    /// Milliseconds since the epoch as `2026-11-21T10:15:00.250Z`. What no calendar holds becomes the epoch.
    pub fn iso(&mut self, milliseconds: i64) -> &str {
        let second = milliseconds.div_euclid(1000);
        if self.second != Some(second) {
            let moment = jiff::Timestamp::from_second(second).unwrap_or_default();
            self.text = moment.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string();
            self.second = Some(second);
        }
        let fraction = milliseconds.rem_euclid(1000);
        let at = self.text.len() - "000Z".len();
        self.text.truncate(at);
        for digit in [fraction / 100, fraction / 10 % 10, fraction % 10] {
            self.text.push(char::from(b'0' + digit as u8));
        }
        self.text.push('Z');
        &self.text
    }
}

/// One change of a record, as `_airbyte_meta` tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Change<'a> {
    /// The property.
    pub field: &'a str,
    /// `NULLED` or `TRUNCATED`.
    pub change: &'static str,
    /// Such as `DESTINATION_TYPECAST_ERROR`.
    pub reason: &'static str,
}

impl<'a> Change<'a> {
    /// The value does not fit the type of its column.
    #[must_use]
    pub fn not_of_type(field: &'a str) -> Self {
        Self { field, change: "NULLED", reason: "DESTINATION_TYPECAST_ERROR" }
    }

    /// The value cannot be stored at all: a text with half of a surrogate pair in it.
    #[must_use]
    pub fn not_storable(field: &'a str) -> Self {
        Self { field, change: "NULLED", reason: "DESTINATION_SERIALIZATION_ERROR" }
    }
}

/// Makes the values of [`META`] of one stream.
#[derive(Debug)]
pub struct Meta {
    /// The text up to the changes.
    head: String,
    /// The text, mostly that of a record without changes.
    text: String,
    /// Whether `text` is that of a record without changes.
    plain: bool,
}

/// `meta` of a record, as far as it is kept.
#[derive(Default, Deserialize)]
struct RecordMeta<'a> {
    #[serde(borrow, default)]
    changes: Vec<&'a RawValue>,
}

impl Meta {
    /// For the rows of one stream in one sync.
    #[must_use]
    pub fn new(sync_id: Option<i64>) -> Self {
        let sync = sync_id.map(|id| format!(r#""sync_id":{id},"#)).unwrap_or_default();
        Self { head: format!(r#"{{{sync}"changes":["#), text: String::new(), plain: false }
    }

    /// The text for a record that came with `record_meta` and got further `changes` here. Earlier changes are kept.
    pub fn text(&mut self, record_meta: Option<&str>, changes: &[Change<'_>]) -> &str {
        let plain = record_meta.is_none() && changes.is_empty();
        if !(plain && self.plain) {
            let earlier: RecordMeta<'_> =
                record_meta.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
            let mut all: Vec<String> = earlier.changes.iter().map(|raw| raw.get().to_owned()).collect();
            all.extend(changes.iter().filter_map(|change| serde_json::to_string(change).ok()));
            self.text = format!("{}{}]}}", self.head, all.join(","));
            self.plain = plain;
        }
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_spelled_in_utc_with_milliseconds() {
        let mut clock = Clock::default();
        for (ms, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (1_700_000_000_123, "2023-11-14T22:13:20.123Z"),
            (1_700_000_000_007, "2023-11-14T22:13:20.007Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (i64::MAX, "1970-01-01T00:00:00.807Z"),
        ] {
            assert_eq!(clock.iso(ms), text);
        }
    }

    #[test]
    fn changes_accumulate() {
        let mut meta = Meta::new(Some(7));
        assert_eq!(meta.text(None, &[]), r#"{"sync_id":7,"changes":[]}"#);
        let before = r#"{"changes":[{"field":"a","change":"NULLED","reason":"SOURCE_RETRIEVAL_ERROR"}],"x":1}"#;
        assert_eq!(
            meta.text(Some(before), &[Change::not_of_type("b\"")]),
            r#"{"sync_id":7,"changes":[{"field":"a","change":"NULLED","reason":"SOURCE_RETRIEVAL_ERROR"},{"field":"b\"","change":"NULLED","reason":"DESTINATION_TYPECAST_ERROR"}]}"#
        );
        assert_eq!(meta.text(None, &[]), r#"{"sync_id":7,"changes":[]}"#);
        assert_eq!(Meta::new(None).text(Some("{}"), &[]), r#"{"changes":[]}"#);
    }

    #[test]
    fn raw_ids_differ() {
        assert_ne!(RawId::new().as_str(), RawId::new().as_str());
        assert_eq!(RawId::new().as_str().len(), 36);
    }
}
