//! The check: whether a connector says truthfully that it works with a configuration.

mod answer;
mod rules;

use super::{Binds, Clause, Judge};
use crate::bench::{Bench, Call, Expects, Unavailable};
use crate::clause::spec::answer::violations;
use crate::finding::Finding;
use crate::plan::{CheckCase, CheckResult};
use crate::rule::{Rule, Wrong};
use crate::take::Take;
use answer::{Answer, answer};
use longshore_runner::Verb;
use rules::{
    BREAKS_WITH_TRACE, FAILED_IS_AN_ANSWER, FAILURE_MESSAGE, IGNORES_UNKNOWN_PROPERTIES, INVALID_CONFIG_FAILS,
    ONE_STATUS, REFUSES_WHAT_THE_SPEC_FORBIDS, UNREADABLE_CONFIG, VALID_CONFIG_SUCCEEDS,
};
use serde_json::Value;
use std::rc::Rc;

pub(crate) static CLAUSE: Clause =
    Clause { title: "The check", binds: Binds::Both, rules: RULES, judge: Judge::Runs(|bench| Box::pin(judge(bench))) };

const RULES: &[Rule] = &[
    ONE_STATUS,
    VALID_CONFIG_SUCCEEDS,
    INVALID_CONFIG_FAILS,
    REFUSES_WHAT_THE_SPEC_FORBIDS,
    FAILURE_MESSAGE,
    FAILED_IS_AN_ANSWER,
    BREAKS_WITH_TRACE,
    IGNORES_UNKNOWN_PROPERTIES,
    UNREADABLE_CONFIG,
];

/// A property that no connector has.
const UNKNOWN: &str = "property_that_nobody_knows";

/// One check that was tried.
struct Trial {
    take: Rc<Take>,
    expects: CheckResult,
    /// Whether the suite made the configuration up.
    is_derived: bool,
    /// Whether it is the configuration of the plan, and nobody ever said that it works.
    is_guessed: bool,
}

async fn judge(bench: &Bench<'_>) -> Vec<Finding> {
    let (trials, unknown, unreadable) = futures_util::join!(trials(bench), unknown_property(bench), unreadable(bench));
    let no_config = bench.config().err();
    let why = |otherwise: &str| no_config.as_ref().map_or_else(|| otherwise.to_owned(), |why| why.0.clone());
    vec![
        one_status(&trials, &why("`check` could not be run")),
        valid(&trials, &why("`check` could not be run")),
        invalid(
            &INVALID_CONFIG_FAILS,
            &trials,
            false,
            "no invalid configuration is declared (`--invalid-config FILE`)",
        ),
        invalid(&REFUSES_WHAT_THE_SPEC_FORBIDS, &trials, true, "no configuration could be made that breaks the spec"),
        failure_message(&trials),
        failed_is_an_answer(&trials),
        breaks(&trials),
        judge_unknown(unknown, &trials),
        judge_unreadable(unreadable),
    ]
}

/// The first configuration made up by the suite, against the spec, to which `check` said FAILED; none when one that is declared
/// to be wrong is against the spec itself.
pub(crate) async fn refused_case<'b>(bench: &'b Bench<'_>) -> Option<&'b CheckCase> {
    let spec = bench.spec().await.ok()?;
    let breaks_spec = |case: &CheckCase| {
        let config: Value = serde_json::from_str(&case.config).unwrap_or_default();
        violations(&spec["connectionSpecification"], &config).is_ok_and(|found| !found.is_empty())
    };
    let (derived, declared): (Vec<_>, Vec<_>) =
        bench.plan.checks.iter().filter(|case| case.expects != CheckResult::Succeeds).partition(|case| case.is_derived);
    if declared.iter().any(|case| breaks_spec(case)) {
        return None;
    }
    for case in derived {
        let name = format!("check ({})", case.origin);
        let ran = bench.takes().into_iter().find(|take| take.verb == Verb::Check && take.call == name);
        let take = match ran {
            Some(take) => take,
            None => bench.run(Call::new(Verb::Check, name).config(&case.config).expects(Expects::Either)).await.ok()?,
        };
        if answer(&take) == Answer::Failed {
            return Some(case);
        }
    }
    None
}

