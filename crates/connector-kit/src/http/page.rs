//! One page: the text of an answer, and where in it the records are.

use super::answer::Answer;
use super::cursor::compare;
use super::paging::Arrived;
use super::parts::Part;
use super::pointer::{elements, find_all};
use super::template::Words;
use super::{Client, HttpStream};
use crate::{Failure, Fields};
use longshore_protocol::splice;
use serde_json::Value;
use std::ops::Range;

/// A page on its way from the thread that asked for it to the one that emits it.
#[derive(Debug, Default)]
pub(crate) struct Page {
    text: String,
    records: Vec<Range<usize>>,
    /// The place of the page behind it.
    pub(crate) next: Option<Value>,
    /// The greatest cursor in it.
    pub(crate) greatest: Option<Value>,
}

impl Page {
    /// Finds the records, the next page and the cursor in an answer.
    pub(crate) fn of(
        stream: &HttpStream,
        client: &Client,
        part: &Part,
        place: Option<&Value>,
        mut answer: Answer,
    ) -> Result<Self, Failure> {
        let (outer, inner) = stream.records.at_star();
        let mut page = Self::default();
        let records = {
            let asked = stream.paging.pointers();
            let pointers: Vec<_> = std::iter::once(&outer).chain(asked.iter().flatten().copied()).collect();
            let found = find_all(&pointers, &answer.text).map_err(|failure| of_stream(stream, failure))?;
            let mut found = found.into_iter();
            let records = found.next().flatten();
            let [next, has_more, total] = asked.map(|pointer| pointer.and_then(|_| found.next().flatten()));
            let mut records = texts(stream, &answer.text, records)?;
            if let Some(inner) = inner {
                let within = records.iter().map(|record| inner.find(record));
                records = within.filter_map(Result::transpose).collect::<Result<_, _>>()?;
            }
            if let Some(other) = records.iter().find(|record| !record.starts_with('{')) {
                return Err(not_records(stream, other));
            }
            let (count, last_record) = (records.len(), records.last().copied());
            let arrived = Arrived { records: count, last_record, answer: &answer, next, has_more, total };
            page.next = stream.paging.next(place, client, &arrived)?;
            page.look_at_cursors(stream, part, &mut records)?;
            let start = answer.text.as_ptr() as usize;
            let place = |record: &str| record.as_ptr() as usize - start;
            records.iter().map(|record| place(record)..place(record) + record.len()).collect::<Vec<_>>()
        };
        (page.text, page.records) = (std::mem::take(&mut answer.text), records);
        page.change(stream, &part.words)?;
        Ok(page)
    }

    /// The records' texts.
    pub(crate) fn records(&self) -> impl Iterator<Item = &str> {
        self.records.iter().map(|place| &self.text[place.clone()])
    }

    /// Finds the greatest cursor, and drops records that are too old if that is to be done here.
    fn look_at_cursors(&mut self, stream: &HttpStream, part: &Part, records: &mut Vec<&str>) -> Result<(), Failure> {
        let Some(cursor) = stream.cursor.as_ref().filter(|_| part.is_incremental) else { return Ok(()) };
        let fields = Fields::new([cursor.field.as_str()]);
        let least = part.cursor.as_ref().filter(|_| cursor.is_filtered);
        let least =
            least.map(|value| cursor.in_format(value, part.looks_back)).transpose()?.map(|value| value.to_string());
        let mut greatest: Option<&str> = None;
        let (mut values, mut kept) = (Vec::with_capacity(1), Vec::with_capacity(records.len()));
        for record in records.iter().copied() {
            fields.split(record, &mut values)?;
            let value = values[0].filter(|value| *value != "null");
            if let (Some(least), Some(value)) = (&least, value)
                && compare(value, least).is_lt()
            {
                continue;
            }
            kept.push(record);
            if let Some(value) = value
                && greatest.is_none_or(|greatest| compare(greatest, value).is_lt())
            {
                greatest = Some(value);
            }
        }
        self.greatest = greatest.and_then(|value| serde_json::from_str(value).ok());
        *records = kept;
        Ok(())
    }

    /// Adds what is to be added, and lets the author change records.
    fn change(&mut self, stream: &HttpStream, words: &Words) -> Result<(), Failure> {
        if stream.added.is_empty() && stream.change.is_none() {
            return Ok(());
        }
        let added = stream.added.iter().map(|(field, text)| {
            let value = words.fill_value(text).unwrap_or_default();
            (field.as_str(), value.to_string())
        });
        let added: Vec<(&str, String)> = added.collect();
        let added: Vec<(&str, &str)> = added.iter().map(|(field, text)| (*field, text.as_str())).collect();
        let (mut text, mut places) = (String::with_capacity(self.text.len()), Vec::with_capacity(self.records.len()));
        for record in self.records() {
            let record = splice::insert(record, &added);
            let changed = match &stream.change {
                Some(change) => change(&record)?,
                None => Some(record),
            };
            if let Some(changed) = changed {
                places.push(text.len()..text.len() + changed.len());
                text.push_str(&changed);
            }
        }
        (self.text, self.records) = (text, places);
        Ok(())
    }
}

/// The texts of the records.
fn texts<'a>(stream: &HttpStream, answer: &str, json: Option<&'a str>) -> Result<Vec<&'a str>, Failure> {
    let Some(json) = json.map(str::trim) else {
        if !answer.trim_start().starts_with(['{', '[']) {
            return Err(not_records(stream, answer));
        }
        let message = format!(
            "the answer for stream {} has nothing at `/{}`; correct `records_at`",
            stream.name,
            stream.records.parts().join("/")
        );
        return Err(Failure::system(message));
    };
    match json.as_bytes().first() {
        Some(b'[') => elements(json).map_err(|failure| of_stream(stream, failure)),
        // Read once, so that what is handed on is known to be whole.
        Some(b'{') => match serde_json::from_str::<&longshore_protocol::RawValue>(json) {
            Ok(_) => Ok(vec![json]),
            Err(_) => Err(not_records(stream, json)),
        },
        _ if json == "null" => Ok(Vec::new()),
        _ => Err(not_records(stream, json)),
    }
}

fn not_records(stream: &HttpStream, json: &str) -> Failure {
    let head: String = json.chars().take(40).collect();
    let is_json = serde_json::from_str::<&longshore_protocol::RawValue>(json).is_ok();
    let what = if is_json { "not an array of objects" } else { "not JSON" };
    Failure::system(format!("the answer for stream {} is {what}; correct its path or `records_at`", stream.name))
        .with_internal(format!("it begins with {head:?}"))
}

fn of_stream(stream: &HttpStream, failure: Failure) -> Failure {
    Failure { message: format!("stream {}: {}", stream.name, failure.message), ..failure }
}
