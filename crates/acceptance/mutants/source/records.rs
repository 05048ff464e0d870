//! The streams and their records: always the same ones for the same configuration.

use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

/// How a stream is read.
pub(crate) struct Stream {
    pub(crate) name: &'static str,
    pub(crate) namespace: Option<&'static str>,
    /// The field that its states hold; none when it begins anew each time.
    pub(crate) cursor: Option<&'static str>,
    /// Whether records that share the value of a state come again.
    pub(crate) is_inclusive: bool,
}

/// All streams.
pub(crate) const STREAMS: [Stream; 4] = [
    Stream { name: "users", namespace: None, cursor: Some("updated_at"), is_inclusive: false },
    Stream { name: "events", namespace: None, cursor: Some("at"), is_inclusive: true },
    Stream { name: "countries", namespace: Some("geo"), cursor: None, is_inclusive: false },
    Stream { name: "pages", namespace: None, cursor: Some("page"), is_inclusive: false },
];

/// The records of a stream, oldest first.
pub(crate) fn records(stream: &str, count: i64) -> Vec<Value> {
    match stream {
        "users" => (1..=count).map(user).collect(),
        "events" => (1..=count).map(event).collect(),
        "pages" => {
            (1..=40).map(|id| json!({"id": id, "page": (id - 1) / 10 + 1, "title": format!("Page {id}")})).collect()
        }
        _ => countries(),
    }
}

fn user(id: i64) -> Value {
    json!({
        "id": id,
        "name": format!("User {id}"),
        "email": (id % 5 != 0).then(|| format!("user{id}@example.org")),
        "age": 20 + id % 50,
        "is_active": id % 2 == 0,
        "balance": id as f64 * 1.25,
        "born": format!("19{:02}-0{}-1{}", id % 100, 1 + id % 9, id % 10),
        "address": {"city": format!("Town {}", id % 7), "zip": format!("{:05}", id)},
        "tags": ["new", format!("group {}", id % 3)],
        "updated_at": moment(id),
    })
}

/// Two events of each minute, but for the first.
fn event(id: i64) -> Value {
    json!({"kind": if id % 3 == 0 { "view" } else { "click" }, "number": id, "at": moment(id / 2)})
}

fn countries() -> Vec<Value> {
    let all =
        [("DE", "Germany", 83), ("FR", "France", 68), ("JP", "Japan", 124), ("PE", "Peru", 34), ("TD", "Chad", 18)];
    all.iter().map(|(code, name, millions)| json!({"code": code, "name": name, "millions": millions})).collect()
}

fn moment(minutes: i64) -> String {
    let begin = Timestamp::UNIX_EPOCH + 473_352.hours(); // 2024-01-01
    (begin + minutes.minutes()).to_string()
}
