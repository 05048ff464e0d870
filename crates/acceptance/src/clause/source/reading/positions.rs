//! The cursor within a state, as far as it can be told: a state is the source's own note, and nobody else's to read.

use super::cursors::instant_of;
use super::{StreamReading, compare_cursors};
use serde_json::Value;

/// The cursor that a stream's state holds, and whether it is all that the state says of the position. None when the state
/// holds it in no form that can be told.
///
/// It is what stands at the top under the name of the cursor field; else the only text, if that is a timestamp like those of
/// the records.
pub(crate) fn cursor_in_state<'v>(stream: &StreamReading<'_>, stream_state: &'v Value) -> Option<(&'v Value, bool)> {
    let members = stream_state.as_object()?;
    let name = stream.configured.cursor()?.last()?;
    let is_scalar = |value: &Value| value.is_string() || value.is_number();
    let position = |(_, value): &(&String, &Value)| !value.is_null() && !value.is_boolean();
    let positions = members.iter().filter(position).count();
    if let Some(cursor) = members.get(name) {
        return is_scalar(cursor).then_some((cursor, positions == 1));
    }
    let mut texts = members.values().filter(|value| value.as_str().is_some_and(|text| instant_of(text).is_some()));
    let only = texts.next().filter(|_| texts.next().is_none())?;
    let records = stream.records.iter().filter_map(|record| stream.cursor_of(record));
    let is_alike = records.take(1).any(|cursor| compare_cursors(cursor, only).is_some());
    is_alike.then_some((only, positions == 1))
}