async fn trials(bench: &Bench<'_>) -> Vec<Trial> {
    let mut trials = Vec::new();
    if let Ok(take) = bench.run(Call::new(Verb::Check, "check")).await {
        let is_guessed = bench.plan.config_is_derived;
        trials.push(Trial { take, expects: CheckResult::Succeeds, is_derived: false, is_guessed });
    }
    let wanted = |is_derived: bool| {
        let rule = if is_derived { &REFUSES_WHAT_THE_SPEC_FORBIDS } else { &INVALID_CONFIG_FAILS };
        bench.plan.wants(rule.id)
    };
    for case in bench.plan.checks.iter().filter(|case| !case.is_derived || wanted(true)) {
        let expects = if case.expects == CheckResult::Succeeds { Expects::Success } else { Expects::Either };
        let call = Call::new(Verb::Check, format!("check ({})", case.origin)).config(&case.config).expects(expects);
        if let Ok(take) = bench.run(call).await {
            trials.push(Trial { take, expects: case.expects, is_derived: case.is_derived, is_guessed: false });
        }
    }
    trials
}

fn one_status(trials: &[Trial], why: &str) -> Finding {
    if trials.is_empty() {
        return ONE_STATUS.skipped(why);
    }
    let wrong = trials.iter().filter_map(|trial| answer::wrong_count(&trial.take));
    ONE_STATUS.judged(format!("{} checks, each with one answer", trials.len()), wrong.collect())
}

fn valid(trials: &[Trial], why: &str) -> Finding {
    let declared = || trials.iter().filter(|trial| trial.expects == CheckResult::Succeeds);
    let is_told = |trial: &&Trial| !matches!(answer(&trial.take), Answer::Nothing);
    let told = || declared().filter(is_told);
    if told().next().is_none() {
        return VALID_CONFIG_SUCCEEDS.skipped(if declared().next().is_none() { why } else { "`check` gave no answer" });
    }
    let broken = || told().filter(|trial| answer(&trial.take) != Answer::Succeeded);
    if broken().next().is_some() && broken().all(|trial| trial.is_guessed) {
        let why =
            "the configuration was made of the spec, and `check` does not take it; give one with --connector-config";
        return VALID_CONFIG_SUCCEEDS.skipped(why);
    }
    let wrong = broken().map(|trial| {
        let said = answer::said(&trial.take);
        Wrong::new(format!("`{}` does not succeed: {said}", trial.take.call), trial_words(&trial.take))
    });
    VALID_CONFIG_SUCCEEDS.judged(format!("{} checks printed SUCCEEDED", told().count()), wrong.collect())
}

fn invalid(rule: &Rule, trials: &[Trial], is_derived: bool, why: &str) -> Finding {
    let declared = || trials.iter().filter(|it| it.expects == CheckResult::Fails && it.is_derived == is_derived);
    if declared().next().is_none() {
        return rule.skipped(why);
    }
    let wrong = declared().filter(|trial| answer(&trial.take) == Answer::Succeeded);
    let wrong = wrong.map(|it| Wrong::new(format!("`{}` printed SUCCEEDED", it.take.call), trial_words(&it.take)));
    rule.judged(format!("{} checks failed, as they must", declared().count()), wrong.collect())
}

fn failure_message(trials: &[Trial]) -> Finding {
    let has_failed = |trial: &&Trial| match answer(&trial.take) {
        Answer::Failed => true,
        // How a connector ends with what the suite made up is told elsewhere.
        Answer::Error => !trial.is_derived,
        Answer::Succeeded | Answer::Nothing => false,
    };
    let failed = || trials.iter().filter(has_failed);
    if failed().next().is_none() {
        return FAILURE_MESSAGE.skipped("no check failed");
    }
    let wrong = failed().filter(|trial| answer::reason(&trial.take).is_none());
    let message =
        |trial: &Trial| format!("`{}` failed and does not say why: {}", trial.take.call, answer::said(&trial.take));
    let wrong = wrong.map(|trial| Wrong::new(message(trial), trial_words(&trial.take)));
    FAILURE_MESSAGE.judged(format!("{} failed checks, each with a message", failed().count()), wrong.collect())
}

fn failed_is_an_answer(trials: &[Trial]) -> Finding {
    let failed = || trials.iter().filter(|trial| answer(&trial.take) == Answer::Failed);
    if failed().next().is_none() {
        return FAILED_IS_AN_ANSWER.skipped("no check printed FAILED");
    }
    let wrong = failed().filter(|trial| !trial.take.is_success());
    let message = |take: &Take| format!("`{}` printed FAILED and {}", take.call, take.how_it_ended());
    let wrong = wrong.map(|trial| Wrong::new(message(&trial.take), trial_words(&trial.take)));
    FAILED_IS_AN_ANSWER.judged(format!("{} failed checks", failed().count()), wrong.collect())
}

