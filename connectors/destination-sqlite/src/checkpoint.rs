//! How far a source was when the table had how many rows, and how to get back there.
//!
//! A state is echoed after its rows are durable, but the platform may die before it has stored the echo, and this
//! process may die before it echoes. Then the source goes on from an earlier state and sends rows again that are in
//! the table already. So each state's [`Position`] is noted with the number of the last row that it covers, in the
//! transaction of the rows. A run that begins at a noted position removes the rows behind it: they come again.
//!
//! What can go wrong errs on the side of rows that are there twice, never of rows that are lost:
//! * The platform does not say where the source begins: nothing is removed, for rows that are covered by a state that
//!   only the platform knows do not come again.
//! * The position is not among the notes, because it was noted by nobody, or more than [`KEPT`] states ago: nothing is
//!   removed, and the run's beginning is noted, to which its own repetition can return.
//! * Two notes have the same position: the later one counts, for its state covered all rows up to there.
//!
//! A position without state (the stream is read from its beginning) means something only if the run repeats the sync
//! that began there: because that one is unfinished, or because the generation is the same.

use longshore_connector_kit::Position;
use rusqlite::{Connection, OptionalExtension, Result, params};

/// The notes kept of each stream, besides those of the last commit. Echoes are stored within a fraction of a second,
/// so a run begins among the last few.
const KEPT: i64 = 10_000;

/// A state's position in one stream, and the last row that it covers.
#[derive(Debug, Clone)]
pub(crate) struct Checkpoint {
    pub(crate) stream: i64,
    pub(crate) position: Position,
    pub(crate) last_row: i64,
}

/// Whether `position` was noted for the stream.
pub(crate) fn is_known(db: &Connection, stream: i64, position: &Position) -> Result<bool> {
    Ok(find(db, stream, position)?.is_some())
}

/// Begins a run at `start`. Answers with the last row to keep when the rows behind it come again.
pub(crate) fn begin(
    db: &Connection,
    stream: i64,
    start: Option<&Position>,
    repeats: bool,
    last_row: i64,
) -> Result<Option<i64>> {
    let Some(start) = start else {
        forget(db, stream)?;
        return Ok(None);
    };
    let found = find(db, stream, start)?.filter(|_| repeats || !start.is_start());
    if let Some((id, kept)) = found {
        db.execute("DELETE FROM _longshore_checkpoints WHERE stream = ?1 AND id > ?2", [stream, id])?;
        return Ok(Some(kept));
    }
    forget(db, stream)?;
    insert(db, &Checkpoint { stream, position: start.clone(), last_row })?;
    Ok(None)
}

/// Notes the checkpoints of a commit.
pub(crate) fn note(db: &Connection, checkpoints: &[Checkpoint]) -> Result<()> {
    let mut streams: Vec<i64> = checkpoints.iter().map(|checkpoint| checkpoint.stream).collect();
    streams.sort_unstable();
    streams.dedup();
    for stream in streams {
        let mut prune = db.prepare_cached(
            "DELETE FROM _longshore_checkpoints WHERE stream = ?1 AND id <= (
                 SELECT id FROM _longshore_checkpoints WHERE stream = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
        )?;
        prune.execute([stream, KEPT])?;
    }
    checkpoints.iter().try_for_each(|checkpoint| insert(db, checkpoint))
}

/// Forgets the notes of a stream, because its rows are gone or numbered anew.
pub(crate) fn forget(db: &Connection, stream: i64) -> Result<()> {
    db.execute("DELETE FROM _longshore_checkpoints WHERE stream = ?1", [stream]).map(drop)
}

/// Moves the notes of a stream along with rows whose numbers grew by `offset`.
pub(crate) fn shift(db: &Connection, stream: i64, offset: i64) -> Result<()> {
    db.execute("UPDATE _longshore_checkpoints SET last_row = last_row + ?2 WHERE stream = ?1", [stream, offset])
        .map(drop)
}

/// The highest row number that the notes of a stream speak of. New rows are numbered from there on, even if a user has
/// deleted the rows up to it.
pub(crate) fn highest_row(db: &Connection, stream: i64) -> Result<i64> {
    const HIGHEST: &str = "SELECT coalesce(max(last_row), 0) FROM _longshore_checkpoints WHERE stream = ?1";
    db.query_row(HIGHEST, [stream], |row| row.get(0))
}

