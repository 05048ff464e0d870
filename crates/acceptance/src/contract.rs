//! The connector contract as a document, and single rules of it: all made of the clauses.

mod introduction;

use crate::clause::{Binds, Clause, clauses};
use crate::rule::{Level, Rule};
use introduction::INTRODUCTION;

/// Where rules of the author's own tests are: they have no entry in the contract.
const OWN: &str = "own";

/// The document `docs/connector-contract.md`.
#[must_use]
pub fn contract() -> String {
    let chapters = chapters().into_iter().enumerate().map(|(at, clause)| chapter(at + 1, clause));
    format!("{INTRODUCTION}{}", chapters.collect::<String>())
}

/// What the contract says of a rule, or of all rules of an area in short; none when there is neither. Sources and
/// destinations may each have a rule of the same id.
#[must_use]
pub fn explain(word: &str) -> Option<String> {
    let of_id = numbered().filter(|(_, rule)| rule.id == word);
    let in_full: Vec<String> = of_id.map(|(number, rule)| in_full(&number, rule)).collect();
    if !in_full.is_empty() {
        return Some(in_full.join("\n\n"));
    }
    let of_area = numbered().filter(|(_, rule)| rule.area() == word);
    let lines: Vec<String> = of_area.map(|(number, rule)| in_short(&number, rule)).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// Every rule, in short.
#[must_use]
pub fn list() -> String {
    numbered().map(|(number, rule)| in_short(&number, rule)).collect::<Vec<_>>().join("\n")
}

/// The words that name rules: the areas, and the ids.
#[must_use]
pub fn names() -> Vec<&'static str> {
    let mut areas: Vec<&str> = rules().map(Rule::area).chain([OWN]).collect();
    areas.sort_unstable();
    areas.dedup();
    areas.into_iter().chain(rules().map(|rule| rule.id)).collect()
}

/// Whether a word names a rule, an area, or a test of the author.
#[must_use]
pub fn is_known(word: &str) -> bool {
    names().contains(&word) || word.split_once('.').is_some_and(|(area, name)| area == OWN && !name.is_empty())
}

/// The clauses that have rules, which are the chapters.
fn chapters() -> Vec<&'static Clause> {
    clauses().into_iter().filter(|clause| !clause.rules.is_empty()).collect()
}

fn rules() -> impl Iterator<Item = &'static Rule> {
    chapters().into_iter().flat_map(|clause| clause.rules)
}

/// Every rule with its number, such as `2.3`.
fn numbered() -> impl Iterator<Item = (String, &'static Rule)> {
    chapters().into_iter().enumerate().flat_map(|(chapter, clause)| {
        let rules = clause.rules.iter().enumerate();
        rules.map(move |(at, rule)| (format!("{}.{}", chapter + 1, at + 1), rule))
    })
}

fn chapter(number: usize, clause: &Clause) -> String {
    let binds = match clause.binds {
        Binds::Both => "Binds sources and destinations.",
        Binds::Sources => "Binds sources.",
        Binds::Destinations => "Binds destinations.",
    };
    let rules = clause.rules.iter().enumerate().map(|(at, rule)| entry(&format!("{number}.{}", at + 1), rule));
    format!("\n## {number}. {}\n\n{binds}\n{}", clause.title, rules.collect::<String>())
}

fn entry(number: &str, rule: &Rule) -> String {
    let Rule { id, title, demand, reason, check, remedy, .. } = rule;
    let level = level(rule);
    format!(
        "\n### {number} `{id}` — {level}\n\n*{}.* {}\n\n- Why: {}\n- Proof: {}\n- Remedy: {}\n",
        escaped(title.trim_end_matches('.')),
        escaped(demand),
        escaped(reason),
        escaped(check),
        escaped(remedy)
    )
}

/// Outside of code, `<` begins a tag, `*` and `_` a stress: texts of rules mean none.
fn escaped(text: &str) -> String {
    let parts = text.split('`').enumerate();
    let parts = parts.map(|(at, part)| match at % 2 {
        0 => part.replace('<', "&lt;").replace('*', "\\*").replace("_airbyte", "\\_airbyte"),
        _ => format!("`{part}`"),
    });
    parts.collect()
}

fn in_full(number: &str, rule: &Rule) -> String {
    let Rule { id, title, demand, reason, check, remedy, .. } = rule;
    let level = level(rule);
    format!(
        "{id} ({level}, {number} of the connector contract): {title}\n\n{demand}\n\nWhy: {reason}\n\nHow it is proven: \
         {check}\n\nWhat to do: {remedy}"
    )
}

fn in_short(number: &str, rule: &Rule) -> String {
    format!("{number:>5}  {:6}  {:36}  {}", level(rule), rule.id, rule.title)
}

fn level(rule: &Rule) -> &'static str {
    match rule.level {
        Level::Must => "MUST",
        Level::Should => "SHOULD",
    }
}

#[cfg(test)]
mod tests;
