//! The states that a destination echoed, and which of the sent ones they are.

use super::{Script, SentState};
use crate::take::Take;
use serde_json::Value;

/// A STATE message of a destination.
#[derive(Debug)]
pub(crate) struct Echo<'a> {
    /// Its line.
    pub(crate) line: String,
    /// The object under `state`.
    pub(crate) state: &'a Value,
    /// The number, among the states of the script, of the one that it is; none when it is made up.
    pub(crate) sent: Option<usize>,
}

/// All echoes of a run, in order. One is found by its id, or else by what it says.
pub(crate) fn echoes<'a>(take: &'a Take, script: &Script) -> Vec<Echo<'a>> {
    let states = take.heard.iter().filter_map(|heard| Some((heard, heard.message("STATE")?)));
    states
        .map(|(heard, message)| {
            let state = &message["state"];
            let by = |is: fn(&Value, &Value) -> bool| script.states.iter().position(|sent| is(&sent.state, state));
            let sent = by(is_same_by_id).or_else(|| by(is_same_by_content));
            Echo { line: heard.text(), state, sent }
        })
        .collect()
}

impl Script {
    /// How many records of each target the echoed states cover, from the first on.
    pub(crate) fn covered_by(&self, echoes: &[Echo<'_>]) -> Vec<u64> {
        let mut covered = vec![0; self.targets.len()];
        let states = echoes.iter().filter_map(|echo| echo.sent).map(|sent| &self.states[sent]);
        for (target, records) in states.flat_map(|state: &SentState| &state.covers) {
            covered[*target] = covered[*target].max(*records);
        }
        covered
    }
}

fn is_same_by_id(sent: &Value, echoed: &Value) -> bool {
    same(&sent["id"], &echoed["id"]) && is_about_the_same(sent, echoed)
}

fn is_same_by_content(sent: &Value, echoed: &Value) -> bool {
    is_about_the_same(sent, echoed)
        && same(&sent["stream"]["stream_state"], &echoed["stream"]["stream_state"])
        && same(&sent["global"]["shared_state"], &echoed["global"]["shared_state"])
}

fn is_about_the_same(sent: &Value, echoed: &Value) -> bool {
    sent["type"] == echoed["type"] && same(&sent["stream"]["stream_descriptor"], &echoed["stream"]["stream_descriptor"])
}

/// Whether two values are the same JSON: 1 and 1.0 are, and so are a property that is null and one that is missing.
pub(crate) fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => {
            a == b || (a.is_f64() != b.is_f64() && is_small(a) && a.as_f64() == b.as_f64())
        }
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(_), Value::Object(_)) => {
            let within =
                |a: &Value, b: &Value| a.as_object().is_some_and(|a| a.iter().all(|(key, a)| same(a, &b[key])));
            within(a, b) && within(b, a)
        }
        _ => a == b,
    }
}

/// Whether a double holds each integer of that size, so that it is told from its neighbours.
fn is_small(number: &serde_json::Number) -> bool {
    number.as_f64().is_some_and(|number| number.abs() < (1_u64 << 53) as f64)
}

#[cfg(test)]
mod tests {
    use super::same;
    use serde_json::json;

    #[test]
    fn the_same_json_may_be_spelled_otherwise() {
        assert!(same(&json!({"a": 1, "b": [2.0, null]}), &json!({"b": [2, null], "a": 1.0})));
        assert!(same(&json!({"a": null}), &json!({})));
        assert!(!same(&json!({"a": 1}), &json!({"a": "1"})));
        assert!(!same(&json!(9_007_199_254_740_993_u64), &json!(9_007_199_254_740_992_u64)));
        assert!(!same(&json!(i64::MAX), &json!(i64::MAX as f64)));
        assert!(!same(&json!([1]), &json!([1, 2])));
    }
}
