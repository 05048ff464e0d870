//! Validates records.

use super::{CONFORMS, formats, lenient};
use crate::clause::source::reading::{Reading, StreamReading, many};
use crate::finding::Finding;
use crate::rule::Wrong;
use jsonschema::{Draft, ValidationError, Validator};
use serde_json::Value;
use std::collections::BTreeMap;

/// More than these of one stream show nothing new.
const MOST_WRONG: usize = 100;

/// What was wrong with one field: how often, and where first.
type Violations = BTreeMap<String, (usize, Wrong)>;

pub(super) fn conforms(readings: &[Reading<'_>]) -> Finding {
    let mut violations = Violations::new();
    let (mut records, mut streams, mut not_judged) = (0, 0, Vec::new());
    for reading in readings {
        for stream in reading.streams.iter().filter(|stream| !stream.records.is_empty()) {
            match validator_of(stream) {
                Ok(validator) => {
                    streams += 1;
                    records += stream.records.len();
                    validate(reading, stream, &validator, &mut violations);
                }
                Err(why) => {
                    not_judged.push(format!("the schema of stream `{}` cannot be used: {why}", stream.descriptor));
                }
            }
        }
    }
    not_judged.dedup();
    let besides = not_judged.iter().map(|why| format!("; {why}")).collect::<String>();
    match (streams, not_judged.is_empty()) {
        (0, true) => CONFORMS.skipped("no record was read"),
        (0, false) => CONFORMS.skipped(not_judged.join("; ")),
        _ => CONFORMS.judged(
            format!("{} of {} that were read conform{besides}", many(records, "record"), many(streams, "stream")),
            told(violations),
        ),
    }
}

fn validator_of(stream: &StreamReading<'_>) -> Result<Validator, String> {
    let schema: Value =
        serde_json::from_str(stream.configured.stream.json_schema.get()).map_err(|error| error.to_string())?;
    let options = jsonschema::options().with_draft(Draft::Draft7).should_validate_formats(true);
    let options =
        formats::LENIENT.into_iter().fold(options, |options, (name, is_valid)| options.with_format(name, is_valid));
    options.build(&lenient::of(&schema)).map_err(|error| error.to_string())
}

fn validate(reading: &Reading<'_>, stream: &StreamReading<'_>, validator: &Validator, violations: &mut Violations) {
    let objects = stream.records.iter().filter(|record| record.data.is_object());
    for record in objects.filter(|record| !validator.is_valid(record.data)) {
        for error in validator.iter_errors(record.data) {
            let field = field(&error);
            let known = violations.len();
            match violations.get_mut(&format!("{}{field}", stream.descriptor)) {
                Some((count, _)) => *count += 1,
                None if known < MOST_WRONG => {
                    let message = format!("stream `{}`, field `{field}`: {}", stream.descriptor, say(&error));
                    let wrong = Wrong::new(message, reading.line(record.at));
                    violations.insert(format!("{}{field}", stream.descriptor), (1, wrong));
                }
                None => {}
            }
        }
    }
}

/// The path without places in arrays, so that one wrong field is one thing that is wrong.
fn field(error: &ValidationError<'_>) -> String {
    let path = error.instance_path().to_string();
    let steps = path.split('/').skip(1).map(|step| if step.parse::<usize>().is_ok() { "*" } else { step });
    steps.collect::<Vec<_>>().join("/")
}

fn say(error: &ValidationError<'_>) -> String {
    let mut text = error.to_string();
    if let Some((at, _)) = text.char_indices().nth(300) {
        text.truncate(at);
        text.push('…');
    }
    text
}

fn told(violations: Violations) -> Vec<Wrong> {
    let say = |(count, wrong): (usize, Wrong)| match count {
        1 => wrong,
        _ => Wrong::new(format!("{} ({count} times)", wrong.message), wrong.evidence),
    };
    violations.into_values().map(say).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clause::source::reading::script::{breaks, holds, is_skipped, record, row, take};
    use crate::finding::Status;
    use longshore_protocol::ConfiguredCatalog;
    use serde_json::json;

    #[test]
    fn records_conform_and_nulls_are_always_right() {
        holds(&[row("users", 1, 1), record("users", json!({"id": 2.0, "name": null, "other": 1}))], conforms);
        is_skipped(&[], conforms);
    }

    #[test]
    fn a_value_of_another_type_is_named_with_its_field() {
        breaks(&[record("users", json!({"id": "1"}))], "stream `users`, field `id`", conforms);
        breaks(&[record("users", json!({"id": 1.5}))], "field `id`", conforms);
        let twice = [record("users", json!({"updated_at": "soon"})), record("users", json!({"updated_at": "later"}))];
        breaks(&twice, "field `updated_at`: \"soon\" is not a \"date-time\" (2 times)", conforms);
    }

    #[test]
    fn a_schema_with_an_unknown_reference_is_not_judged() {
        let catalog: ConfiguredCatalog = serde_json::from_value(json!({"streams": [
            {"stream": {"name": "users", "json_schema": {"$ref": "other.json"}, "supported_sync_modes": ["full_refresh"]}},
        ]}))
        .unwrap();
        let take = take(&[row("users", 1, 1)]);
        let finding = conforms(&[Reading::of(&take, &catalog)]);
        assert_eq!(finding.status, Status::Skipped, "{finding:?}");
    }
}
