//! The columns of a table, and which property of a record goes into which.

use crate::kind::Kind;
use crate::name::{same, usable};
use longshore_connector_kit::metadata;

/// The order in which rows arrived; a row keeps its number for as long as it exists.
pub(crate) const ROW: &str = "_longshore_row";

/// The column of records whose schema names no property: the whole record.
pub(crate) const DATA: &str = "_airbyte_data";

/// One property's column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    /// The property's name in records.
    pub(crate) property: String,
    /// The column's name in the table.
    pub(crate) name: String,
    /// The kind of its values.
    pub(crate) kind: Kind,
}

/// Gives each property a column.
///
/// A property has its own name there, unless SQLite would take that for the name of another column (`Id` and `id`) or
/// it is one of the columns that every table has: then `_2`, `_3` … is appended. `known` are the pairs (property,
/// column) of earlier runs, which stay as they are whatever the order of the properties is today.
pub(crate) fn assign(known: &[(String, String)], properties: Vec<(String, Kind)>) -> Vec<Column> {
    if properties.is_empty() {
        return vec![Column { property: String::new(), name: DATA.to_owned(), kind: Kind::Object }];
    }
    let mut taken: Vec<String> = metadata::COLUMNS.iter().map(|name| (*name).to_owned()).collect();
    taken.extend([ROW.to_owned(), DATA.to_owned()]);
    taken.extend(known.iter().map(|(_, column)| column.clone()));
    let mut columns = Vec::with_capacity(properties.len());
    for (property, kind) in properties {
        let name = match known.iter().find(|(name, _)| *name == property) {
            Some((_, column)) => column.clone(),
            None => free_name(&usable(&property), &taken),
        };
        taken.push(name.clone());
        columns.push(Column { property, name, kind });
    }
    columns
}

fn free_name(wish: &str, taken: &[String]) -> String {
    let is_free = |name: &String| !taken.iter().any(|other| same(other, name));
    let numbered = (2..).map(|number| format!("{wish}_{number}"));
    std::iter::once(wish.to_owned()).chain(numbered).find(is_free).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(known: &[(&str, &str)], properties: &[&str]) -> Vec<String> {
        let known: Vec<_> = known.iter().map(|(p, c)| ((*p).to_owned(), (*c).to_owned())).collect();
        let properties = properties.iter().map(|name| ((*name).to_owned(), Kind::Any)).collect();
        assign(&known, properties).into_iter().map(|column| column.name).collect()
    }

    #[test]
    fn names_that_sqlite_takes_for_equal_are_numbered() {
        assert_eq!(names(&[], &["Id", "id", "ID", "id_2", ""]), ["Id", "id_2", "ID_3", "id_2_2", "_"]);
        assert_eq!(names(&[], &["_AIRBYTE_META", "_longshore_row"]), ["_AIRBYTE_META_2", "_longshore_row_2"]);
        assert_eq!(names(&[], &["É", "é"]), ["É", "é"]);
    }

    #[test]
    fn a_property_keeps_the_column_that_it_once_got() {
        assert_eq!(names(&[("Id", "Id"), ("id", "id_2")], &["id", "Id", "iD"]), ["id_2", "Id", "iD_3"]);
    }

    #[test]
    fn a_record_without_declared_properties_is_kept_whole() {
        assert_eq!(names(&[], &[]), ["_airbyte_data"]);
    }
}
