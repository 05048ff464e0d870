//! Lists of definitions as YAML, read and written so that nothing becomes something else: `1.10` stays a text.

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value};
use serde_saphyr::{NonFiniteFloatPolicy, Options, SerializerOptions};
use std::fmt;

/// Keys of an entry whose values are texts, however they are written: `dockerImageTag: 1.10` is no number.
const TEXTS: [&str; 15] = [
    "sourceDefinitionId",
    "destinationDefinitionId",
    "name",
    "dockerRepository",
    "dockerImageTag",
    "dockerImageDigest",
    "documentationUrl",
    "icon",
    "iconUrl",
    "sourceType",
    "releaseStage",
    "releaseDate",
    "supportLevel",
    "protocolVersion",
    "language",
];

/// An entry of a list.
struct Entry(Map<String, Value>);

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntryVisitor)
    }
}

struct EntryVisitor;

impl<'de> Visitor<'de> for EntryVisitor {
    type Value = Entry;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a definition (a mapping)")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Entry, A::Error> {
        let mut entry = Map::new();
        while let Some(key) = access.next_key::<String>()? {
            let value = if TEXTS.contains(&key.as_str()) {
                access.next_value::<Option<String>>()?.map_or(Value::Null, Value::String)
            } else {
                access.next_value::<Value>()?
            };
            entry.insert(key, value);
        }
        Ok(Entry(entry))
    }
}

/// The entries of a list; what is wrong with its text otherwise.
pub(crate) fn read_list(text: &str) -> Result<Vec<Value>, String> {
    if text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
        return Ok(Vec::new());
    }
    let read = serde_saphyr::from_str_with_options::<Vec<Entry>>(text, options()).map_err(|error| error.to_string())?;
    Ok(read.into_iter().map(|entry| Value::Object(entry.0)).collect())
}

fn options() -> Options {
    serde_saphyr::options! {
        strict_booleans: true,
        non_finite_float_policy: NonFiniteFloatPolicy::Reject,
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
        with_snippet: false,
        // Files of definitions are the user's own, and some have tens of thousands of lines.
        budget: None,
    }
}

/// A list of entries as text that reads back as the same.
pub(crate) fn write_list(entries: &[Value]) -> Result<String, String> {
    if entries.is_empty() {
        return Ok("[]\n".to_owned());
    }
    let written = serde_saphyr::to_string_with_options(&entries, writing()).map_err(|error| error.to_string())?;
    if read_list(&written).is_ok_and(|read| read == entries) {
        return Ok(written);
    }
    // JSON is YAML too, and has no rules about indentation.
    let written = super::pretty(&Value::Array(entries.to_vec()));
    let read = read_list(&written)?;
    if read == entries { Ok(written) } else { Err("a value has no form in YAML".to_owned()) }
}

fn writing() -> SerializerOptions {
    // Long lines are not folded: a fold is a place where a space may get lost.
    serde_saphyr::ser_options! { folded_wrap_chars: usize::MAX }
}

#[cfg(test)]
mod tests {
    use super::{read_list, write_list};
    use proptest::prelude::*;
    use serde_json::{Value, json};

    #[test]
    fn versions_dates_and_words_stay_texts() {
        let text = "- sourceDefinitionId: 71607ba1-c0ac-4799-8049-7f4b90dd50f7\n  dockerImageTag: 1.10\n  protocolVersion: 0.40\n  \
                    releaseDate: 2021-06-30\n  name: no\n  icon: ~\n  x: yes\n  y: on\n  zip: 0123\n  big: 1_000\n  n: 1.5\n  t: true\n";
        let expected = json!([{"sourceDefinitionId": "71607ba1-c0ac-4799-8049-7f4b90dd50f7", "dockerImageTag": "1.10",
            "protocolVersion": "0.40", "releaseDate": "2021-06-30", "name": "no", "icon": null, "x": "yes", "y": "on",
            "zip": "0123", "big": "1_000", "n": 1.5, "t": true}]);
        let read = read_list(text).unwrap();
        assert_eq!(Value::Array(read.clone()), expected);
        let written = write_list(&read).unwrap();
        assert!(written.starts_with("- sourceDefinitionId: "), "{written}");
        assert_eq!(read_list(&written).unwrap(), read);
    }

    #[test]
    fn a_text_that_is_a_mapping_a_key_twice_and_infinity_are_errors() {
        for text in ["- name: {a: 1}", "- a: 1\n  a: 2", "- a: .inf", "a: 1", "- 1", "- [", "- a: 1e999"] {
            assert!(read_list(text).is_err(), "{text}");
        }
        assert_eq!(read_list("# nothing\n\n").unwrap(), Vec::<Value>::new());
        assert_eq!(read_list("[]").unwrap(), Vec::<Value>::new());
    }

    fn ugly_text() -> impl Strategy<Value = String> {
        prop_oneof![
            any::<String>(),
            "[ -~\n\t]{0,40}",
            "[-+.:#&*!|>'\"%@`{}\\[\\], ~?\n]{0,12}",
            "[0-9._eExX+-]{1,8}",
            proptest::sample::select(vec![
                "yes",
                "no",
                "on",
                "off",
                "null",
                "~",
                "",
                " ",
                "true",
                "1.10",
                "0x1F",
                "1e3",
                "2021-01-01",
                ".inf",
                "<<",
                "=",
                "---",
                "...",
                "- a",
                "a: b",
                "\n",
                "a\n",
                "\n\na\n\n",
                " a\n b",
                "a \n",
                "\u{85}",
                "\u{2028}x",
                "\u{feff}",
                "1:30",
                "0o7",
                "'",
                "\"",
                "\\",
                "\u{0}",
                "\r\n",
                "!!str a",
                "&a",
                "*a",
                "# c",
                "a #c",
                "@x",
                "%YAML",
                "${HOME}",
            ])
            .prop_map(str::to_owned),
        ]
    }

    fn ugly_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            (-1e300_f64..1e300).prop_map(Value::from),
            ugly_text().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 24, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::vec((ugly_text(), inner), 0..5)
                    .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_entry_reads_back_as_it_was_with_its_order(values in prop::collection::vec((ugly_text(), ugly_value()), 1..6)) {
            let mut entry: serde_json::Map<String, Value> = [("sourceDefinitionId".to_owned(), json!("1.10"))].into_iter().collect();
            entry.extend(values.into_iter().filter(|(key, _)| !super::TEXTS.contains(&key.as_str())));
            let list = vec![Value::Object(entry)];
            let written = write_list(&list).unwrap();
            let read = read_list(&written).unwrap();
            prop_assert_eq!(serde_json::to_string(&read).unwrap(), serde_json::to_string(&list).unwrap());
        }
    }
}
