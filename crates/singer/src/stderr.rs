//! Log lines of taps and targets: their level, and which of the last ones says why the program failed.

use longshore_protocol::LogLevel;
use serde_json::{Value, json};
use std::collections::VecDeque;

/// More of a line is not logged.
pub(crate) const LINE_BYTES: usize = 16 * 1024;
/// What is kept of the end, for the report of a failure.
const TAIL_LINES: usize = 60;
const TRACEBACK: &str = "Traceback (";
const TAIL_CHARACTERS: usize = 1000;

/// The last lines, with their levels.
#[derive(Debug, Default)]
pub(crate) struct Tail {
    lines: VecDeque<(LogLevel, String)>,
    last: Option<LogLevel>,
    /// The lines of a traceback come; the first that is not indented names the exception.
    in_traceback: bool,
    exception: Option<String>,
}

impl Tail {
    /// Takes a line; says its level, or nothing for an empty line.
    pub(crate) fn push(&mut self, line: &str) -> Option<LogLevel> {
        let line = line.trim_end();
        if line.is_empty() {
            return None;
        }
        let indented = line.starts_with([' ', '\t']);
        let names_exception = self.in_traceback && !indented && !line.starts_with(TRACEBACK);
        let level = match level_of(line) {
            _ if names_exception => LogLevel::Error,
            Some(level) => level,
            None => self.last.filter(|_| indented).unwrap_or(LogLevel::Info),
        };
        self.in_traceback = line.starts_with(TRACEBACK) || self.in_traceback && indented;
        if names_exception {
            self.exception = Some(line.chars().take(TAIL_CHARACTERS).collect());
        }
        self.last = Some(level);
        if self.lines.len() == TAIL_LINES {
            self.lines.pop_front();
        }
        self.lines.push_back((level, line.chars().take(TAIL_CHARACTERS).collect()));
        Some(level)
    }

    pub(crate) fn text(&self) -> String {
        self.lines.iter().map(|(_, line)| line.as_str()).collect::<Vec<_>>().join("\n")
    }

    /// What a person should know first: the last exception, else the last line at a bad level; else the last line, as such.
    pub(crate) fn why(&self) -> Option<String> {
        let last = |wanted: &dyn Fn(&(LogLevel, String)) -> bool| self.lines.iter().rev().find(|line| wanted(line));
        if let Some(exception) = &self.exception {
            return Some(exception.clone());
        }
        let error = last(&|(_, line)| is_exception(line) || is_usage_error(line))
            .or_else(|| last(&|(level, line)| *level >= LogLevel::Error && !line.starts_with([' ', '\t'])));
        match error {
            Some((_, line)) => Some(text_of(line)),
            None => self.lines.back().map(|(_, line)| format!("the last that it said is `{}`", text_of(line))),
        }
    }
}

/// A LOG message and its newline.
pub(crate) fn message(level: LogLevel, text: &str) -> String {
    format!("{}\n", json!({"type": "LOG", "log": {"level": level, "message": text.trim_end()}}))
}

/// `ValueError: …`, `requests.exceptions.HTTPError: …`
fn is_exception(line: &str) -> bool {
    let name = line.split([':', ' ', '(']).next().unwrap_or_default();
    let last = name.rsplit('.').next().unwrap_or_default();
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '.' || c == '_');
    let ending = ["Error", "Exception", "Warning", "Interrupt", "Exit"].iter().find(|ending| last.ends_with(**ending));
    is_name && ending.is_some_and(|ending| *ending != "Warning") && line.len() > name.len()
}

/// `tap-x: error: the following arguments are required`, `Error: No such option`
fn is_usage_error(line: &str) -> bool {
    line.contains(": error: ") || line.starts_with("Error: ")
}

/// The text of a structured log line.
fn text_of(line: &str) -> String {
    let parsed: Option<Value> = serde_json::from_str(line).ok();
    let text = parsed.as_ref().and_then(|log| ["message", "msg", "event"].iter().find_map(|key| log[*key].as_str()));
    text.unwrap_or(line).trim().to_owned()
}

fn level_of(line: &str) -> Option<LogLevel> {
    if line.starts_with(TRACEBACK) || is_exception(line) || is_usage_error(line) {
        return Some(LogLevel::Error);
    }
    if line.starts_with('{')
        && let Ok(log) = serde_json::from_str::<Value>(line)
    {
        return ["level", "levelname", "severity"].iter().find_map(|key| word(log[*key].as_str()?));
    }
    // `INFO text`, `2026-11-21 10:15:00,250 | INFO | …`, `[WARNING] …`, `time=… level=INFO …`
    let words = line.split(|c: char| c.is_whitespace() || "|[]():=".contains(c)).filter(|word| !word.is_empty());
    words
        .take(9)
        .find_map(|text| word(text).filter(|_| text.chars().all(char::is_uppercase) || line.contains("level=")))
}

fn word(text: &str) -> Option<LogLevel> {
    Some(match text.to_uppercase().as_str() {
        "TRACE" => LogLevel::Trace,
        "DEBUG" => LogLevel::Debug,
        "INFO" | "NOTICE" => LogLevel::Info,
        "WARN" | "WARNING" => LogLevel::Warn,
        "ERROR" => LogLevel::Error,
        "CRITICAL" | "FATAL" => LogLevel::Fatal,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_read_in_the_forms_that_libraries_write() {
        for (line, level) in [
            ("INFO Starting sync", Some(LogLevel::Info)),
            ("2026-11-21 10:15:00,250 | WARNING  | tap-x.users | slow", Some(LogLevel::Warn)),
            ("CRITICAL boom", Some(LogLevel::Fatal)),
            ("time=2026-11-21 name=singer level=ERROR message=x", Some(LogLevel::Error)),
            (r#"{"level": "debug", "event": "x"}"#, Some(LogLevel::Debug)),
            ("Traceback (most recent call last):", Some(LogLevel::Error)),
            ("requests.exceptions.HTTPError: 401", Some(LogLevel::Error)),
            ("no info at all", None),
        ] {
            assert_eq!(level_of(line), level, "{line}");
        }
    }

    #[test]
    fn the_telling_line_is_found() {
        let tail = |lines: &[&str]| {
            let mut tail = Tail::default();
            for line in lines {
                tail.push(line);
            }
            tail.why()
        };
        let traceback = ["INFO a", "Traceback (most recent call last):", "  File x", "KeyError: 'id'", "INFO bye"];
        assert_eq!(tail(&traceback).unwrap(), "KeyError: 'id'");
        let odd = ["Traceback (most recent call last):", "  File x", "botocore.NoSuchBucket: it is not there"];
        assert_eq!(tail(&odd).unwrap(), odd[2]);
        assert_eq!(tail(&["CRITICAL no key", "INFO bye"]).unwrap(), "CRITICAL no key");
        assert_eq!(tail(&["something", ""]).unwrap(), "the last that it said is `something`");
        assert_eq!(tail(&[]), None);
    }

    #[test]
    fn the_lines_of_a_traceback_keep_its_level() {
        let mut tail = Tail::default();
        tail.push("Traceback (most recent call last):");
        assert_eq!(tail.push("  File \"x\", line 1"), Some(LogLevel::Error));
        assert_eq!(tail.push("some.Odd: name"), Some(LogLevel::Error));
        assert_eq!(tail.push("next"), Some(LogLevel::Info));
    }
}
