//! Reads a stream: its parts, their pages, and the states between them.

use super::answer::note;
use super::ask::request;
use super::crew::{self, Event, Hand};
use super::failure::Refusal;
use super::page::Page;
use super::parts::{Part, parts};
use super::state::{HttpState, Progress};
use super::{Client, HttpStream};
use crate::{Failure, StreamOutput};
use serde_json::Value;
use std::sync::Arc;

/// Reads a stream to its end.
pub(crate) fn read(
    client: &Client,
    stream: &Arc<HttpStream>,
    is_incremental: bool,
    state: Option<HttpState>,
    output: &mut StreamOutput<'_>,
) -> Result<(), Failure> {
    let is_ascending = stream.cursor.as_ref().is_some_and(|cursor| cursor.is_ascending);
    let mut progress = Progress::begin(state, is_incremental, stream.slices.is_named(), is_ascending);
    if !progress.is_done() {
        let stop = client.invocation().stop.inner();
        let client = client.clone().stopped_by(stop.clone());
        let parts = parts(&client, stream, is_incremental, &progress)?;
        let asked = Arc::clone(stream);
        let act = move |part: &Part, hand: &Hand<'_, Page>| read_part(&client, &asked, part, hand);
        crew::work(stream.threads, stop, parts, act, |event| take(event, &mut progress, output))?;
        progress.complete();
    }
    output.state(progress.state())
}

/// Emits what came. Answers whether there is more to come.
fn take(event: Event<'_, Part, Page>, progress: &mut Progress, output: &mut StreamOutput<'_>) -> Result<bool, Failure> {
    match event {
        Event::Idle => output.flush()?,
        Event::Product(part, page) => {
            let mut records = 0;
            for record in page.records() {
                output.record_json(record)?;
                records += 1;
            }
            if progress.page(part, &page, records) {
                output.state(progress.state())?;
            }
            if part.is_one_page && page.next.is_none() {
                progress.finish(part);
                return Ok(false);
            }
        }
        Event::Done(part) if !part.is_one_page => {
            if progress.finish(part) {
                output.state(progress.state())?;
            }
        }
        Event::Done(_) => {}
    }
    Ok(true)
}

/// Reads the pages of a part, and hands them over.
fn read_part(client: &Client, stream: &Arc<HttpStream>, part: &Part, hand: &Hand<'_, Page>) -> Result<(), Failure> {
    let pages =
        Pages { client: client.clone(), stream: Arc::clone(stream), part: part.clone(), next: Next::first(part) };
    for page in pages {
        if !hand.over(page?) || part.is_one_page {
            break;
        }
    }
    Ok(())
}

/// The pages of a part, one after the other.
pub(crate) struct Pages {
    client: Client,
    stream: Arc<HttpStream>,
    part: Part,
    next: Next,
}

/// The page to ask for.
#[derive(Clone)]
enum Next {
    First,
    /// The place comes out of a state, so it may be no longer known.
    Resumed(Value),
    At(Value),
    Nothing,
}

impl Next {
    fn first(part: &Part) -> Self {
        match &part.place {
            Some(place) if part.is_one_page => Self::At(place.clone()),
            Some(place) => Self::Resumed(place.clone()),
            None => Self::First,
        }
    }

    fn place(&self) -> Option<&Value> {
        match self {
            Self::Resumed(place) | Self::At(place) => Some(place),
            Self::First | Self::Nothing => None,
        }
    }
}

impl Pages {
    /// All pages of a stream that is read for another one. Its own slices are followed.
    pub(crate) fn all(
        client: Client,
        stream: Arc<HttpStream>,
    ) -> Box<dyn Iterator<Item = Result<Page, Failure>> + Send> {
        // Here one page comes after the other.
        let stream = Arc::new(HttpStream { threads: 1, ..stream.as_ref().clone() });
        let progress = Progress::begin(None, false, stream.slices.is_named(), false);
        match parts(&client, &stream, false, &progress) {
            Err(failure) => Box::new(std::iter::once(Err(failure))),
            Ok(parts) => Box::new(parts.flat_map(move |part| -> Box<dyn Iterator<Item = _> + Send> {
                match part {
                    Ok(part) => {
                        let part = Part { is_one_page: false, ..part };
                        let next = Next::first(&part);
                        Box::new(Self { client: client.clone(), stream: Arc::clone(&stream), part, next })
                    }
                    Err(failure) => Box::new(std::iter::once(Err(failure))),
                }
            })),
        }
    }

    fn ask(&mut self) -> Result<Page, Failure> {
        let Self { client, stream, part, next } = self;
        let request = request(client, stream, part, next.place())?;
        let answer = match request.try_until_answered() {
            Ok(answer) if answer.status() == 204 => return Ok(Page::default()),
            Ok(answer) => answer,
            Err(Refusal { status: Some(404), .. }) if stream.missing_is_empty => return Ok(Page::default()),
            Err(Refusal { status: Some(400 | 404 | 410 | 422), .. }) if matches!(next, Next::Resumed(_)) => {
                note(
                    client,
                    &format!("stream {}: the page of the state is gone; reading from its first page", stream.name),
                );
                *next = Next::First;
                return self.ask();
            }
            Err(refusal) => return Err(refusal.failure),
        };
        Page::of(stream, client, part, next.place(), answer)
    }
}

impl Iterator for Pages {
    type Item = Result<Page, Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        if matches!(self.next, Next::Nothing) {
            return None;
        }
        let page = self.ask();
        self.next = match &page {
            Ok(Page { next: Some(place), .. }) => Next::At(place.clone()),
            _ => Next::Nothing,
        };
        Some(page)
    }
}

/// The first page of a stream, for `check` and `discover`.
pub(crate) fn first_page(client: &Client, stream: &Arc<HttpStream>) -> Result<Option<Page>, Failure> {
    Pages::all(client.clone(), Arc::clone(stream)).next().transpose()
}
