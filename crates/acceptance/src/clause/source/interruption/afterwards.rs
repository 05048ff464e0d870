//! What a read that was interrupted and one that goes on from its last states yield together.

use super::super::checkpoints::{Sameness, last_states, stored};
use super::super::reading::{Read, Reading};
use crate::bench::{Bench, Call, Expects, Unavailable};
use crate::rule::Wrong;
use crate::take::Take;
use longshore_runner::Verb;
use serde_json::Value;
use std::rc::Rc;

/// What came out.
pub(super) struct Afterwards {
    pub(super) seen: String,
    pub(super) wrong: Vec<Wrong>,
}

/// Goes on from the last states of an interrupted read.
pub(super) async fn afterwards(bench: &Bench<'_>, whole: &Read, take: &Rc<Take>) -> Result<Afterwards, Unavailable> {
    let cut = Reading::of(take, &whole.catalog);
    let Some((state, places)) = last_states(&cut) else {
        return Err(Unavailable(format!("`{}` had printed no state, so it would start over", take.call)));
    };
    let first = whole.reading();
    let sameness = Sameness::of(bench).await;
    let how = format!("`{}` with {} records", take.call, cut.record_count());
    let name = format!("{}, then resumed)", take.call.trim_end_matches(')'));
    let call = Call::new(Verb::Read, name).catalog(whole.catalog.clone()).state(state.clone());
    let rest = bench.run(call.expects(Expects::Either)).await?;
    if !rest.is_success() {
        let evidence = format!("the state: {state}\n{}", rest.last_words());
        let wrong = vec![Wrong::new(format!("`{}` {}", rest.call, rest.how_it_ended()), evidence)];
        return Ok(Afterwards { seen: how, wrong });
    }
    let rest = Reading::of(&rest, &whole.catalog);
    let wrong = missing(&first, &cut, &rest, &places, &sameness);
    if !wrong.is_empty() && is_lost_undisturbed(bench, whole, &cut, &places, &sameness).await? {
        let why = "a read from the same state loses records without an interruption too, see resume.nothing_lost";
        return Err(Unavailable(why.to_owned()));
    }
    Ok(Afterwards { seen: format!("{how}, and {} from there", rest.record_count()), wrong })
}

/// Whether the source loses records from the states of the undisturbed read that stand for the last ones of the
/// interrupted one, and printed before those all that it should.
async fn is_lost_undisturbed(
    bench: &Bench<'_>,
    whole: &Read,
    cut: &Reading<'_>,
    places: &Places,
    sameness: &Sameness<'_>,
) -> Result<bool, Unavailable> {
    let first = whole.reading();
    let mut states = Vec::new();
    let mut behind = Vec::new();
    for (one, other) in first.streams.iter().filter_map(|one| Some((one, cut.stream(&one.descriptor)?))) {
        let until = covered(places, &one.descriptor);
        let Some(at) = other.states.iter().position(|state| state.at == until) else { continue };
        let same = one.states.iter().find(|state| state.stream_state == other.states[at].stream_state);
        let Some(same) = same.or_else(|| one.states.get(at)) else { return Ok(false) };
        let come: Vec<_> = other.records.iter().filter(|record| record.at < until).copied().collect();
        if !sameness.missing(one, one.records.iter().filter(|record| record.at < same.at), &come).is_empty() {
            return Ok(false);
        }
        let state = stored(same.payload);
        if !states.contains(&state) {
            states.push(state);
        }
        behind.push((one, same.at));
    }
    let name = format!("{}, and resumed undisturbed)", cut.take.call.trim_end_matches(')'));
    let call = Call::new(Verb::Read, name).catalog(whole.catalog.clone()).state(Value::Array(states));
    let take = bench.run(call.expects(Expects::Either)).await?;
    let rest = Reading::of(&take, &whole.catalog);
    Ok(behind.iter().any(|(one, at)| {
        let come = rest.stream(&one.descriptor).map(|other| other.records.as_slice()).unwrap_or_default();
        !sameness.missing(one, one.records.iter().filter(|record| record.at > *at), come).is_empty()
    }))
}

type Places = [(longshore_protocol::StreamDescriptor, usize)];

/// How far a stream is covered by the last states.
fn covered(places: &Places, stream: &longshore_protocol::StreamDescriptor) -> usize {
    places.iter().find(|(it, _)| it == stream).map_or(0, |(_, at)| *at)
}

/// What is in neither: what came before the last states counts, what came behind them must come again.
fn missing(
    first: &Reading<'_>,
    cut: &Reading<'_>,
    rest: &Reading<'_>,
    places: &Places,
    sameness: &Sameness<'_>,
) -> Vec<Wrong> {
    let of_stream = |one: &super::super::reading::StreamReading<'_>| {
        let (before, then) = (cut.stream(&one.descriptor)?, rest.stream(&one.descriptor)?);
        let until = covered(places, &one.descriptor);
        let mut come: Vec<_> = before.records.iter().filter(|record| record.at < until).copied().collect();
        let had = come.len();
        come.extend(then.records.iter().copied());
        let missing = sameness.missing(one, one.records.iter(), &come);
        let example = missing.first()?;
        let message = format!(
            "{} of {} records of stream `{}` are lost: `{}` printed {had} before its last state, and `{}` yields {}",
            missing.len(),
            one.records.len(),
            one.descriptor,
            cut.take.call,
            rest.take.call,
            then.records.len()
        );
        let state =
            places.iter().find(|(it, _)| *it == one.descriptor).map(|(_, at)| cut.line(*at)).unwrap_or_default();
        let evidence = format!("the last state, and a record that is lost:\n{state}\n{}", first.line(example.at));
        Some(Wrong::new(message, evidence))
    };
    first.streams.iter().filter_map(of_stream).collect()
}
