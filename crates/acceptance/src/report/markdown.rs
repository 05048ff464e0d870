//! The report for a comment on a pull request: Markdown as GitHub and GitLab show it.

use super::Report;
use super::counts::{Counts, by_area, skipped_by_reason};
use crate::finding::{Finding, Status};

/// A comment may have 65,536 characters; evidence that goes beyond this is left out.
const MOST_CHARACTERS: usize = 50_000;

/// The most pieces of evidence of a finding, and the most characters of a piece.
const MOST_PIECES: usize = 3;
const MOST_OF_A_PIECE: usize = 800;

/// Characters that mean something in Markdown, or make a link to a person or an issue. The others of ASCII may not be
/// written as numbers everywhere, these may.
const SPECIAL: &str = "\\`*_{}[]()<>#+-!|~@&$:";

pub(super) fn render(report: &Report) -> String {
    let mut text = head(report);
    let mut left_out = 0;
    for finding in report.failures().chain(report.warnings()) {
        match broken(finding) {
            part if text.len() + part.len() <= MOST_CHARACTERS => text += &part,
            _ => left_out += 1,
        }
    }
    if left_out > 0 {
        text += &format!("\n{left_out} more did not fit here; the JSON report has all.\n");
    }
    let bypassed = report.of_status(Status::Bypassed).map(|it| format!("- `{}`: {}", it.rule, escaped(&it.message)));
    let skipped = skipped_by_reason(report).into_iter().map(|(reason, rules)| {
        let rules: Vec<String> = rules.into_iter().map(|rule| format!("`{rule}`")).collect();
        format!("- {}: {}", escaped(reason), rules.join(", "))
    });
    let notes = report.notes.iter().map(|note| format!("- {}", escaped(note)));
    for (summary, lines) in
        [("Bypassed", bypassed.collect()), ("Not looked at", skipped.collect()), ("Notes", notes.collect())]
    {
        text += &list(summary, lines);
    }
    text
}

fn head(report: &Report) -> String {
    let verdict = if report.passed { "passed" } else { "failed" };
    let Report { kind, duration_seconds, version, .. } = report;
    let connector = escaped(&report.connector);
    let counts = Counts::of(&report.findings).in_words();
    let strictness = report.strictness.name();
    let rows = by_area(report).into_iter().map(|(area, counts)| {
        let Counts { passed, failed, warnings, skipped, bypassed } = counts;
        format!("| `{area}` | {failed} | {warnings} | {passed} | {skipped} | {bypassed} |\n")
    });
    let table: String = rows.collect();
    format!(
        "### Connector test {verdict}: {connector}\n\n{counts}; {kind}, strictness {strictness}, {duration_seconds:.1} s, longshore \
         {version}\n\n| area | failed | warnings | passed | not looked at | bypassed |\n\
         |---|--:|--:|--:|--:|--:|\n{table}"
    )
}

fn broken(finding: &Finding) -> String {
    let word = if finding.is_failure() { "Failed" } else { "Warning" };
    let Finding { rule, title, message, remedy, .. } = finding;
    let (title, message, remedy) = (escaped(title), escaped(message), escaped(remedy));
    let evidence = evidence(finding);
    format!("\n**{word}** `{rule}`: {title}\n\n{message}\n\n{evidence}What to do: {remedy}\n")
}

fn evidence(finding: &Finding) -> String {
    let evidence = finding.telling_evidence();
    if evidence.is_empty() {
        return String::new();
    }
    let pieces: Vec<String> = evidence.iter().take(MOST_PIECES).map(|text| cut(text)).collect();
    let text = pieces.join("\n");
    let fence = fence(&text);
    format!("<details><summary>Evidence</summary>\n\n{fence}text\n{text}\n{fence}\n\n</details>\n\n")
}

/// Longer than any row of backticks in the text, so that nothing of it is Markdown.
fn fence(text: &str) -> String {
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(longest.max(2) + 1)
}

fn cut(text: &str) -> String {
    let text: String = text.chars().filter(|letter| !letter.is_control() || "\n\t".contains(*letter)).collect();
    match text.char_indices().nth(MOST_OF_A_PIECE) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

/// A text on one line in which nothing is Markdown.
fn escaped(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    words.chars().filter(|letter| !letter.is_control()).fold(String::new(), |mut out, letter| {
        match SPECIAL.contains(letter) {
            true if "@#<>&:".contains(letter) => out += &format!("&#{};", u32::from(letter)),
            true => out.extend(['\\', letter]),
            false => out.push(letter),
        }
        out
    })
}

fn list(summary: &str, lines: Vec<String>) -> String {
    if lines.is_empty() {
        return String::new();
    }
    format!("\n<details><summary>{summary}: {}</summary>\n\n{}\n\n</details>\n", lines.len(), lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::{escaped, fence, render};
    use crate::report::fixture::report;

    #[test]
    fn nothing_that_a_connector_says_is_markdown() {
        insta::assert_snapshot!(render(&report()));
    }

    #[test]
    fn a_fence_is_longer_than_any_row_of_backticks() {
        assert_eq!([fence("a `b` c"), fence("````")], ["```", "`````"]);
        assert_eq!(escaped("a|b <i>\n@team #7"), "a\\|b &#60;i&#62; &#64;team &#35;7");
    }

    #[test]
    fn it_fits_into_a_comment() {
        let mut report = report();
        report.findings = vec![report.findings[2].clone(); 200];
        let text = render(&report);
        assert!(text.len() < 60_000 && text.contains(" more did not fit here"), "{}", text.len());
    }
}
