//! The changelog of a project: a row of its table, or a section in the form of Keep a Changelog.

use super::write::NewText;
use super::{BumpOptions, Change, line_of};
use crate::Project;
use crate::failure::unreadable;
use longshore_protocol::FailureReason;
use semver::Version;
use std::fs;
use std::path::{Path, PathBuf};

/// What stands in a row when nobody said what changed.
const NO_MESSAGE: &str = "TODO";
/// What stands in a cell that nobody knows.
const NOTHING: &str = "-";

/// A changed changelog.
pub(super) struct Entry {
    pub(super) change: Change,
    pub(super) text: NewText,
}

/// The new entries of all changelogs that have none for this version yet.
pub(super) fn entries(project: &Project, to: &Version, options: &BumpOptions) -> Result<Vec<Entry>, FailureReason> {
    let mut entries = Vec::new();
    for file in files(project) {
        let path = project.dir().join(&file);
        let before = fs::read_to_string(&path).map_err(|error| unreadable(&path, &error))?;
        let Some((at, added)) = addition(&before, &to.to_string(), options) else { continue };
        let line = line_of(&before, at) + added.lines().take_while(|line| line.trim().is_empty()).count();
        let mut after = before.clone();
        after.insert_str(at, &added);
        let change = Change { file, line, from: None, to: added.trim().to_owned() };
        entries.push(Entry { change, text: NewText { path, before, after } });
    }
    Ok(entries)
}

/// README.md, CHANGELOG.md and what lies in docs/, as far as they are there.
pub(crate) fn files(project: &Project) -> Vec<PathBuf> {
    let is_markdown = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "md");
    let listed = fs::read_dir(project.dir().join("docs")).into_iter().flatten().flatten();
    let mut docs: Vec<PathBuf> =
        listed.map(|entry| Path::new("docs").join(entry.file_name())).filter(is_markdown).collect();
    docs.sort();
    let top = ["CHANGELOG.md", "README.md"].map(PathBuf::from);
    top.into_iter().chain(docs).filter(|file| project.dir().join(file).is_file()).collect()
}

/// Where a text is to be added, and which; none when there is no changelog or it has this version already.
fn addition(text: &str, version: &str, options: &BumpOptions) -> Option<(usize, String)> {
    let lines = lines_outside_of_code(text);
    table_row(&lines, version, options).or_else(|| section(&lines, version, options)).map(|(at, added)| {
        let ends_windows = text.contains("\r\n");
        (at, if ends_windows { added.replace('\n', "\r\n") } else { added })
    })
}

/// A line without its end, where it begins, and where the next one does.
pub(crate) struct Line<'a> {
    pub(crate) text: &'a str,
    start: usize,
    next: usize,
}

pub(crate) fn lines_outside_of_code(text: &str) -> Vec<Line<'_>> {
    let (mut lines, mut next, mut in_code) = (Vec::new(), 0, false);
    for whole in text.split_inclusive('\n') {
        let line = Line { text: whole.trim_end_matches(['\n', '\r']), start: next, next: next + whole.len() };
        next = line.next;
        let is_fence = line.text.trim_start().starts_with("```");
        in_code ^= is_fence;
        if !in_code && !is_fence {
            lines.push(line);
        }
    }
    lines
}

pub(crate) fn cells(line: &str) -> Vec<&str> {
    let line = line.trim();
    let inner = line.strip_prefix('|').unwrap_or(line);
    inner.strip_suffix('|').unwrap_or(inner).split('|').map(str::trim).collect()
}

/// The table whose columns begin with Version and Date; the newest row is its first.
fn table_row(lines: &[Line<'_>], version: &str, options: &BumpOptions) -> Option<(usize, String)> {
    let is_head = |line: &Line<'_>| {
        let cells = cells(line.text);
        line.text.contains('|')
            && cells.len() >= 2
            && cells[0].eq_ignore_ascii_case("version")
            && cells[1].eq_ignore_ascii_case("date")
    };
    let is_rule =
        |line: &Line<'_>| line.text.contains('-') && line.text.chars().all(|c| matches!(c, '|' | '-' | ':' | ' '));
    let head = lines.iter().position(is_head)?;
    let rule = lines.get(head + 1).filter(|line| is_rule(line))?;
    let rows = lines[head + 2..].iter().take_while(|line| line.text.contains('|'));
    if rows.into_iter().any(|row| cells(row.text)[0].trim_matches('`') == version) {
        return None;
    }
    let columns = cells(lines[head].text);
    let row: Vec<String> =
        columns.iter().enumerate().map(|(at, name)| cell(name, at + 1 == columns.len(), version, options)).collect();
    let row = format!("| {} |", row.join(" | "));
    let has_end = rule.next > rule.start + rule.text.len();
    Some((rule.next, if has_end { format!("{row}\n") } else { format!("\n{row}") }))
}

fn cell(column: &str, is_last: bool, version: &str, options: &BumpOptions) -> String {
    let column = column.to_ascii_lowercase();
    match column.as_str() {
        "version" => version.to_owned(),
        "date" => options.date.to_string(),
        _ if column.contains("pull") || column == "pr" => {
            options.pull_request.as_deref().map_or(NOTHING.to_owned(), link)
        }
        _ if is_last => message(options).replace('|', "\\|").replace('\n', " "),
        _ => NOTHING.to_owned(),
    }
}

/// `[12](https://…/pull/12)`.
fn link(pull_request: &str) -> String {
    let number = pull_request.trim_end_matches('/').rsplit('/').next().unwrap_or(pull_request);
    if pull_request.starts_with("http") { format!("[{number}]({pull_request})") } else { pull_request.to_owned() }
}

fn message(options: &BumpOptions) -> &str {
    options.message.as_deref().unwrap_or(NO_MESSAGE)
}

/// A section for the version. What stood under `[Unreleased]` becomes its content.
fn section(lines: &[Line<'_>], version: &str, options: &BumpOptions) -> Option<(usize, String)> {
    let headings: Vec<usize> = (0..lines.len()).filter(|at| title(&lines[*at]).is_some()).collect();
    let titles: Vec<&str> = headings.iter().filter_map(|at| title(&lines[*at])).collect();
    if titles.contains(&version) {
        return None;
    }
    let first = &lines[*headings.first()?];
    let heading = format!("## [{version}] - {}\n", options.date);
    if !titles[0].eq_ignore_ascii_case("unreleased") {
        return Some((first.start, format!("{heading}\n- {}\n\n", message(options))));
    }
    let end = headings.get(1).copied().unwrap_or(lines.len());
    let has_content = lines[headings[0] + 1..end].iter().any(|line| !line.text.trim().is_empty());
    let entry = match (&options.message, has_content) {
        (None, true) => String::new(),
        _ => format!("\n- {}\n", message(options)),
    };
    let gap = if first.next == first.start + first.text.len() { "\n\n" } else { "\n" };
    Some((first.next, format!("{gap}{heading}{entry}")))
}

/// The word in the brackets of `## [1.2.3] - 2026-01-31`; every entry of Keep a Changelog is such a heading.
fn title<'a>(line: &Line<'a>) -> Option<&'a str> {
    let rest = line.text.strip_prefix("## ")?.trim_start();
    let (word, _) = rest.strip_prefix('[')?.split_once(']')?;
    let is_entry = word.eq_ignore_ascii_case("unreleased") || word.starts_with(|c: char| c.is_ascii_digit());
    is_entry.then_some(word)
}
