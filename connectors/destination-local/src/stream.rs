//! One stream's file during a run.

use crate::books::{Books, Content};
use crate::config::FileFormat;
use crate::csv;
use crate::failure::of_io;
use crate::format::RowWriter;
use crate::place::{Place, Slot};
use crate::rewrite;
use longshore_connector_kit::generation::{Before, Target};
use longshore_connector_kit::{
    ConfiguredStream, Failure, PlannedStream, Position, Positions, Record, State, StreamDescriptor,
};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};

/// Rows are collected up to this size before they are written.
const BUFFER_BYTES: usize = 256 * 1024;

/// A stream that is being written.
#[derive(Debug)]
pub(crate) struct StreamFile {
    descriptor: StreamDescriptor,
    positions: Positions,
    place: Place,
    format: FileFormat,
    books: Books,
    rows: RowWriter,
    file: File,
    buffer: Vec<u8>,
    /// Of the file, with what is in the buffer.
    length: u64,
    /// States since the last commit.
    checkpoints: Vec<(Position, u64)>,
    /// Rows of generations before this one go when the stream is complete.
    minimum_generation: Option<i64>,
    /// Held for as long as the run lasts.
    _lock: File,
}

impl StreamFile {
    /// Prepares the file for a run that begins at `start`.
    pub(crate) fn open(
        place: Place,
        format: FileFormat,
        planned: &PlannedStream,
        positions: Positions,
    ) -> Result<Self, Failure> {
        let path = place.slot(Slot::Final);
        Self::prepare(place, format, planned, positions).map_err(|error| of_io(&path, &error))
    }

    fn prepare(place: Place, format: FileFormat, planned: &PlannedStream, positions: Positions) -> io::Result<Self> {
        let start = positions.start();
        let PlannedStream { descriptor, configured } = planned;
        place.folders().try_for_each(fs::create_dir_all)?;
        let lock = File::create(place.hidden("lock"))?;
        lock.try_lock()?;
        let found = Books::open(&place)?;
        let before = before(found.as_ref(), configured, start);
        let mut books = found.unwrap_or_default();
        forget_what_is_gone(&place, &mut books)?;
        let target = Target::choose(configured.truncates(), before);
        choose_target(&place, &mut books, target)?;
        books.begin(start, before.same_generation && configured.truncates());
        books.generation = configured.generation_id;
        let columns = merged_columns(&books, format, configured, target);
        let headless = format == FileFormat::Csv && books.target().length == 0;
        if target == Target::FinalWithStaged || columns != books.target().columns || headless {
            take_new_shape(&place, &mut books, format, columns, target)?;
        }
        books.save(&place)?;
        let slot = if target.is_staged() { Slot::Staged } else { Slot::Final };
        let length = books.target().length;
        Ok(Self {
            descriptor: descriptor.clone(),
            positions,
            file: open_at(&place, slot, length)?,
            rows: RowWriter::new(format, &books.target().columns, configured.generation_id, configured.sync_id),
            place,
            format,
            books,
            buffer: Vec::new(),
            length,
            checkpoints: Vec::new(),
            minimum_generation: configured.generation_id.filter(|_| configured.truncates()),
            _lock: lock,
        })
    }

