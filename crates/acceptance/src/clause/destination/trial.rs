//! Trials: what some streams live through over a few syncs, and what rows are left.
//!
//! A connector may take seconds to start, so many [`Story`]s are told in the same runs. When such a run goes wrong, each
//! story is told again by itself, so that one that a destination cannot take is no stain on the others.

mod sheet;

pub(crate) use sheet::{Cell, Filled, Sheet, Sheets};

use super::compare;
use super::session::{Script, Target};
use crate::bench::{Bench, Expects, Unavailable};
use crate::finding::Finding;
use crate::messages::{EMITTED_AT_MS, record_at};
use crate::reader::Row;
use crate::rule::{Rule, Wrong};
use crate::take::Take;
use longshore_protocol::StreamDescriptor;
use longshore_runner::Verb;
use serde_json::{Value, json};
use std::rc::Rc;

/// A record to send.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    /// The JSON text of its data.
    pub(crate) data: String,
    pub(crate) emitted_at_ms: i64,
    /// What was changed on it before.
    pub(crate) changes: Option<Value>,
}

impl Sent {
    /// A record emitted at the usual time.
    pub(crate) fn new(data: &Value) -> Self {
        Self::text(data.to_string())
    }

    /// The same, with data written as it stands.
    pub(crate) fn text(data: impl Into<String>) -> Self {
        Self { data: data.into(), emitted_at_ms: EMITTED_AT_MS, changes: None }
    }

    fn line(&self, stream: &StreamDescriptor) -> String {
        let mut line = record_at(stream, &self.data, self.emitted_at_ms);
        if let Some(changes) = &self.changes {
            // The last two braces close the record and the message.
            line.truncate(line.len() - 2);
            line.push_str(&format!(",\"meta\":{}}}}}", json!({"changes": changes})));
        }
        line
    }
}

/// What one sync brings to one stream.
#[derive(Debug, Clone)]
pub(crate) struct Visit {
    pub(crate) target: Target,
    pub(crate) records: Vec<Sent>,
    /// A state comes after so many records, and one at the end.
    pub(crate) records_per_state: usize,
    /// Whether there is none at the end, but for COMPLETE.
    pub(crate) is_silent_at_end: bool,
}

impl Visit {
    /// Records with one state behind them.
    pub(crate) fn new(target: Target, records: Vec<Sent>) -> Self {
        Self { target, records, records_per_state: usize::MAX, is_silent_at_end: false }
    }

    /// Records of this JSON.
    pub(crate) fn of(target: Target, records: &[Value]) -> Self {
        Self::new(target, records.iter().map(Sent::new).collect())
    }
}

/// What one stream lives through: a visit, or none, in each sync.
#[derive(Debug, Clone)]
pub(crate) struct Story {
    pub(crate) visits: Vec<Option<Visit>>,
}

impl Story {
    /// One sync.
    pub(crate) fn once(visit: Visit) -> Self {
        Self { visits: vec![Some(visit)] }
    }

    /// Two syncs.
    pub(crate) fn twice(first: Visit, second: Visit) -> Self {
        Self { visits: vec![Some(first), Some(second)] }
    }

    fn visit(&self, sync: usize) -> Option<&Visit> {
        self.visits.get(sync)?.as_ref()
    }

    fn stream(&self) -> StreamDescriptor {
        self.visits.iter().flatten().map(|visit| visit.target.stream.clone()).next().unwrap_or_default()
    }

    /// The same with another stream, which nothing was written to.
    fn elsewhere(&self) -> Self {
        let mut story = self.clone();
        story.visits.iter_mut().flatten().for_each(|visit| visit.target.stream.name.push_str("_alone"));
        story
    }
}

/// What came of a story.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    /// The runs, all of which ended well.
    pub(crate) takes: Vec<Rc<Take>>,
    /// The rows that are left.
    pub(crate) rows: Result<Vec<Row>, Unavailable>,
}

/// Why a story came to no end.
#[derive(Debug, Clone)]
pub(crate) enum Setback {
    /// It could not be tried, or nobody can see what came of it.
    Unavailable(Unavailable),
    /// The destination failed.
    Broken(Rc<Take>),
}

impl From<Unavailable> for Setback {
    fn from(why: Unavailable) -> Self {
        Self::Unavailable(why)
    }
}

impl Setback {
    /// What it means for a rule: a failure, unless the destination fails whatever it is told. `what` was sent.
    pub(crate) fn finding(&self, bench: &Bench<'_>, rule: &Rule, what: &str) -> Finding {
        match self {
            Self::Unavailable(why) => rule.skipped(why.0.clone()),
            Self::Broken(take) if has_written(bench) => {
                rule.failed(format!("`write` {} when it was sent {what}", take.how_it_ended())).with(take.last_words())
            }
            Self::Broken(take) => rule.skipped(format!("no `write` ended well so far: {}", take.how_it_ended())),
        }
    }
}

