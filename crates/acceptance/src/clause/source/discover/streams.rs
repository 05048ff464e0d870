//! The streams of a catalog: their names, modes, cursors and keys.

use super::rules::{
    CURSOR_DECLARED, CURSOR_IN_SCHEMA, FLAGS, HAS_STREAMS, PRIMARY_KEY_IN_SCHEMA, PRIMARY_KEY_SCALAR, SYNC_MODES,
    UNIQUE_NAMES,
};
use crate::clause::spec::form::types_of;
use crate::finding::Finding;
use crate::rule::{Rule, Wrong};
use longshore_devkit::lint::has_field;
use serde_json::Value;

/// A stream as it was discovered.
pub(super) struct Offered<'a> {
    pub(super) stream: &'a Value,
    pub(super) schema: &'a Value,
}

impl<'a> Offered<'a> {
    pub(super) fn of(stream: &'a Value) -> Self {
        Self { stream, schema: &stream["json_schema"] }
    }

    /// `namespace.name`, in backquotes.
    pub(super) fn label(&self) -> String {
        let name = self.stream["name"].as_str().unwrap_or("?");
        match self.stream["namespace"].as_str() {
            Some(namespace) => format!("`{namespace}.{name}`"),
            None => format!("`{name}`"),
        }
    }

    /// The stream as evidence, without the properties of its schema.
    fn shown(&self) -> String {
        let mut stream = self.stream.clone();
        if let Some(schema) = stream.get_mut("json_schema").and_then(Value::as_object_mut) {
            let names: Vec<&String> =
                self.schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name).collect();
            schema.insert(
                "properties".to_owned(),
                Value::from(names.iter().map(|name| name.as_str()).collect::<Vec<_>>()),
            );
        }
        stream.to_string()
    }

    fn is_incremental(&self) -> bool {
        self.stream["supported_sync_modes"]
            .as_array()
            .is_some_and(|modes| modes.iter().any(|mode| mode == "incremental"))
    }
}

