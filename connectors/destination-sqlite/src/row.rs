//! One record on its way into a row.

use crate::column::{Column, DATA};
use crate::table::{Affinity, Table};
use crate::value::{Cell, Misfit, read};
use longshore_connector_kit::metadata::{Change, Clock, Meta, RawId};
use longshore_connector_kit::{Failure, Fields, Record};
use rusqlite::{Result, Statement};
use std::borrow::Cow;

/// Turns the records of one stream into rows.
#[derive(Debug)]
pub(crate) struct RowMaker {
    pub(crate) columns: Vec<Column>,
    fields: Fields,
    /// The schema names no property, so the record is kept whole.
    whole: bool,
    generation: Option<i64>,
    clock: Clock,
    meta: Meta,
}

/// The parts of one row, used again for the next.
#[derive(Debug, Default)]
pub(crate) struct Parts<'a> {
    values: Vec<Option<&'a str>>,
    pub(crate) cells: Vec<Cell<'a>>,
    /// Columns whose value became null, and why.
    misfits: Vec<(usize, Misfit)>,
}

impl RowMaker {
    pub(crate) fn new(columns: Vec<Column>, generation: Option<i64>, sync_id: Option<i64>) -> Self {
        let whole = matches!(columns.as_slice(), [only] if only.name == DATA);
        let names = if whole { &[] } else { columns.as_slice() };
        Self {
            fields: Fields::new(names.iter().map(|column| column.property.as_str())),
            columns,
            whole,
            generation,
            clock: Clock::default(),
            meta: Meta::new(sync_id),
        }
    }

    /// Takes a record apart. Properties without a column are left out.
    #[inline]
    pub(crate) fn take<'a>(&self, record: &Record<'a>, table: &Table, parts: &mut Parts<'a>) -> Result<(), Failure> {
        self.fields.split(record.data, &mut parts.values)?;
        if self.whole {
            parts.values.push(Some(record.data));
        }
        parts.cells.clear();
        parts.misfits.clear();
        for (place, value) in parts.values.iter().enumerate() {
            let cell = value.map_or(Ok(Cell::Null), |json| read(self.columns[place].kind, json));
            parts.cells.push(match (cell, table.affinity(place), value) {
                // SQLite would spell the number in its own way.
                (Ok(Cell::Integer(_) | Cell::Real(_)), Affinity::Text, Some(json)) => Cell::Text(Cow::Borrowed(json)),
                (Ok(cell), _, _) => cell,
                (Err(misfit), _, _) => {
                    parts.misfits.push((place, misfit));
                    Cell::Null
                }
            });
        }
        Ok(())
    }

    /// Runs the `INSERT` of a table for a record that was taken apart.
    #[inline]
    pub(crate) fn insert(
        &mut self,
        insert: &mut Statement<'_>,
        row: i64,
        record: &Record<'_>,
        parts: &Parts<'_>,
    ) -> Result<()> {
        insert.raw_bind_parameter(1, row)?;
        insert.raw_bind_parameter(2, RawId::new().as_str())?;
        insert.raw_bind_parameter(3, self.clock.iso(record.emitted_at))?;
        if parts.misfits.is_empty() {
            insert.raw_bind_parameter(4, self.meta.text(record.meta, &[]))?;
        } else {
            let changes: Vec<Change<'_>> = parts.misfits.iter().map(|misfit| change(&self.columns, *misfit)).collect();
            insert.raw_bind_parameter(4, self.meta.text(record.meta, &changes))?;
        }
        insert.raw_bind_parameter(5, self.generation)?;
        for (place, cell) in parts.cells.iter().enumerate() {
            insert.raw_bind_parameter(6 + place, cell)?;
        }
        insert.raw_execute().map(drop)
    }
}

fn change(columns: &[Column], (place, misfit): (usize, Misfit)) -> Change<'_> {
    let field = &columns[place].property;
    match misfit {
        Misfit::Type => Change::not_of_type(field),
        Misfit::Text => Change::not_storable(field),
    }
}
