//! The report for people at a terminal: what is broken first and in full, the verdict last.

use super::Report;
use super::counts::{Counts, by_area, skipped_by_reason};
use crate::finding::{Finding, Status};

/// The most pieces of evidence of a finding; the other forms have all.
const MOST_PIECES: usize = 3;

/// The most lines of a piece, and the most characters of a line.
const MOST_LINES: usize = 6;
const MOST_CHARACTERS: usize = 300;

pub(super) fn render(report: &Report) -> String {
    let failed = report.failures().map(|finding| broken("FAILED", finding));
    let warnings = report.warnings().map(|finding| broken("WARNING", finding));
    let mut parts: Vec<String> = failed.chain(warnings).collect();
    parts.extend(section("bypassed", report.of_status(Status::Bypassed).map(bypassed).collect()));
    parts.extend(section("not looked at", skipped(report)));
    parts.extend(section("passed", passed(report)));
    parts.extend(section("notes", report.notes.iter().map(|note| format!("  {}", plain(note))).collect()));
    parts.push(verdict(report));
    parts.join("\n\n")
}

fn broken(word: &str, finding: &Finding) -> String {
    let mut lines = vec![format!("{word} {}: {}", finding.rule, plain(&finding.title))];
    lines.extend(finding.message.lines().map(|line| format!("  {}", plain(line))));
    let evidence = finding.telling_evidence();
    lines.extend(evidence.iter().take(MOST_PIECES).flat_map(|text| piece(text)));
    if let more @ 1.. = evidence.len().saturating_sub(MOST_PIECES) {
        lines.push(format!("    and {more} more, which `--report json=FILE` shows"));
    }
    lines.push(format!("  what to do: {}", plain(&finding.remedy)));
    if finding.area() != "own" {
        lines.push(format!("  more: longshore connector test --explain {}", finding.rule));
    }
    lines.join("\n")
}

fn piece(text: &str) -> Vec<String> {
    let count = text.lines().count();
    let shown = text.lines().take(MOST_LINES).map(|line| format!("    | {}", cut(&plain(line))));
    let more = count.checked_sub(MOST_LINES + 1).map(|more| format!("    | … {} more lines", more + 1));
    shown.chain(more).collect()
}

fn cut(line: &str) -> String {
    match line.char_indices().nth(MOST_CHARACTERS) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line.to_owned(),
    }
}

/// A terminal obeys control characters, and the words of a connector shall not be obeyed.
fn plain(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() && letter != '\t' { '\u{fffd}' } else { letter }).collect()
}

fn bypassed(finding: &Finding) -> String {
    format!("  {}: {}", finding.rule, plain(&finding.message))
}

fn skipped(report: &Report) -> Vec<String> {
    let line = |(reason, rules): (&str, Vec<&str>)| format!("  {}: {}", plain(reason), rules.join(", "));
    skipped_by_reason(report).into_iter().map(line).collect()
}

fn passed(report: &Report) -> Vec<String> {
    let areas = by_area(report).into_iter().filter(|(_, counts)| counts.passed > 0);
    let areas: Vec<String> = areas.map(|(area, counts)| format!("{area} {}", counts.passed)).collect();
    if areas.is_empty() { Vec::new() } else { vec![format!("  {}", areas.join(", "))] }
}

fn section(heading: &str, lines: Vec<String>) -> Option<String> {
    (!lines.is_empty()).then(|| format!("{heading}:\n{}", lines.join("\n")))
}

fn verdict(report: &Report) -> String {
    let word = if report.passed { "PASSED" } else { "FAILED" };
    let counts = Counts::of(&report.findings).in_words();
    let Report { connector, kind, duration_seconds, .. } = report;
    let strictness = report.strictness.name();
    format!("{word} {connector} ({kind}, strictness {strictness}): {counts}, in {duration_seconds:.1} s")
}

#[cfg(test)]
mod tests {
    use crate::report::fixture::report;

    #[test]
    fn what_is_broken_comes_first_and_the_verdict_last() {
        insta::assert_snapshot!(super::render(&report()));
    }

    #[test]
    fn long_evidence_is_cut() {
        let mut report = report();
        report.findings[2].evidence =
            vec!["x".repeat(5000), "line\n".repeat(50), String::new(), "never shown".to_owned()];
        let text = super::render(&report);
        assert!(text.lines().all(|line| line.chars().count() < 320), "{text}");
        assert!(text.contains("… 44 more lines") && text.contains("and 1 more, which"), "{text}");
        assert!(!text.contains("never shown"));
    }
}
