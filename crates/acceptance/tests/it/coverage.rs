//! Every rule is broken by some defect, and every defect is looked for.

use crate::trial::mutant;
use crate::{destination_defects, source_defects, unruly};
use longshore_acceptance::clauses;
use longshore_runner::ConnectorRef;
use std::collections::BTreeSet;
use std::process::Command;

/// Rules that no program of these tests breaks, and why.
const NOT_PLANTED: &[(&str, &str)] = &[
    ("image.labels", "an image; see the tests of the clause"),
    ("image.entrypoint", "an image; see the tests of the clause"),
    ("metadata.valid", "a project; see the tests of the clause"),
    ("metadata.matches", "a project; see the tests of the clause"),
    ("metadata.allowed_hosts", "a project; see the tests of the clause"),
    ("config.complete", "of the test configuration, not of the connector"),
    ("reader.works", "of the reader, not of the connector"),
    ("resources.lost_connection", "a server; the programs here write to a file"),
];

#[test]
fn every_rule_is_broken_by_some_defect() {
    let broken: BTreeSet<&str> = planted().map(|(_, rule)| rule).chain(unruly::RULES.iter().copied()).collect();
    let excused: BTreeSet<&str> = NOT_PLANTED.iter().map(|(rule, _)| *rule).collect();
    let rules: BTreeSet<&str> = clauses().iter().flat_map(|clause| clause.rules).map(|rule| rule.id).collect();
    let missing: Vec<&&str> =
        rules.iter().filter(|rule| !broken.contains(**rule) && !excused.contains(**rule)).collect();
    assert!(missing.is_empty(), "no defect breaks {missing:?}");
    let gone: Vec<&&str> = excused.iter().filter(|rule| !rules.contains(**rule) || broken.contains(**rule)).collect();
    assert!(gone.is_empty(), "excused without need: {gone:?}");
}

#[test]
fn every_defect_is_looked_for() {
    for (kind, table) in [("source", source_defects::all()), ("destination", destination_defects::all())] {
        let ConnectorRef::Exec { words } = mutant(kind, None) else { unreachable!() };
        let printed = Command::new(&words[0]).args([kind, "defects"]).output().unwrap().stdout;
        let printed = String::from_utf8(printed).unwrap();
        let known: BTreeSet<&str> = printed.lines().collect();
        let looked_for: BTreeSet<&str> = table.iter().map(|(defect, ..)| *defect).collect();
        let differing: Vec<&&str> = known.symmetric_difference(&looked_for).collect();
        assert!(differing.is_empty(), "only the {kind} or only the table knows {differing:?}");
    }
}

fn planted() -> impl Iterator<Item = (&'static str, &'static str)> {
    let tables = source_defects::all().into_iter().chain(destination_defects::all());
    tables.map(|(defect, rule, _)| (defect, rule))
}