    /// Takes records; they are durable after the next commit.
    pub(crate) fn write(&mut self, records: &[Record<'_>]) -> Result<(), Failure> {
        let before = self.buffer.len();
        self.rows.write(records, &mut self.buffer).map_err(|mut failure| {
            failure.message = format!("stream {}: {}", self.descriptor, failure.message);
            failure
        })?;
        self.length += (self.buffer.len() - before) as u64;
        if self.buffer.len() >= BUFFER_BYTES { self.guarded(Self::flush) } else { Ok(()) }
    }

    /// Remembers a state, if it is about this stream.
    pub(crate) fn note(&mut self, state: &State) {
        self.checkpoints.extend(self.positions.of(state).map(|position| (position, self.length)));
    }

    /// Makes the rows durable, then the states.
    pub(crate) fn commit(&mut self) -> Result<(), Failure> {
        self.guarded(|this| {
            if this.length == this.books.target().length && this.checkpoints.is_empty() {
                return Ok(());
            }
            this.flush()?;
            this.file.sync_data()?;
            this.books.target().length = this.length;
            this.books.note(&mut this.checkpoints);
            this.books.save(&this.place)
        })
    }

    /// Ends the stream: a staged file takes the place of the older one.
    pub(crate) fn complete(&mut self) -> Result<(), Failure> {
        self.commit()?;
        self.guarded(|this| {
            this.books.unfinished = false;
            if this.books.staged.is_none() {
                this.remove_older_generations()?;
                return this.books.save(&this.place);
            }
            this.books.unstage();
            this.books.rename(&this.place, Slot::Staged, Slot::Final)
        })
    }

    /// A generation that was not staged from its beginning may stand behind rows of older ones.
    fn remove_older_generations(&mut self) -> io::Result<()> {
        let Some(minimum) = self.minimum_generation else { return Ok(()) };
        let (path, copy) = (self.place.slot(Slot::Final), self.place.slot(Slot::Copy));
        let content = self.books.visible.clone();
        let length = rewrite::copy(self.format, &[(&path, &content)], &content.columns, Some(minimum), &copy)?;
        if length != content.length {
            self.books.rewritten(Content { length, ..content });
            self.books.rename(&self.place, Slot::Copy, Slot::Final)?;
            self.file = open_at(&self.place, Slot::Final, length)?;
            self.length = length;
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.write_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }

    fn guarded(&mut self, act: impl FnOnce(&mut Self) -> io::Result<()>) -> Result<(), Failure> {
        act(self).map_err(|error| of_io(&self.place.slot(Slot::Final), &error))
    }
}

/// What the stream looks like before the run.
fn before(books: Option<&Books>, configured: &ConfiguredStream, start: Option<&Position>) -> Before {
    // Without numbers, each run that overwrites is a generation of its own.
    let numbered = configured.generation_id.is_some() || !configured.truncates();
    let Some(books) = books else { return Before::default() };
    Before {
        staged: books.staged.is_some(),
        same_generation: numbered && books.generation == configured.generation_id,
        continues: start.is_some_and(|start| !start.is_start() && books.knows(start)),
    }
}

/// A file that a user has removed or emptied is begun anew.
fn forget_what_is_gone(place: &Place, books: &mut Books) -> io::Result<()> {
    let path = place.slot(Slot::Final);
    let length = if path.exists() { path.metadata()?.len() } else { 0 };
    if length == 0 && books.visible.length > 0 {
        books.visible = Content::default();
        if books.staged.is_none() {
            books.restart(None);
        }
    }
    Ok(())
}

/// Puts the decision about the target into the books. A staged file that is no longer in them is overwritten some day.
fn choose_target(place: &Place, books: &mut Books, target: Target) -> io::Result<()> {
    match target {
        Target::NewStaged => {
            books.staged = Some(Content::default());
            books.restart(None);
            // The books must not speak of rows that are about to be cut off.
            books.save(place)
        }
        Target::FinalWithoutStaged => {
            books.staged = None;
            books.restart(None);
            Ok(())
        }
        Target::Final | Target::Staged | Target::FinalWithStaged => Ok(()),
    }
}

/// The columns of the file, with those of this run that it lacks behind them.
fn merged_columns(books: &Books, format: FileFormat, configured: &ConfiguredStream, target: Target) -> Vec<String> {
    if format == FileFormat::Jsonl {
        return Vec::new();
    }
    let visible = (!target.is_staged()).then_some(&books.visible);
    let older = visible.into_iter().chain(&books.staged).flat_map(|content| content.columns.iter().cloned());
    let mut columns: Vec<String> = Vec::new();
    for name in older.chain(csv::columns(configured.stream.json_schema.get())) {
        if !columns.contains(&name) {
            columns.push(name);
        }
    }
    columns
}

/// Copies the rows into a file with other columns, or staged ones behind the older rows.
fn take_new_shape(
    place: &Place,
    books: &mut Books,
    format: FileFormat,
    columns: Vec<String>,
    target: Target,
) -> io::Result<()> {
    let (visible, staged, copy) = (place.slot(Slot::Final), place.slot(Slot::Staged), place.slot(Slot::Copy));
    let mut sources = Vec::new();
    if !target.is_staged() {
        sources.push((visible.as_path(), &books.visible));
    }
    sources.extend(books.staged.iter().map(|content| (staged.as_path(), content)));
    let length = rewrite::copy(format, &sources, &columns, None, &copy)?;
    books.rewritten(Content { length, columns });
    if !target.is_staged() {
        books.unstage();
    }
    books.rename(place, Slot::Copy, if target.is_staged() { Slot::Staged } else { Slot::Final })
}

/// Opens a file to write behind its first `length` bytes; what stands there was never acknowledged.
fn open_at(place: &Place, slot: Slot, length: u64) -> io::Result<File> {
    let path = place.slot(slot);
    let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path)?;
    if file.metadata()?.len() < length {
        let message = "it is shorter than what was acknowledged, so it was changed; move it away to begin anew";
        return Err(io::Error::new(io::ErrorKind::InvalidData, message));
    }
    file.set_len(length)?;
    file.seek(SeekFrom::Start(length))?;
    file.sync_all()?;
    place.folders().try_for_each(|folder| File::open(folder)?.sync_all())?;
    Ok(file)
}
