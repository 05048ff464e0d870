//! Copies rows from file to file: when columns are added, when staged rows join older ones, when older rows go.

use crate::books::Content;
use crate::config::FileFormat;
use crate::{csv, format};
use longshore_connector_kit::metadata;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read, Result, Write};
use std::path::Path;

/// Writes a file, durably, with the given columns and the rows of the `sources`; of these only rows of at least the
/// `minimum` generation, if there is one. Answers with its length.
pub(crate) fn copy(
    format: FileFormat,
    sources: &[(&Path, &Content)],
    columns: &[String],
    minimum: Option<i64>,
    target: &Path,
) -> Result<u64> {
    let mut out = BufWriter::new(File::create(target)?);
    if format == FileFormat::Csv {
        out.write_all(&csv::header(columns))?;
    }
    for (path, content) in sources {
        if content.length > 0 {
            let rows = BufReader::new(File::open(path)?.take(content.length));
            copy_rows(format, rows, &content.columns, columns, minimum, &mut out)?;
        }
    }
    let file = out.into_inner().map_err(std::io::IntoInnerError::into_error)?;
    file.sync_all()?;
    Ok(file.metadata()?.len())
}

fn copy_rows(
    format: FileFormat,
    mut rows: impl BufRead,
    from: &[String],
    to: &[String],
    minimum: Option<i64>,
    out: &mut impl Write,
) -> Result<()> {
    let places = places(from, to);
    let mut row = Vec::new();
    if format == FileFormat::Csv {
        read_row(format, &mut rows, &mut row)?;
    }
    while read_row(format, &mut rows, &mut row)? {
        if minimum.is_some_and(|minimum| format::generation(format, &row).is_none_or(|own| own < minimum)) {
            continue;
        }
        match format {
            FileFormat::Jsonl => out.write_all(&row)?,
            FileFormat::Csv => out.write_all(&rearranged(&row, &places))?,
        }
    }
    Ok(())
}

/// Reads one row with its line break; `false` at the end.
fn read_row(format: FileFormat, rows: &mut impl BufRead, row: &mut Vec<u8>) -> Result<bool> {
    row.clear();
    while rows.read_until(b'\n', row)? > 0 {
        if format == FileFormat::Jsonl || csv::is_whole(row) {
            break;
        }
    }
    Ok(!row.is_empty())
}

/// For each column of the new file, its place in a row of the old one.
fn places(from: &[String], to: &[String]) -> Vec<Option<usize>> {
    let ours = metadata::COLUMNS.len();
    let place = |name: &String| from.iter().position(|other| other == name).map(|at| at + ours);
    (0..ours).map(Some).chain(to.iter().map(place)).collect()
}

fn rearranged(row: &[u8], places: &[Option<usize>]) -> Vec<u8> {
    let fields: Vec<&[u8]> = csv::fields(row).collect();
    let field = |place: &Option<usize>| place.and_then(|at| fields.get(at).copied()).unwrap_or_default();
    let mut line = places.iter().map(field).collect::<Vec<_>>().join(&b',');
    line.push(b'\n');
    line
}
