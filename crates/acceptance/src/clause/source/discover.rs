//! Discovery: the catalog that a source offers, and whether all of it can be relied upon.

mod answer;
mod rules;
mod schemas;
mod streams;

use crate::bench::{Bench, Call, Expects, Unavailable};
use crate::clause::check::refused_case;
use crate::clause::spec::answer::violations;
use crate::clause::{Binds, Clause, Judge};
use crate::finding::Finding;
use crate::plan::{CheckCase, CheckResult};
use crate::rule::skip_all;
use crate::take::Take;
use longshore_runner::Verb;
use rules::{FAILS_ON_INVALID_CONFIG, RULES, STABLE};
use serde_json::Value;
use std::rc::Rc;
use streams::Offered;

pub(crate) static CLAUSE: Clause = Clause {
    title: "Discovery",
    binds: Binds::Sources,
    rules: RULES,
    judge: Judge::Runs(|bench| Box::pin(judge(bench))),
};

/// The rules that look at nothing but the catalog, in their order.
const OF_THE_CATALOG: [fn(&[Offered<'_>]) -> Finding; 15] = [
    streams::has_streams,
    streams::unique_names,
    streams::sync_modes,
    streams::cursor_declared,
    streams::cursor_in_schema,
    streams::primary_key_in_schema,
    streams::primary_key_scalar,
    schemas::valid,
    schemas::is_object,
    schemas::no_refs,
    schemas::no_composition,
    schemas::additional_properties,
    schemas::data_types,
    schemas::has_properties,
    streams::flags,
];

async fn judge(bench: &Bench<'_>) -> Vec<Finding> {
    let (first, invalid) = futures_util::join!(bench.discover(0), discover_invalid(bench));
    let refusal = answer::refuses(invalid);
    let take = match first {
        Ok(take) => take,
        Err(why) => {
            let of_valid = RULES.iter().filter(|rule| rule.id != FAILS_ON_INVALID_CONFIG.id).copied();
            let mut findings = skip_all(&of_valid.collect::<Vec<_>>(), &why);
            findings.push(refusal);
            return findings;
        }
    };
    let mut findings = vec![answer::one_catalog(&take), refusal];
    let streams = take.messages("CATALOG").next().and_then(|message| message["catalog"]["streams"].as_array());
    let Some(streams) = streams else {
        let is_judged = |id: &str| findings.iter().any(|finding| finding.rule == id);
        let rest: Vec<_> = RULES.iter().filter(|rule| !is_judged(rule.id)).copied().collect();
        findings.extend(skip_all(&rest, &Unavailable("`discover` printed no CATALOG with streams".to_owned())));
        return findings;
    };
    let streams: Vec<Offered<'_>> = streams.iter().map(Offered::of).collect();
    findings.extend(OF_THE_CATALOG.iter().map(|judge| judge(&streams)));
    findings.push(stable(bench, &take).await);
    findings
}

async fn stable(bench: &Bench<'_>, first: &Take) -> Finding {
    if !bench.plan.wants(STABLE.id) {
        return STABLE.skipped("not asked for");
    }
    match bench.discover(1).await {
        Err(why) => STABLE.skipped(why.0),
        Ok(second) => answer::stable(first, &second),
    }
}

fn is_invalid(case: &&CheckCase) -> bool {
    !case.is_derived && case.expects != CheckResult::Succeeds
}

/// `discover` with a configuration that is wrong.
struct Refusal<'b> {
    case: &'b CheckCase,
    take: Rc<Take>,
    /// Whether the spec alone shows that it is wrong.
    breaks_spec: bool,
}

/// With the first configuration that is declared as invalid, and with one against the spec when no declared one is.
async fn discover_invalid<'b>(bench: &'b Bench<'_>) -> Result<Vec<Refusal<'b>>, Unavailable> {
    if !bench.plan.wants(FAILS_ON_INVALID_CONFIG.id) {
        return Err(Unavailable("not asked for".to_owned()));
    }
    let declared = bench.plan.checks.iter().find(is_invalid);
    let cases: Vec<&CheckCase> = declared.into_iter().chain(refused_case(bench).await).collect();
    let spec = bench.spec().await?;
    let mut refusals = Vec::with_capacity(cases.len());
    for case in cases {
        let config: Value = serde_json::from_str(&case.config).unwrap_or_default();
        let breaks_spec = violations(&spec["connectionSpecification"], &config).is_ok_and(|found| !found.is_empty());
        let call = Call::new(Verb::Discover, format!("discover ({})", case.origin)).config(&case.config);
        refusals.push(Refusal { case, take: bench.run(call.expects(Expects::Either)).await?, breaks_spec });
    }
    match refusals.is_empty() {
        true => Err(Unavailable("no invalid configuration is declared (`--invalid-config FILE`)".to_owned())),
        false => Ok(refusals),
    }
}

#[cfg(test)]
mod tests;
