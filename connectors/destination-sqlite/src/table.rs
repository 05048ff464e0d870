//! One table of rows: the stream's own, or the staged one.

use crate::bookkeeping::table_exists;
use crate::column::{Column, ROW};
use crate::name::{quoted, same};
use crate::value::Cell;
use longshore_connector_kit::metadata;
use longshore_connector_kit::{LogLevel, log};
use rusqlite::{Connection, Result};

/// How SQLite treats what is put into a column, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Affinity {
    /// Turns text that looks like a number into one, even if digits are lost.
    Numeric,
    /// Turns numbers into text.
    Text,
    /// Keeps everything as it is.
    None,
}

impl Affinity {
    fn of_declared(declared: &str) -> Self {
        match declared {
            "TEXT" => Self::Text,
            "" => Self::None,
            _ => Self::Numeric,
        }
    }
}

/// A table, with the columns that records fill.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: String,
    /// What SQLite does with the values of each column of the stream.
    affinities: Vec<Affinity>,
    /// `INSERT` of a row: its number, the metadata, and the columns of the stream.
    pub(crate) insert: String,
}

impl Table {
    /// Makes the table, or adds the columns that it lacks. Columns that the stream no longer has stay.
    pub(crate) fn create_or_extend(db: &Connection, name: &str, columns: &[Column]) -> Result<Self> {
        if table_exists(db, name)? {
            let existing = declared_columns(db, name)?;
            for column in columns.iter().filter(|c| !existing.iter().any(|(name, _)| same(name, &c.name))) {
                db.execute_batch(&format!("ALTER TABLE {} ADD COLUMN {}", quoted(name), declaration(column)))?;
            }
        } else {
            let columns: String = columns.iter().map(|column| format!(", {}", declaration(column))).collect();
            db.execute_batch(&format!("CREATE TABLE {} ({}{columns})", quoted(name), leading_columns()))?;
        }
        Self::read(db, name, columns)
    }

    /// Reads what a table is like that is there.
    pub(crate) fn read(db: &Connection, name: &str, columns: &[Column]) -> Result<Self> {
        let existing = declared_columns(db, name)?;
        let affinity = |column: &Column| {
            let declared = existing.iter().find(|(name, _)| same(name, &column.name));
            declared.map_or(Affinity::None, |(_, declared)| Affinity::of_declared(declared))
        };
        Ok(Self {
            name: name.to_owned(),
            affinities: columns.iter().map(affinity).collect(),
            insert: insert(name, columns),
        })
    }

    /// What SQLite does with the values of a column.
    #[inline]
    pub(crate) fn affinity(&self, place: usize) -> Affinity {
        self.affinities[place]
    }

