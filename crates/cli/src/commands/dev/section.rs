//! Happenings as lines of text. Pure: what a terminal is, others know.

use crate::table::{bytes, grouped, table};
use console::{measure_text_width, truncate_str};
use longshore_devkit::dev::{Cost, Difference, Happening, StreamOffered, StreamRead, StreamWritten};
use longshore_protocol::{FailureReason, LogLevel};
use serde_json::Value;

/// The widest that a value is shown.
const WIDEST_VALUE: usize = 32;

/// How many fields of a stream are listed.
const MOST_FIELDS: usize = 12;

/// A happening, each line no wider than `width` where it can be cut.
pub(super) fn lines(happening: &Happening, width: usize) -> Vec<String> {
    match happening {
        Happening::Round { number, changed } => vec![String::new(), format!("── round {number}{}", reason(changed))],
        Happening::Prepared { installed, seconds } => {
            let what = if *installed { "installed and compiled" } else { "ready" };
            vec![format!("{what} after {}", time(*seconds))]
        }
        Happening::Tool { line } => vec![format!("  {line}")],
        Happening::Spec { changes, properties, cost } => headed(
            format!("spec      {} {}", counted(*properties, "property", "properties"), price(cost)),
            differences(changes),
        ),
        Happening::Check { succeeded, message, cost } => {
            let word = if *succeeded { "succeeded" } else { "FAILED" };
            let message = message.as_ref().map_or_else(String::new, |message| format!(": {}", on_one_line(message)));
            vec![format!("check     {word}{message} {}", price(cost))]
        }
        Happening::Catalog { streams, changes, cost } => catalog(streams, changes, cost),
        Happening::FirstRecord { seconds } => vec![format!("first record after {}", time(*seconds))],
        Happening::Read { streams, records_per_second, cost } => read(streams, *records_per_second, cost, width),
        Happening::Written { streams, cost } => written(streams, cost),
        Happening::Log { verb, level, message } => vec![log(verb, *level, message)],
        Happening::LogsDropped { verb, count } => {
            vec![format!("  {verb}: {} more lines are not shown", grouped(*count))]
        }
        Happening::Failed { verb, failure } => failed(verb.as_deref(), failure),
        Happening::Ended { healthy, seconds } => {
            let word = if *healthy { "all is well" } else { "something is wrong" };
            vec![format!("── {word}, {}", time(*seconds))]
        }
    }
}

/// Why a round began.
pub(super) fn reason(changed: &[String]) -> String {
    match changed {
        [] => String::new(),
        [one] => format!(": {one} changed"),
        [first, rest @ ..] => format!(": {first} and {} more changed", rest.len()),
    }
}

pub(super) fn log(verb: &str, level: LogLevel, message: &str) -> String {
    format!("  {verb} {}: {}", level_word(level), on_one_line(message))
}

/// Without what would end the line or move the cursor.
fn on_one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

pub(super) fn level_word(level: LogLevel) -> &'static str {
    match level {
        LogLevel::Trace => "trace",
        LogLevel::Debug => "debug",
        LogLevel::Info => "info",
        LogLevel::Warn => "warning",
        LogLevel::Error => "error",
        LogLevel::Fatal => "fatal",
    }
}

fn headed(head: String, rest: Vec<String>) -> Vec<String> {
    std::iter::once(head).chain(rest).collect()
}

fn counted_states(number: u64) -> String {
    if number == 1 { "1 state".to_owned() } else { format!("{} states", grouped(number)) }
}

fn counted(number: usize, one: &str, several: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { several })
}

fn time(seconds: f64) -> String {
    if seconds < 1.0 { format!("{:.0} ms", seconds * 1000.0) } else { format!("{seconds:.1} s") }
}

fn price(cost: &Cost) -> String {
    let memory = cost.peak_bytes.map_or_else(String::new, |peak| format!(", {}", bytes(peak)));
    format!("({}{memory})", time(cost.seconds))
}

fn differences(changes: &[Difference]) -> Vec<String> {
    let line = |change: &Difference| match change {
        Difference::Added(what) => format!("  + {what}"),
        Difference::Removed(what) => format!("  - {what}"),
        Difference::Changed { what, from, to } => format!("  ~ {what}: {from} → {to}"),
    };
    changes.iter().map(line).collect()
}

fn catalog(streams: &[StreamOffered], changes: &[Difference], cost: &Cost) -> Vec<String> {
    let rows = streams.iter().map(|stream| {
        let fields = stream.fields.iter().take(MOST_FIELDS).map(|(name, kind)| format!("{name} {kind}"));
        let more = stream.fields.len().saturating_sub(MOST_FIELDS);
        let more = (more > 0).then(|| format!("{more} more"));
        vec![
            stream.name.clone(),
            stream.sync_modes.join(", "),
            stream.cursor.clone().unwrap_or_default(),
            stream.primary_key.join(", "),
            fields.chain(more).collect::<Vec<_>>().join(", "),
        ]
    });
    let table = table(&["stream", "sync modes", "cursor", "primary key", "fields"], rows.collect(), &[]);
    let mut lines = headed(
        format!("catalog   {} {}", counted(streams.len(), "stream", "streams"), price(cost)),
        differences(changes),
    );
    lines.extend(table.lines().map(|line| format!("  {line}")));
    lines
}

fn read(streams: &[StreamRead], rate: f64, cost: &Cost, width: usize) -> Vec<String> {
    let count: u64 = streams.iter().map(|stream| stream.count).sum();
    let mut lines = vec![format!("read      {} records, {}/s {}", grouped(count), grouped(rate as u64), price(cost))];
    for stream in streams {
        lines.push(stream_head(stream));
        lines.extend(records(&stream.records, width));
    }
    lines
}

