//! What a connection does, in the words of people and in those of the API.

use crate::client::{Session, TAG, text};
use crate::failure::{Result, usage};
use reqwest::Method;
use serde_json::{Map, Value, json};

/// The colour of a label that was made in passing.
const COLOR: &str = "75DCFF";

/// What is told of a connection; what is absent is not.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Wishes {
    pub(crate) name: Option<String>,
    /// As the public API has them.
    pub(crate) streams: Option<Vec<Value>>,
    /// `manual`, `every 6 hours`, `cron 0 0 12 * * ?`.
    pub(crate) schedule: Option<String>,
    /// `destination`, `source`, or a format.
    pub(crate) namespace: Option<String>,
    pub(crate) prefix: Option<String>,
    pub(crate) schema_changes: Option<String>,
    pub(crate) status: Option<String>,
    pub(crate) tags: Option<Vec<String>>,
}

impl Wishes {
    /// The body for the public API. Its tags are there already, or made now.
    ///
    /// # Errors
    /// `connection.schedule_invalid`; what the server says to new tags.
    pub(crate) async fn body(&self, session: &Session) -> Result<Value> {
        let mut body = self.plain()?;
        if let Some(names) = &self.tags {
            body.insert("tags".to_owned(), Value::Array(tags(session, names).await?));
        }
        Ok(Value::Object(body))
    }

    fn plain(&self) -> Result<Map<String, Value>> {
        let mut body = Map::new();
        let texts = [
            ("name", &self.name),
            ("prefix", &self.prefix),
            ("nonBreakingSchemaUpdatesBehavior", &self.schema_changes),
            ("status", &self.status),
        ];
        body.extend(texts.into_iter().filter_map(|(key, value)| Some((key.to_owned(), json!(value.as_ref()?)))));
        if let Some(streams) = &self.streams {
            body.insert("configurations".to_owned(), json!({"streams": streams}));
        }
        if let Some(schedule) = self.schedule.as_ref().filter(|schedule| zoned(schedule).is_none()) {
            body.insert("schedule".to_owned(), schedule_of(schedule)?);
        }
        match self.namespace.as_deref() {
            None => {}
            Some(word @ ("source" | "destination")) => {
                body.insert("namespaceDefinition".to_owned(), json!(word));
            }
            Some(format) => {
                body.insert("namespaceDefinition".to_owned(), json!("custom_format"));
                body.insert("namespaceFormat".to_owned(), json!(format));
            }
        }
        Ok(body)
    }
}

/// The tags of these names.
async fn tags(session: &Session, names: &[String]) -> Result<Vec<Value>> {
    let known = session.tags().await?;
    let mut tags = Vec::new();
    for name in names.iter().filter(|name| !name.is_empty()) {
        match known.iter().find(|tag| text(tag, "name") == name) {
            Some(tag) => tags.push(tag.clone()),
            None => {
                let body = json!({"name": name, "color": COLOR, "workspaceId": session.workspace_id()});
                tags.push(session.client.send(Method::POST, TAG.path, Some(&body)).await?);
            }
        }
    }
    Ok(tags)
}

/// A schedule for the API.
///
/// # Errors
/// `connection.schedule_invalid`.
pub(crate) fn schedule_of(words: &str) -> Result<Value> {
    let invalid = || {
        let message = format!("`{words}` is no schedule; write `manual`, `every 6 hours`, or `cron 0 0 12 * * ?`");
        usage("connection.schedule_invalid", message)
    };
    let mut parts = words.split_whitespace();
    match parts.next().map(str::to_ascii_lowercase).as_deref() {
        Some("manual") if parts.next().is_none() => Ok(json!({"scheduleType": "manual"})),
        Some("cron") => {
            let expression = parts.collect::<Vec<_>>().join(" ");
            if expression.is_empty() {
                Err(invalid())
            } else {
                Ok(json!({"scheduleType": "cron", "cronExpression": expression}))
            }
        }
        Some("every") => {
            let (units, unit) = every(parts).ok_or_else(invalid)?;
            Ok(json!({"scheduleType": "basic", "basicTiming": format!("Every {units} {unit}")}))
        }
        _ => Err(invalid()),
    }
}

/// A cron expression with a time zone, which the public API cannot take: the change that the Config API is asked for.
pub(crate) fn zoned(words: &str) -> Option<Value> {
    let (expression, zone) = words.trim().strip_prefix("cron ")?.rsplit_once(' ')?;
    let is_zone = zone.contains('/') && zone.split('/').all(|part| part.starts_with(|c: char| c.is_ascii_alphabetic()));
    let cron = json!({"cronExpression": expression.trim(), "cronTimeZone": zone});
    is_zone.then(|| json!({"scheduleType": "cron", "scheduleData": {"cron": cron}}))
}

