//! The answer to `discover` as a whole: one catalog, the same every time, and none for what cannot work.

use super::Refusal;
use super::rules::{FAILS_ON_INVALID_CONFIG, ONE_CATALOG, STABLE};
use super::streams::Offered;
use crate::bench::Unavailable;
use crate::clause::spec::difference::differences;
use crate::finding::{Finding, Status};
use crate::rule::Wrong;
use crate::take::Take;
use serde_json::Value;

pub(super) fn one_catalog(take: &Take) -> Finding {
    let lines: Vec<String> =
        take.heard.iter().filter(|it| it.message("CATALOG").is_some()).map(|it| it.text()).collect();
    let streams = take.messages("CATALOG").next().map(|message| &message["catalog"]["streams"]);
    match (lines.len(), streams) {
        (0, _) => ONE_CATALOG.failed("`discover` printed no CATALOG message").with(take.last_words()),
        (1, Some(Value::Array(streams))) => ONE_CATALOG.passed(format!("1 CATALOG with {} streams", streams.len())),
        (1, _) => ONE_CATALOG.failed("the CATALOG message has no list of streams").with(lines.concat()),
        (count, _) => lines
            .into_iter()
            .fold(ONE_CATALOG.failed(format!("`discover` printed {count} CATALOG messages")), |finding, line| {
                finding.with(line)
            }),
    }
}

pub(super) fn stable(first: &Take, second: &Take) -> Finding {
    let (Some(before), Some(after)) = (streams(first), streams(second)) else {
        return STABLE
            .failed(format!("the second `discover` printed no CATALOG and {}", second.how_it_ended()))
            .with(second.last_words());
    };
    let label = |stream: &Value| Offered::of(stream).label();
    let find = |list: &[Value], wanted: &Value| list.iter().find(|it| label(it) == label(wanted)).cloned();
    let mut wrong = Vec::new();
    for stream in before {
        let Some(again) = find(after, stream) else {
            wrong
                .push(Wrong::new(format!("the second catalog lacks the stream {}", label(stream)), stream.to_string()));
            continue;
        };
        let places = differences(stream, &again).into_iter();
        wrong.extend(
            places.map(|it| Wrong::new(format!("the stream {} differs the second time: {it}", label(stream)), "")),
        );
    }
    let added = after.iter().filter(|stream| find(before, stream).is_none());
    wrong.extend(
        added.map(|it| Wrong::new(format!("the second catalog has another stream, {}", label(it)), it.to_string())),
    );
    STABLE.judged(format!("{} streams, the same twice", before.len()), wrong)
}

fn streams(take: &Take) -> Option<&[Value]> {
    let catalog = take.messages("CATALOG").next()?;
    catalog["catalog"]["streams"].as_array().map(Vec::as_slice)
}

/// What `discover` made of configurations that are wrong: the first that it does not refuse counts.
pub(super) fn refuses(tried: Result<Vec<Refusal<'_>>, Unavailable>) -> Finding {
    let findings: Vec<Finding> = match tried {
        Err(why) => return FAILS_ON_INVALID_CONFIG.skipped(why.0),
        Ok(tried) => tried.iter().map(refuses_one).collect(),
    };
    let failed = findings.iter().find(|finding| finding.status == Status::Failed);
    let told = failed.or_else(|| findings.first()).cloned();
    told.unwrap_or_else(|| FAILS_ON_INVALID_CONFIG.skipped("none was tried"))
}

fn refuses_one(Refusal { case, take, breaks_spec }: &Refusal<'_>) -> Finding {
    let rule = &FAILS_ON_INVALID_CONFIG;
    let origin = case.origin.as_str();
    let shown = |take: &Take| match take.messages("CATALOG").next() {
        Some(catalog) => catalog.to_string(),
        None => take.last_words(),
    };
    let told = match streams(take) {
        None if take.is_success() => "`discover` ended with exit code 0 and no CATALOG",
        Some([]) if take.is_success() => "`discover` printed an empty catalog",
        Some([_, ..]) if *breaks_spec && take.is_success() => "`discover` printed a catalog",
        Some([_, ..]) if take.is_success() => {
            return rule.passed(format!("the catalog does not depend on what is wrong with {origin}"));
        }
        _ => return rule.passed(format!("`discover` with {origin} {}", take.how_it_ended())),
    };
    let why = if case.is_derived { "which the spec forbids" } else { "which is declared as invalid" };
    rule.failed(format!("{told} with {origin}, {why}")).with(shown(take))
}
