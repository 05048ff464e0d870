//! The report for code scanning: SARIF 2.1.0.
//!
//! What is bypassed or was not looked at is told as a notification: a result of whatever kind becomes an alert.

use super::Report;
use crate::clause::clauses;
use crate::finding::{Finding, Status};
use crate::rule::Rule;
use serde_json::{Value, json};
use std::path::Path;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

pub(super) fn render(report: &Report) -> String {
    let broken: Vec<&Finding> = report.failures().chain(report.warnings()).collect();
    let place = place(report);
    let results = broken.iter().enumerate().map(|(at, finding)| result(at, finding, &place));
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "longshore",
                "version": report.version,
                "rules": broken.iter().map(|finding| rule(finding)).collect::<Vec<_>>(),
            }},
            "automationDetails": {"id": format!("longshore/{}/", report.connector)},
            "invocations": [{"executionSuccessful": true, "toolExecutionNotifications": notifications(report)}],
            "results": results.collect::<Vec<_>>(),
        }],
    });
    // A value can always be written.
    serde_json::to_string_pretty(&log).unwrap_or_default()
}

/// Where a result is: a file of the project, or the connector itself. Code scanning wants a line, and there is none.
fn place(report: &Report) -> Value {
    let uri = match &report.file {
        Some(file) => uri_of_file(file),
        None => encoded(&report.connector),
    };
    json!({"physicalLocation": {"artifactLocation": {"uri": uri}, "region": {"startLine": 1}}})
}

fn result(at: usize, finding: &Finding, place: &Value) -> Value {
    let evidence = finding.evidence.iter().map(|text| format!("\n{text}")).collect::<String>();
    json!({
        "ruleId": finding.rule,
        "ruleIndex": at,
        "level": level(finding),
        "message": {"text": format!("{}{evidence}\nWhat to do: {}", finding.message, finding.remedy)},
        "locations": [place],
        "partialFingerprints": {"longshoreRule/v1": finding.rule},
    })
}

fn level(finding: &Finding) -> &'static str {
    if finding.is_failure() { "error" } else { "warning" }
}

fn rule(finding: &Finding) -> Value {
    let known = clauses().into_iter().flat_map(|clause| clause.rules).find(|rule| rule.id == finding.rule);
    let help = known.map_or_else(|| finding.remedy.to_string(), help);
    json!({
        "id": finding.rule,
        "shortDescription": {"text": finding.title},
        "fullDescription": {"text": known.map_or(finding.title.as_ref(), |rule| rule.demand)},
        "help": {"text": help, "markdown": help},
        "defaultConfiguration": {"level": level(finding)},
    })
}

fn help(rule: &Rule) -> String {
    format!("{}\n\n{}\n\nHow it is proven: {}\n\nWhat to do: {}", rule.demand, rule.reason, rule.check, rule.remedy)
}

fn notifications(report: &Report) -> Vec<Value> {
    let told = [Status::Bypassed, Status::Skipped].into_iter().flat_map(|status| report.of_status(status));
    let told = told.map(|finding| format!("{}: {}", finding.rule, finding.message));
    told.chain(report.notes.iter().cloned()).map(|text| json!({"level": "note", "message": {"text": text}})).collect()
}

fn uri_of_file(file: &Path) -> String {
    let path = encoded(file.to_string_lossy().trim_start_matches("./"));
    if file.is_absolute() { format!("file://{path}") } else { path }
}

fn encoded(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~/:@=+".contains(&byte);
    text.bytes()
        .map(|byte| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::report::{Report, fixture};
    use serde_json::Value;

    fn log(report: &Report) -> Value {
        serde_json::from_str(&render(report)).unwrap()
    }

    #[test]
    fn every_result_has_its_rule_its_level_and_a_place() {
        let log = log(&fixture::report());
        let run = &log["runs"][0];
        let results = run["results"].as_array().unwrap();
        assert_eq!((log["version"].as_str(), results.len()), (Some("2.1.0"), 3));
        for result in results {
            let at = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(run["tool"]["driver"]["rules"][at]["id"], result["ruleId"]);
            let place = &result["locations"][0]["physicalLocation"];
            assert_eq!(place["artifactLocation"]["uri"], "exec:python3%20%27my%20source.py%27");
        }
        let levels: Vec<&str> = results.iter().map(|result| result["level"].as_str().unwrap()).collect();
        assert_eq!(levels, ["error", "error", "warning"]);
    }

    #[test]
    fn the_findings_of_a_project_are_pinned_to_its_file() {
        for (file, uri) in
            [("./my dir/metadata.yaml", "my%20dir/metadata.yaml"), ("/x/metadata.yaml", "file:///x/metadata.yaml")]
        {
            let report = Report { file: Some(file.into()), ..fixture::report() };
            let place = log(&report)["runs"][0]["results"][0]["locations"][0].take();
            assert_eq!(place["physicalLocation"]["artifactLocation"]["uri"], uri);
        }
    }

    #[test]
    fn it_is_the_same_every_time() {
        insta::assert_snapshot!(render(&fixture::report()));
    }
}
