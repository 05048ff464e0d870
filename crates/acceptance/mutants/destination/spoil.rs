//! What the defects do to streams, records, and the run.

use super::Failure;
use super::defect::Defect as D;
use super::fit::fits;
use super::store::Store;
use super::target::{Data, Record, Target};
use crate::lines;
use crate::signal::{at_sigterm, ignore_sigterm};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::cmp::Ordering;

/// Before a write.
pub(super) fn begin(defect: Option<D>, config: &Value) -> Result<(), Failure> {
    let path = config["path"].as_str().unwrap_or_default().to_owned();
    match defect {
        Some(D::StaleLock) => {
            let lock = format!("{path}.lock");
            if std::path::Path::new(&lock).exists() {
                return Err(Failure::new("transient_error", "another write is going on"));
            }
            let _ = std::fs::write(lock, "");
        }
        Some(D::IgnoresSigterm) => ignore_sigterm(),
        Some(D::SigtermForgets) => at_sigterm(move || {
            for end in ["", "-wal", "-shm"] {
                let _ = std::fs::remove_file(format!("{path}{end}"));
            }
            std::process::exit(143);
        }),
        _ => {}
    }
    Ok(())
}

/// Behind a write.
pub(super) fn end(defect: Option<D>, lines: u64) {
    if defect == Some(D::HangsAtEnd) || defect == Some(D::WaitsWithoutInput) && lines == 0 {
        loop {
            std::thread::park();
        }
    }
}

/// The namespace and the name under which a stream is written.
pub(super) fn table(defect: Option<D>, namespace: String, name: String) -> (String, String) {
    match defect {
        Some(D::NamespacesIgnored) => (String::new(), name),
        Some(D::NamespacesJoined) if !namespace.is_empty() => (String::new(), format!("{namespace}_{name}")),
        Some(D::LongStreamsCut) => (namespace, name.chars().take(64).collect()),
        Some(D::StreamCaseCollides) => (namespace, name.to_lowercase()),
        Some(D::StreamsCollide) => (namespace, name.replace(|it: char| !it.is_ascii_alphanumeric(), "_")),
        _ => (namespace, name),
    }
}

/// Whether old rows go.
pub(super) fn truncates(defect: Option<D>, configured: &Value, truncates: bool) -> bool {
    match defect {
        Some(D::OverwriteAppends) => false,
        Some(D::GenerationsIgnored) => configured["destination_sync_mode"] == "overwrite",
        Some(D::MergeTruncates) => truncates || configured["generation_id"].as_i64() > Some(1),
        _ => truncates,
    }
}

/// When the streams are ready.
pub(super) fn opened(defect: Option<D>, store: &Store, targets: &mut [Target]) -> Result<(), Failure> {
    let any_truncates = targets.iter().any(|target| target.truncates);
    match defect {
        Some(D::OverwriteClearsAll) if any_truncates => store.forget_everything()?,
        Some(D::OverwriteClearsNamesakes) => {
            for target in targets.iter().filter(|target| target.truncates) {
                let drop =
                    "DELETE FROM rows WHERE stream IN (SELECT id FROM streams WHERE name = ?1 AND namespace <> ?2)";
                store.db.execute(drop, [&target.name, &target.namespace])?;
            }
        }
        Some(D::DedupWithinRun) => drop(store.db.execute("UPDATE rows SET key = NULL", [])?),
        Some(D::FailsOnThreeStreams) if targets.len() == 3 => {
            return Err(Failure::new("system_error", "three streams"));
        }
        Some(D::NamelessShared) => share(targets),
        Some(D::SixteenStreams) if targets.len() > 16 => {
            return Err(Failure::new("system_error", "too many streams"));
        }
        _ => {}
    }
    for target in targets {
        if defect == Some(D::AppendReplaces)
            && target.configured["destination_sync_mode"] == "append"
            && !target.truncates
            || defect == Some(D::TruncatesAtOnce) && target.truncates
        {
            let drop = "DELETE FROM rows WHERE stream = ?1 AND NOT staged AND generation IS NOT ?2";
            let but = target.generation.filter(|_| target.truncates);
            store.db.execute(drop, rusqlite::params![target.id, but])?;
        }
        evolve(defect, store, target)?;
    }
    Ok(())
}