/// The latest note of a position: its id and last row.
fn find(db: &Connection, stream: i64, position: &Position) -> Result<Option<(i64, i64)>> {
    const FIND: &str = "SELECT id, last_row FROM _longshore_checkpoints WHERE stream = ?1 AND position = ?2
                        ORDER BY id DESC LIMIT 1";
    db.query_row(FIND, params![stream, position.as_str()], |row| Ok((row.get(0)?, row.get(1)?))).optional()
}

fn insert(db: &Connection, checkpoint: &Checkpoint) -> Result<()> {
    let mut insert =
        db.prepare_cached("INSERT INTO _longshore_checkpoints (stream, position, last_row) VALUES (?1, ?2, ?3)")?;
    insert.execute(params![checkpoint.stream, checkpoint.position.as_str(), checkpoint.last_row]).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use longshore_connector_kit::{InputState, StreamDescriptor, WritePlan};

    fn at(number: i64) -> Position {
        let text = format!(
            r#"[{{"type":"STREAM","stream":{{"stream_descriptor":{{"name":"s"}},"stream_state":{{"at":{number}}}}}}}]"#
        );
        position(&text)
    }

    fn position(text: &str) -> Position {
        let input_state = Some(InputState::parse(text).unwrap());
        let plan = WritePlan { streams: Vec::new(), input_state, connection: String::new() };
        plan.positions(&StreamDescriptor::named("s")).start().unwrap().clone()
    }

    /// A table of notes: the start at row 0, then position n at row 10 n.
    fn books(noted: &[i64]) -> Connection {
        let db = Connection::open_in_memory().unwrap();
        crate::bookkeeping::prepare(&db).unwrap();
        begin(&db, 1, Some(&position("[]")), true, 0).unwrap();
        for number in noted {
            note(&db, &[Checkpoint { stream: 1, position: at(*number), last_row: number * 10 }]).unwrap();
        }
        db
    }

    #[test]
    fn a_run_returns_to_the_position_where_it_begins() {
        let db = books(&[1, 2, 3]);
        assert_eq!(begin(&db, 1, Some(&at(2)), true, 35).unwrap(), Some(20));
        assert!(!is_known(&db, 1, &at(3)).unwrap());
        assert_eq!(begin(&db, 1, Some(&position("[]")), true, 20).unwrap(), Some(0));
    }

    #[test]
    fn the_later_of_two_equal_positions_counts() {
        let db = books(&[1]);
        note(&db, &[Checkpoint { stream: 1, position: at(1), last_row: 70 }]).unwrap();
        assert_eq!(begin(&db, 1, Some(&at(1)), false, 90).unwrap(), Some(70));
    }

    #[test]
    fn without_knowledge_nothing_is_removed() {
        assert_eq!(begin(&books(&[1]), 1, None, true, 10).unwrap(), None);
        assert_eq!(begin(&books(&[1]), 1, Some(&at(7)), true, 10).unwrap(), None);
        assert_eq!(begin(&books(&[1]), 1, Some(&position("[]")), false, 10).unwrap(), None);
        assert_eq!(begin(&books(&[1]), 2, Some(&at(1)), true, 10).unwrap(), None);
    }

    #[test]
    fn a_run_can_be_repeated_from_a_beginning_that_was_unknown() {
        let db = books(&[1]);
        assert_eq!(begin(&db, 1, Some(&at(7)), true, 10).unwrap(), None);
        assert_eq!(begin(&db, 1, Some(&at(7)), true, 99).unwrap(), Some(10));
    }

    #[test]
    fn old_notes_go_and_those_of_the_last_commit_stay() {
        let db = books(&[]);
        let many = |from: i64| -> Vec<Checkpoint> {
            (from..from + 2 * KEPT).map(|n| Checkpoint { stream: 1, position: at(n), last_row: n }).collect()
        };
        note(&db, &many(0)).unwrap();
        assert!(is_known(&db, 1, &at(0)).unwrap());
        note(&db, &many(2 * KEPT)).unwrap();
        assert!(!is_known(&db, 1, &at(KEPT - 1)).unwrap());
        assert!(is_known(&db, 1, &at(KEPT)).unwrap());
    }
}
