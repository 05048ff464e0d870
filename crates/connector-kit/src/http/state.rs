//! How far a stream was read, and what follows from it for the next run.

use super::cursor::greatest;
use super::page::Page;
use super::parts::Part;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// States of streams with many slices are long, so they are not emitted after each page.
const SLICES_PER_STATE: usize = 100;

/// The state of a stream of an HTTP API.
///
/// Incremental, in one part: `{"cursor": …}`; in the midst of it also `next`, the page to go on at, and `seen`, the cursor
/// then. In windows also `until`, where the window ends. With named slices, the same for each: `{"slices": {"a": {…}}}`.
/// Full refresh: `{"refresh": {"slice": "a", "next": …}}`, at the end `{"refresh": {"done": true}}`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpState {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cursor: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seen: Option<Value>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    slices: BTreeMap<String, HttpState>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refresh: Option<Refresh>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Refresh {
    /// The slice that was read last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    slice: Option<String>,
    /// The page to go on at; none when the slice is finished.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next: Option<Value>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    done: bool,
}

/// Where a part of the stream begins.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Begin {
    pub(crate) cursor: Option<Value>,
    pub(crate) until: Option<Value>,
    pub(crate) next: Option<Value>,
    /// The run that left the state was in the midst of the part.
    pub(crate) is_within: bool,
}

/// The state of a run.
#[derive(Debug, Clone)]
pub(crate) struct Progress {
    state: HttpState,
    is_incremental: bool,
    is_named: bool,
    is_ascending: bool,
    /// The cursor does not go back behind this, whatever was looked at again.
    floor: Option<Value>,
    records_since_state: usize,
}

impl Progress {
    pub(crate) fn begin(state: Option<HttpState>, is_incremental: bool, is_named: bool, is_ascending: bool) -> Self {
        let mut state = state.unwrap_or_default();
        if is_incremental {
            state.refresh = None;
        } else {
            state = HttpState { refresh: state.refresh, ..HttpState::default() };
        }
        let floor = state.cursor.clone();
        Self { state, is_incremental, is_named, is_ascending, floor, records_since_state: 0 }
    }

    pub(crate) fn state(&self) -> &HttpState {
        &self.state
    }

    /// The refresh that the state is of was read to its end.
    pub(crate) fn is_done(&self) -> bool {
        self.state.refresh.as_ref().is_some_and(|refresh| refresh.done)
    }

    /// Where the part begins that has this key; the whole stream and its windows have none.
    pub(crate) fn beginning(&self, key: &str) -> Begin {
        if !self.is_incremental {
            let refresh = self.state.refresh.as_ref().filter(|refresh| refresh.slice.as_deref() == Some(key));
            return Begin { next: refresh.and_then(|refresh| refresh.next.clone()), ..Begin::default() };
        }
        let own = if self.is_named { self.state.slices.get(key) } else { Some(&self.state) };
        let Some(own) = own else { return Begin::default() };
        let is_within = own.until.is_some() || own.next.is_some();
        Begin { cursor: own.cursor.clone(), until: own.until.clone(), next: own.next.clone(), is_within }
    }

    /// The slice that an interrupted refresh was at, and whether it had finished it.
    pub(crate) fn last_slice(&self) -> Option<(&str, bool)> {
        let refresh = self.state.refresh.as_ref()?;
        refresh.slice.as_deref().map(|slice| (slice, refresh.next.is_none()))
    }

    /// The records of a page have been emitted. Answers whether it is time for a state.
    pub(crate) fn page(&mut self, part: &Part, page: &Page, records: usize) -> bool {
        let is_ascending = self.is_ascending;
        if self.is_incremental {
            let own = self.own(part);
            if is_ascending && part.window.is_none() {
                own.cursor = greatest(own.cursor.take(), page.greatest.clone());
            } else {
                own.seen = greatest(own.seen.take(), page.greatest.clone());
                own.next = page.next.clone();
            }
            if let Some(window) = &part.window {
                (own.cursor, own.until) = (Some(window.from.clone()), Some(window.until.clone()));
            }
        } else {
            self.state.refresh = Some(Refresh { slice: Some(part.key.clone()), next: page.next.clone(), done: false });
        }
        self.records_since_state += records;
        let is_cheap = self.state.slices.len() <= SLICES_PER_STATE;
        // A page whose successor is unknown is followed by the end of its part.
        let is_due = (is_cheap || self.records_since_state >= self.state.slices.len()) && page.next.is_some();
        if is_due {
            self.records_since_state = 0;
        }
        is_due
    }

    /// A part was read to its end. Answers whether it is time for a state.
    pub(crate) fn finish(&mut self, part: &Part) -> bool {
        if self.is_incremental {
            let own = self.own(part);
            let seen = own.seen.take();
            own.next = None;
            match &part.window {
                Some(window) if !window.is_last => {
                    (own.cursor, own.until) = (Some(window.until.clone()), Some(window.until.clone()));
                }
                Some(window) => (own.cursor, own.until) = (greatest(Some(window.from.clone()), seen), None),
                None => own.cursor = greatest(own.cursor.take(), seen),
            }
        } else {
            let is_whole = part.is_whole();
            self.state.refresh = Some(Refresh { slice: Some(part.key.clone()), next: None, done: is_whole });
        }
        // The end of the whole is followed by the last state; parts in which nothing was need none.
        let is_due = !part.is_whole() && self.records_since_state > 0 && self.state.slices.len() <= SLICES_PER_STATE;
        if is_due {
            self.records_since_state = 0;
        }
        is_due
    }

    /// Everything was read.
    pub(crate) fn complete(&mut self) {
        if self.is_incremental {
            self.state.until = None;
            self.state.cursor = greatest(self.state.cursor.take(), self.floor.take());
        } else {
            self.state.refresh = Some(Refresh { done: true, ..Refresh::default() });
        }
    }

    fn own(&mut self, part: &Part) -> &mut HttpState {
        if self.is_named { self.state.slices.entry(part.key.clone()).or_default() } else { &mut self.state }
    }
}