/// When the input has ended.
pub(super) fn ending(defect: Option<D>, store: &Store, targets: &[Target]) -> Result<(), Failure> {
    for target in targets {
        match defect {
            Some(D::TailLost) => {
                let last =
                    "DELETE FROM rows WHERE id IN (SELECT id FROM rows WHERE stream = ?1 ORDER BY id DESC LIMIT ?2)";
                store.db.execute(last, (target.id, target.unsaid as i64))?;
            }
            Some(D::SilentStreamEmptied) if target.truncates && target.written == 0 && target.is_complete => {
                store.db.execute("DELETE FROM rows WHERE stream = ?1", [target.id])?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// Streams without a namespace go where one of the same name goes.
fn share(targets: &mut [Target]) {
    let places: Vec<_> = targets.iter().map(|it| (it.name.clone(), it.namespace.clone(), it.id)).collect();
    for target in targets.iter_mut().filter(|target| target.namespace.is_empty()) {
        let other = places.iter().find(|(name, namespace, _)| *name == target.name && !namespace.is_empty());
        target.id = other.map_or(target.id, |(.., id)| *id);
    }
}

/// What a changed schema comes to.
fn evolve(defect: Option<D>, store: &Store, target: &mut Target) -> Result<(), Failure> {
    let find = "SELECT data FROM rows WHERE stream = ?1 ORDER BY id LIMIT 1";
    let Ok(first) = store.db.query_row(find, [target.id], |row| row.get::<_, String>(0)) else { return Ok(()) };
    let first: Data = serde_json::from_str(&first).unwrap_or_default();
    let Some(properties) = target.configured["stream"]["json_schema"]["properties"].as_object_mut() else {
        return Ok(());
    };
    match defect {
        Some(D::OverwriteKeepsSchema) if target.truncates => properties.retain(|name, _| first.contains_key(name)),
        Some(D::NewFieldLost) => properties.retain(|name, _| first.contains_key(name)),
        Some(D::DroppedFieldFails) if first.keys().any(|name| !properties.contains_key(name)) => {
            return Err(Failure::new("system_error", "a column is gone"));
        }
        Some(D::ChangedTypeFails)
            if first.iter().any(|(name, value)| properties.get(name).is_some_and(|it| !fits(value.get(), it))) =>
        {
            return Err(Failure::new("system_error", "a column has another type"));
        }
        _ => {}
    }
    Ok(())
}

/// Whether a record is not written.
pub(super) fn is_lost(defect: Option<D>, record: &Record, number: u64) -> Result<bool, Failure> {
    let bytes: usize = record.data.values().map(|value| value.get().len()).sum();
    match defect {
        Some(D::RowLost) => Ok(number == 17),
        Some(D::BatchBoundaryLost) => Ok(number.is_multiple_of(1000)),
        Some(D::LargeRecordLost) => Ok(bytes > 1 << 20),
        Some(D::KeepsEverything) => {
            std::mem::forget(vec![1u8; bytes * 4]);
            Ok(false)
        }
        _ => Ok(false),
    }
}

const RESERVED: [&str; 8] = ["select", "order", "group", "table", "from", "where", "user", "index"];

/// The fields of a record under the names that they are written with.
pub(super) fn names(defect: Option<D>, data: Data, properties: &Value) -> Result<Data, Failure> {
    let is_special = |name: &str| name.contains(|it: char| !it.is_ascii_alphanumeric() && it != '_');
    if defect == Some(D::UndeclaredFieldFails) && data.keys().any(|name| properties.get(name).is_none()) {
        return Err(Failure::new("system_error", "an unknown column"));
    }
    let mut seen = Vec::new();
    let mut stays = |name: &str| match defect {
        Some(D::ReservedLost) => !RESERVED.contains(&name.to_lowercase().as_str()),
        Some(D::SpecialLost) => !is_special(name),
        Some(D::LongNamesCut) => name.len() <= 63,
        Some(D::CaseCollides) => {
            let folded = name.to_lowercase();
            let is_new = !seen.contains(&folded);
            seen.push(folded);
            is_new
        }
        _ => true,
    };
    Ok(data.into_iter().filter(|(name, _)| stays(name)).collect())
}

/// A value as it is written.
pub(super) fn value(defect: Option<D>, schema: &Value, raw: Box<RawValue>) -> Box<RawValue> {
    let Some(defect) = defect else { return raw };
    let text = raw.get();
    let changed = match text.as_bytes().first() {
        Some(b'"') => string(defect, schema, &serde_json::from_str::<String>(text).unwrap_or_default()),
        Some(b'-' | b'0'..=b'9') => number(defect, schema, text),
        _ => other(defect, schema, text),
    };
    let changed = match defect {
        D::UnionsNulled if is_union(schema) => Some(Value::Null),
        D::UntypedNulled if schema["type"].is_null() && !is_union(schema) => Some(Value::Null),
        _ => changed,
    };
    changed.and_then(|value| RawValue::from_string(value.to_string()).ok()).unwrap_or(raw)
}

fn is_union(schema: &Value) -> bool {
    let types = schema["type"].as_array().map_or(0, |types| types.iter().filter(|it| *it != "null").count());
    types > 1 || schema["oneOf"].is_array() || schema["anyOf"].is_array()
}

fn string(defect: D, schema: &Value, text: &str) -> Option<Value> {
    let format = schema["format"].as_str();
    let is_plain = format.is_none();
    Some(match defect {
        D::DatesWithoutDay if format == Some("date") => json!(text.get(..7)?),
        D::TimesWithoutFraction if format == Some("time") => json!(text.split('.').next()?),
        D::ZonesIgnored if format == Some("date-time") => json!(format!("{}Z", text.get(..19)?)),
        D::NumericTextsAsNumbers if is_plain => json!(text.parse::<i64>().ok()?),
        D::BinaryNulled if schema["contentEncoding"] == "base64" => Value::Null,
        D::OneByteText => json!(text.replace(|it: char| u32::from(it) > 255, "?")),
        D::LineBreaksLost => json!(text.replace(['\n', '\r', '\u{2028}', '\u{2029}', '\u{85}'], " ")),
        D::EmptyIsNull if text.is_empty() => Value::Null,
        D::Trimmed => json!(text.trim()),
        D::CutAt255 if is_plain => json!(text.chars().take(255).collect::<String>()),
        D::BackslashesLost => json!(text.replace('\\', "")),
        _ => return None,
    })
}

fn number(defect: D, schema: &Value, text: &str) -> Option<Value> {
    let is_integer = !text.contains(['.', 'e', 'E']);
    Some(match defect {
        D::IntegersOf32Bits if is_integer => json!(text.parse::<i64>().map_or(i32::MAX, |it| it as i32)),
        D::HugeNumbersClipped if is_integer && text.parse::<i64>().is_err() => json!(i64::MAX),
        D::LargeIntegersRounded if is_integer && text.len() > 15 => json!(text.parse::<f64>().ok()?),
        D::NumbersRounded if !is_integer => json!((text.parse::<f64>().ok()? * 100.0).round() / 100.0),
        D::NumbersAsText if !schema["type"].is_null() => json!(text),
        _ => return None,
    })
}

fn other(defect: D, schema: &Value, text: &str) -> Option<Value> {
    Some(match (defect, text.as_bytes().first()?) {
        (D::FalseIsNull, b'f') => Value::Null,
        (D::ObjectsAsWord, b'{') => json!("[object]"),
        (D::ArraysCut, b'[') => {
            json!(serde_json::from_str::<Vec<Value>>(text).ok()?.first().into_iter().collect::<Vec<_>>())
        }
        (D::NullsAsText, b'n') if schema.to_string().contains("string") => json!(""),
        _ => return None,
    })
}

/// The name of a row.
pub(super) fn raw_id(defect: Option<D>, raw_id: String, data: &Data) -> String {
    match defect {
        Some(D::RawIdRepeats) => "00000000-0000-4000-8000-000000000000".to_owned(),
        Some(D::RawIdOfContent) => format!("of {}", serde_json::to_string(data).unwrap_or_default()),
        _ => raw_id,
    }
}

/// When a row was extracted.
pub(super) fn extracted_ms(defect: Option<D>, emitted_at: i64) -> i64 {
    if defect == Some(D::ExtractedNow) { lines::now_ms() as i64 } else { emitted_at }
}

/// The key of a row: the texts of its parts.
pub(super) fn key(defect: Option<D>, mut parts: Vec<String>) -> String {
    match defect {
        Some(D::FirstKeyOnly) => parts.truncate(1),
        Some(D::KeysFolded) => parts.iter_mut().for_each(|part| *part = part.to_lowercase()),
        _ => {}
    }
    parts.join("\n")
}

/// How the cursors compare of a new version and the one that is there. `path` is where they are.
pub(super) fn by_cursor(defect: Option<D>, order: Ordering, path: &Value) -> Ordering {
    let has_cursor = path.as_array().is_some_and(|path| !path.is_empty());
    match defect {
        Some(D::EqualCursorKeepsFirst) if has_cursor && order == Ordering::Equal => Ordering::Less,
        _ => order,
    }
}

/// How a new version compares with the one that is there.
pub(super) fn order(defect: Option<D>, order: Ordering, cursor: Option<&Value>) -> Ordering {
    match defect {
        Some(D::OldestWins) => order.reverse(),
        Some(D::LastComeWins) => Ordering::Greater,
        Some(D::NullCursorWins) if cursor.is_some_and(Value::is_null) => Ordering::Greater,
        Some(D::FirstWinsWithoutCursor) if cursor.is_none() => Ordering::Less,
        _ => order,
    }
}
