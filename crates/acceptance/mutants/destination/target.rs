//! A stream that is written to: how, and what of it has come.

use super::Failure;
use super::defect::Defect as D;
use super::fit::fits;
use super::newer::compare;
use super::spoil;
use super::store::{Row, Store};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering as Atomic};

/// The fields of a record, as they were written.
pub(super) type Data = BTreeMap<String, Box<RawValue>>;

/// A RECORD.
#[derive(Deserialize)]
pub(super) struct Record {
    pub(super) stream: String,
    #[serde(default)]
    pub(super) namespace: Option<String>,
    pub(super) data: Data,
    pub(super) emitted_at: f64,
    #[serde(default)]
    pub(super) meta: Option<Value>,
}

/// A stream of the catalog.
pub(super) struct Target {
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) id: i64,
    pub(super) configured: Value,
    pub(super) generation: Option<i64>,
    /// Whether older rows go when the stream is complete.
    pub(super) truncates: bool,
    /// Whether rows wait until then.
    pub(super) staged: bool,
    pub(super) is_complete: bool,
    /// Records of this run.
    pub(super) written: u64,
    /// Records since the last state.
    pub(super) unsaid: u64,
}

impl Target {
    /// Makes the stream ready.
    pub(super) fn open(store: &Store, defect: Option<D>, configured: &Value) -> Result<Self, Failure> {
        let generation = configured["generation_id"].as_i64();
        let minimum = configured["minimum_generation_id"].as_i64().unwrap_or(0);
        if minimum != 0 && Some(minimum) != generation {
            return Err(Failure::new("config_error", "minimum_generation_id must be 0 or generation_id"));
        }
        let stream = &configured["stream"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (namespace, name) = spoil::table(defect, text(&stream["namespace"]), text(&stream["name"]));
        let id = store.stream(&namespace, &name)?;
        let is_old_overwrite = generation.is_none() && configured["destination_sync_mode"] == "overwrite";
        let truncates = spoil::truncates(defect, configured, is_old_overwrite || minimum > 0);
        if defect != Some(D::ResumedTruncateStartsAnew) {
            store.drop_staged(id, generation)?;
        } else {
            store.drop_staged(id, None)?;
        }
        let staged = truncates && store.has_older(id, generation)?;
        let configured = configured.clone();
        Ok(Self {
            namespace,
            name,
            id,
            configured,
            generation,
            truncates,
            staged,
            is_complete: false,
            written: 0,
            unsaid: 0,
        })
    }

    /// Writes a record.
    pub(super) fn write(&mut self, store: &Store, defect: Option<D>, record: Record) -> Result<(), Failure> {
        self.written += 1;
        self.unsaid += 1;
        let mut changes = record.meta.as_ref().and_then(|meta| meta["changes"].as_array().cloned()).unwrap_or_default();
        if defect == Some(D::ChangesDropped) {
            changes.clear();
        }
        let schema = &self.configured["stream"]["json_schema"]["properties"];
        let data = spoil::names(defect, record.data, schema)?;
        let unfit = data.iter().any(|(name, value)| !fits(value.get(), &schema[name]));
        match defect {
            Some(D::UnfitFails) if unfit => return Err(Failure::new("system_error", "a value does not fit")),
            Some(D::UnfitRowsLost) if unfit => return Ok(()),
            _ => {}
        }
        let data = self.fitting(defect, data, &mut changes);
        let mut meta = json!({"sync_id": self.configured["sync_id"], "changes": changes});
        if defect == Some(D::SyncIdMissing) {
            meta = json!({"changes": changes});
        }
        let values: Value = serde_json::to_value(&data).unwrap_or_default();
        let key =
            (self.configured["destination_sync_mode"] == "append_dedup").then(|| self.key(defect, &data, &values));
        let row = Row {
            is_deleted: key.is_some() && !values["_ab_cdc_deleted_at"].is_null() && defect != Some(D::DeletedMarked),
            key,
            raw_id: spoil::raw_id(defect, raw_id(), &data),
            extracted_ms: spoil::extracted_ms(defect, record.emitted_at as i64),
            meta: meta.to_string(),
            data: serde_json::to_string(&data).unwrap_or_default(),
        };
        if row.is_deleted && defect == Some(D::DeletedStays) {
            return Ok(());
        }
        self.place(store, defect, &row, &values)
    }

    /// The declared fields, or all where none is declared; what does not fit is null, and noted.
    fn fitting(&self, defect: Option<D>, data: Data, changes: &mut Vec<Value>) -> Data {
        let properties = &self.configured["stream"]["json_schema"]["properties"];
        let is_free = properties.as_object().is_none_or(serde_json::Map::is_empty);
        let declared = data.into_iter().filter(|(name, _)| is_free || properties.get(name).is_some());
        let mut note = |field: &str| {
            let reason = "DESTINATION_TYPECAST_ERROR";
            changes.push(json!({"field": field, "change": "NULLED", "reason": reason}));
        };
        let fitted = declared.map(|(name, value)| {
            let fits = fits(value.get(), &properties[&name]);
            if !fits && defect != Some(D::UnfitNotNoted) {
                note(&name);
            }
            let value = if fits { value } else { RawValue::NULL.to_owned() };
            let value = spoil::value(defect, &properties[&name], value);
            (name, value)
        });
        fitted.collect()
    }

    fn key(&self, defect: Option<D>, data: &Data, values: &Value) -> String {
        let paths = self.configured["primary_key"].as_array().cloned().unwrap_or_default();
        let texts = paths.iter().map(|path| match path.as_array().map(Vec::as_slice) {
            Some([name]) => data.get(name.as_str().unwrap_or_default()).map_or("null", |it| it.get()).to_owned(),
            _ => at(values, path).to_string(),
        });
        spoil::key(defect, texts.collect())
    }

    /// Inserts a row unless a newer version of it is there.
    fn place(&self, store: &Store, defect: Option<D>, row: &Row, values: &Value) -> Result<(), Failure> {
        let staged = self.staged;
        if let Some(key) = &row.key
            && let Some((id, there, extracted_ms)) = store.version(self.id, staged, key)?
        {
            let cursor = &self.configured["cursor_field"];
            let by_cursor = compare(at(values, cursor), at(&there, cursor));
            let by_cursor = spoil::by_cursor(defect, by_cursor, cursor);
            let order = by_cursor.then(row.extracted_ms.cmp(&extracted_ms));
            let has_cursor = cursor.as_array().is_some_and(|path| !path.is_empty());
            let order = spoil::order(defect, order, has_cursor.then(|| at(values, cursor)));
            if order == Ordering::Less {
                return Ok(());
            }
            store.delete(id)?;
        }
        let generation = if defect == Some(D::GenerationIsZero) { Some(0) } else { self.generation };
        if defect == Some(D::RowsTwice) && row.key.is_none() && row.raw_id.ends_with('2') {
            store.insert(self.id, staged, generation, &Row { raw_id: raw_id(), ..row.clone() })?;
        }
        store.insert(self.id, staged, generation, row)
    }
}

/// The value at a path; null without a path.
fn at<'a>(values: &'a Value, path: &Value) -> &'a Value {
    match path.as_array().map(Vec::as_slice) {
        None | Some([]) => &Value::Null,
        Some(path) => path.iter().fold(values, |value, step| &value[step.as_str().unwrap_or_default()]),
    }
}

/// A name that no other row has.
fn raw_id() -> String {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Atomic::Relaxed);
    let (now, pid) = (crate::lines::now_ms(), std::process::id());
    format!("{:08x}-{:04x}-4{:03x}-8000-{:012x}", now >> 16 & 0xffff_ffff, now & 0xffff, pid & 0xfff, number)
}
