//! `rows`: what has been written, as a reader prints it.

use super::Failure;
use super::store::Store;
use crate::call::Call;
use crate::lines::print;
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::path::Path;

/// Prints the rows of a stream; none for a stream that was never written.
pub(super) fn rows(config: &Value, call: &Call) -> Result<(), Failure> {
    if !config["path"].as_str().is_some_and(|path| Path::new(path).exists()) {
        return Ok(());
    }
    let store = Store::open(config)?;
    let stream = call.flag("--stream").unwrap_or_default();
    let mut select = store.db.prepare(
        "SELECT rows.data, raw_id, extracted_ms, meta, generation FROM rows JOIN streams ON streams.id = rows.stream
         WHERE name = ?1 AND namespace = ?2 AND NOT staged AND NOT deleted ORDER BY rows.id",
    )?;
    let mut rows = select.query((stream, call.flag("--namespace").unwrap_or_default()))?;
    while let Some(row) = rows.next()? {
        let data: String = row.get(0)?;
        let mut line: BTreeMap<String, Box<RawValue>> = parsed(&data)?;
        let extracted = jiff::Timestamp::from_millisecond(row.get(2)?).unwrap_or_default();
        line.insert("_airbyte_raw_id".into(), parsed(&Value::from(row.get::<_, String>(1)?).to_string())?);
        line.insert("_airbyte_extracted_at".into(), parsed(&Value::from(extracted.to_string()).to_string())?);
        line.insert("_airbyte_meta".into(), parsed(&row.get::<_, String>(3)?)?);
        line.insert("_airbyte_generation_id".into(), parsed(&Value::from(row.get::<_, Option<i64>>(4)?).to_string())?);
        print(&serde_json::to_string(&line).unwrap_or_default());
    }
    Ok(())
}

fn parsed<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Failure> {
    serde_json::from_str(text).map_err(|error| Failure::new("system_error", error.to_string()))
}
