//! The names of tables and columns.

use longshore_connector_kit::StreamDescriptor;

/// What the names of the tables that a user did not ask for begin with.
const OURS: &str = "_longshore_";
/// Names with this beginning are SQLite's own.
const SQLITES: &str = "sqlite_";

/// A name as it stands in SQL.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Whether SQLite takes the two for the same name: it ignores the case of ASCII letters.
pub(crate) fn same(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}

/// The table of a stream: `name`, or `namespace__name`. Names that cannot be used get a `_` in front.
pub(crate) fn table(stream: &StreamDescriptor) -> String {
    let name = match &stream.namespace {
        Some(namespace) => format!("{namespace}__{}", stream.name),
        None => stream.name.clone(),
    };
    let name = usable(&name);
    let begins_with = |start: &str| name.get(..start.len()).is_some_and(|head| same(head, start));
    if begins_with(OURS) || begins_with(SQLITES) { format!("_{name}") } else { name }
}

/// A name without the character that ends SQL, and never empty.
pub(crate) fn usable(name: &str) -> String {
    if name.is_empty() { "_".to_owned() } else { name.replace('\0', "_") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_named_after_its_stream() {
        for (namespace, name, expected) in [
            (None, "users", "users"),
            (Some("public"), "users", "public__users"),
            (Some(""), "users", "__users"),
            (None, "", "_"),
            (None, "SQLite_x", "_SQLite_x"),
            (None, "_longshore_streams", "__longshore_streams"),
            (None, "a\0b\"c é", "a_b\"c é"),
        ] {
            let stream = StreamDescriptor { namespace: namespace.map(str::to_owned), name: name.to_owned() };
            assert_eq!(table(&stream), expected);
        }
    }

    #[test]
    fn quotes_in_names_are_doubled() {
        assert_eq!(quoted("a\"; DROP TABLE x"), "\"a\"\"; DROP TABLE x\"");
    }
}