    /// Makes sure that the cells are stored as they are: a number column in which a text has to be kept (a number of
    /// 38 digits, or a string since the schema changed) becomes a column without type.
    #[inline]
    pub(crate) fn make_room(&mut self, db: &Connection, columns: &[Column], cells: &[Cell<'_>]) -> Result<()> {
        let too_narrow =
            |(cell, affinity): (&Cell<'_>, &Affinity)| *affinity == Affinity::Numeric && matches!(cell, Cell::Text(_));
        while let Some(place) = cells.iter().zip(&self.affinities).position(too_narrow) {
            widen(db, &self.name, &columns[place].name)?;
            self.affinities[place] = Affinity::None;
        }
        Ok(())
    }

    /// The number of the last row.
    pub(crate) fn last_row(&self, db: &Connection) -> Result<i64> {
        let last = format!("SELECT coalesce(max({ROW}), 0) FROM {}", quoted(&self.name));
        db.query_row(&last, [], |row| row.get(0))
    }

    /// Removes the rows behind the given one.
    pub(crate) fn truncate_after(&self, db: &Connection, row: i64) -> Result<()> {
        db.execute(&format!("DELETE FROM {} WHERE {ROW} > ?1", quoted(&self.name)), [row]).map(drop)
    }

    /// Removes the rows of older generations, and those from before there were generations.
    pub(crate) fn remove_older_generations(&self, db: &Connection, generation: i64) -> Result<()> {
        let column = metadata::GENERATION_ID;
        let table = quoted(&self.name);
        db.execute(&format!("DELETE FROM {table} WHERE {column} IS NULL OR {column} < ?1"), [generation]).map(drop)
    }

    /// Adds the rows of `staged` behind those that are here. Answers by how much their numbers grew.
    pub(crate) fn append_rows_of(&mut self, db: &Connection, staged: &str, columns: &[Column]) -> Result<i64> {
        self.take_columns_of(db, staged, columns)?;
        let offset = self.last_row(db)?;
        let names: Vec<String> = declared_columns(db, staged)?.iter().skip(1).map(|(name, _)| quoted(name)).collect();
        let (table, names) = (quoted(&self.name), names.join(", "));
        db.execute(
            &format!("INSERT INTO {table} ({ROW}, {names}) SELECT {ROW} + ?1, {names} FROM {}", quoted(staged)),
            [offset],
        )?;
        Ok(offset)
    }

    /// Makes sure that every column of `other` is here, and changes no value on its way.
    fn take_columns_of(&mut self, db: &Connection, other: &str, columns: &[Column]) -> Result<()> {
        let existing = declared_columns(db, &self.name)?;
        for (name, declared) in declared_columns(db, other)? {
            match existing.iter().find(|(known, _)| same(known, &name)) {
                None => {
                    let (table, column) = (quoted(&self.name), quoted(&name));
                    db.execute_batch(&format!("ALTER TABLE {table} ADD COLUMN {column} {declared}"))?;
                }
                Some((_, known)) if declared.is_empty() && !known.is_empty() => widen(db, &self.name, &name)?,
                Some(_) => {}
            }
        }
        *self = Self::read(db, &self.name, columns)?;
        Ok(())
    }
}

/// Puts `new` in the place of `old`, if there is one. Indexes and triggers that a user made on the old table are made
/// again on the new one; one that no longer fits it is left out, with a warning.
pub(crate) fn replace(db: &Connection, old: &str, new: &str) -> Result<()> {
    let mut find = db.prepare(
        "SELECT sql FROM sqlite_schema WHERE tbl_name = ?1 COLLATE NOCASE AND type IN ('index', 'trigger') AND sql IS NOT NULL",
    )?;
    let additions: Vec<String> = find.query_map([old], |row| row.get(0))?.collect::<Result<_>>()?;
    drop_table(db, old)?;
    db.execute_batch(&format!("ALTER TABLE {} RENAME TO {}", quoted(new), quoted(old)))?;
    for sql in additions {
        if let Err(error) = db.execute_batch(&sql) {
            log(LogLevel::Warn, &format!("table {old} was replaced, and this no longer fits it: {sql}: {error}"));
        }
    }
    Ok(())
}

/// Removes a table, if there is one.
pub(crate) fn drop_table(db: &Connection, name: &str) -> Result<()> {
    db.execute_batch(&format!("DROP TABLE IF EXISTS {}", quoted(name)))
}

/// Takes away a column's type. SQLite cannot change a column, so the table is copied: once in a column's life.
fn widen(db: &Connection, table: &str, column: &str) -> Result<()> {
    const COPY: &str = "_longshore_copy";
    let declarations = declared_columns(db, table)?
        .into_iter()
        .skip(1 + metadata::COLUMNS.len())
        .map(|(name, kind)| format!(", {} {}", quoted(&name), if same(&name, column) { "" } else { &kind }));
    let columns: String = declarations.collect();
    db.execute_batch(&format!(
        "CREATE TABLE {COPY} ({}{columns}); INSERT INTO {COPY} SELECT * FROM {}",
        leading_columns(),
        quoted(table)
    ))?;
    replace(db, table, COPY)
}

/// The names and declared types of a table's columns, in its order.
fn declared_columns(db: &Connection, table: &str) -> Result<Vec<(String, String)>> {
    let mut find = db.prepare("SELECT name, type FROM pragma_table_info(?1)")?;
    let columns = find.query_map([table], |row| Ok((row.get(0)?, row.get(1)?)))?;
    columns.collect()
}

fn declaration(column: &Column) -> String {
    format!("{} {}", quoted(&column.name), column.kind.declared())
}

/// What every table begins with.
fn leading_columns() -> String {
    let [raw_id, extracted_at, meta, generation_id] = metadata::COLUMNS;
    format!(
        "{ROW} INTEGER PRIMARY KEY, {raw_id} TEXT NOT NULL, {extracted_at} TEXT NOT NULL, {meta} TEXT NOT NULL, \
         {generation_id} INTEGER"
    )
}

fn insert(table: &str, columns: &[Column]) -> String {
    let leading = std::iter::once(ROW).chain(metadata::COLUMNS).map(str::to_owned);
    let names: Vec<String> = leading.chain(columns.iter().map(|column| quoted(&column.name))).collect();
    let places = vec!["?"; names.len()].join(", ");
    format!("INSERT INTO {} ({}) VALUES ({places})", quoted(table), names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::Kind;

    fn column(name: &str, kind: Kind) -> Column {
        Column { property: name.to_owned(), name: name.to_owned(), kind }
    }

    fn put(db: &Connection, table: &Table, row: i64, cells: &[Cell<'_>]) {
        let mut insert = db.prepare(&table.insert).unwrap();
        let leading: [&dyn rusqlite::ToSql; 5] = [&row, &"id", &"at", &"{}", &1];
        let values = leading.into_iter().chain(cells.iter().map(|cell| cell as &dyn rusqlite::ToSql));
        insert.execute(rusqlite::params_from_iter(values)).unwrap();
    }

    #[test]
    fn a_number_column_makes_room_for_what_is_longer() {
        let db = Connection::open_in_memory().unwrap();
        db.execute_batch("PRAGMA legacy_alter_table = ON").unwrap();
        let columns = [column("n", Kind::Number), column("s", Kind::String)];
        let mut table = Table::create_or_extend(&db, "t", &columns).unwrap();
        db.execute_batch("CREATE INDEX mine ON t (n); CREATE VIEW v AS SELECT n FROM t").unwrap();
        put(&db, &table, 1, &[Cell::Integer(1), Cell::Null]);
        let long = "1234567890123456789012";
        let cells = [Cell::Text(long.into()), Cell::Text("x".into())];
        table.make_room(&db, &columns, &cells).unwrap();
        put(&db, &table, 2, &cells);
        let mut read = db.prepare("SELECT typeof(n), n || '' FROM v").unwrap();
        let rows: Result<Vec<(String, String)>> =
            read.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().collect();
        assert_eq!(rows.unwrap(), [("integer".into(), "1".into()), ("text".into(), long.into())]);
        assert!(db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'mine'").unwrap().exists([]).unwrap());
        assert_eq!(table.affinity(1), Affinity::Text);
    }

    #[test]
    fn new_columns_are_added_and_old_ones_stay() {
        let db = Connection::open_in_memory().unwrap();
        Table::create_or_extend(&db, "t", &[column("a", Kind::Integer)]).unwrap();
        Table::create_or_extend(&db, "t", &[column("b", Kind::Any)]).unwrap();
        let columns = declared_columns(&db, "t").unwrap();
        assert_eq!(columns[5..], [("a".into(), "INTEGER".into()), ("b".into(), String::new())]);
    }
}
