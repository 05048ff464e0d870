//! The reads that go on from checkpoints, as many as there is time for.

use super::super::checkpoints::{Resume, Sameness, resumes, sample};
use super::super::reading::{Read, Reading};
use super::{Pair, lost, repeated};
use crate::bench::{Bench, Call, Expects, Unavailable};
use crate::plan::Strictness;
use crate::rule::Wrong;
use crate::take::Take;
use futures_util::future::{join, join_all};
use longshore_protocol::ConfiguredCatalog;
use longshore_runner::Verb;
use serde_json::Value;
use std::rc::Rc;
use std::time::Duration;

/// How long the reads of one source may take together at low strictness.
const BUDGET: Duration = Duration::from_secs(8);

/// The fewest, however slow the source is, and the most.
const FEWEST: usize = 3;
const MOST: usize = 200;

/// A stream that no source has.
const GONE: &str = "longshore_stream_that_is_gone";

/// What was read from checkpoints.
pub(super) struct Resumed<'c> {
    runs: Vec<(Resume, Rc<Take>)>,
    catalog: &'c ConfiguredCatalog,
    /// How many starts there are in all.
    of: usize,
    /// What came of the state of a stream that is gone.
    pub(super) stale: Result<String, Vec<Wrong>>,
}

impl Resumed<'_> {
    /// The reads that ended well.
    pub(super) fn good(&self) -> impl Iterator<Item = (&Resume, Reading<'_>)> {
        let good = self.runs.iter().filter(|(_, take)| take.is_success());
        good.map(|(resume, take)| (resume, Reading::of(take, self.catalog)))
    }

    pub(super) fn failures(&self) -> Vec<Wrong> {
        let failed = self.runs.iter().filter(|(_, take)| !take.is_success());
        let say = |(resume, take): &(Resume, Rc<Take>)| {
            let evidence = format!("the state: {}\n{}", resume.state, take.last_words());
            Wrong::new(format!("`{}` {}", take.call, take.how_it_ended()), evidence)
        };
        failed.map(say).collect()
    }

    /// What was looked at, in words.
    pub(super) fn seen(&self) -> String {
        format!("{} of {} checkpoints were gone on from", self.runs.len(), self.of)
    }
}

/// Reads from as many checkpoints as there is time for, and from the last ones in any case.
pub(super) async fn all<'c>(
    bench: &Bench<'_>,
    read: &'c Read,
    sameness: &Sameness<'_>,
) -> Result<Resumed<'c>, Unavailable> {
    let first = read.reading();
    let all = resumes(&first)?;
    let of = all.len();
    let mut chosen = sample(of, most_runs(bench, fastest(bench, read).await));
    chosen.extend(at_shared(&all));
    let resumes: Vec<Resume> =
        all.into_iter().enumerate().filter(|(at, _)| chosen.contains(at)).map(|(_, it)| it).collect();
    let takes = join_all(resumes.iter().map(|resume| one(bench, read, resume))).await;
    let takes: Vec<Rc<Take>> = takes.into_iter().collect::<Result<_, _>>()?;
    let mut runs: Vec<(Resume, Rc<Take>)> = resumes.into_iter().zip(takes).collect();
    let mut stale = Ok("the read from the last states got one of a stream that is gone, and succeeded".to_owned());
    if let Some((resume, take)) = runs.iter_mut().find(|(resume, _)| resume.is_final)
        && is_suspect(&first, resume, take, &read.catalog, sameness)
    {
        // It had the state of a stream that is gone: is that what it stumbled over?
        let plain = bench.run(call(read, resume.state.clone(), "the last states")).await?;
        if plain.is_success() && !take.is_success() {
            let message = format!("`{}` {}; without that state it does not", take.call, take.how_it_ended());
            stale = Err(vec![Wrong::new(message, take.last_words())]);
        }
        *take = plain;
    }
    Ok(Resumed { runs, catalog: &read.catalog, of, stale })
}

async fn one(bench: &Bench<'_>, read: &Read, resume: &Resume) -> Result<Rc<Take>, Unavailable> {
    let (state, from) = match resume.is_final {
        true => (resume.with_stale_stream(GONE), "the last states, and one of a stream that is gone".to_owned()),
        false => (resume.state.clone(), place(resume)),
    };
    bench.run(call(read, state, &from)).await
}

fn place(resume: &Resume) -> String {
    let number = resume.starts.iter().map(|start| start.number).max().unwrap_or_default();
    format!("checkpoint {number}")
}

fn call(read: &Read, state: Value, from: &str) -> Call<'static> {
    // What a failure of it means is for the rules of this clause.
    let name = format!("read (incremental, from {from})");
    Call::new(Verb::Read, name).catalog(read.catalog.clone()).state(state).expects(Expects::Either)
}

fn is_suspect(
    first: &Reading<'_>,
    resume: &Resume,
    take: &Take,
    catalog: &ConfiguredCatalog,
    sameness: &Sameness<'_>,
) -> bool {
    if !take.is_success() {
        return true;
    }
    let second = Reading::of(take, catalog);
    resume.starts.iter().any(|start| {
        let streams = first.stream(&start.descriptor).zip(second.stream(&start.descriptor));
        streams.is_some_and(|(one, other)| {
            let pair = Pair { first, one, start, second: &second, other };
            lost(&pair, sameness).is_some() || repeated(&pair, start.at(), sameness).is_some()
        })
    })
}

/// Where the shared state changes first, as at the end of a snapshot, and the one behind: what is wrong there is nowhere else.
fn at_shared(all: &[Resume]) -> Vec<usize> {
    let shared = |resume: &Resume| resume.state.pointer("/0/global/shared_state").cloned();
    let changes = |pair: &[Resume]| shared(&pair[0]) != shared(&pair[1]);
    let first = all.windows(2).position(changes).map(|at| at + 1);
    first.map(|at| vec![at, at + 1]).unwrap_or_default()
}

/// How long a read takes when nothing else goes on.
async fn fastest(bench: &Bench<'_>, read: &Read) -> Duration {
    let (first, second) = join(bench.full_refresh(0), bench.full_refresh(1)).await;
    let durations = [first, second].into_iter().flatten().filter(|take| take.is_success()).map(|take| take.duration);
    durations.fold(read.take.duration, Duration::min)
}

fn most_runs(bench: &Bench<'_>, one: Duration) -> usize {
    let affordable = (BUDGET.as_secs_f64() / one.as_secs_f64().max(0.001)) as usize;
    match bench.plan.strictness {
        Strictness::High => MOST,
        Strictness::Low => affordable.clamp(FEWEST, MOST),
    }
}
