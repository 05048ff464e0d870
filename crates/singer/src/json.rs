//! Objects whose members stay as they were written: their order, and the spelling of their numbers.

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// The members of an object, in order.
pub(crate) struct RawObject<'a>(pub(crate) Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> RawObject<'a> {
    /// `None` when the text is no object.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    pub(crate) fn get(&self, name: &str) -> Option<&'a RawValue> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| *value)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for RawObject<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = RawObject<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(key) = map.next_key::<String>()? {
                    members.push((Cow::Owned(key), map.next_value::<&'de RawValue>()?));
                }
                Ok(RawObject(members))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// The text of an object of these members.
pub(crate) fn object<K: AsRef<str>, V: AsRef<str>>(members: impl IntoIterator<Item = (K, V)>) -> String {
    let members: Vec<String> =
        members.into_iter().map(|(key, value)| format!("{}:{}", string(key.as_ref()), value.as_ref())).collect();
    format!("{{{}}}", members.join(","))
}

/// A text as JSON.
pub(crate) fn string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The line with `null` for each `NaN`, `Infinity` and `-Infinity`, which Python writes and JSON does not know. `None`
/// when it holds none.
pub(crate) fn without_nan(line: &str) -> Option<String> {
    if !line.contains("NaN") && !line.contains("Infinity") {
        return None;
    }
    let (mut out, mut rest, mut quoted) = (String::with_capacity(line.len()), line, false);
    while let Some(c) = rest.chars().next() {
        let word = ["NaN", "-Infinity", "Infinity"].into_iter().find(|word| !quoted && rest.starts_with(word));
        let taken = match (word, c) {
            (Some(word), _) => {
                out.push_str("null");
                word.len()
            }
            (None, '\\') if quoted => {
                let escape = rest.chars().take(2).map(char::len_utf8).sum();
                out.push_str(&rest[..escape]);
                escape
            }
            (None, c) => {
                quoted ^= c == '"';
                out.push(c);
                c.len_utf8()
            }
        };
        rest = &rest[taken..];
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_keep_their_order_and_spelling() {
        let text = r#"{"z":1.10,"a":{"y":1e400, "x":[12345678901234567890]},"é":null}"#;
        let members = RawObject::parse(text).unwrap();
        assert_eq!(object(members.0.iter().map(|(key, value)| (key, value.get()))), text);
        assert_eq!(members.get("z").unwrap().get(), "1.10");
        assert!(RawObject::parse("[]").is_none());
    }

    #[test]
    fn what_python_writes_for_no_number_becomes_null() {
        let line = r#"{"a":NaN,"b":[-Infinity,Infinity],"NaN \" NaN":"Infinity"}"#;
        assert_eq!(without_nan(line).unwrap(), r#"{"a":null,"b":[null,null],"NaN \" NaN":"Infinity"}"#);
        assert_eq!(without_nan("{}"), None);
    }
}
