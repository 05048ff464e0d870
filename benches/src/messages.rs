//! Makes the records that are moved: three shapes of the data that people move, the same bytes in every run.
//!
//! A sample holds [`RECORDS`] records and a log line every thousand, and is named after its stream; `replay` repeats it.

use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::fs::File;
use std::io::{self, BufWriter, Seek, Write};
use std::path::{Path, PathBuf};

/// Records of one sample.
pub(crate) const RECORDS: u64 = 10_000;
const RECORDS_PER_LOG: u64 = 1_000;
const EMITTED_AT: u64 = 1_790_000_000_000;

/// A shape of records.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shape {
    /// A measurement or an order line: six fields, about 200 bytes.
    Narrow,
    /// A customer or an invoice: some twenty fields with text that has to be escaped, about 1 KB.
    Medium,
    /// A document with objects and lists in it, about 5 KB.
    Wide,
}

impl Shape {
    /// From the smallest to the largest.
    pub(crate) const ALL: [Self; 3] = [Self::Narrow, Self::Medium, Self::Wide];

    /// The name of its stream.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Narrow => "narrow",
            Self::Medium => "medium",
            Self::Wide => "wide",
        }
    }

    fn data(self, id: u64, random: &mut Random) -> Value {
        match self {
            Self::Narrow => random.measurement(id),
            Self::Medium => random.invoice(id),
            Self::Wide => random.document(id),
        }
    }
}

/// A file of messages.
#[derive(Debug)]
pub(crate) struct Sample {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// How long it is.
    pub(crate) bytes: u64,
}

impl Sample {
    /// How often it has to be repeated for so many megabytes.
    pub(crate) fn passes(&self, megabytes: u64) -> u64 {
        (megabytes * 1_000_000).div_ceil(self.bytes.max(1))
    }
}

/// Writes a sample into a folder, piece by piece: what this process holds would count as its children's memory too.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn sample(shape: Shape, folder: &Path) -> Result<Sample> {
    let path = folder.join(format!("{}.jsonl", shape.name()));
    let written = write(shape, &path).with_context(|| format!("cannot write {}", path.display()));
    written.map(|bytes| Sample { path, bytes })
}

fn write(shape: Shape, path: &Path) -> io::Result<u64> {
    let mut random = Random(7);
    let mut file = BufWriter::new(File::create(path)?);
    for id in 0..RECORDS {
        let record =
            json!({"stream": shape.name(), "data": shape.data(id, &mut random), "emitted_at": EMITTED_AT + id});
        writeln!(file, r#"{{"type":"RECORD","record":{record}}}"#)?;
        if (id + 1) % RECORDS_PER_LOG == 0 {
            writeln!(file, r#"{{"type":"LOG","log":{{"level":"INFO","message":"read {} records"}}}}"#, id + 1)?;
        }
    }
    file.flush()?;
    file.stream_position()
}

const SYLLABLES: [&str; 16] =
    ["ka", "lo", "mé", "ri", "sun", "to", "ver", "wa", "be", "dor", "fi", "gü", "han", "is", "ño", "pe"];

/// Numbers that look random and are the same in every run (xorshift64*).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % limit
    }

    fn fraction(&mut self) -> f64 {
        self.below(1 << 31) as f64 / 1e6
    }

    fn words(&mut self, bytes: usize) -> String {
        let mut text = String::new();
        while text.len() < bytes {
            text += SYLLABLES[self.below(16) as usize];
            if self.below(3) == 0 {
                text.push(' ');
            }
        }
        text
    }

    fn moment(&mut self) -> String {
        let (month, day) = (1 + self.below(12), 1 + self.below(28));
        let (hour, minute, micros) = (self.below(24), self.below(60), self.below(1_000_000));
        format!("2026-{month:02}-{day:02}T{hour:02}:{minute:02}:07.{micros:06}+00:00")
    }

    fn measurement(&mut self, id: u64) -> Value {
        json!({
            "id": id,
            "sensor": self.words(12),
            "count": self.below(100_000),
            "value": self.fraction(),
            "valid": self.below(2) == 0,
            "updated_at": self.moment(),
        })
    }

    fn invoice(&mut self, id: u64) -> Value {
        let mut invoice = json!({
            "id": id,
            "note": format!("He said: \"{}\"\n\tin C:\\data", self.words(80)),
            "paid_at": null,
            "updated_at": self.moment(),
        });
        for field in 0..9 {
            invoice[format!("text_{field}")] = self.words(40).into();
            invoice[format!("amount_{field}")] = self.fraction().into();
        }
        invoice
    }

    fn document(&mut self, id: u64) -> Value {
        let mut document = self.invoice(id);
        document["customer"] = json!({
            "name": self.words(25),
            "address": {"street": self.words(30), "city": self.words(12), "at": [self.fraction(), self.fraction()]},
            "tags": (0..8).map(|_| self.words(9)).collect::<Vec<_>>(),
        });
        document["lines"] = (0..20).map(|_| self.invoice_line()).collect();
        document
    }

    fn invoice_line(&mut self) -> Value {
        json!({
            "article": format!("{:012x}", self.below(1 << 31)),
            "quantity": self.below(9),
            "price": self.fraction(),
            "title": self.words(35),
            "attributes": {"colour": self.words(6), "weight": self.fraction()},
        })
    }
}
