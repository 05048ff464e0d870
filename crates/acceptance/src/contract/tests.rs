use super::{chapters, contract, explain, is_known, list, names, numbered, rules};
use crate::clause::{Binds, Clause};
use crate::rule::{Level, Rule};
use std::collections::BTreeSet;
use std::path::Path;

/// Set in the environment of this test, it writes the document.
const UPDATE: &str = "UPDATE_CONTRACT";

#[test]
fn the_document_is_what_the_rules_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/connector-contract.md");
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(&path, contract()).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    let renew = format!("{UPDATE}=1 cargo test -p longshore-acceptance --lib contract");
    assert!(written == contract(), "docs/connector-contract.md is not what the rules say; renew it by: {renew}");
}

#[test]
fn ids_have_an_area_and_a_fact_and_are_unique_among_what_binds_a_connector() {
    let mut problems = Vec::new();
    for is_source in [true, false] {
        let mut seen = BTreeSet::new();
        let binds = |clause: &&Clause| clause.binds != if is_source { Binds::Destinations } else { Binds::Sources };
        for rule in chapters().into_iter().filter(binds).flat_map(|clause| clause.rules) {
            let (area, fact) = rule.id.split_once('.').unwrap_or((rule.id, ""));
            if !is_word(area) || !is_word(fact) || area == super::OWN {
                problems.push(format!("{} is no `area.fact`", rule.id));
            }
            if !seen.insert(rule.id) {
                problems.push(format!("{} is there twice", rule.id));
            }
        }
    }
    assert!(problems.is_empty(), "{problems:#?}");
}

fn is_word(word: &str) -> bool {
    let is_part = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_';
    word.starts_with(|letter: char| letter.is_ascii_lowercase()) && word.chars().all(is_part)
}

#[test]
fn every_demand_says_its_level_and_every_text_is_whole() {
    let problems: Vec<String> = rules().flat_map(problems_of).collect();
    assert!(problems.is_empty(), "{problems:#?}");
}

fn problems_of(rule: &Rule) -> Vec<String> {
    let mut problems = Vec::new();
    match (rule.level, rule.demand.contains("MUST"), rule.demand.contains("SHOULD")) {
        (Level::Must, true, _) | (Level::Should, false, true) => {}
        (Level::Must, ..) => problems.push(format!("{}: the demand of a must says MUST", rule.id)),
        (Level::Should, ..) => problems.push(format!("{}: the demand of a should says SHOULD, and not MUST", rule.id)),
    }
    for text in [rule.demand, rule.reason, rule.check, rule.remedy] {
        if !text.ends_with('.') || text.contains("  ") || text.contains('\n') {
            problems.push(format!("{}: no dot at the end, or odd white space: {text}", rule.id));
        }
    }
    let words = rule.title.split_whitespace().count();
    if !(2..=10).contains(&words) || rule.title.ends_with('.') {
        problems.push(format!("{}: a title is a few words without a dot: {}", rule.id, rule.title));
    }
    problems
}

#[test]
fn a_rule_and_an_area_can_be_explained() {
    let text = explain("config.complete").unwrap();
    assert!(text.starts_with("config.complete (SHOULD, ") && text.contains("How it is proven: "), "{text}");
    assert!(explain("config").unwrap().contains("config.complete"));
    assert_eq!(explain("config.incomplete"), None);
    assert_eq!(list().lines().count(), numbered().count());
}

#[test]
fn areas_and_ids_and_own_tests_are_known() {
    assert!(["config", "config.complete", "own", "own.smoke"].iter().all(|word| is_known(word)));
    assert!(["", "conf", "own.", "config.", "complete"].iter().all(|word| !is_known(word)));
    assert!(names().contains(&"own"));
}
