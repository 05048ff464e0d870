//! A RECORD message as it lies in its line.

use crate::line::RawText;
use std::ops::Range;

/// The places of a record's parts in its line. Nothing is copied and nothing is decoded.
#[derive(Debug, Clone, Copy)]
pub struct RecordLine<'a> {
    /// The line, from the opening brace of the message to its closing one.
    pub line: &'a [u8],
    pub(crate) parts: Parts,
}

/// Byte ranges in a record's line. An empty range means absent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Parts {
    /// The opening brace of the `record` object.
    pub(crate) open: usize,
    /// The value of `stream`, quotes included.
    pub(crate) stream: Span,
    /// The value of `namespace`: a string with its quotes, or `null`.
    pub(crate) namespace: Span,
    /// The value of `data`, braces included.
    pub(crate) data: Span,
    /// The value of `emitted_at`.
    pub(crate) emitted_at: Span,
    /// The value of `meta`.
    pub(crate) meta: Span,
}

/// A byte range that can be copied.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Span {
    pub(crate) fn is_absent(self) -> bool {
        self.start == self.end
    }

    fn of(self, line: &[u8]) -> &[u8] {
        &line[self.start..self.end]
    }
}

impl<'a> RecordLine<'a> {
    /// The stream's name as it is written: quotes and escapes included.
    #[inline]
    #[must_use]
    pub fn stream(&self) -> RawText<'a> {
        RawText(self.parts.stream.of(self.line))
    }

    /// The namespace as it is written, if there is one.
    #[inline]
    #[must_use]
    pub fn namespace(&self) -> Option<RawText<'a>> {
        let text = self.parts.namespace.of(self.line);
        (text.first() == Some(&b'"')).then_some(RawText(text))
    }

    /// The record's data: the text of a JSON object.
    #[inline]
    #[must_use]
    pub fn data(&self) -> &'a [u8] {
        self.parts.data.of(self.line)
    }

    /// The data's text. Lines are valid UTF-8 by the time they are classified.
    #[must_use]
    pub fn data_text(&self) -> &'a str {
        std::str::from_utf8(self.data()).unwrap_or_default()
    }

    /// When the source emitted it, in milliseconds since the epoch; 0 when it says nothing that can be read.
    #[must_use]
    pub fn emitted_at(&self) -> i64 {
        let text = std::str::from_utf8(self.parts.emitted_at.of(self.line)).unwrap_or_default();
        text.parse::<i64>().unwrap_or_else(|_| text.parse::<f64>().map_or(0, |ms| ms as i64))
    }

    /// `meta` as it is written, if it is there: the changes made so far on the record's way.
    #[must_use]
    pub fn meta(&self) -> Option<&'a str> {
        (!self.parts.meta.is_absent()).then(|| std::str::from_utf8(self.parts.meta.of(self.line)).unwrap_or_default())
    }

    /// Appends the line with another stream, namespace or data to `out`, every other byte as it was.
    pub fn write_renamed(&self, edit: &RecordEdit<'_>, out: &mut Vec<u8>) {
        let parts = &self.parts;
        let mut cuts: [(Range<usize>, &[u8]); 3] = Default::default();
        let mut used = 0;
        let mut cut = |range: Range<usize>, text| {
            cuts[used] = (range, text);
            used += 1;
        };
        if let Some(stream) = edit.stream {
            cut(parts.stream.start..parts.stream.end, stream);
        }
        if let Some(data) = edit.data {
            cut(parts.data.start..parts.data.end, data);
        }
        let mut inserted = Vec::new();
        match (edit.namespace, parts.namespace.is_absent()) {
            (NamespaceEdit::Keep, _) | (NamespaceEdit::Null, true) => {}
            (NamespaceEdit::Null, false) => cut(parts.namespace.start..parts.namespace.end, b"null"),
            (NamespaceEdit::Set(name), false) => cut(parts.namespace.start..parts.namespace.end, name),
            (NamespaceEdit::Set(name), true) => {
                inserted.extend_from_slice(b"\"namespace\":");
                inserted.extend_from_slice(name);
                inserted.push(b',');
                cut(parts.open + 1..parts.open + 1, &inserted);
            }
        }
        let cuts = &mut cuts[..used];
        cuts.sort_by_key(|(range, _)| range.start);
        let mut from = 0;
        for (range, text) in cuts.iter() {
            out.extend_from_slice(&self.line[from..range.start]);
            out.extend_from_slice(text);
            from = range.end;
        }
        out.extend_from_slice(&self.line[from..]);
    }
}

/// What to change in a record's line. Names are JSON strings, quotes included.
#[derive(Debug, Clone, Copy, Default)]
pub struct RecordEdit<'a> {
    /// The new stream name.
    pub stream: Option<&'a [u8]>,
    /// The new namespace.
    pub namespace: NamespaceEdit<'a>,
    /// The new data.
    pub data: Option<&'a [u8]>,
}

/// What to do with a namespace.
#[derive(Debug, Clone, Copy, Default)]
pub enum NamespaceEdit<'a> {
    /// Nothing.
    #[default]
    Keep,
    /// Make it `null` where there is one.
    Null,
    /// Make it this JSON string.
    Set(&'a [u8]),
}

/// The text of a record's data with only the fields that `keep` names, each as it was written. `None` when the data is
/// not a well-formed object.
#[must_use]
pub fn retain_fields(data: &[u8], keep: impl Fn(&str) -> bool) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(data.len());
    out.push(b'{');
    crate::line::each_field(data, |name, field| {
        if keep(name) {
            if out.len() > 1 {
                out.push(b',');
            }
            out.extend_from_slice(field);
        }
    })?;
    out.push(b'}');
    Some(out)
}