pub(super) fn has_streams(streams: &[Offered<'_>]) -> Finding {
    match streams.len() {
        0 => HAS_STREAMS.failed("the catalog has no streams"),
        count => HAS_STREAMS.passed(format!("{count} streams")),
    }
}

pub(super) fn unique_names(streams: &[Offered<'_>]) -> Finding {
    let pair = |it: &Offered<'_>| (it.stream["namespace"].clone(), it.stream["name"].clone());
    let twice =
        streams.iter().enumerate().filter(|(at, it)| streams[..*at].iter().any(|other| pair(other) == pair(it)));
    let wrong = twice.map(|(_, it)| Wrong::new(format!("two streams are named {}", it.label()), it.shown()));
    each(&UNIQUE_NAMES, streams, wrong.collect())
}

pub(super) fn sync_modes(streams: &[Offered<'_>]) -> Finding {
    let is_known = |mode: &Value| mode == "full_refresh" || mode == "incremental";
    let wrong = streams.iter().filter_map(|it| {
        let modes = &it.stream["supported_sync_modes"];
        let why = match modes.as_array().map(Vec::as_slice) {
            None | Some([]) => "has no `supported_sync_modes`".to_owned(),
            Some(list) if list.iter().all(is_known) => return None,
            Some(_) => format!("has the `supported_sync_modes` {modes}"),
        };
        Some(Wrong::new(format!("the stream {} {why}", it.label()), it.shown()))
    });
    each(&SYNC_MODES, streams, wrong.collect())
}

pub(super) fn cursor_declared(streams: &[Offered<'_>]) -> Finding {
    let incremental = || streams.iter().filter(|it| it.is_incremental());
    if incremental().next().is_none() {
        return CURSOR_DECLARED.skipped("no stream can be read incrementally");
    }
    let is_declared = |stream: &Value| {
        stream["source_defined_cursor"] == true
            || stream["default_cursor_field"].as_array().is_some_and(|path| !path.is_empty())
    };
    let wrong = incremental().filter(|it| !is_declared(it.stream));
    let wrong =
        wrong.map(|it| Wrong::new(format!("the incremental stream {} names no cursor", it.label()), it.shown()));
    CURSOR_DECLARED.judged(format!("{} incremental streams", incremental().count()), wrong.collect())
}

pub(super) fn cursor_in_schema(streams: &[Offered<'_>]) -> Finding {
    let named = || {
        streams.iter().filter(|it| it.stream["default_cursor_field"].as_array().is_some_and(|path| !path.is_empty()))
    };
    if named().next().is_none() {
        return CURSOR_IN_SCHEMA.skipped("no stream has a `default_cursor_field`");
    }
    let wrong = named().filter(|it| !has_field(it.stream, &it.stream["default_cursor_field"]));
    let told = |it: &Offered<'_>| {
        format!("the cursor {} of the stream {} is not in its schema", it.stream["default_cursor_field"], it.label())
    };
    let wrong = wrong.map(|it| Wrong::new(told(it), it.shown()));
    CURSOR_IN_SCHEMA.judged(format!("{} streams with a cursor", named().count()), wrong.collect())
}

pub(super) fn primary_key_in_schema(streams: &[Offered<'_>]) -> Finding {
    let is_path = |path: &Value| {
        path.as_array().is_some_and(|words| !words.is_empty() && words.iter().all(|word| word.is_string()))
    };
    key(&PRIMARY_KEY_IN_SCHEMA, streams, |it, path| match is_path(path) {
        false => Some("is no path, which is a list of names".to_owned()),
        true => (!has_field(it.stream, path)).then(|| "is not in its schema".to_owned()),
    })
}

pub(super) fn primary_key_scalar(streams: &[Offered<'_>]) -> Finding {
    key(&PRIMARY_KEY_SCALAR, streams, |it, path| {
        let words: Vec<&str> = path.as_array()?.iter().filter_map(Value::as_str).collect();
        let field = words.iter().fold(it.schema, |schema, word| &schema["properties"][*word]);
        let types = types_of(field);
        let wrong = types.iter().find(|name| **name == "object" || **name == "array")?;
        Some(format!("is of type {wrong}"))
    })
}

/// Judges each path of each primary key.
fn key(rule: &Rule, streams: &[Offered<'_>], why: impl Fn(&Offered<'_>, &Value) -> Option<String>) -> Finding {
    let keys = |it: &Offered<'_>| {
        !matches!(&it.stream["source_defined_primary_key"], Value::Null)
            && it.stream["source_defined_primary_key"] != Value::Array(Vec::new())
    };
    let keyed: Vec<&Offered<'_>> = streams.iter().filter(|it| keys(it)).collect();
    if keyed.is_empty() {
        return rule.skipped("no stream has a `source_defined_primary_key`");
    }
    let wrong = keyed.iter().flat_map(|it| {
        let key = &it.stream["source_defined_primary_key"];
        let paths = key.as_array().cloned().unwrap_or_else(|| vec![key.clone()]);
        let told = |path: &Value, why: String| format!("the primary key {path} of the stream {} {why}", it.label());
        let wrong = paths.iter().filter_map(|path| Some(Wrong::new(told(path, why(it, path)?), it.shown())));
        wrong.collect::<Vec<_>>()
    });
    rule.judged(format!("{} streams with a primary key", keyed.len()), wrong.collect())
}

pub(super) fn flags(streams: &[Offered<'_>]) -> Finding {
    let wrong = streams.iter().filter_map(|it| {
        let is_boolean = |value: &Value| value.is_null() || value.is_boolean();
        let names = ["source_defined_cursor", "is_resumable", "is_file_based"];
        let cursor = &it.stream["default_cursor_field"];
        let is_path = cursor.is_null() || cursor.as_array().is_some_and(|words| words.iter().all(Value::is_string));
        let namespace = &it.stream["namespace"];
        let name = match names.iter().find(|flag| !is_boolean(&it.stream[**flag])) {
            Some(flag) => *flag,
            None if !is_path => "default_cursor_field",
            None if !namespace.is_null() && !namespace.is_string() => "namespace",
            None => return None,
        };
        Some(Wrong::new(format!("`{name}` of the stream {} is {}", it.label(), it.stream[name]), it.shown()))
    });
    each(&FLAGS, streams, wrong.collect())
}

/// A rule that concerns every stream.
pub(super) fn each(rule: &Rule, streams: &[Offered<'_>], wrong: Vec<Wrong>) -> Finding {
    match streams.len() {
        0 => rule.skipped("the catalog has no streams"),
        count => rule.judged(format!("{count} streams"), wrong),
    }
}
