//! Changes an object's text by setting properties, every other byte as it was.

/// Inserts `"name":value` pairs at the end of the object whose text is `object`. The names are plain ASCII words.
///
/// # Panics
/// Never for the text of a JSON object.
#[must_use]
pub fn insert(object: &str, properties: &[(&str, &str)]) -> String {
    let close = object.rfind('}').unwrap_or(object.len());
    let head = object[..close].trim_end();
    let mut out = String::with_capacity(object.len() + 64);
    out.push_str(head);
    for (name, value) in properties {
        if !out.ends_with('{') {
            out.push(',');
        }
        out.push('"');
        out.push_str(name);
        out.push_str("\":");
        out.push_str(value);
    }
    out.push_str(&object[close..]);
    out
}

/// Sets the property that `path` leads to, outermost name first, in the object whose text is `object`: in place of its
/// old value, or at the end of the object that is to hold it. `None` when there is no such object.
#[must_use]
pub fn set(object: &str, path: &[&str], value: &str) -> Option<String> {
    let (name, rest) = path.split_first()?;
    if !object.trim_start().starts_with('{') {
        return None;
    }
    let Some(old) = crate::line::member(object.as_bytes(), name.as_bytes()) else {
        return rest.is_empty().then(|| insert(object, &[(name, value)]));
    };
    let (before, inner, after) = (&object[..old.start], &object[old.clone()], &object[old.end..]);
    if rest.is_empty() {
        return Some([before, value, after].concat());
    }
    Some([before, &set(inner, rest, value)?, after].concat())
}

#[cfg(test)]
mod tests {
    use super::{insert, set};

    #[test]
    fn a_property_is_set_where_its_path_leads() {
        let text = r#"{"type":"STATE","state":{"a":{"x":1e400} ,"n":null},"z":{}}"#;
        for (path, expected) in [
            (&["state", "id"][..], r#"{"type":"STATE","state":{"a":{"x":1e400} ,"n":null,"id":4},"z":{}}"#),
            (&["state", "n"], r#"{"type":"STATE","state":{"a":{"x":1e400} ,"n":4},"z":{}}"#),
            (&["state", "a", "x"], r#"{"type":"STATE","state":{"a":{"x":4} ,"n":null},"z":{}}"#),
        ] {
            assert_eq!(set(text, path, "4").unwrap(), expected);
        }
        assert_eq!(set(text, &["type", "id"], "4"), None);
        assert_eq!(set(text, &["nothing", "id"], "4"), None);
    }

    #[test]
    fn properties_are_inserted_before_the_closing_brace() {
        assert_eq!(insert("{}", &[("id", "1")]), r#"{"id":1}"#);
        assert_eq!(
            insert(r#"{"a":{"b":1e400} }"#, &[("id", "1"), ("n", "2.0")]),
            r#"{"a":{"b":1e400},"id":1,"n":2.0}"#
        );
    }
}
