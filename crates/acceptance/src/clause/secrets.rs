//! Secrets: what stands in a configuration and must stand nowhere in what a connector prints.

mod forms;
mod values;

use super::{Binds, Clause, Judge};
use crate::bench::Bench;
use crate::finding::Finding;
use crate::rule::{Level, Rule, Wrong};
use crate::take::Take;
use forms::{Needle, needles};
use serde_json::Value;
use std::rc::Rc;
use values::secrets;

pub(crate) static CLAUSE: Clause = Clause {
    title: "Secrets",
    binds: Binds::Both,
    rules: RULES,
    judge: Judge::Afterwards(|bench, takes| vec![judge(bench, takes)]),
};

const RULES: &[Rule] = &[NOT_IN_OUTPUT];

const NOT_IN_OUTPUT: Rule = Rule {
    id: "secrets.not_in_output",
    level: Level::Must,
    title: "Secrets of the configuration are not printed",
    demand: "The value of a secret of the configuration MUST NOT stand in anything that a connector prints, on stdout or stderr, \
             neither as it is nor escaped as JSON, URL-encoded or in base64.",
    reason: "Logs are kept, shipped and read by many; a secret in them has to be changed everywhere.",
    check: "The values of properties that the spec marks as `airbyte_secret`, or that are named like a secret, are searched in \
            all lines of all runs, and line by line when they have several. Values of fewer than 8 characters, and those that \
            stand in the spec or in another property, are passed over; so is the configuration in a CONTROL message.",
    remedy: "Leave the value out of messages, URLs and headers that are logged; filter it in the logger.",
};

/// How much of a line is shown around a secret.
const AROUND: usize = 100;

fn judge(bench: &Bench<'_>, takes: &[Rc<Take>]) -> Finding {
    let spec =
        takes.iter().find_map(|take| take.messages("SPEC").next()).map_or(&Value::Null, |message| &message["spec"]);
    let configs = bench.plan.config.iter().chain(bench.plan.checks.iter().map(|case| &case.config));
    let mut needles: Vec<Needle> = configs
        .filter_map(|config| serde_json::from_str::<Value>(config).ok())
        .flat_map(|config| secrets(spec, &config))
        .flat_map(|(name, value)| needles(&name, &value))
        .collect();
    needles.sort_by(|one, other| one.text.cmp(&other.text));
    needles.dedup_by(|one, other| one.text == other.text);
    match (needles.is_empty(), takes.len()) {
        (true, _) => NOT_IN_OUTPUT.skipped("the configuration has no secret of 8 characters or more"),
        (_, 0) => NOT_IN_OUTPUT.skipped("nothing was run"),
        (_, count) => {
            let wrong = takes.iter().flat_map(|take| printed(take, &needles)).collect();
            NOT_IN_OUTPUT.judged(format!("what {count} runs printed, for {}", counted(&needles)), wrong)
        }
    }
}

fn counted(needles: &[Needle]) -> String {
    let mut names: Vec<&str> = needles.iter().map(|needle| needle.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    format!("the secrets `{}`", names.join("`, `"))
}

/// Where a run printed secrets: the first line for each of them on each pipe.
fn printed(take: &Take, needles: &[Needle]) -> Vec<Wrong> {
    let mut found: Vec<(&str, &str, Wrong)> = Vec::new();
    let stdout = take.heard.iter().filter(|heard| heard.message("CONTROL").is_none());
    let stdout = stdout.map(|heard| ("stdout", String::from_utf8_lossy(&heard.line)));
    let stderr = take.stderr.lines().map(|line| ("stderr", line.into()));
    for (pipe, line) in stdout.chain(stderr) {
        for needle in needles.iter().filter(|needle| line.contains(&needle.text)) {
            if found.iter().any(|(name, at, _)| *name == needle.name && *at == pipe) {
                continue;
            }
            let message = format!("the secret `{}` stands on {pipe} of `{}`, {}", needle.name, take.call, needle.form);
            found.push((&needle.name, pipe, Wrong::new(message, excerpt(&line, needle, needles))));
        }
    }
    found.into_iter().map(|(_, _, wrong)| wrong).collect()
}

/// The line around a secret, without any.
fn excerpt(line: &str, needle: &Needle, needles: &[Needle]) -> String {
    const HIDDEN: &str = "**********";
    let hidden = line.replace(&needle.text, HIDDEN);
    let hidden = needles.iter().fold(hidden, |line, needle| line.replace(&needle.text, HIDDEN));
    let at = hidden.find(HIDDEN).unwrap_or_default();
    let before = hidden[..at].chars().rev().take(AROUND).collect::<Vec<_>>().into_iter().rev();
    before.chain(hidden[at..].chars().take(AROUND + HIDDEN.len())).collect()
}

#[cfg(test)]
mod tests {
    use super::{excerpt, needles, printed};
    use crate::clause::every_run::script::take;
    use longshore_runner::Verb;

    const VALUE: &str = "p@ss/wörd \"42\"";

    #[test]
    fn a_secret_is_found_in_every_form_and_never_shown() {
        let needles = needles("password", VALUE);
        for line in [
            r#"{"type":"LOG","log":{"level":"INFO","message":"using p@ss/wörd \"42\""}}"#,
            r#"{"type":"LOG","log":{"level":"INFO","message":"using p@ss/w\u00f6rd \"42\""}}"#,
            r#"GET /?password=p%40ss%2Fw%C3%B6rd%20%2242%22&x=1"#,
            r#"GET /?password=p%40ss%2fw%c3%b6rd+%2242%22&x=1"#,
            "Authorization: Basic Ym9iOnBAc3Mvd8O2cmQgIjQyIg==",
            "p@ss/wörd \"42\"",
        ] {
            let found = printed(&take(Verb::Check, &[line], 0), &needles);
            assert_eq!(found.len(), 1, "{line}");
            assert!(needles.iter().all(|needle| !found[0].evidence.contains(&needle.text)), "{}", found[0].evidence);
        }
        assert!(printed(&take(Verb::Check, &["nothing of it"], 0), &needles).is_empty());
    }

    #[test]
    fn a_configuration_that_is_sent_back_is_no_leak() {
        let control = r#"{"type":"CONTROL","control":{"type":"CONNECTOR_CONFIG","connectorConfig":{"config":{"t":"abcdefgh1"}}}}"#;
        assert!(printed(&take(Verb::Read, &[control], 0), &needles("t", "abcdefgh1")).is_empty());
    }

    #[test]
    fn lines_of_a_key_are_found_one_by_one() {
        let needles =
            needles("private_key", "-----BEGIN KEY-----\nMIIBVgIBADANBg\nkqhkiG9w0BAQEF\n-----END KEY-----\n");
        assert_eq!(printed(&take(Verb::Read, &["x kqhkiG9w0BAQEF y"], 0), &needles).len(), 1);
        assert!(printed(&take(Verb::Read, &["-----BEGIN KEY-----"], 0), &needles).is_empty());
        assert_eq!(excerpt("x kqhkiG9w0BAQEF y", &needles[0], &needles), "x ********** y");
    }
}
