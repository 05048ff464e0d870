//! Backward compatibility: what was configured and synced with the previous version goes on with this one.

mod catalogs;
mod specs;

use super::spec::answer::violations;
use super::{Binds, Clause, Judge};
use crate::bench::{Bench, Unavailable};
use crate::finding::Finding;
use crate::rule::{Level, Rule, Wrong, skip_all};
use crate::subject::Subject;
use crate::take::{Recorder, Take};
use longshore_protocol::FailureOrigin;
use longshore_runner::{InputFile, Verb};
use serde_json::Value;

pub(crate) static CLAUSE: Clause = Clause {
    title: "Backward compatibility",
    binds: Binds::Both,
    rules: RULES,
    judge: Judge::Runs(|bench| Box::pin(judge(bench))),
};

const RULES: &[Rule] = &[SPEC, CONFIG, CATALOG];

const SPEC: Rule = Rule {
    id: "compatibility.spec",
    level: Level::Must,
    title: "The spec takes what the previous one took",
    demand: "A spec MUST NOT demand more than that of the previous version: no new required property, no removed property or \
             choice, no removed value of an `enum`, no other or narrower `type`, no other `const`, no tighter limit. A release \
             that must do so is a major version with an entry under `breakingChanges`.",
    reason: "Configurations that were saved with the previous version are refused after the upgrade, and their syncs stop.",
    check: "Both versions are run with `spec`, and the forms are compared property by property.",
    remedy: "Give the new property a default in place of requiring it, and keep what was removed; or declare the breaking \
             change in metadata.yaml.",
};

const CONFIG: Rule = Rule {
    id: "compatibility.config",
    level: Level::Must,
    title: "Configurations of the previous version stay valid",
    demand: "A configuration that is valid for the spec of the previous version MUST be valid for the new one.",
    reason: "It was saved, and nobody will look at it again before it fails.",
    check: "The configuration under test is validated with both specs.",
    remedy: "Undo the change of the property that is named, or declare the breaking change in metadata.yaml.",
};

const CATALOG: Rule = Rule {
    id: "compatibility.catalog",
    level: Level::Must,
    title: "The catalog has what the previous one had",
    demand: "A catalog MUST keep the streams of the previous version, their fields with `type`, `format` and `airbyte_type`, their \
             sync modes, cursor fields and primary keys.",
    reason: "Tables change their columns, states no longer fit, and streams of connections are gone.",
    check: "Both versions are run with `discover` and the configuration under test, and the catalogs are compared field by field.",
    remedy: "Keep the old stream or field beside the new one, or declare the breaking change in metadata.yaml.",
};

async fn judge(bench: &Bench<'_>) -> Vec<Finding> {
    let waived = waived(bench);
    if let Some(why) = waived
        .or_else(|| bench.plan.previous.is_none().then(|| "no previous version is given (`--previous REF`)".to_owned()))
    {
        return skip_all(RULES, &Unavailable(why));
    }
    let (old_spec, new_spec) = match (run(bench, Verb::Spec).await, bench.spec().await) {
        (Ok(old), Ok(new)) => (answer(&old, "SPEC", "spec"), new),
        (Err(why), _) | (_, Err(why)) => return skip_all(RULES, &why),
    };
    let Some(old_spec) = old_spec else {
        return skip_all(RULES, &Unavailable("the previous version printed no SPEC message".to_owned()));
    };
    let (old_form, new_form) = (&old_spec["connectionSpecification"], &new_spec["connectionSpecification"]);
    vec![judge_spec(old_form, new_form), judge_config(bench, old_form, new_form), judge_catalog(bench).await]
}

/// A major version may break what it says that it breaks.
fn waived(bench: &Bench<'_>) -> Option<String> {
    let metadata = bench.plan.project.as_ref()?.metadata();
    let version = metadata.docker_image_tag.to_string();
    let change = metadata.releases.breaking_changes.get(&version)?;
    Some(format!("metadata.yaml declares {version} as a breaking change: {}", change.message))
}

fn judge_spec(old: &Value, new: &Value) -> Finding {
    let changes = specs::changes(old, new);
    SPEC.judged("nothing is demanded that was not before", told(changes))
}

fn told(changes: Vec<String>) -> Vec<Wrong> {
    changes.into_iter().map(|change| Wrong::new(change, "")).collect()
}

fn judge_config(bench: &Bench<'_>, old: &Value, new: &Value) -> Finding {
    let config = match bench.config() {
        Ok(config) => serde_json::from_str::<Value>(config).unwrap_or_default(),
        Err(why) => return CONFIG.skipped(why.0),
    };
    match (violations(old, &config), violations(new, &config)) {
        (Ok(before), _) if !before.is_empty() => CONFIG.skipped("the configuration is not valid for the previous spec"),
        (Ok(_), Ok(now)) => CONFIG.judged("the configuration is valid for both specs", told(now)),
        (Err(why), _) | (_, Err(why)) => CONFIG.skipped(format!("a spec cannot be used to validate: {why}")),
    }
}

async fn judge_catalog(bench: &Bench<'_>) -> Finding {
    if bench.subject.origin != FailureOrigin::Source {
        return CATALOG.skipped("it is a destination");
    }
    let (old, new) = match (run(bench, Verb::Discover).await, bench.discover(0).await) {
        (Ok(old), Ok(new)) => (answer(&old, "CATALOG", "catalog"), answer(&new, "CATALOG", "catalog")),
        (Err(why), _) | (_, Err(why)) => return CATALOG.skipped(why.0),
    };
    match (old, new) {
        (Some(old), Some(new)) => {
            CATALOG.judged("everything is there that was before", told(catalogs::changes(&old, &new)))
        }
        (None, _) => CATALOG.skipped("the previous version printed no CATALOG message"),
        (_, None) => CATALOG.skipped("`discover` printed no CATALOG message"),
    }
}

fn answer(take: &Take, kind: &str, payload: &str) -> Option<Value> {
    take.messages(kind).next().map(|message| message[payload].clone())
}

/// Runs the previous version. Its runs are its own affair, so they are not kept.
async fn run(bench: &Bench<'_>, verb: Verb) -> Result<Take, Unavailable> {
    let none = || Unavailable("no previous version is given".to_owned());
    let subject = Subject { reference: bench.plan.previous.as_ref().ok_or_else(none)?, ..*bench.subject };
    let mut files = Vec::new();
    if verb != Verb::Spec {
        let content = bench.config()?.as_bytes().to_vec();
        files.push(InputFile { flag: Some("--config"), name: "config.json", content, env: None });
    }
    let _place = bench.place().await;
    let recorder =
        Recorder::start(&subject, verb, format!("{verb} (previous version)"), files, &bench.plan.environment).await;
    let recorder = recorder.map_err(|failure| {
        Unavailable(format!("the previous version could not be started: {} ({})", failure.message, failure.code))
    })?;
    Ok(recorder.end().await)
}
