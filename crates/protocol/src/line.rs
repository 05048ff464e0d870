//! What one line of a connector's stdout is.
//!
//! A line is a message, or it is not: then it is a stray log line, unless it was meant to be a record. Both are data
//! for the caller to count; neither is an error that stops a sync.

use crate::record::{Parts, RecordLine, Span};
use crate::scan::{self, ScanError, expect, skip_space, skip_string, skip_value};
use std::borrow::Cow;

/// One classified line.
#[derive(Debug, Clone, Copy)]
pub enum Line<'a> {
    /// A RECORD message.
    Record(RecordLine<'a>),
    /// Any other message: to be decoded by [`crate::Message::decode`]. Holds the text of the whole message.
    Message(&'a str),
    /// A line that no connector meant as a message: log output that went to stdout.
    Stray(&'a [u8]),
    /// A line that was meant as a message and cannot be used. Whatever it carried is lost, so it must be counted.
    Broken(Broken<'a>),
}

/// Why a line that was meant as a message cannot be used.
#[derive(Debug, Clone, Copy)]
pub struct Broken<'a> {
    /// What is wrong with it.
    pub reason: BrokenReason,
    /// The stream of a record, where it could still be read.
    pub stream: Option<RawText<'a>>,
    /// The namespace of that stream.
    pub namespace: Option<RawText<'a>>,
}

/// What is wrong with a broken line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BrokenReason {
    /// The line is not valid UTF-8.
    InvalidUtf8,
    /// The line is not valid JSON, or ends in the middle of it.
    Unparsable,
    /// It is JSON, but a record without a stream, or without an object as `data`.
    InvalidRecord,
}

impl BrokenReason {
    /// The stable word for it in results and logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidUtf8 => "invalid_utf8",
            Self::Unparsable => "unparsable",
            Self::InvalidRecord => "invalid_record",
        }
    }
}

/// A JSON string as it stands in a line, quotes and escapes included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RawText<'a>(pub &'a [u8]);

impl<'a> RawText<'a> {
    /// The text that it stands for; a string with escapes that mean nothing (a lone surrogate) is given as written.
    #[must_use]
    pub fn decode(self) -> Cow<'a, str> {
        let inner = &self.0[1..self.0.len() - 1];
        if memchr::memchr(b'\\', inner).is_none() {
            return String::from_utf8_lossy(inner);
        }
        match serde_json::from_slice::<String>(self.0) {
            Ok(text) => Cow::Owned(text),
            Err(_) => String::from_utf8_lossy(inner),
        }
    }
}

/// Says what `line` is. `line` has no newline at its end.
///
/// `is_utf8` says that the caller has already validated the bytes (a whole buffer at once is faster).
#[must_use]
pub fn classify(line: &[u8], is_utf8: bool) -> Line<'_> {
    let at = skip_space(line, 0);
    if line.get(at) != Some(&b'{') {
        return Line::Stray(line);
    }
    if !is_utf8 && simdutf8::basic::from_utf8(line).is_err() {
        return broken(line, BrokenReason::InvalidUtf8);
    }
    match envelope(line, at) {
        Ok(envelope) => envelope.into_line(line, at),
        Err(_) => broken(line, BrokenReason::Unparsable),
    }
}

/// Classifies the lines of one connector. Most records look like the one before except for their data and their time:
/// those are recognised by comparing what surrounds the data, without walking it again.
#[derive(Debug, Default)]
pub struct Classifier {
    /// What stood before the data of the last record; empty when that record is no pattern.
    head: Vec<u8>,
    /// What stood between its data and the value of `emitted_at`, and after that value.
    tail: [Vec<u8>; 2],
    /// The places of its parts that lie in the head.
    parts: Parts,
}

