//! JSON pointers (RFC 6901) into answers, followed in their text: no tree is built.

use crate::{Failure, Fields};
use longshore_protocol::RawValue;

/// Names from the outside in. Empty: the whole text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Pointer(Vec<String>);

impl From<&str> for Pointer {
    /// `/data/items`; a missing slash at the beginning is forgiven.
    fn from(text: &str) -> Self {
        let unescaped = |part: &str| part.replace("~1", "/").replace("~0", "~");
        let text = text.strip_prefix('/').unwrap_or(text);
        Self(if text.is_empty() { Vec::new() } else { text.split('/').map(unescaped).collect() })
    }
}

impl Pointer {
    /// The text it leads to; `None` when there is nothing.
    pub(crate) fn find<'a>(&self, json: &'a str) -> Result<Option<&'a str>, Failure> {
        follow(&self.0, json)
    }

    /// The parts up to a `*`, and those behind it.
    pub(crate) fn at_star(&self) -> (Self, Option<Self>) {
        match self.0.iter().position(|part| part == "*") {
            Some(at) => (Self(self.0[..at].to_vec()), Some(Self(self.0[at + 1..].to_vec()))),
            None => (self.clone(), None),
        }
    }

    /// The parts, outermost first.
    pub(crate) fn parts(&self) -> &[String] {
        &self.0
    }
}

/// What several pointers lead to. The outermost object, which is the long one, is read once for all of them.
pub(crate) fn find_all<'a>(pointers: &[&Pointer], json: &'a str) -> Result<Vec<Option<&'a str>>, Failure> {
    if !json.trim_start().starts_with('{') {
        return pointers.iter().map(|pointer| pointer.find(json)).collect();
    }
    let heads = pointers.iter().filter_map(|pointer| pointer.0.first());
    let mut names: Vec<&String> = Vec::new();
    heads.for_each(|head| {
        if !names.contains(&head) {
            names.push(head);
        }
    });
    let mut values = Vec::new();
    if !names.is_empty() {
        Fields::new(names.iter().copied()).split(json, &mut values).map_err(|failure| broken(&failure.message))?;
    }
    let found = |pointer: &&Pointer| match pointer.0.split_first() {
        None => Ok(Some(json)),
        Some((head, rest)) => match names.iter().position(|name| *name == head).and_then(|at| values[at]) {
            Some(value) => follow(rest, value),
            None => Ok(None),
        },
    };
    pointers.iter().map(found).collect()
}

fn follow<'a>(parts: &[String], json: &'a str) -> Result<Option<&'a str>, Failure> {
    let Some((part, rest)) = parts.split_first() else { return Ok(Some(json)) };
    let inner = match json.trim_start().as_bytes().first() {
        Some(b'{') => {
            let mut value = Vec::new();
            Fields::new([part.as_str()]).split(json, &mut value).map_err(|failure| broken(&failure.message))?;
            value[0]
        }
        Some(b'[') => match part.parse::<usize>() {
            Ok(at) => elements(json)?.get(at).copied(),
            Err(_) => None,
        },
        _ => None,
    };
    inner.map_or(Ok(None), |inner| follow(rest, inner))
}

/// The texts of an array's elements.
pub(crate) fn elements(array: &str) -> Result<Vec<&str>, Failure> {
    let elements: Vec<&RawValue> = serde_json::from_str(array).map_err(|error| broken(&error.to_string()))?;
    Ok(elements.into_iter().map(RawValue::get).collect())
}

fn broken(reason: &str) -> Failure {
    Failure::system("the answer is not valid JSON; look at it with curl").with_internal(reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#" {"a": {"b/c": [1, {"x": "y"}]}, "n": null}"#;

    #[test]
    fn it_leads_through_objects_and_arrays() {
        for (pointer, found) in [
            ("", Some(TEXT)),
            ("/a/b~1c/1/x", Some(r#""y""#)),
            ("a/b~1c/0", Some("1")),
            ("/n", Some("null")),
            ("/n/x", None),
            ("/a/z", None),
            ("/a/b~1c/x", None),
        ] {
            assert_eq!(Pointer::from(pointer).find(TEXT).unwrap(), found, "{pointer}");
            let pointer = Pointer::from(pointer);
            assert_eq!(find_all(&[&pointer], TEXT).unwrap(), [found]);
        }
    }

    #[test]
    fn what_is_no_json_is_said() {
        assert!(Pointer::from("/a").find(r#"{"a": <html>}"#).is_err());
        assert!(elements("[1,").is_err());
    }
}
