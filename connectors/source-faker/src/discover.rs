//! `discover`: the three streams.

use crate::Config;
use crate::products::Products;
use crate::purchases::Purchases;
use crate::table::{PADDING, Table};
use crate::users::Users;
use longshore_connector_kit::{Failure, Stream, stream};
use serde_json::{Value, json};

pub(crate) fn discover(config: &Config) -> Result<Vec<Stream>, Failure> {
    Ok(vec![describe::<Products>(config), describe::<Users>(config), describe::<Purchases>(config)])
}

fn describe<T: Table>(config: &Config) -> Stream {
    let mut properties = T::properties();
    if config.record_size_bytes.is_some() {
        properties[PADDING] = json!({"type": "string"});
    }
    stream(T::NAME, &record_schema(&properties), Some("updated_at"), &["id"])
}

fn record_schema(properties: &Value) -> Value {
    json!({"$schema": "http://json-schema.org/draft-07/schema#", "type": "object", "properties": properties})
}

/// The schema of a [`crate::moment::Moment`].
pub(crate) fn timestamp() -> Value {
    json!({"type": "string", "format": "date-time", "airbyte_type": "timestamp_with_timezone"})
}

/// The schema of a moment that may be missing.
pub(crate) fn optional_timestamp() -> Value {
    json!({"type": ["null", "string"], "format": "date-time", "airbyte_type": "timestamp_with_timezone"})
}
