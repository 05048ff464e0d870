//! One object of a test configuration: its values by key, each of the type that it must have, and no key that means
//! nothing.

use super::document::{Entry, Node, What};
use super::failure::invalid;
use longshore_protocol::FailureReason;
use serde_json::Value;
use std::path::Path;

/// How similar a key must be to have been meant.
const SIMILAR: f64 = 0.8;

/// A key that has, or once had, a meaning.
pub(super) struct Key {
    pub(super) name: &'static str,
    /// Why it has no effect; none when it has.
    pub(super) idle: Option<&'static str>,
}

/// A key with an effect.
pub(super) const fn key(name: &'static str) -> Key {
    Key { name, idle: None }
}

/// A key without, and why.
pub(super) const fn idle(name: &'static str, why: &'static str) -> Key {
    Key { name, idle: Some(why) }
}

/// One object.
#[derive(Clone)]
pub(super) struct Section<'a> {
    file: &'a Path,
    /// Where it is, such as `acceptance_tests.spec.tests[0]`; empty for the file as a whole.
    pub(super) place: String,
    pub(super) line: u64,
    pub(super) entries: &'a [Entry],
}

impl<'a> Section<'a> {
    /// An object; a null is one without keys.
    pub(super) fn of(file: &'a Path, place: String, node: &'a Node) -> Result<Self, FailureReason> {
        let entries: &[Entry] = match &node.what {
            What::Map(entries) => entries,
            _ if node.is_null() => &[],
            _ => return Err(wrong(file, node.line, &place, "keys with values")),
        };
        Ok(Self { file, place, line: node.line, entries })
    }

    /// Refuses keys that never meant anything, and adds a note for each that has no effect.
    pub(super) fn check(&self, keys: &[Key], notes: &mut Vec<String>) -> Result<(), FailureReason> {
        for entry in self.entries {
            let known = keys.iter().find(|key| key.name == entry.key).ok_or_else(|| self.unknown(entry, keys))?;
            if let Some(why) = known.idle {
                notes.push(format!("`{}` (line {}) has no effect: {why}", self.name(&entry.key), entry.line));
            }
        }
        Ok(())
    }

    /// The whole name of a key.
    pub(super) fn name(&self, key: &str) -> String {
        if self.place.is_empty() { key.to_owned() } else { format!("{}.{key}", self.place) }
    }

