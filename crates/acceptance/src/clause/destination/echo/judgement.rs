//! What the echoes of one run say of each rule.

use super::{AS_RECEIVED, LAST_STATE, NOTHING_MADE_UP, ONCE, ORDER, STATS, STATS_PRESENT};
use crate::clause::destination::session::{Echo, Script, Written, echoes, same};
use crate::finding::Finding;
use crate::rule::Wrong;
use serde_json::Value;
use std::collections::BTreeSet;

pub(super) fn findings(written: &Written) -> Vec<Finding> {
    let Written { script, take } = written;
    let echoes = echoes(take, script);
    let seen = format!("{} echoes of {} states of {} streams", echoes.len(), script.states.len(), script.targets.len());
    let last = LAST_STATE.judged(seen.clone(), last_states(script, &echoes));
    let mut findings = vec![last];
    if echoes.is_empty() {
        let rest = [ORDER, AS_RECEIVED, NOTHING_MADE_UP, ONCE, STATS, STATS_PRESENT];
        findings.extend(rest.iter().map(|rule| rule.skipped("no state came back")));
        return findings;
    }
    findings.push(ORDER.judged(seen.clone(), out_of_order(script, &echoes)));
    findings.push(AS_RECEIVED.judged(seen.clone(), changed(script, &echoes)));
    findings.push(NOTHING_MADE_UP.judged(seen.clone(), made_up(&echoes)));
    findings.push(ONCE.judged(seen, repeated(&echoes)));
    findings.extend(stats(script, &echoes));
    findings
}

fn last_states(script: &Script, echoes: &[Echo<'_>]) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    for (target, configured) in script.targets.iter().enumerate() {
        let of_target = |state: &usize| script.states[*state].covers.iter().any(|(it, _)| *it == target);
        let last = (0..script.states.len()).rfind(of_target);
        let Some(last) = last.filter(|last| !echoes.iter().any(|echo| echo.sent == Some(*last))) else { continue };
        let message = format!("the last state of {} did not come back", configured.stream);
        wrong.push(Wrong::new(message, format!("sent: {}", script.states[last].state)));
    }
    wrong
}

fn out_of_order(script: &Script, echoes: &[Echo<'_>]) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    for target in 0..script.targets.len() {
        let mut highest = None;
        let mut heard = BTreeSet::new();
        for (sent, echo) in echoes.iter().filter_map(|echo| Some((echo.sent?, echo))) {
            let is_of_target = script.states[sent].covers.iter().any(|(it, _)| *it == target);
            // One that comes again is another rule's matter.
            if !is_of_target || !heard.insert(sent) {
                continue;
            }
            if highest.is_some_and(|highest| sent < highest) {
                let stream = script.stream(target);
                wrong.push(Wrong::new(format!("a state of {stream} came back behind a later one"), echo.line.clone()));
            }
            highest = highest.max(Some(sent));
        }
    }
    wrong
}

fn changed(script: &Script, echoes: &[Echo<'_>]) -> Vec<Wrong> {
    let change = |echo: &Echo<'_>| {
        let sent = &script.states[echo.sent?].state;
        let lost = sent.as_object()?.keys().find(|key| !is_kept(key, sent, echo.state))?;
        let evidence = format!("sent: {sent}\ncame back: {}", echo.state);
        Some(Wrong::new(format!("`{lost}` of a state did not come back as it was sent"), evidence))
    };
    echoes.iter().filter_map(change).collect()
}

/// Whether a property of a sent state is in the echo as it was.
fn is_kept(key: &str, sent: &Value, echoed: &Value) -> bool {
    match key {
        "stream" => {
            let (sent, echoed) = (&sent["stream"], &echoed["stream"]);
            same(&sent["stream_descriptor"], &echoed["stream_descriptor"])
                && equal(&sent["stream_state"], &echoed["stream_state"])
        }
        "global" => same_content(sent, echoed),
        key => same(&sent[key], &echoed[key]),
    }
}

/// Whether two GLOBAL states say the same.
pub(super) fn same_content(sent: &Value, echoed: &Value) -> bool {
    let (sent, echoed) = (&sent["global"], &echoed["global"]);
    let (some, others) = (sent["stream_states"].as_array(), echoed["stream_states"].as_array());
    let (Some(some), Some(others)) = (some, others) else { return false };
    equal(&sent["shared_state"], &echoed["shared_state"])
        && some.len() == others.len()
        && some.iter().all(|state| others.iter().any(|other| same(state, other)))
}

/// Like [`same`], and an object is an object: an empty one is neither null nor missing.
fn equal(sent: &Value, echoed: &Value) -> bool {
    sent.is_object() == echoed.is_object() && same(sent, echoed)
}

fn made_up(echoes: &[Echo<'_>]) -> Vec<Wrong> {
    let made_up = echoes.iter().filter(|echo| echo.sent.is_none());
    made_up.map(|echo| Wrong::new("a STATE came that was never sent", echo.line.clone())).collect()
}

fn repeated(echoes: &[Echo<'_>]) -> Vec<Wrong> {
    let mut heard = BTreeSet::new();
    let again = echoes.iter().filter(|echo| echo.sent.is_some_and(|sent| !heard.insert(sent)));
    again.map(|echo| Wrong::new("a state came back a second time", echo.line.clone())).collect()
}

fn stats(script: &Script, echoes: &[Echo<'_>]) -> [Finding; 2] {
    let count = |echo: &Echo<'_>| echo.state["destinationStats"]["recordCount"].as_f64();
    let counted = echoes.iter().filter(|echo| count(echo).is_some()).count();
    if counted == 0 {
        let message = format!("none of {} echoed states has destinationStats.recordCount", echoes.len());
        return [STATS.skipped(message.clone()), STATS_PRESENT.failed(message).with(echoes[0].line.clone())];
    }
    let mut wrong = Vec::new();
    let mut before = vec![0; script.targets.len()];
    let mut heard = BTreeSet::new();
    for (sent, echo) in echoes.iter().filter_map(|echo| Some((echo.sent?, echo))) {
        let state = &script.states[sent];
        let since_echo: u64 =
            state.covers.iter().map(|(target, covered)| covered.saturating_sub(before[*target])).sum();
        let is_right = |count: f64| count == since_echo as f64 || count == state.records as f64;
        if heard.insert(sent)
            && let Some(count) = count(echo)
            && !is_right(count)
        {
            let message = format!(
                "destinationStats.recordCount is {count}, and {since_echo} records had come since the last echo"
            );
            wrong.push(Wrong::new(message, echo.line.clone()));
        }
        state.covers.iter().for_each(|(target, covered)| before[*target] = *covered);
    }
    let seen = format!("{counted} of {} echoed states have destinationStats", echoes.len());
    let present = match counted == echoes.len() {
        true => STATS_PRESENT.passed(seen.clone()),
        false => STATS_PRESENT.failed(seen.clone()),
    };
    [STATS.judged(seen, wrong), present]
}
