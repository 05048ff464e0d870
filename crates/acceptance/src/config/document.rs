//! A YAML file as a tree of nodes that know their lines, so that whatever is wrong with it can be pointed at.

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use serde_saphyr::Spanned;
use std::fmt;

/// One node, and where it stands.
pub(super) struct Node {
    /// Counted from 1; 0 when nobody knows.
    pub(super) line: u64,
    pub(super) what: What,
}

/// What a node is.
pub(super) enum What {
    /// Nothing, a text, a number, a boolean.
    Scalar(Value),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A key with its value.
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) line: u64,
    pub(super) value: Node,
}

impl Node {
    /// Whether it is as good as not there.
    pub(super) fn is_null(&self) -> bool {
        matches!(self.what, What::Scalar(Value::Null))
    }

    /// The same without lines.
    pub(super) fn to_value(&self) -> Value {
        match &self.what {
            What::Scalar(value) => value.clone(),
            What::List(items) => items.iter().map(Self::to_value).collect(),
            What::Map(entries) => {
                Value::Object(entries.iter().map(|it| (it.key.clone(), it.value.to_value())).collect::<Map<_, _>>())
            }
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<What>::deserialize(deserializer)?;
        Ok(Self { line: spanned.referenced.line(), what: spanned.value })
    }
}

impl<'de> Deserialize<'de> for What {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WhatVisitor)
    }
}

struct WhatVisitor;

impl<'de> Visitor<'de> for WhatVisitor {
    type Value = What;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<What, E> {
        Ok(What::Scalar(Value::Null))
    }

    fn visit_none<E: Error>(self) -> Result<What, E> {
        Ok(What::Scalar(Value::Null))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<What, D::Error> {
        What::deserialize(deserializer)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<What, E> {
        Ok(What::Scalar(value.into()))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<What, E> {
        Ok(What::Scalar(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<What, E> {
        Ok(What::Scalar(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<What, E> {
        Ok(What::Scalar(value.into()))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<What, E> {
        Ok(What::Scalar(value.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<What, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(What::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<What, A::Error> {
        let mut map = Vec::new();
        while let Some((key, value)) = entries.next_entry::<Spanned<String>, Node>()? {
            map.push(Entry { key: key.value, line: key.referenced.line(), value });
        }
        Ok(What::Map(map))
    }
}
