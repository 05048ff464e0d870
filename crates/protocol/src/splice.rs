//! Changes an object's text by inserting properties, every other byte as it was.

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

#[cfg(test)]
mod tests {
    use super::insert;

    #[test]
    fn properties_are_inserted_before_the_closing_brace() {
        assert_eq!(insert("{}", &[("id", "1")]), r#"{"id":1}"#);
        assert_eq!(
            insert(r#"{"a":{"b":1e400} }"#, &[("id", "1"), ("n", "2.0")]),
            r#"{"a":{"b":1e400},"id":1,"n":2.0}"#
        );
    }
}
