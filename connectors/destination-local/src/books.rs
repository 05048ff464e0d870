//! What is known of a stream's files: how much of them is durable, and which states cover it.
//!
//! The books are one small JSON file for each stream, replaced as a whole. They are written after the rows that they
//! speak of are on the disk; what stands behind the length they name was never acknowledged and is cut off.
//!
//! Every file of rows is put in its place by a rename, and the books are written before it: they say what is true after
//! it, and which rename is still to be done. So the books and the files agree again as soon as a run begins.

use crate::place::{Place, Slot};
use longshore_connector_kit::Position;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{Result, Write};
use std::path::Path;

/// How many states are kept, besides those of the last commit; see [`Books::begin`].
const KEPT: usize = 1_000;

/// A file of rows, as far as it is durable.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Content {
    /// In bytes.
    pub(crate) length: u64,
    /// The properties of a CSV file, in the order of its columns.
    pub(crate) columns: Vec<String>,
}

/// The books of one stream.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Books {
    /// The generation of the rows written last, staged or not.
    pub(crate) generation: Option<i64>,
    /// The file that a user looks at.
    pub(crate) visible: Content,
    /// The staged file, if there is one.
    pub(crate) staged: Option<Content>,
    /// States, and how long the file written last was when they came.
    checkpoints: Vec<(Position, u64)>,
    /// The sync that wrote last has not said yet that the stream is complete.
    pub(crate) unfinished: bool,
    /// A rename that is announced and perhaps not done.
    rename: Option<(Slot, Slot)>,
}

impl Books {
    /// Reads the books and does what they announce. `None` when the stream was never written.
    pub(crate) fn open(place: &Place) -> Result<Option<Self>> {
        let text = match fs::read_to_string(place.hidden("json")) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut books: Self = serde_json::from_str(&text)?;
        books.rename_announced(place)?;
        Ok(Some(books))
    }

    /// Writes the books, durably and as a whole.
    pub(crate) fn save(&self, place: &Place) -> Result<()> {
        let path = place.hidden("json");
        let new = place.hidden("json.new");
        let mut file = File::create(&new)?;
        file.write_all(&serde_json::to_vec(self)?)?;
        file.sync_all()?;
        rename(&new, &path)
    }

    /// Puts the file in `from` in the place of the one in `to`. The books must already say what is true then.
    pub(crate) fn rename(&mut self, place: &Place, from: Slot, to: Slot) -> Result<()> {
        self.rename = Some((from, to));
        self.save(place)?;
        self.rename_announced(place)
    }

    fn rename_announced(&mut self, place: &Place) -> Result<()> {
        let Some((from, to)) = self.rename.take() else { return Ok(()) };
        let from = place.slot(from);
        if from.exists() {
            rename(&from, &place.slot(to))?;
        }
        self.save(place)
    }

    /// What is known of the file that rows go to.
    pub(crate) fn target(&mut self) -> &mut Content {
        self.staged.as_mut().unwrap_or(&mut self.visible)
    }

    /// Whether the source was at `start` when rows were written here.
    pub(crate) fn knows(&self, start: &Position) -> bool {
        self.checkpoints.iter().any(|(position, _)| position == start)
    }

    /// Begins a run at `start`: what was written after that state comes again, so the length goes back to it.
    ///
    /// Nothing goes back when the platform does not say where the source begins, or when that state was never seen: a
    /// row may be there twice then, but none is lost. A start without state says something only if the run repeats the sync
    /// that began there: because that one is unfinished, or because it is the `same_refresh`.
    pub(crate) fn begin(&mut self, start: Option<&Position>, same_refresh: bool) {
        let repeats = std::mem::replace(&mut self.unfinished, true) || same_refresh;
        let known = start.filter(|start| repeats || !start.is_start());
        let found = known.and_then(|start| self.checkpoints.iter().rposition(|(position, _)| position == start));
        match found {
            Some(at) => {
                self.checkpoints.truncate(at + 1);
                let length = self.checkpoints[at].1;
                self.target().length = length;
            }
            None => self.restart(start),
        }
    }

    /// Forgets the states, but for the one at which the run begins.
    pub(crate) fn restart(&mut self, start: Option<&Position>) {
        let length = self.target().length;
        self.checkpoints = start.map(|start| (start.clone(), length)).into_iter().collect();
    }

    /// The file that rows go to was written anew. Of the states, those at its end are still of use.
    pub(crate) fn rewritten(&mut self, content: Content) {
        let before = self.target().length;
        self.checkpoints.retain(|(_, length)| *length == before);
        self.checkpoints.iter_mut().for_each(|(_, length)| *length = content.length);
        *self.target() = content;
    }

    /// What is staged is what a user looks at from now on.
    pub(crate) fn unstage(&mut self) {
        if let Some(staged) = self.staged.take() {
            self.visible = staged;
        }
    }

    /// Notes the states of a commit.
    pub(crate) fn note(&mut self, checkpoints: &mut Vec<(Position, u64)>) {
        let surplus = self.checkpoints.len().saturating_sub(KEPT);
        self.checkpoints.drain(..surplus);
        self.checkpoints.append(checkpoints);
    }
}

/// Renames durably.
fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to)?;
    [from, to].into_iter().filter_map(Path::parent).try_for_each(|folder| File::open(folder)?.sync_all())
}
