//! Runs a suite: all clauses that bind a connector, and what comes out.

mod veil;
mod weight;

pub(crate) use weight::weigh;

use crate::bench::{Bench, Unavailable, spec_of};
use crate::clause::{Binds, Clause, Judge, clauses};
use crate::config;
use crate::finding::{Finding, Status};
use crate::plan::Plan;
use crate::report::Report;
use crate::rule::skip_all;
use crate::subject::Subject;
use crate::take::Recorder;
use futures_util::future::join_all;
use longshore_protocol::{FailureOrigin, FailureReason};
use longshore_runner::Verb;
use serde_json::Value;
use std::time::Instant;
use veil::Veil;

/// How many runs of a source may go on at once. A destination is written to by one at a time.
const SOURCE_PLACES: usize = 2;

/// The areas of rules that can be judged of a connector that does not even answer `spec`.
const WITHOUT_SPEC: [&str; 4] = ["spec", "image", "metadata", "config"];

/// The rule that a connector breaks which does not answer `spec`.
const WITHOUT_ANSWER: &str = "spec.one_message";

/// Judges a connector by every rule that binds it. What the plan lacks is first made of the connector's spec. `suffix` is what
/// the names of the streams end with that the suite makes up.
///
/// # Errors
/// Why the connector cannot be started at all: what its very first run failed with.
pub async fn run(subject: &Subject<'_>, plan: &mut Plan, suffix: String) -> Result<Report, FailureReason> {
    let begun = Instant::now();
    let subject = &Subject { silence: plan.silence.unwrap_or(subject.silence), ..*subject };
    let first = Recorder::start(subject, Verb::Spec, "spec", Vec::new(), &plan.environment).await?.end().await;
    let spec = spec_of(&first);
    if let Some(spec) = &spec {
        config::complete(plan, spec);
    }
    let origin = origin(subject, spec.as_ref());
    let subject = &Subject { origin, ..*subject };
    let is_source = origin == FailureOrigin::Source;
    let bench = Bench::new(subject, plan, if is_source { SOURCE_PLACES } else { 1 }, suffix);
    bench.begin(first);
    let binding: Vec<&Clause> = clauses()
        .into_iter()
        .filter(|clause| binds(clause, is_source, plan) || (spec.is_none() && has_rule(clause, WITHOUT_ANSWER)))
        .collect();
    let mut findings = judged(&bench, &binding).await;
    // Whoever asks for some rules only is told as well why none of them could be judged.
    findings.retain(|finding| plan.wants(&finding.rule) || (spec.is_none() && finding.rule == WITHOUT_ANSWER));
    let order: Vec<&str> = binding.iter().flat_map(|clause| clause.rules).map(|rule| rule.id).collect();
    findings.sort_by_key(|finding| order.iter().position(|id| *id == finding.rule));
    let veil = Veil::new(subject, plan, spec.as_ref());
    findings.iter_mut().for_each(|finding| veil.cover(finding));
    Ok(Report::new(subject, plan, findings, begun.elapsed()))
}

/// Only destinations have modes in which they write; a source may have an empty list of them.
fn origin(subject: &Subject<'_>, spec: Option<&Value>) -> FailureOrigin {
    let modes = spec.and_then(|spec| spec["supported_destination_sync_modes"].as_array());
    match modes {
        Some(modes) if !modes.is_empty() => FailureOrigin::Destination,
        _ => subject.origin,
    }
}

/// What is found of every clause, in the order of the clauses; what needs all runs comes when they are done.
async fn judged(bench: &Bench<'_>, binding: &[&Clause]) -> Vec<Finding> {
    let answers = &bench.spec().await;
    let runs = binding.iter().filter_map(|clause| match clause.judge {
        Judge::Runs(judge) => Some((clause, judge)),
        Judge::Afterwards(_) => None,
    });
    let findings = join_all(runs.map(|(clause, judge)| async move {
        match answers {
            Err(why) if !holds_without_spec(clause) => skip_all(clause.rules, &without_spec(why)),
            _ => judge(bench).await,
        }
    }));
    let mut findings = findings.await.concat();
    let takes = bench.takes();
    for clause in binding {
        if let Judge::Afterwards(judge) = clause.judge {
            findings.extend(judge(bench, &takes));
        }
    }
    once(findings)
}

/// What another clause found of a rule besides counts when the rule's own did not see it.
fn once(findings: Vec<Finding>) -> Vec<Finding> {
    let mut kept: Vec<Finding> = Vec::with_capacity(findings.len());
    for finding in findings {
        match kept.iter_mut().find(|it| it.rule == finding.rule) {
            Some(it) if it.status != Status::Failed => *it = finding,
            Some(_) => {}
            None => kept.push(finding),
        }
    }
    kept
}

fn holds_without_spec(clause: &Clause) -> bool {
    clause.rules.iter().any(|rule| WITHOUT_SPEC.contains(&rule.area()))
}

fn without_spec(why: &Unavailable) -> Unavailable {
    Unavailable(format!("`spec` must work first: {}", why.0))
}

fn binds(clause: &Clause, is_source: bool, plan: &Plan) -> bool {
    let is_bound = match clause.binds {
        Binds::Both => true,
        Binds::Sources => is_source,
        Binds::Destinations => !is_source,
    };
    is_bound && (is_wanted(clause, plan) || looks_at_all_runs(plan))
}

fn has_rule(clause: &Clause, id: &str) -> bool {
    clause.rules.iter().any(|rule| rule.id == id)
}

fn is_wanted(clause: &Clause, plan: &Plan) -> bool {
    clause.rules.iter().any(|rule| plan.wants(rule.id))
}

/// Whether only rules are asked for that are judged by the runs of the other clauses: then these are all made.
fn looks_at_all_runs(plan: &Plan) -> bool {
    !clauses().into_iter().any(|clause| matches!(clause.judge, Judge::Runs(_)) && is_wanted(clause, plan))
}
