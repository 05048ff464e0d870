//! The top-level properties of a record, found by name without building a tree.
//!
//! ```
//! use longshore_connector_kit::Fields;
//!
//! let fields = Fields::new(["id", "tags"]);
//! let mut values = Vec::new();
//! fields.split(r#"{"id": 1e400, "tags": ["a"], "other": 7}"#, &mut values).unwrap();
//! assert_eq!(values, [Some("1e400"), Some(r#"["a"]"#)]);
//! ```

use crate::Failure;
use longshore_protocol::RawValue;
use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, Visitor};
use std::collections::HashMap;
use std::fmt;

/// The names to look for, each with its place.
#[derive(Debug, Clone, Default)]
pub struct Fields {
    names: Vec<String>,
    places: HashMap<String, usize>,
}

impl Fields {
    /// Looks for these names; the place of a name is its index here.
    pub fn new<N: Into<String>>(names: impl IntoIterator<Item = N>) -> Self {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        let places = names.iter().enumerate().map(|(place, name)| (name.clone(), place)).collect();
        Self { names, places }
    }

    /// Puts the JSON text of each property at its place; `None` where the record has no such property. Of a property
    /// that stands there twice the last one counts, as JSON readers agree.
    ///
    /// # Errors
    /// When `data` is not the text of a JSON object.
    pub fn split<'a>(&self, data: &'a str, values: &mut Vec<Option<&'a str>>) -> Result<(), Failure> {
        values.clear();
        values.resize(self.names.len(), None);
        let mut reader = serde_json::Deserializer::from_str(data);
        reader
            .deserialize_map(Split { fields: self, values })
            .and_then(|()| reader.end())
            .map_err(|error| Failure::system(format!("a record's data is not a JSON object: {error}")))
    }

    /// Records mostly come in the order of their schema, so the `expected` place is tried first.
    #[inline]
    fn place(&self, name: &str, expected: usize) -> Option<usize> {
        match self.names.get(expected) {
            Some(next) if next == name => Some(expected),
            _ => self.places.get(name).copied(),
        }
    }
}

/// Visits the object.
struct Split<'f, 'v, 'a> {
    fields: &'f Fields,
    values: &'v mut Vec<Option<&'a str>>,
}

impl<'a> Visitor<'a> for Split<'_, '_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        let mut expected = 0;
        while let Some(place) = map.next_key_seed(Name { fields: self.fields, expected })? {
            match place {
                Some(place) => {
                    self.values[place] = Some(map.next_value::<&RawValue>()?.get());
                    expected = place + 1;
                }
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

/// Reads a property's name and answers with its place.
struct Name<'f> {
    fields: &'f Fields,
    expected: usize,
}

impl<'a> DeserializeSeed<'a> for Name<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        // As bytes, because a name with half of a surrogate pair in it is JSON, too.
        deserializer.deserialize_bytes(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a property's name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.fields.place(name, self.expected))
    }

    fn visit_bytes<E: Error>(self, name: &[u8]) -> Result<Self::Value, E> {
        Ok(std::str::from_utf8(name).ok().and_then(|name| self.fields.place(name, self.expected)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split<'a>(names: &[&str], data: &'a str) -> Vec<Option<&'a str>> {
        let mut values = Vec::new();
        Fields::new(names.iter().copied()).split(data, &mut values).unwrap();
        values
    }

    #[test]
    fn order_escapes_and_unknown_properties_do_not_matter() {
        let data = r#"{"b":{"x":[1,{}]},"\u0061":-0,"\ud800":1,"c":null, "é":"\ud800"}"#;
        assert_eq!(
            split(&["a", "b", "c", "é", "z"], data),
            [Some("-0"), Some(r#"{"x":[1,{}]}"#), Some("null"), Some(r#""\ud800""#), None]
        );
        assert_eq!(split(&[], data), []);
    }

    #[test]
    fn the_last_of_two_equal_properties_counts() {
        assert_eq!(split(&["a", "b"], r#"{"a":1,"b":2,"a":3}"#), [Some("3"), Some("2")]);
    }

    #[test]
    fn broken_text_is_a_failure() {
        for data in ["", "[]", r#"{"a":1"#, r#"{"a":01}"#, "{} x", r#"{"a":tru}"#] {
            assert!(Fields::new(["a"]).split(data, &mut Vec::new()).is_err(), "{data}");
        }
    }
}
