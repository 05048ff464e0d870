//! Runs a suite: all clauses that bind a connector, and what comes out.

use crate::bench::Bench;
use crate::clause::{Binds, Clause, Judge, clauses};
use crate::finding::{Finding, Status};
use crate::plan::{Plan, Strictness};
use crate::report::Report;
use crate::rule::Level;
use crate::subject::Subject;
use futures_util::future::join_all;
use longshore_protocol::FailureOrigin;

/// How many runs of a source may go on at once. A destination is written to by one at a time.
const SOURCE_PLACES: usize = 2;

/// Judges a connector by every rule that binds it.
pub async fn run(subject: &Subject<'_>, plan: &Plan, suffix: String) -> Report {
    let is_source = subject.origin == FailureOrigin::Source;
    let bench = Bench::new(subject, plan, if is_source { SOURCE_PLACES } else { 1 }, suffix);
    let binding: Vec<&Clause> = clauses().into_iter().filter(|clause| binds(clause, is_source, plan)).collect();
    let mut findings: Vec<Finding> = join_all(binding.iter().filter_map(|clause| match clause.judge {
        Judge::Runs(judge) => Some(judge(&bench)),
        Judge::Afterwards(_) => None,
    }))
    .await
    .concat();
    let takes = bench.takes();
    for clause in &binding {
        if let Judge::Afterwards(judge) = clause.judge {
            findings.extend(judge(&bench, &takes));
        }
    }
    let order: Vec<&str> = binding.iter().flat_map(|clause| clause.rules).map(|rule| rule.id).collect();
    findings.retain(|finding| plan.wants(&finding.rule));
    findings.sort_by_key(|finding| order.iter().position(|id| *id == finding.rule));
    for finding in &mut findings {
        weigh(finding, plan);
        finding.message = (subject.hide)(&finding.message);
        finding.evidence.iter_mut().for_each(|text| *text = (subject.hide)(text));
    }
    Report::new(subject, plan, findings)
}

fn binds(clause: &Clause, is_source: bool, plan: &Plan) -> bool {
    let is_bound = match clause.binds {
        Binds::Both => true,
        Binds::Sources => is_source,
        Binds::Destinations => !is_source,
    };
    is_bound && clause.rules.iter().any(|rule| plan.wants(rule.id))
}

fn weigh(finding: &mut Finding, plan: &Plan) {
    if plan.strictness == Strictness::High {
        finding.level = Level::Must;
    }
    if let (Some(why), Status::Failed | Status::Skipped) = (plan.bypass(&finding.rule), finding.status) {
        finding.status = Status::Bypassed;
        finding.message = format!("bypassed: {why} ({})", finding.message);
    }
}
