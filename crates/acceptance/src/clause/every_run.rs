//! Every run: what holds for whatever a connector is asked for. Judged when all other clauses are done, of all their runs.

mod endings;
mod faults;
mod lines;
mod messages;
mod rules;
#[cfg(test)]
pub(crate) mod script;

use super::{Binds, Clause, Judge};
use crate::bench::{Expects, Unavailable};
use crate::finding::Finding;
use crate::rule::{Rule, skip_all};
use crate::take::{Ending, Heard, Take};
use longshore_protocol::FailureOrigin;
use rules::RULES;

pub(crate) static CLAUSE: Clause = Clause {
    title: "Every run",
    binds: Binds::Both,
    rules: RULES,
    judge: Judge::Afterwards(|bench, _| {
        let runs = bench.takes_and_expectations();
        let runs: Vec<Run<'_>> = runs.iter().map(|(take, expects)| Run { take, expects: *expects }).collect();
        judge(&runs, bench.subject.origin)
    }),
};

/// One run, and what it should have come to.
struct Run<'a> {
    take: &'a Take,
    expects: Expects,
}

impl Run<'_> {
    /// Whether it ended by itself, so that its end says something.
    fn ended(&self) -> bool {
        self.take.ending == Ending::Itself
    }

    /// Its lines but for one at the end that was cut off together with the run.
    fn lines(&self) -> &[Heard] {
        let heard = &self.take.heard;
        let is_cut = !self.take.ends_with_newline && (!self.ended() || self.expects == Expects::Either);
        if is_cut { &heard[..heard.len().saturating_sub(1)] } else { heard }
    }
}

fn judge(runs: &[Run<'_>], origin: FailureOrigin) -> Vec<Finding> {
    if runs.is_empty() {
        return skip_all(RULES, &Unavailable("nothing was run".to_owned()));
    }
    vec![
        lines::only_messages(runs),
        messages::valid_messages(runs),
        lines::allowed_types(runs, origin),
        lines::complete_lines(runs),
        lines::not_on_stderr(runs),
        endings::ends(runs),
        endings::zero_on_success(runs),
        endings::nonzero_on_failure(runs),
        endings::error_on_failure(runs),
        endings::failure_type(runs),
        endings::failure_type_given(runs),
    ]
}

/// Says how much was looked at.
fn counted(runs: &[Run<'_>]) -> String {
    let lines: usize = runs.iter().map(|run| run.lines().len()).sum();
    format!("{lines} lines of {} runs", runs.len())
}

/// The rule is skipped when nothing was looked at.
fn judged(rule: &Rule, looked_at: usize, what: &str, wrong: faults::Faults, none: &str) -> Finding {
    match looked_at {
        0 => rule.skipped(none),
        count => rule.judged(format!("{count} {what}"), wrong.told()),
    }
}