/// `6 hours`, `hour`.
fn every<'a>(mut parts: impl Iterator<Item = &'a str>) -> Option<(u32, String)> {
    const UNITS: [&str; 5] = ["MINUTES", "HOURS", "DAYS", "WEEKS", "MONTHS"];
    let first = parts.next()?;
    let (units, unit) = match first.parse() {
        Ok(units) => (units, parts.next()?),
        Err(_) => (1, first),
    };
    let unit = unit.to_ascii_uppercase();
    let unit = UNITS.into_iter().find(|known| *known == unit || known.trim_end_matches('S') == unit)?;
    (units > 0 && parts.next().is_none()).then(|| (units, unit.to_owned()))
}

/// A schedule of the API for people.
pub(crate) fn words_of(schedule: &Value) -> String {
    match text(schedule, "scheduleType") {
        "cron" => format!("cron {}", text(schedule, "cronExpression")),
        "basic" => text(schedule, "basicTiming").to_ascii_lowercase(),
        _ => "manual".to_owned(),
    }
}

/// `NAME` or `NAME:MODE` for the API.
pub(crate) fn stream_of(words: &str, mode: Option<&str>) -> Value {
    let (name, mode) = match words.rsplit_once(':') {
        Some((name, mode)) => (name, Some(mode)),
        None => (words, mode),
    };
    let mut stream = json!({"name": name});
    if let Some(mode) = mode {
        stream["syncMode"] = json!(mode);
    }
    stream
}

/// What a connection does, as the API tells it.
pub(crate) fn wishes_of(connection: &Value) -> Wishes {
    let given = |key: &str| connection[key].as_str().map(str::to_owned);
    let namespace = match text(connection, "namespaceDefinition") {
        "custom_format" => given("namespaceFormat"),
        _ => given("namespaceDefinition"),
    };
    let tags = connection["tags"].as_array().into_iter().flatten().map(|tag| text(tag, "name").to_owned());
    Wishes {
        name: given("name"),
        streams: connection["configurations"]["streams"].as_array().cloned(),
        schedule: Some(words_of(&connection["schedule"])),
        namespace,
        prefix: given("prefix").filter(|prefix| !prefix.is_empty()),
        schema_changes: given("nonBreakingSchemaUpdatesBehavior"),
        status: given("status"),
        tags: Some(tags.collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_is_the_same_there_and_back() {
        for (words, canonical) in [
            ("manual", "manual"),
            ("every 6 hours", "every 6 hours"),
            ("Every 1 Hour", "every 1 hours"),
            ("every day", "every 1 days"),
            ("cron 0 0 12 * * ?", "cron 0 0 12 * * ?"),
            ("cron  0 0 12 * * ? UTC", "cron 0 0 12 * * ? UTC"),
        ] {
            assert_eq!(words_of(&schedule_of(words).unwrap()), canonical, "{words}");
        }
    }

    #[test]
    fn what_is_no_schedule_is_refused() {
        for words in [
            "",
            "sometimes",
            "every",
            "every 0 hours",
            "every 2 fortnights",
            "every 2 hours or so",
            "cron",
            "manual run",
        ] {
            assert_eq!(schedule_of(words).unwrap_err().code, "connection.schedule_invalid", "{words}");
        }
    }

    #[test]
    fn a_time_zone_goes_another_way() {
        let berlin = zoned("cron 0 0 12 * * ? Europe/Berlin").unwrap();
        assert_eq!(
            berlin["scheduleData"]["cron"],
            json!({"cronExpression": "0 0 12 * * ?", "cronTimeZone": "Europe/Berlin"})
        );
        for without in
            ["cron 0 0 12 * * ?", "cron 0 0 12 ? * MON/2", "cron 0 0 12 * * ? UTC", "every 2 hours", "manual"]
        {
            assert!(zoned(without).is_none(), "{without}");
        }
    }

    #[test]
    fn a_stream_may_name_its_mode() {
        assert_eq!(stream_of("users", None), json!({"name": "users"}));
        assert_eq!(
            stream_of("users", Some("incremental_append")),
            json!({"name": "users", "syncMode": "incremental_append"})
        );
        let own = json!({"name": "users", "syncMode": "full_refresh_append"});
        assert_eq!(stream_of("users:full_refresh_append", Some("incremental_append")), own);
    }

    #[test]
    fn only_what_is_told_is_sent() {
        let wishes = Wishes { namespace: Some("x_${SOURCE_NAMESPACE}".to_owned()), ..Wishes::default() };
        let body = Value::Object(wishes.plain().unwrap());
        assert_eq!(body, json!({"namespaceDefinition": "custom_format", "namespaceFormat": "x_${SOURCE_NAMESPACE}"}));
        assert_eq!(wishes_of(&body).namespace, wishes.namespace);
    }
}