impl Classifier {
    /// Says what `line` is, as [`classify`] does.
    pub fn classify<'a>(&mut self, line: &'a [u8], is_utf8: bool) -> Line<'a> {
        let found = classify(line, is_utf8);
        if let Line::Record(record) = &found {
            self.remember(record, line);
        }
        found
    }

    /// The record on the first line of `lines`, if it looks like the last one; `lines` must be valid UTF-8. Its line ends
    /// with a newline, which was not searched for: the record was walked up to it. `None` says nothing about the line.
    #[inline]
    #[must_use]
    pub fn like_the_last<'a>(&self, lines: &'a [u8]) -> Option<RecordLine<'a>> {
        let start = self.head.len();
        if start == 0 || !lines.starts_with(&self.head) || lines.get(start) != Some(&b'{') {
            return None;
        }
        let data = Span { start, end: scan::skip_container(lines, start).ok()? };
        if !lines[data.end..].starts_with(&self.tail[0]) {
            return None;
        }
        let time = data.end + self.tail[0].len();
        let digits = lines[time..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let emitted_at = Span { start: time, end: time + digits };
        let end = emitted_at.end + self.tail[1].len();
        let plain = digits > 0 && lines[time] != b'0' && lines[emitted_at.end..].starts_with(&self.tail[1]);
        let whole = plain && lines.get(end) == Some(&b'\n');
        whole.then(|| RecordLine { line: &lines[..end], parts: Parts { data, emitted_at, ..self.parts } })
    }

    /// A record is a pattern for others when its data and its time are the last things in it that can vary.
    fn remember(&mut self, record: &RecordLine<'_>, line: &[u8]) {
        let Parts { data, emitted_at, .. } = record.parts;
        self.head.clear();
        let before_data = |span: Span| span.end <= data.start;
        let parts = &record.parts;
        if record.line.len() != line.len()
            || emitted_at.start < data.end
            || ![parts.stream, parts.namespace, parts.meta].into_iter().all(before_data)
        {
            return;
        }
        let mut keep = |into: usize, text: &[u8]| {
            self.tail[into].clear();
            self.tail[into].extend_from_slice(text);
        };
        keep(0, &line[data.end..emitted_at.start]);
        keep(1, &line[emitted_at.end..]);
        self.head.extend_from_slice(&line[..data.start]);
        self.parts = record.parts;
    }
}

/// Whether a chunk of whole lines is valid UTF-8.
#[must_use]
pub fn is_utf8(bytes: &[u8]) -> bool {
    simdutf8::basic::from_utf8(bytes).is_ok()
}

struct Envelope<'a> {
    kind: Option<RawText<'a>>,
    record: Option<(Parts, bool)>,
    end: usize,
}

impl<'a> Envelope<'a> {
    fn into_line(self, line: &'a [u8], start: usize) -> Line<'a> {
        let Some(kind) = self.kind else { return Line::Stray(line) };
        let message = &line[start..self.end];
        if kind.0 != b"\"RECORD\"" {
            let known =
                kind.0.len() > 2 && kind.0[1..kind.0.len() - 1].iter().all(|b| b.is_ascii_uppercase() || *b == b'_');
            return match std::str::from_utf8(message) {
                Ok(text) if known => Line::Message(text),
                _ => Line::Stray(line),
            };
        }
        match self.record {
            Some((parts, true)) => Line::Record(RecordLine { line: message, parts: parts.shifted(start) }),
            Some((parts, false)) => {
                let found = RecordLine { line: message, parts: parts.shifted(start) };
                let stream = (!parts.stream.is_absent()).then(|| found.stream());
                Line::Broken(Broken { reason: BrokenReason::InvalidRecord, stream, namespace: found.namespace() })
            }
            None => Line::Broken(Broken { reason: BrokenReason::InvalidRecord, stream: None, namespace: None }),
        }
    }
}

impl Parts {
    /// The same places in a line that begins `by` bytes later.
    fn shifted(self, by: usize) -> Self {
        let span = |s: Span| Span { start: s.start.saturating_sub(by), end: s.end.saturating_sub(by) };
        Self {
            open: self.open - by,
            stream: span(self.stream),
            namespace: span(self.namespace),
            data: span(self.data),
            emitted_at: span(self.emitted_at),
            meta: span(self.meta),
        }
    }
}

/// Walks the top-level object of a message; of its values only `type` and `record` are looked at.
fn envelope(line: &[u8], start: usize) -> Result<Envelope<'_>, ScanError> {
    let mut found = Envelope { kind: None, record: None, end: 0 };
    found.end = members(line, start, |key, at| {
        Ok(match key {
            b"type" => {
                let end = skip_value(line, at)?;
                if line[at] == b'"' {
                    found.kind = Some(RawText(&line[at..end]));
                }
                end
            }
            b"record" if line.get(at) == Some(&b'{') => {
                let (parts, valid, end) = record(line, at)?;
                found.record = Some((parts, valid));
                end
            }
            _ => skip_value(line, at)?,
        })
    })?;
    Ok(found)
}