/// Whether some run of `write` ended well.
pub(crate) fn has_written(bench: &Bench<'_>) -> bool {
    bench.takes().iter().any(|take| take.verb == Verb::Write && take.is_success())
}

/// Says why there are no rows to look at, before anything is written, when nobody can read them.
pub(crate) async fn readable(bench: &Bench<'_>) -> Result<(), Unavailable> {
    match bench.plan.reader {
        Some(_) => Ok(()),
        None => bench.rows(&StreamDescriptor::default()).await.map(drop),
    }
}

/// What became of a story.
pub(crate) type Outcome = Result<Told, Setback>;

/// Tells stories in the same runs; each by itself if that goes wrong.
pub(crate) async fn tell(bench: &Bench<'_>, name: &str, stories: &[Story]) -> Vec<Outcome> {
    match together(bench, name, stories).await {
        Err(Setback::Broken(_)) if stories.len() > 1 => {
            let mut outcomes = Vec::with_capacity(stories.len());
            for story in stories {
                let name = format!("{name}, {} alone", story.stream());
                let told = together(bench, &name, &[story.elsewhere()]).await;
                outcomes.push(told.map(|mut told| told.remove(0)));
            }
            outcomes
        }
        Err(setback) => stories.iter().map(|_| Err(setback.clone())).collect(),
        Ok(told) => told.into_iter().map(Ok).collect(),
    }
}

/// Tells stories in the same runs, also when that goes wrong.
pub(crate) async fn tell_at_once(bench: &Bench<'_>, name: &str, stories: &[Story]) -> Vec<Outcome> {
    match together(bench, name, stories).await {
        Err(setback) => stories.iter().map(|_| Err(setback.clone())).collect(),
        Ok(told) => told.into_iter().map(Ok).collect(),
    }
}

async fn together(bench: &Bench<'_>, name: &str, stories: &[Story]) -> Result<Vec<Told>, Setback> {
    let syncs = stories.iter().map(|story| story.visits.len()).max().unwrap_or_default();
    let mut takes = Vec::with_capacity(syncs);
    for sync in 0..syncs {
        let name = if syncs == 1 { name.to_owned() } else { format!("{name}, sync {}", sync + 1) };
        let visits: Vec<&Visit> = stories.iter().filter_map(|story| story.visit(sync)).collect();
        // What goes wrong is judged by the rule that is tried, so the rules for every run need not expect success.
        let take = bench.write_lines(&name, &script(&visits).finished(), Expects::Either).await?;
        if !take.is_success() {
            return Err(Setback::Broken(take));
        }
        takes.push(take);
    }
    let mut told = Vec::with_capacity(stories.len());
    for story in stories {
        told.push(Told { takes: takes.clone(), rows: bench.rows(&story.stream()).await });
    }
    Ok(told)
}

/// The lines of a sync, without its end. Streams take turns, a record each, as they do when a source reads them at once.
pub(crate) fn script(visits: &[&Visit]) -> Script {
    let mut script = Script::new(visits.iter().map(|visit| visit.target.clone()).collect());
    script.silent_at_end = visits.iter().map(|visit| visit.is_silent_at_end).collect();
    let longest = visits.iter().map(|visit| visit.records.len()).max().unwrap_or_default();
    for turn in 0..longest {
        for (target, visit) in visits.iter().enumerate() {
            let Some(record) = visit.records.get(turn) else { continue };
            script.record_line(target, record.line(&visit.target.stream));
            if (turn + 1) % visit.records_per_state == 0 {
                script.state(target, &json!({"at": turn + 1}));
            }
        }
    }
    script
}

/// Judges a rule by the numbers of the rows that are left.
pub(crate) fn tally(bench: &Bench<'_>, rule: &Rule, outcome: &Outcome, expected: &[i64]) -> Finding {
    let told = match outcome {
        Ok(told) => told,
        Err(setback) => return setback.finding(bench, rule, "the syncs of this rule"),
    };
    match &told.rows {
        Err(why) => rule.skipped(why.0.clone()),
        Ok(rows) => rule.judged(format!("the rows {expected:?} are there, as they must be"), uneven(rows, expected)),
    }
}

/// What is wrong if these are not the rows.
pub(crate) fn uneven(rows: &[Row], expected: &[i64]) -> Vec<Wrong> {
    let mut read: Vec<i64> = rows.iter().filter_map(compare::id).collect();
    read.sort_unstable();
    if read == expected && read.len() == rows.len() {
        return Vec::new();
    }
    let message = format!("the rows with the ids {expected:?} should be there, and {read:?} are");
    let evidence = rows.iter().take(10).map(|row| json!(row).to_string()).collect::<Vec<_>>().join("\n");
    vec![Wrong::new(message.clone(), format!("{message}\n{evidence}"))]
}