/// One stream's counts and last state.
pub(super) fn stream_head(stream: &StreamRead) -> String {
    let status = stream.status.as_ref().map_or_else(String::new, |status| format!(", {status}"));
    let state = stream.state.as_ref().map_or_else(String::new, |state| {
        let inner = state.pointer("/stream/stream_state").or_else(|| state.get("global")).unwrap_or(state);
        format!(", state {}", truncate_str(&inner.to_string(), 80, "…"))
    });
    let states = if stream.states == 0 { String::new() } else { format!(", {}", counted_states(stream.states)) };
    format!("  {}: {} records{states}{state}{status}", stream.name, grouped(stream.count))
}

/// Records as a table: a column for each field of the first ones, as many as fit, values cut.
pub(super) fn records(records: &[Value], width: usize) -> Vec<String> {
    let mut columns: Vec<&str> = Vec::new();
    for name in records.iter().filter_map(Value::as_object).flat_map(serde_json::Map::keys) {
        if !columns.contains(&name.as_str()) {
            columns.push(name);
        }
    }
    let cell = |record: &Value, column: &str| record.get(column).map_or_else(String::new, value);
    let wide = |column: &str| {
        let values = records.iter().map(|record| measure_text_width(&cell(record, column)));
        values.chain([measure_text_width(column)]).max().unwrap_or_default()
    };
    let (mut shown, mut used) = (Vec::new(), 4);
    for column in columns.iter().copied() {
        let column_width = wide(column) + 2;
        if used + column_width > width && !shown.is_empty() {
            break;
        }
        used += column_width;
        shown.push((column, column_width));
    }
    if shown.is_empty() {
        return Vec::new();
    }
    let hidden = columns.len() - shown.len();
    let padded = |text: String, width: usize| {
        let missing = width.saturating_sub(measure_text_width(&text));
        format!("{text}{}", " ".repeat(missing))
    };
    let row = |texts: Vec<String>| {
        let cells: String = texts.into_iter().zip(&shown).map(|(text, (_, width))| padded(text, *width)).collect();
        format!("    {}", cells.trim_end())
    };
    let mut head = row(shown.iter().map(|(column, _)| column.to_uppercase()).collect());
    if hidden > 0 {
        head += &format!("  (+{hidden} columns)");
    }
    let rows = records.iter().map(|record| row(shown.iter().map(|(column, _)| cell(record, column)).collect()));
    std::iter::once(head).chain(rows).collect()
}

/// A value on one line, cut.
fn value(value: &Value) -> String {
    let text = match value {
        Value::String(text) => on_one_line(text),
        other => other.to_string(),
    };
    truncate_str(&text, WIDEST_VALUE, "…").into_owned()
}

fn written(streams: &[StreamWritten], cost: &Cost) -> Vec<String> {
    let rows = streams.iter().map(|stream| {
        vec![
            stream.name.clone(),
            stream.sent.to_string(),
            stream.counted.map_or_else(|| "-".to_owned(), |count| count.to_string()),
            stream.states_sent.to_string(),
            stream.states_echoed.to_string(),
        ]
    });
    let table = table(&["stream", "sent", "counted", "states", "echoed"], rows.collect(), &[1, 2, 3, 4]);
    headed(format!("write     {}", price(cost)), table.lines().map(|line| format!("  {line}")).collect())
}

/// A failure as `error[CODE]`, with what a compiler or the connector printed.
pub(super) fn failed(verb: Option<&str>, failure: &FailureReason) -> Vec<String> {
    let of = verb.map_or_else(String::new, |verb| format!("{verb}: "));
    let mut lines = vec![format!("error[{}]: {of}{}", failure.code, on_one_line(&failure.message))];
    let detail = failure.detail.as_deref().map(str::trim).filter(|detail| *detail != failure.message);
    lines.extend(detail.unwrap_or_default().lines().map(|line| format!("  | {}", on_one_line(line))));
    lines.push(format!("  more: longshore explain {}", failure.code));
    lines
}

#[cfg(test)]
mod tests {
    use super::{lines, records};
    use longshore_devkit::dev::{Cost, Difference, Happening};
    use serde_json::json;

    #[test]
    fn records_fit_the_terminal_and_long_values_are_cut() {
        let rows = [json!({"id": 1, "name": "Zoë 🦀", "text": "x".repeat(100)}), json!({"id": 22, "extra": [1]})];
        let wide = records(&rows, 200);
        assert_eq!(wide[0], "    ID  NAME    TEXT                              EXTRA");
        assert!(wide[1].starts_with("    1   Zoë 🦀  xxx") && wide[1].ends_with("x…"), "{wide:?}");
        assert_eq!(wide[2], "    22                                            [1]");
        assert_eq!(records(&rows, 20)[0], "    ID  NAME  (+2 columns)");
        assert!(records(&[], 80).is_empty());
    }

    #[test]
    fn what_changed_is_marked() {
        let changes = vec![
            Difference::Added("property a (string)".into()),
            Difference::Changed { what: "property b".into(), from: "string".into(), to: "integer".into() },
        ];
        let cost = Cost { seconds: 0.012, peak_bytes: Some(9_000_000) };
        let shown = lines(&Happening::Spec { changes, properties: 2, cost }, 80);
        assert_eq!(
            shown,
            ["spec      2 properties (12 ms, 9.0 MB)", "  + property a (string)", "  ~ property b: string → integer"]
        );
    }
}