    /// A key that is there and not null.
    pub(super) fn entry(&self, key: &str) -> Option<&'a Entry> {
        self.entries.iter().find(|entry| entry.key == key && !entry.value.is_null())
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.entry(key).is_some()
    }

    /// A text; numbers, which versions may look like, are texts too.
    pub(super) fn text(&self, key: &str) -> Result<Option<String>, FailureReason> {
        let Some(entry) = self.entry(key) else { return Ok(None) };
        match scalar_text(&entry.value) {
            Some(text) => Ok(Some(text)),
            None => Err(self.wrong(entry, "a text")),
        }
    }

    /// A text without which nothing can be done.
    pub(super) fn needed_text(&self, key: &str) -> Result<String, FailureReason> {
        let lacks = || invalid(self.file, self.line, &format!("`{}` is missing", self.name(key)));
        self.text(key)?.ok_or_else(lacks)
    }

    /// A boolean, in any of the words that YAML has ever had for one.
    pub(super) fn flag(&self, key: &str) -> Result<Option<bool>, FailureReason> {
        let Some(entry) = self.entry(key) else { return Ok(None) };
        let word = scalar_text(&entry.value).unwrap_or_default().to_ascii_lowercase();
        match word.as_str() {
            "true" | "yes" | "on" | "y" | "1" => Ok(Some(true)),
            "false" | "no" | "off" | "n" | "0" => Ok(Some(false)),
            _ => Err(self.wrong(entry, "true or false")),
        }
    }

    /// A whole number from 0 on.
    pub(super) fn count(&self, key: &str) -> Result<Option<u64>, FailureReason> {
        let Some(entry) = self.entry(key) else { return Ok(None) };
        let number = scalar_text(&entry.value).and_then(|text| text.trim().parse().ok());
        number.map(Some).ok_or_else(|| self.wrong(entry, "a whole number"))
    }

    /// An object inside.
    pub(super) fn section(&self, key: &str) -> Result<Option<Section<'a>>, FailureReason> {
        let Some(entry) = self.entry(key) else { return Ok(None) };
        Section::of(self.file, self.name(key), &entry.value).map(Some)
    }

    /// The items of a list; none when it is not there.
    pub(super) fn list(&self, key: &str) -> Result<&'a [Node], FailureReason> {
        match self.entry(key).map(|entry| (entry, &entry.value.what)) {
            None => Ok(&[]),
            Some((_, What::List(items))) => Ok(items),
            Some((entry, _)) => Err(self.wrong(entry, "a list")),
        }
    }

    /// The texts of a list; one text alone is such a list too.
    pub(super) fn texts(&self, key: &str) -> Result<Vec<String>, FailureReason> {
        let Some(entry) = self.entry(key) else { return Ok(Vec::new()) };
        if let Some(text) = scalar_text(&entry.value) {
            return Ok(vec![text]);
        }
        let texts = self.list(key)?.iter().map(|item| scalar_text(item).ok_or_else(|| self.wrong(entry, "texts")));
        texts.collect()
    }

    /// The objects of a list.
    pub(super) fn sections(&self, key: &str) -> Result<Vec<Section<'a>>, FailureReason> {
        self.objects(key, self.list(key)?)
    }

    /// Items of a list as objects.
    pub(super) fn objects(&self, key: &str, items: &'a [Node]) -> Result<Vec<Section<'a>>, FailureReason> {
        let name = self.name(key);
        items.iter().enumerate().map(|(at, item)| Section::of(self.file, format!("{name}[{at}]"), item)).collect()
    }

    /// The names of a list, each alone or as `{name, bypass_reason}`, with the reason.
    pub(super) fn names(&self, key: &str) -> Result<Vec<(String, Option<String>)>, FailureReason> {
        let keys = [self::key("name"), self::key("bypass_reason")];
        let mut names = Vec::new();
        for (at, item) in self.list(key)?.iter().enumerate() {
            if let Some(name) = scalar_text(item) {
                names.push((name, None));
                continue;
            }
            let section = Section::of(self.file, format!("{}[{at}]", self.name(key)), item)?;
            section.check(&keys, &mut Vec::new())?;
            names.push((section.needed_text("name")?, section.text("bypass_reason")?));
        }
        Ok(names)
    }

    /// What to say of a value that cannot be.
    pub(super) fn wrong(&self, entry: &Entry, wanted: &str) -> FailureReason {
        wrong(self.file, entry.line, &self.name(&entry.key), wanted)
    }

    fn unknown(&self, entry: &Entry, keys: &[Key]) -> FailureReason {
        let scored = keys.iter().map(|key| (strsim::jaro_winkler(&entry.key, key.name), key.name));
        let nearest = scored.filter(|(score, _)| *score > SIMILAR).max_by(|a, b| a.0.total_cmp(&b.0));
        let hint = match nearest {
            Some((_, name)) => format!("did you mean `{name}`?"),
            None => format!("known here are {}", keys.iter().map(|key| key.name).collect::<Vec<_>>().join(", ")),
        };
        invalid(self.file, entry.line, &format!("there is no key `{}`; {hint}", self.name(&entry.key)))
    }
}

/// The text of a scalar; none for nothing, a list, an object.
pub(super) fn scalar_text(node: &Node) -> Option<String> {
    match &node.what {
        What::Scalar(Value::String(text)) => Some(text.clone()),
        What::Scalar(value) if !value.is_null() => Some(value.to_string()),
        _ => None,
    }
}

fn wrong(file: &Path, line: u64, name: &str, wanted: &str) -> FailureReason {
    let name = if name.is_empty() { "the file".to_owned() } else { format!("`{name}`") };
    invalid(file, line, &format!("{name} must be {wanted}"))
}
