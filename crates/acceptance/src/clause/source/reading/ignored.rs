//! Fields whose values do not count, by the paths that a test configuration names.

use longshore_protocol::StreamDescriptor;
use serde_json::Value;
use std::collections::BTreeMap;

/// A record without the fields that do not count.
pub(crate) fn without_ignored(
    data: &Value,
    stream: &StreamDescriptor,
    ignored: &BTreeMap<String, Vec<(String, String)>>,
) -> Value {
    let mut data = data.clone();
    let paths = paths_of(stream, ignored);
    if !paths.is_empty() {
        remove(&mut data, &mut Vec::new(), &paths);
    }
    data
}

fn remove(value: &mut Value, path: &mut Vec<String>, ignored: &[Vec<&str>]) {
    match value {
        _ if is_ignored(path, ignored) => *value = Value::Null,
        Value::Object(fields) => {
            for (name, value) in fields {
                path.push(name.clone());
                remove(value, path, ignored);
                path.pop();
            }
        }
        Value::Array(items) => {
            path.push("*".into());
            items.iter_mut().for_each(|item| remove(item, path, ignored));
            path.pop();
        }
        _ => {}
    }
}

/// The paths of the plan for a stream, step by step.
pub(super) fn paths_of<'p>(
    stream: &StreamDescriptor,
    ignored: &'p BTreeMap<String, Vec<(String, String)>>,
) -> Vec<Vec<&'p str>> {
    let paths = ignored.get(&stream.name).into_iter().flatten();
    paths.map(|(path, _)| path.split('/').filter(|step| !step.is_empty()).collect()).collect()
}

/// A path of the plan is met by itself and by what is below it; `*` stands for any name and for the items of an array, which
/// may also be left out.
pub(super) fn is_ignored(path: &[String], ignored: &[Vec<&str>]) -> bool {
    let fits = |steps: &[&str], path: &[&str]| {
        !path.is_empty() && steps.len() == path.len() && steps.iter().zip(path).all(|(step, name)| is_like(name, step))
    };
    let whole: Vec<&str> = path.iter().map(String::as_str).collect();
    let names: Vec<&str> = whole.iter().copied().filter(|name| *name != "*").collect();
    ignored.iter().any(|steps| fits(steps, &whole) || fits(steps, &names))
}

/// A `*` stands for any characters, as in `hs_time_*`.
fn is_like(name: &str, step: &str) -> bool {
    match step.split_once('*') {
        None => step == name,
        Some((head, tail)) => name.strip_prefix(head).is_some_and(|rest| rest.ends_with(tail)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_star_stands_for_any_characters() {
        assert!(is_like("hs_time_left", "hs_time_*") && is_like("x", "*") && is_like("a_b_c", "a*c"));
        assert!(!is_like("hs_times", "hs_time_*") && !is_like("ab", "abc*") && !is_like("x", "y"));
    }

    #[test]
    fn paths_go_through_objects_and_arrays() {
        let paths = ["a/b", "/c", "d/*/e"].map(|path| (path.to_owned(), "why".to_owned()));
        let ignored = BTreeMap::from([("users".to_owned(), paths.to_vec())]);
        let data = json!({"a": [{"b": 1, "x": 1}], "b": 1, "c": {"x": 1}, "d": [{"e": 1}, {"f": 1}]});
        let users = StreamDescriptor::named("users");
        let left = json!({"a": [{"b": null, "x": 1}], "b": 1, "c": null, "d": [{"e": null}, {"f": 1}]});
        assert_eq!(without_ignored(&data, &users, &ignored), left);
        assert_eq!(without_ignored(&data, &StreamDescriptor::named("events"), &ignored), data);
    }
}
