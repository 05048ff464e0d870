//! Judges what a connector answered to `spec`.

use crate::configuration::compile;
use crate::{ActorKind, Error, Result};
use longshore_protocol::{RawJson, Spec};
use serde_json::Value;

/// What counts for a spec that says nothing.
const OLDEST_PROTOCOL: &str = "0.2.0";

/// What a spec says, once it is known to be usable.
pub(crate) struct JudgedSpec {
    pub(crate) protocol_version: String,
    pub(crate) documentation_url: Option<String>,
    pub(crate) supports_refreshes: bool,
}

/// Whether a spec can be used for this kind; each way it cannot has its own code.
pub(crate) fn judge(raw: &RawJson, kind: ActorKind, repository: &str) -> Result<JudgedSpec> {
    let spec: Spec =
        serde_json::from_str(raw.get()).map_err(|error| invalid(&format!("it cannot be read: {error}")))?;
    let protocol_version = spec.protocol_version.clone().unwrap_or_else(|| OLDEST_PROTOCOL.to_owned());
    judge_protocol(&protocol_version)?;
    judge_kind(&spec, kind, repository)?;
    judge_schema(&spec)?;
    let supports_refreshes = spec.extra.get("supportsRefreshes") == Some("true");
    let documentation_url = spec.documentation_url.filter(|url| is_http(url));
    Ok(JudgedSpec { protocol_version, documentation_url, supports_refreshes })
}

fn judge_protocol(version: &str) -> Result<()> {
    if version.split('.').next() == Some("0") {
        return Ok(());
    }
    let message = format!("the connector speaks version {version} of the protocol; Longshore speaks 0");
    Err(Error::invalid("definition.protocol_not_supported", message))
}

/// Only destinations tell what they do with records; where a spec does not, the name of the repository may.
fn judge_kind(spec: &Spec, kind: ActorKind, repository: &str) -> Result<()> {
    let name = repository.rsplit(['/', ':']).next().unwrap_or_default();
    let tells_modes = spec.supported_destination_sync_modes.as_ref().is_some_and(|modes| !modes.is_empty());
    let is_other = match kind {
        ActorKind::Source => tells_modes || name.starts_with("destination-"),
        ActorKind::Destination => !tells_modes && name.starts_with("source-"),
    };
    if !is_other {
        return Ok(());
    }
    let (wanted, other) = match kind {
        ActorKind::Source => ("source", "destination"),
        ActorKind::Destination => ("destination", "source"),
    };
    let message = format!("`{repository}` is a {other}, not a {wanted}; add it as a {other}");
    Err(Error::invalid("definition.not_this_kind", message))
}

fn judge_schema(spec: &Spec) -> Result<()> {
    let schema: Value = serde_json::from_str(spec.connection_specification.get()).unwrap_or_default();
    if !schema.is_object() {
        return Err(invalid("its `connectionSpecification` is no JSON object"));
    }
    if schema.get("type").is_some_and(|word| word != "object") {
        return Err(invalid("its `connectionSpecification` does not describe an object"));
    }
    compile(schema)
        .map(|_| ())
        .map_err(|why| invalid(&format!("its `connectionSpecification` is no JSON Schema: {why}")))
}

fn is_http(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

fn invalid(why: &str) -> Error {
    Error::invalid("definition.spec_invalid", format!("the spec of the connector cannot be used: {why}"))
}

#[cfg(test)]
mod tests {
    use super::judge;
    use crate::ActorKind::{Destination, Source};
    use serde_json::{Value, json};

    fn code(spec: Value, kind: crate::ActorKind, repository: &str) -> String {
        let raw = serde_json::value::to_raw_value(&spec).unwrap();
        judge(&raw, kind, repository).map_or_else(|error| error.code().to_owned(), |_| "fits".to_owned())
    }

    #[test]
    fn each_unusable_spec_has_its_code() {
        let schema = json!({ "type": "object", "properties": {} });
        let plain = json!({ "connectionSpecification": schema });
        let modes = json!({ "connectionSpecification": schema, "supported_destination_sync_modes": ["append"] });
        let cases = [
            (plain.clone(), Source, "team/x", "fits"),
            (plain.clone(), Destination, "team/x", "fits"),
            (modes.clone(), Destination, "team/source-x", "fits"),
            (modes, Source, "team/x", "definition.not_this_kind"),
            (plain.clone(), Source, "team/destination-x", "definition.not_this_kind"),
            (plain, Destination, "team/source-x", "definition.not_this_kind"),
            (json!({}), Source, "team/x", "definition.spec_invalid"),
            (json!([]), Source, "team/x", "definition.spec_invalid"),
            (json!({ "connectionSpecification": "x" }), Source, "team/x", "definition.spec_invalid"),
            (json!({ "connectionSpecification": { "type": "array" } }), Source, "team/x", "definition.spec_invalid"),
            (json!({ "connectionSpecification": { "type": 5 } }), Source, "team/x", "definition.spec_invalid"),
            (
                json!({ "connectionSpecification": schema, "protocol_version": "1.0.0" }),
                Source,
                "team/x",
                "definition.protocol_not_supported",
            ),
        ];
        for (spec, kind, repository, expected) in cases {
            assert_eq!(code(spec.clone(), kind, repository), expected, "{spec} as {repository}");
        }
    }
}
