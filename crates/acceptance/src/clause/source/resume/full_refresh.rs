//! Full refreshes that go on.

use super::super::checkpoints::{Resume, Sameness, resumes};
use super::super::reading::{Read, Reading, full_refresh};
use super::super::states::form;
use super::{FULL_REFRESH, Pair, lost, repeated};
use crate::bench::{Bench, Call, Expects};
use crate::finding::{Finding, Status};
use crate::rule::Wrong;
use longshore_runner::Verb;

/// Reads from the middle of the first full refresh.
pub(super) async fn judge(bench: &Bench<'_>) -> Finding {
    let read = match resumable(bench).await {
        Ok(read) => read,
        Err(why) => return FULL_REFRESH.skipped(why),
    };
    let first = read.reading();
    if form::valid(&[read.reading()]).status == Status::Failed {
        return FULL_REFRESH.skipped("its states are not valid, see state.valid");
    }
    let Some(resume) = middle(&first) else {
        return FULL_REFRESH.skipped("no resumable stream has two different states in a full refresh");
    };
    let name = "read (full refresh, from the middle)";
    let call = Call::new(Verb::Read, name).catalog(read.catalog.clone()).state(resume.state.clone());
    let take = match bench.run(call.expects(Expects::Either)).await {
        Ok(take) => take,
        Err(why) => return FULL_REFRESH.skipped(why.0),
    };
    if !take.is_success() {
        let finding = FULL_REFRESH.failed(format!("`{name}` {}", take.how_it_ended()));
        return finding.with(format!("the state: {}", resume.state)).with(take.last_words());
    }
    let second = Reading::of(&take, &read.catalog);
    let seen = format!("{} streams went on, with {} records", resume.starts.len(), second.record_count());
    FULL_REFRESH.judged(seen, wrong(&first, &resume, &second, &Sameness::of(bench).await))
}

/// The first full refresh, of the streams that can be resumed.
async fn resumable(bench: &Bench<'_>) -> Result<Read, String> {
    let mut read = full_refresh(bench, 0).await.map_err(|why| why.0)?;
    if !read.take.is_success() {
        return Err(format!("`{}` {}", read.take.call, read.take.how_it_ended()));
    }
    read.catalog.streams.retain(|stream| stream.stream.is_resumable == Some(true));
    match read.catalog.streams.is_empty() {
        true => Err("no stream is resumable".to_owned()),
        false => Ok(read),
    }
}

/// Each stream from a state in the middle; what has only one state starts there.
fn middle(first: &Reading<'_>) -> Option<Resume> {
    let all = resumes(first).ok()?;
    let most = all.len();
    let middle = all.into_iter().nth(most.checked_sub(2)? / 2)?;
    middle.starts.iter().any(|start| !start.is_last()).then_some(middle)
}

fn wrong(first: &Reading<'_>, resume: &Resume, second: &Reading<'_>, sameness: &Sameness<'_>) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    // Behind the last state nothing is left, and what a source does then is not said.
    for start in resume.starts.iter().filter(|start| !start.is_last()) {
        let streams = first.stream(&start.descriptor).zip(second.stream(&start.descriptor));
        let Some((one, other)) = streams else { continue };
        let pair = Pair { first, one, start, second, other };
        wrong.extend(lost(&pair, sameness));
        let before = one.records.iter().filter(|record| record.at < start.at()).count();
        let again = sameness.repeated(one, start.at(), start, other).len();
        // Some may look like records that come later.
        if before > 0 && again * 2 >= before && start.previous().is_some() {
            wrong.extend(repeated(&pair, start.at(), sameness));
        }
    }
    wrong
}