/// Walks the object of a record; says whether it has what a record needs.
#[inline]
fn record(line: &[u8], open: usize) -> Result<(Parts, bool, usize), ScanError> {
    let mut parts = Parts { open, ..Parts::default() };
    let end = members(line, open, |key, at| {
        let end = skip_value(line, at)?;
        let span = Span { start: at, end };
        match key {
            b"stream" if line[at] == b'"' => parts.stream = span,
            b"namespace" if line[at] == b'"' || line[at] == b'n' => parts.namespace = span,
            b"data" if line[at] == b'{' => parts.data = span,
            b"emitted_at" => parts.emitted_at = span,
            b"meta" if line[at] == b'{' => parts.meta = span,
            _ => {}
        }
        Ok(end)
    })?;
    let valid = !parts.stream.is_absent() && !parts.data.is_absent();
    Ok((parts, valid, end))
}

/// Calls `member` with the raw key and the place of the value of each member of the object at `open`; `member` answers
/// with the value's end. The result is the object's end.
#[inline]
fn members(
    line: &[u8],
    open: usize,
    mut member: impl FnMut(&[u8], usize) -> Result<usize, ScanError>,
) -> Result<usize, ScanError> {
    let mut at = skip_space(line, open + 1);
    if line.get(at) == Some(&b'}') {
        return Ok(at + 1);
    }
    loop {
        at = skip_space(line, at);
        if line.get(at) != Some(&b'"') {
            return Err(if at < line.len() { ScanError::Unexpected { at } } else { ScanError::Truncated });
        }
        let key_end = skip_string(line, at)?;
        let key = &line[at + 1..key_end - 1];
        let value = skip_space(line, expect(line, key_end, b':')?);
        at = match memchr::memchr(b'\\', key) {
            None => member(key, value)?,
            Some(_) => member(RawText(&line[at..key_end]).decode().as_bytes(), value)?,
        };
        at = skip_space(line, at);
        match line.get(at) {
            Some(b',') => at += 1,
            Some(b'}') => return Ok(at + 1),
            Some(_) => return Err(ScanError::Unexpected { at }),
            None => return Err(ScanError::Truncated),
        }
    }
}

/// The place of the value of a member of an object.
pub(crate) fn member(object: &[u8], name: &[u8]) -> Option<std::ops::Range<usize>> {
    let mut found = None;
    members(object, skip_space(object, 0), |key, at| {
        let end = skip_value(object, at)?;
        if key == name {
            found = Some(at..end);
        }
        Ok(end)
    })
    .ok()?;
    found
}

/// Calls `field` with the name and the text (`"name":value`) of each member of an object. `None` when it cannot be read.
pub(crate) fn each_field(object: &[u8], mut field: impl FnMut(&str, &[u8])) -> Option<()> {
    let mut from = 0;
    members(object, skip_space(object, 0), |key, at| {
        let value_end = skip_value(object, at)?;
        let start = from + memchr::memchr(b'"', &object[from..at]).unwrap_or_default();
        field(std::str::from_utf8(key).unwrap_or_default(), &object[start..value_end]);
        from = value_end;
        Ok(value_end)
    })
    .ok()
    .map(drop)
}

/// A line that starts like an object but cannot be read: a broken message if it looks like one, else a stray line.
fn broken(line: &[u8], reason: BrokenReason) -> Line<'_> {
    // The head decides; a record's data may be of any length.
    let head: Vec<u8> =
        line.iter().take(4096).filter(|b| !b.is_ascii_whitespace()).map(u8::to_ascii_lowercase).collect();
    let meant = memchr::memmem::find(&head, b"\"record\":{").is_some()
        || MESSAGE_HEADS.iter().any(|kind| memchr::memmem::find(&head, kind).is_some());
    if !meant {
        return Line::Stray(line);
    }
    let text = |key: &[u8]| {
        let at = memchr::memmem::find(line, key)? + key.len();
        let at = skip_space(line, scan::expect(line, at, b':').ok()?);
        (line.get(at) == Some(&b'"')).then_some(())?;
        Some(RawText(&line[at..skip_string(line, at).ok()?]))
    };
    Line::Broken(Broken { reason, stream: text(b"\"stream\""), namespace: text(b"\"namespace\"") })
}

const MESSAGE_HEADS: [&[u8]; 4] =
    [b"\"type\":\"record\"", b"\"type\":\"state\"", b"\"type\":\"trace\"", b"\"type\":\"control\""];

#[cfg(test)]
mod tests;
