//! Queries: a key that may come several times, `a=1&a=2` and `a=1,2` alike; empty values are absent; unknown keys are ignored.

use crate::json::without_value;
use crate::problem::Problem;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use jiff::Timestamp;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;
use std::str::FromStr;

/// The query of a request.
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parse(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

fn parse<T: DeserializeOwned>(query: &str) -> Result<T, Problem> {
    let joined = join(query)?;
    let reader = serde_urlencoded::Deserializer::new(form_urlencoded::parse(joined.as_bytes()));
    serde_path_to_error::deserialize(reader)
        .map_err(|error| Problem::bad_place(error.path().to_string(), without_value(&error.inner().to_string())))
}

/// One pair for each key, its values joined by commas.
fn join(query: &str) -> Result<String, Problem> {
    let mut pairs: Vec<(Cow<'_, str>, String)> = Vec::new();
    for (key, value) in form_urlencoded::parse(query.as_bytes()).filter(|(_, value)| !value.is_empty()) {
        if value.contains('\0') {
            return Err(Problem::bad_place(key, "text must not hold the character U+0000"));
        }
        let key = key.strip_suffix("[]").map_or_else(|| key.clone(), |key| Cow::Owned(key.to_owned()));
        match pairs.iter_mut().find(|(known, _)| *known == key) {
            Some((_, values)) => {
                values.push(',');
                values.push_str(&value);
            }
            None => pairs.push((key, value.into_owned())),
        }
    }
    Ok(form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish())
}

/// `#[serde(deserialize_with = "query::list")]`: values with commas between.
pub(crate) fn list<'de, D, T>(reader: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr,
{
    let text = String::deserialize(reader)?;
    let values = text.split(',').map(str::trim).filter(|value| !value.is_empty());
    values.map(|value| value.parse().map_err(|_| D::Error::custom("one of the values is malformed"))).collect()
}

/// `#[serde(deserialize_with = "query::flag")]`: as Python and the others write it.
pub(crate) fn flag<'de, D: Deserializer<'de>>(reader: D) -> Result<bool, D::Error> {
    match String::deserialize(reader)?.to_ascii_lowercase().as_str() {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(D::Error::custom("expected true or false")),
    }
}

/// `#[serde(deserialize_with = "query::time")]`: an ISO time; without a zone it is UTC, and a `+` that became a space is one again.
pub(crate) fn time<'de, D: Deserializer<'de>>(reader: D) -> Result<Option<Timestamp>, D::Error> {
    let text = String::deserialize(reader)?;
    parse_time(&text).map(Some).ok_or_else(|| D::Error::custom("expected a time such as 2026-01-31T12:00:00Z"))
}

fn parse_time(text: &str) -> Option<Timestamp> {
    let with_plus =
        text.rsplit_once(' ').filter(|(day, _)| day.contains(['T', ' '])).map(|(at, zone)| format!("{at}+{zone}"));
    let text = with_plus.as_deref().unwrap_or(text);
    let civil = || text.trim_end_matches('Z').parse::<jiff::civil::DateTime>().ok();
    text.parse().ok().or_else(|| civil()?.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[derive(Debug, Default, Deserialize)]
    #[serde(default, rename_all = "camelCase")]
    struct Asked {
        #[serde(deserialize_with = "list")]
        workspace_ids: Vec<Uuid>,
        #[serde(deserialize_with = "flag")]
        include_deleted: bool,
        #[serde(deserialize_with = "time")]
        created_at_start: Option<Timestamp>,
    }

    #[test]
    fn lists_come_as_repeated_keys_or_with_commas() {
        let (a, b) = (Uuid::from_u128(1), Uuid::from_u128(2));
        for query in [
            format!("workspaceIds={a}&workspaceIds={b}"),
            format!("workspaceIds={a},{b}"),
            format!("workspaceIds={a}%2C{b}&other=1"),
            format!("workspaceIds[]={a}&workspaceIds%5B%5D={b}"),
        ] {
            assert_eq!(parse::<Asked>(&query).expect("right").workspace_ids, [a, b], "{query}");
        }
        assert!(parse::<Asked>("workspaceIds=").expect("right").workspace_ids.is_empty());
        assert!(parse::<Asked>("workspaceIds=none").is_err());
    }

    #[test]
    fn times_come_in_the_ways_of_the_clients() {
        let expected = "2026-01-31T12:00:00Z".parse::<Timestamp>().expect("a time");
        for text in [
            "2026-01-31T12:00:00Z",
            "2026-01-31T12:00Z",
            "2026-01-31T12:00:00.000000Z",
            "2026-01-31T13:00:00 01:00",
            "2026-01-31T12:00:00",
        ] {
            assert_eq!(parse_time(text), Some(expected), "{text}");
        }
        assert_eq!(parse_time("yesterday"), None);
    }

    #[test]
    fn flags_are_those_of_python_too() {
        assert!(parse::<Asked>("includeDeleted=True").expect("right").include_deleted);
        assert!(parse::<Asked>("includeDeleted=maybe").is_err());
    }
}
