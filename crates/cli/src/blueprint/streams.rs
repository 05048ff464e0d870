//! Compares the streams of connections. What a wish does not say of a stream is left as it is.

use super::compare::short;
use serde_json::Value;

/// A line for each stream, or part of one, that changes.
pub(super) fn changes(current: &[Value], wanted: &[Value]) -> Vec<String> {
    let mut lines = Vec::new();
    for stream in wanted {
        match current.iter().find(|other| is_same(other, stream)) {
            None => lines.push(format!("streams.{}: added", name(stream))),
            Some(before) => lines.extend(parts(before, stream)),
        }
    }
    let gone = current.iter().filter(|stream| !wanted.iter().any(|other| is_same(stream, other)));
    lines.extend(gone.map(|stream| format!("streams.{}: removed", name(stream))));
    lines
}

/// A name without a namespace is enough to name a stream that has one.
fn is_same(current: &Value, wanted: &Value) -> bool {
    current["name"] == wanted["name"] && (wanted["namespace"].is_null() || current["namespace"] == wanted["namespace"])
}

fn name(stream: &Value) -> String {
    let name = stream["name"].as_str().unwrap_or("?");
    stream["namespace"].as_str().map_or_else(|| name.to_owned(), |namespace| format!("{namespace}.{name}"))
}

fn parts(before: &Value, after: &Value) -> Vec<String> {
    let keys = after.as_object().into_iter().flatten();
    let changed = keys.filter(|(key, value)| !is_equal(&before[key.as_str()], value));
    changed
        .map(|(key, value)| {
            format!("streams.{}.{key}: {} -> {}", name(after), short(&before[key.as_str()]), short(value))
        })
        .collect()
}

/// Nothing, null and an empty list are the same wish.
fn is_equal(before: &Value, after: &Value) -> bool {
    let is_empty = |value: &Value| value.is_null() || value.as_array().is_some_and(Vec::is_empty);
    before == after || (is_empty(before) && is_empty(after))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn streams_that_change_are_told_one_by_one() {
        let current = [
            json!({"name": "users", "namespace": "public", "syncMode": "full_refresh_overwrite", "mappers": []}),
            json!({"name": "orders", "syncMode": "full_refresh_append"}),
        ];
        for (wanted, lines) in [
            (vec![json!({"name": "users"}), json!({"name": "orders", "mappers": null})], vec![]),
            (vec![json!({"name": "users"})], vec!["streams.orders: removed"]),
            (
                vec![
                    json!({"name": "users"}),
                    json!({"name": "orders", "syncMode": "incremental_append"}),
                    json!({"name": "x"}),
                ],
                vec![r#"streams.orders.syncMode: "full_refresh_append" -> "incremental_append""#, "streams.x: added"],
            ),
        ] {
            assert_eq!(changes(&current, &wanted), lines);
        }
    }
}
