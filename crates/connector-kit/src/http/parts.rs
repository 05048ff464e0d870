//! The parts in which a stream is read, and where in them a run begins.

use super::crew::Tasks;
use super::cursor::{Cursor, compare};
use super::slices::{Kind, Window, windows};
use super::state::{Begin, Progress};
use super::template::{Words, plain};
use super::{Client, HttpStream};
use crate::Failure;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// A part of a stream, with what its requests are about.
#[derive(Debug, Clone, Default)]
pub(crate) struct Part {
    /// What it is called in a state.
    pub(crate) key: String,
    pub(crate) words: Words,
    pub(crate) is_incremental: bool,
    /// Records from here on are asked for.
    pub(crate) cursor: Option<Value>,
    /// The cursor is moved back in requests.
    pub(crate) looks_back: bool,
    pub(crate) window: Option<Window>,
    /// The page to begin at.
    pub(crate) place: Option<Value>,
    /// Only that page: other threads have the others.
    pub(crate) is_one_page: bool,
}

impl Part {
    /// The stream is read in one part.
    pub(crate) fn is_whole(&self) -> bool {
        self.key.is_empty()
    }
}

/// The parts that are to be read, in order.
pub(crate) fn parts(
    client: &Client,
    stream: &Arc<HttpStream>,
    is_incremental: bool,
    progress: &Progress,
) -> Result<Tasks<Part>, Failure> {
    if let Some(complaint) = stream.complaint() {
        return Err(Failure::config(complaint));
    }
    match (&stream.slices.0, &stream.cursor) {
        (Kind::Windows(length), Some(cursor)) => in_windows(*length, cursor, stream, is_incremental, progress),
        (Kind::List(name, _) | Kind::Parent(name, ..), _) => {
            Ok(by_name(name.clone(), client.clone(), Arc::clone(stream), is_incremental, progress.clone()))
        }
        _ => Ok(whole(stream, is_incremental, progress)),
    }
}

/// A part that begins where the run before has stopped.
fn part(stream: &HttpStream, is_incremental: bool, begin: Begin) -> Part {
    Part {
        is_incremental,
        looks_back: begin.cursor.is_some() && !(begin.is_within && stream.slices.is_windows()),
        cursor: begin.cursor.or_else(|| stream.cursor.as_ref().and_then(Cursor::first)),
        place: begin.next.filter(|place| stream.paging.knows(place)),
        ..Part::default()
    }
}

/// One part; or, where several threads may know the numbers of its pages, one for each page.
fn whole(stream: &HttpStream, is_incremental: bool, progress: &Progress) -> Tasks<Part> {
    let whole = part(stream, is_incremental, progress.beginning(""));
    let Some(first) = stream.paging.first_number().filter(|_| stream.threads > 1) else {
        return Box::new(std::iter::once(Ok(whole)));
    };
    let first = whole.place.as_ref().and_then(Value::as_u64).unwrap_or(first);
    Box::new((first..).map(move |number| Ok(Part { place: Some(number.into()), is_one_page: true, ..whole.clone() })))
}

/// A part for each named slice.
fn by_name(
    name: String,
    client: Client,
    stream: Arc<HttpStream>,
    is_incremental: bool,
    progress: Progress,
) -> Tasks<Part> {
    let sliced = Arc::clone(&stream);
    let values = Resumed::new(move || sliced.slices.values(&client), progress.last_slice());
    Box::new(values.map(move |value| {
        let value = value?;
        let key = plain(&value);
        let mut words = Words::default();
        words.set(&name, Some(value));
        let part = part(&stream, is_incremental, progress.beginning(&key));
        Ok(Part { key, words, ..part })
    }))
}

/// A part for each window.
fn in_windows(
    length: Duration,
    cursor: &Cursor,
    stream: &HttpStream,
    is_incremental: bool,
    progress: &Progress,
) -> Result<Tasks<Part>, Failure> {
    let begin = progress.beginning("");
    let until = begin.until.clone();
    let whole = part(stream, is_incremental, begin);
    let from = match &whole.cursor {
        Some(from) if whole.looks_back => cursor.in_format(from, true)?,
        from => from.clone().unwrap_or_default(),
    };
    // A page of a window is one of the same window only if it ends where it did.
    let until = until.filter(|_| whole.place.is_some());
    let windows = windows(length, cursor, &from, until.as_ref())?;
    Ok(resumed_windows(windows, whole, progress))
}

/// Windows as parts. A refresh goes on at the window where it stopped.
fn resumed_windows(
    windows: impl Iterator<Item = Window> + Send + 'static,
    whole: Part,
    progress: &Progress,
) -> Tasks<Part> {
    let mut place = whole.place.clone();
    let progress = progress.clone();
    let stopped_at = progress.last_slice().map(|(slice, is_finished)| (slice.to_owned(), is_finished));
    let key = |window: &Window| window.from.to_string();
    let windows = windows.skip_while(move |window| match &stopped_at {
        Some((slice, is_finished)) if key(window) == *slice => *is_finished,
        // Keys of one format are in order.
        Some((slice, _)) => compare(&key(window), slice).is_lt(),
        None => false,
    });
    Box::new(windows.map(move |window| {
        let mut part =
            Part { key: key(&window), cursor: Some(window.from.clone()), looks_back: false, ..whole.clone() };
        part.place = place.take();
        if !part.is_incremental {
            part.place = progress.beginning(&part.key).next;
        }
        part.window = Some(window);
        Ok(part)
    }))
}

/// The values of named slices, behind those that an interrupted refresh has read. If the one at which it stopped is no
/// longer there, all are read.
struct Resumed<M, I> {
    make: M,
    values: I,
    stopped_at: Option<(String, bool)>,
}

type Values = Box<dyn Iterator<Item = Result<Value, Failure>> + Send>;

impl<M: Fn() -> Values> Resumed<M, Values> {
    fn new(make: M, stopped_at: Option<(&str, bool)>) -> Self {
        let values = make();
        Self { make, values, stopped_at: stopped_at.map(|(slice, is_finished)| (slice.to_owned(), is_finished)) }
    }
}

impl<M: Fn() -> Values> Iterator for Resumed<M, Values> {
    type Item = Result<Value, Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let value = self.values.next();
            let Some((slice, is_finished)) = &self.stopped_at else { return value };
            match value {
                Some(Ok(value)) if plain(&value) != *slice => {}
                Some(Ok(value)) => {
                    let is_finished = *is_finished;
                    self.stopped_at = None;
                    if !is_finished {
                        return Some(Ok(value));
                    }
                }
                Some(Err(failure)) => return Some(Err(failure)),
                None => {
                    self.stopped_at = None;
                    self.values = (self.make)();
                }
            }
        }
    }
}