fn breaks(trials: &[Trial]) -> Finding {
    let declared = || trials.iter().filter(|trial| trial.expects == CheckResult::Breaks);
    if declared().next().is_none() {
        return BREAKS_WITH_TRACE.skipped("no configuration is declared to raise an exception");
    }
    let breaks = |take: &Take| answer(take) != Answer::Succeeded && answer::error(take).is_some();
    let wrong = declared().filter(|trial| !breaks(&trial.take));
    let message = |take: &Take| format!("`{}` printed no error trace: {}", take.call, answer::said(take));
    let wrong = wrong.map(|trial| Wrong::new(message(&trial.take), trial_words(&trial.take)));
    BREAKS_WITH_TRACE.judged(format!("{} checks broke with an error trace", declared().count()), wrong.collect())
}

/// The configuration with a property that nobody knows; and a check with it.
async fn unknown_property(bench: &Bench<'_>) -> Result<Rc<Take>, Unavailable> {
    if !bench.plan.wants(IGNORES_UNKNOWN_PROPERTIES.id) {
        return Err(Unavailable("not asked for".to_owned()));
    }
    let not_known = |why: &str| Unavailable(why.to_owned());
    let spec = bench.spec().await?;
    if spec["connectionSpecification"]["additionalProperties"] == false {
        return Err(not_known("the spec forbids additional properties"));
    }
    let config = serde_json::from_str::<Value>(bench.config()?).ok();
    let Some(Value::Object(mut members)) = config else { return Err(not_known("the configuration is no JSON object")) };
    members.insert(UNKNOWN.to_owned(), Value::from("x"));
    let config = Value::Object(members).to_string();
    bench.run(Call::new(Verb::Check, "check (one unknown property)").config(&config).expects(Expects::Either)).await
}

fn judge_unknown(take: Result<Rc<Take>, Unavailable>, trials: &[Trial]) -> Finding {
    let plain = trials.first().filter(|it| it.expects == CheckResult::Succeeds);
    if plain.is_some_and(|plain| answer(&plain.take) != Answer::Succeeded) {
        return IGNORES_UNKNOWN_PROPERTIES.skipped("`check` does not succeed with the configuration as it is");
    }
    match take {
        Err(why) => IGNORES_UNKNOWN_PROPERTIES.skipped(why.0),
        Ok(take) if answer(&take) == Answer::Succeeded => {
            IGNORES_UNKNOWN_PROPERTIES.passed("`check` printed SUCCEEDED")
        }
        Ok(take) => IGNORES_UNKNOWN_PROPERTIES
            .failed(format!("`check` with the property `{UNKNOWN}` does not succeed: {}", answer::said(&take)))
            .with(trial_words(&take)),
    }
}

async fn unreadable(bench: &Bench<'_>) -> Result<Rc<Take>, Unavailable> {
    if !bench.plan.wants(UNREADABLE_CONFIG.id) {
        return Err(Unavailable("not asked for".to_owned()));
    }
    let spec = bench.spec().await?;
    let properties = spec["connectionSpecification"]["properties"].as_object();
    if properties.is_none_or(serde_json::Map::is_empty) {
        return Err(Unavailable("the spec has no properties, so the configuration need not be read".to_owned()));
    }
    bench.run(Call::new(Verb::Check, "check (a file that is not JSON)").config("{").expects(Expects::Either)).await
}

fn judge_unreadable(take: Result<Rc<Take>, Unavailable>) -> Finding {
    let take = match take {
        Err(why) => return UNREADABLE_CONFIG.skipped(why.0),
        Ok(take) => take,
    };
    let why = match answer(&take) {
        Answer::Succeeded => "`check` printed SUCCEEDED with a file that is not JSON".to_owned(),
        Answer::Nothing => format!("`check` with a file that is not JSON {} and said nothing", take.how_it_ended()),
        Answer::Failed | Answer::Error => {
            return UNREADABLE_CONFIG.passed(format!("`check` with such a file: {}", answer::said(&take)));
        }
    };
    UNREADABLE_CONFIG.failed(why).with(trial_words(&take))
}

/// What a check printed as evidence: its statuses, or its last words.
fn trial_words(take: &Take) -> String {
    let statuses: Vec<String> =
        take.heard.iter().filter(|it| it.message("CONNECTION_STATUS").is_some()).map(|it| it.text()).collect();
    if statuses.is_empty() { take.last_words() } else { statuses.join("\n") }
}

#[cfg(test)]
mod tests;
