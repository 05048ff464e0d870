//! How a row is spelled.
//!
//! JSONL: `{"_airbyte_raw_id":…,"_airbyte_extracted_at":…,"_airbyte_meta":{…},"_airbyte_generation_id":…,"_airbyte_data":{…}}`,
//! with the record's data byte for byte as it came. CSV: see [`crate::csv`].

use crate::config::FileFormat;
use crate::csv;
use longshore_connector_kit::metadata::{self, Clock, Meta, RawId};
use longshore_connector_kit::{Failure, Fields, Record};
use serde::Deserialize;

/// Spells the rows of one stream.
#[derive(Debug)]
pub(crate) struct RowWriter {
    format: FileFormat,
    fields: Fields,
    /// A CSV file without other columns than one for the whole record.
    whole: bool,
    generation: String,
    clock: Clock,
    meta: Meta,
}

impl RowWriter {
    /// `columns` are those of the file, which is a CSV file or has none.
    pub(crate) fn new(format: FileFormat, columns: &[String], generation: Option<i64>, sync_id: Option<i64>) -> Self {
        Self {
            format,
            whole: matches!(columns, [only] if only == csv::DATA),
            fields: Fields::new(columns.iter().map(String::as_str)),
            generation: generation.map(|number| number.to_string()).unwrap_or_default(),
            clock: Clock::default(),
            meta: Meta::new(sync_id),
        }
    }

    /// Appends the rows of `records` to `out`.
    pub(crate) fn write(&mut self, records: &[Record<'_>], out: &mut Vec<u8>) -> Result<(), Failure> {
        let mut values = Vec::new();
        for record in records {
            self.fields.split(record.data, &mut values)?;
            match self.format {
                FileFormat::Jsonl => self.json_line(record, out),
                FileFormat::Csv => self.csv_line(record, &values, out),
            }
        }
        Ok(())
    }

    fn json_line(&mut self, record: &Record<'_>, out: &mut Vec<u8>) {
        let [raw_id, extracted_at, meta, generation_id] = metadata::COLUMNS;
        let generation = if self.generation.is_empty() { "null" } else { &self.generation };
        for part in [
            "{\"",
            raw_id,
            "\":\"",
            RawId::new().as_str(),
            "\",\"",
            extracted_at,
            "\":\"",
            self.clock.iso(record.emitted_at),
            "\",\"",
            meta,
            "\":",
            self.meta.text(record.meta, &[]),
            ",\"",
            generation_id,
            "\":",
            generation,
            ",\"_airbyte_data\":",
            record.data,
            "}\n",
        ] {
            out.extend_from_slice(part.as_bytes());
        }
    }

    fn csv_line(&mut self, record: &Record<'_>, values: &[Option<&str>], out: &mut Vec<u8>) {
        csv::field(RawId::new().as_str(), out);
        out.push(b',');
        csv::field(self.clock.iso(record.emitted_at), out);
        out.push(b',');
        csv::field(self.meta.text(record.meta, &[]), out);
        out.push(b',');
        out.extend_from_slice(self.generation.as_bytes());
        let whole = [Some(record.data)];
        for value in if self.whole { &whole } else { values } {
            out.push(b',');
            csv::value(*value, out);
        }
        out.push(b'\n');
    }
}

/// The generation of a row that was written before.
pub(crate) fn generation(format: FileFormat, row: &[u8]) -> Option<i64> {
    #[derive(Deserialize)]
    struct Line {
        #[serde(rename = "_airbyte_generation_id")]
        generation: Option<i64>,
    }
    match format {
        FileFormat::Jsonl => serde_json::from_slice::<Line>(row).ok()?.generation,
        FileFormat::Csv => std::str::from_utf8(csv::fields(row).nth(3)?).ok()?.parse().ok(),
    }
}
