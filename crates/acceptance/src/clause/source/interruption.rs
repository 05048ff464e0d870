//! Interruption: a source that is killed, or asked to end, leaves a state from which all goes on.

mod afterwards;
mod points;
mod rules;

use super::reading::{Read, full_refresh, incremental};
use crate::bench::{Bench, Call, Expects, Unavailable};
use crate::clause::{Binds, Clause, Judge};
use crate::finding::Finding;
use crate::rule::{Wrong, skip_all};
use crate::take::{Ending, Stop, Take, What};
use afterwards::{Afterwards, afterwards};
use futures_util::future::{join, join_all};
use longshore_runner::Verb;
pub(super) use points::lines_to_hear;
use rules::{KILL, RULES, TERM_ENDS, TERM_RESUME, WHOLE_MESSAGES};
use std::rc::Rc;
use std::time::Duration;

pub(crate) static CLAUSE: Clause = Clause {
    title: "Interruption",
    binds: Binds::Sources,
    rules: RULES,
    judge: Judge::Runs(|bench| Box::pin(judge(bench))),
};

/// How long a source may take to end when it is asked to.
const GRACE: Duration = Duration::from_secs(10);

/// The most that a source may print after it was asked to end before nobody reads any more.
const LAST_WORDS_BYTES: u64 = 1 << 20;

/// The signals of SIGTERM, and the exit code that shells and inits make of it.
const SIGTERM: i32 = 15;
const CODE_OF_SIGTERM: i32 = 143;

async fn judge(bench: &Bench<'_>) -> Vec<Finding> {
    let read = match undisturbed(bench).await {
        Ok(read) => read,
        Err(why) => return skip_all(RULES, &why),
    };
    let (killed, terminated) = join(kills(bench, &read), terminate(bench, &read)).await;
    let mut findings = vec![killed];
    match terminated {
        Ok(take) => findings.extend(after_term(bench, &read, &take).await),
        Err(why) => findings.extend(skip_all(&[TERM_ENDS, TERM_RESUME, WHOLE_MESSAGES], &why)),
    }
    findings
}

/// The read that is made again and disturbed: the incremental one, or the full refresh of a source that has none.
pub(super) async fn undisturbed(bench: &Bench<'_>) -> Result<Read, Unavailable> {
    let read = match incremental(bench).await {
        Ok(read) => read,
        Err(_) => full_refresh(bench, 0).await?,
    };
    match read.take.is_success() {
        true => Ok(read),
        false => Err(Unavailable(format!("`{}` {}", read.take.call, read.take.how_it_ended()))),
    }
}

/// Starts the read again and hears so many lines; what comes behind them waits in a narrow pipe.
async fn up_to(
    bench: &Bench<'_>,
    read: &Read,
    name: String,
    lines: usize,
    stop: Stop,
) -> Result<Rc<Take>, Unavailable> {
    let _place = bench.place().await;
    let mut recorder = bench.start(Call::new(Verb::Read, name).catalog(read.catalog.clone())).await?;
    recorder.narrow();
    recorder.until(None, |it| it.heard().len() >= lines).await;
    recorder.stands_still().await;
    if recorder.has_ended() {
        bench.keep(recorder.stop(Stop::Kill).await, Expects::Either);
        return Err(Unavailable(
            "it prints too little to be disturbed in the middle: it had ended by itself".to_owned(),
        ));
    }
    let heard: usize = recorder.heard().iter().map(|heard| heard.line.len() + 1).sum();
    let rest = read.take.stdout_bytes.saturating_sub(heard as u64);
    if matches!(stop, Stop::Terminate(_)) {
        recorder.hear_last_words(LAST_WORDS_BYTES.min(rest / 2));
    }
    Ok(bench.keep(recorder.stop(stop).await, Expects::Either))
}

async fn kills(bench: &Bench<'_>, read: &Read) -> Finding {
    let points = points::of_kills(&read.take, bench.plan.strictness);
    if points.is_empty() {
        return KILL.skipped("it prints too few lines to be killed in the middle");
    }
    let one = |lines: &usize| {
        let name = format!("read (killed after {lines} lines)");
        let lines = *lines;
        async move {
            let take = up_to(bench, read, name, lines, Stop::Kill).await?;
            afterwards(bench, read, &take).await
        }
    };
    aggregate(&KILL, join_all(points.iter().map(one)).await)
}

fn aggregate(rule: &crate::rule::Rule, results: Vec<Result<Afterwards, Unavailable>>) -> Finding {
    let (good, bad): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    let good: Vec<Afterwards> = good.into_iter().flatten().collect();
    match (good.is_empty(), bad.into_iter().find_map(Result::err)) {
        (true, Some(why)) => rule.skipped(why.0),
        _ => {
            let seen: Vec<String> = good.iter().map(|it| it.seen.clone()).collect();
            rule.judged(seen.join("; "), good.into_iter().flat_map(|it| it.wrong).collect())
        }
    }
}

async fn terminate(bench: &Bench<'_>, read: &Read) -> Result<Rc<Take>, Unavailable> {
    let lines = points::of_term(&read.take)
        .ok_or_else(|| Unavailable("it prints too few lines to be stopped in the middle".to_owned()))?;
    let name = format!("read (SIGTERM after {lines} lines)");
    up_to(bench, read, name, lines, Stop::Terminate(GRACE)).await
}

async fn after_term(bench: &Bench<'_>, read: &Read, take: &Rc<Take>) -> Vec<Finding> {
    let ends = term_ends(take);
    if take.ending == Ending::IgnoredTerm {
        let why = Unavailable("it did not end after SIGTERM".to_owned());
        return [ends].into_iter().chain(skip_all(&[TERM_RESUME, WHOLE_MESSAGES], &why)).collect();
    }
    let resumed = aggregate(&TERM_RESUME, vec![afterwards(bench, read, take).await]);
    vec![ends, resumed, whole_messages(take)]
}

fn term_ends(take: &Take) -> Finding {
    match take.ending {
        Ending::IgnoredTerm => {
            let message = format!("`{}` was still running {} s after SIGTERM", take.call, GRACE.as_secs());
            let last = take.heard.last().map(|heard| heard.text()).unwrap_or_default();
            TERM_ENDS.failed(message).with(format!("the last line that was heard: {last}")).with(take.stderr.clone())
        }
        _ => TERM_ENDS.passed(format!("`{}` {}", take.call, take.how_it_ended())),
    }
}

/// What the signal itself cut off is nobody's fault; what a source that handles it leaves is its own.
fn whole_messages(take: &Take) -> Finding {
    let by_signal = take.exit.signal == Some(SIGTERM) || take.exit.code == Some(CODE_OF_SIGTERM);
    let last = take.heard.len().saturating_sub(1);
    let is_cut = |at: usize| at == last && !take.ends_with_newline;
    let others = take.heard.iter().enumerate().filter_map(|(at, heard)| match heard.what {
        What::Other(why) if !(is_cut(at) && by_signal) => Some((why, is_cut(at), heard)),
        _ => None,
    });
    let say = |(why, is_cut, heard): (&str, bool, &crate::take::Heard)| {
        let what = if is_cut { "the last line is cut off" } else { "a line is no message" };
        Wrong::new(format!("{what} in `{}`: {why}", take.call), heard.text())
    };
    WHOLE_MESSAGES.judged(format!("{} lines of `{}`", take.heard.len(), take.call), others.map(say).collect())
}
