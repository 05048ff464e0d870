//! The picture on a terminal: the last good view of each part, and what went wrong in this round above it.

use super::section::{self, lines};
use console::{Style, Term, measure_text_width, truncate_str};
use longshore_devkit::dev::{Happening, StreamRead};
use longshore_protocol::LogLevel;
use longshore_worker::secrets::Secrets;
use std::collections::VecDeque;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

/// How many lines of logs are kept.
const KEPT_LOGS: usize = 200;

/// The fewest lines for logs.
const FEWEST_LOGS: usize = 5;

/// What the terminal shows.
pub(super) struct Screen {
    terminal: Term,
    name: String,
    head: String,
    round: u64,
    /// When the round began, while it runs.
    running: Option<Instant>,
    /// Whether it still installs and compiles.
    is_preparing: bool,
    /// Spec, check, catalog: the last good view of each.
    parts: [Part; 3],
    /// What was read or written last.
    moved: Part,
    streams: Vec<StreamRead>,
    first_record: Option<String>,
    failures: Vec<String>,
    logs: VecDeque<(LogLevel, String)>,
}

/// A view, and the round that it is of.
#[derive(Default)]
struct Part {
    lines: Vec<String>,
    round: u64,
}

impl Screen {
    pub(super) fn new(dir: &Path) -> Self {
        let terminal = Term::stdout();
        // What cannot be cleared is written over.
        let _ = terminal.clear_screen();
        let _ = terminal.hide_cursor();
        Self {
            terminal,
            name: name_of(dir),
            head: String::new(),
            round: 0,
            running: None,
            is_preparing: false,
            parts: Default::default(),
            moved: Part::default(),
            streams: Vec::new(),
            first_record: None,
            failures: Vec::new(),
            logs: VecDeque::new(),
        }
    }

    pub(super) fn finish(&self) {
        let _ = self.terminal.show_cursor();
    }

    pub(super) fn show(&mut self, happening: &Happening, secrets: &Secrets) {
        let (height, width) = self.terminal.size();
        self.note(happening, usize::from(width));
        self.draw(height, width, secrets);
    }

    /// Time goes by: who waits sees how long a round has been running.
    pub(super) fn tick(&mut self, secrets: &Secrets) {
        if self.running.is_some() {
            let (height, width) = self.terminal.size();
            self.draw(height, width, secrets);
        }
    }

    fn draw(&self, height: u16, width: u16, secrets: &Secrets) {
        let frame = self.frame(usize::from(height), usize::from(width));
        let mut text = "\x1b[H".to_owned();
        for line in frame {
            text += &format!("{}\x1b[K\r\n", truncate_str(&secrets.hide(&line), usize::from(width), "…"));
        }
        text += "\x1b[J";
        let mut out = &self.terminal;
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }

    fn note(&mut self, happening: &Happening, width: usize) {
        match happening {
            Happening::Round { number, changed } => {
                self.head = format!("round {number}{}", section::reason(changed));
                (self.round, self.running, self.is_preparing) = (*number, Some(Instant::now()), true);
                self.failures.clear();
                self.logs.clear();
                self.first_record = None;
            }
            Happening::Spec { .. } => self.parts[0] = self.part(lines(happening, width)),
            Happening::Check { .. } => self.parts[1] = self.part(lines(happening, width)),
            Happening::Catalog { .. } => self.parts[2] = self.part(lines(happening, width)),
            Happening::FirstRecord { .. } => self.first_record = lines(happening, width).pop(),
            Happening::Read { streams, .. } => {
                self.moved = self.part(lines(happening, width).into_iter().take(1).collect());
                self.streams.clone_from(streams);
            }
            Happening::Written { .. } => self.moved = self.part(lines(happening, width)),
            Happening::Log { verb, level, message } => self.log(*level, section::log(verb, *level, message)),
            Happening::Tool { line } => self.log(LogLevel::Debug, format!("  {line}")),
            Happening::LogsDropped { .. } => self.log(LogLevel::Debug, lines(happening, width).concat()),
            Happening::Failed { verb, failure } => {
                let lines = section::failed(verb.as_deref(), failure);
                self.failures.extend(lines.iter().flat_map(|line| wrapped(line, width)));
            }
            Happening::Prepared { .. } => self.is_preparing = false,
            Happening::Ended { healthy, seconds } => {
                let word = if *healthy { "all is well" } else { "something is wrong" };
                self.head = format!("{}, {word} after {seconds:.1} s", self.head);
                self.running = None;
            }
        }
    }

    fn part(&self, lines: Vec<String>) -> Part {
        Part { lines, round: self.round }
    }

    /// The lines of a part; of one that this round has not renewed, they say so.
    fn shown(&self, part: &Part) -> Vec<String> {
        if part.round == self.round {
            return part.lines.iter().map(|line| coloured(line)).collect();
        }
        let (dim, old) = (Style::new().dim(), format!(" — of round {}", part.round));
        let mark = |(at, line): (usize, &String)| {
            dim.apply_to(format!("{line}{}", if at == 0 { &old } else { "" })).to_string()
        };
        part.lines.iter().enumerate().map(mark).collect()
    }

    fn running_for(&self) -> String {
        let word = if self.is_preparing { "installing and compiling" } else { "running" };
        match self.running.map(|begun| begun.elapsed().as_secs()) {
            None => String::new(),
            Some(0) => format!(", {word}"),
            Some(seconds) => format!(", {word} for {seconds} s"),
        }
    }

    fn log(&mut self, level: LogLevel, line: String) {
        if self.logs.len() == KEPT_LOGS {
            self.logs.pop_front();
        }
        self.logs.push_back((level, line));
    }

    /// The lines of the picture, as many as there is room for. Failures come first; records give way to them, and logs get
    /// what is left.
    fn frame(&self, height: usize, width: usize) -> Vec<String> {
        let bold = Style::new().bold();
        let mut frame = vec![bold.apply_to(format!("{} — {}{}", self.name, self.head, self.running_for())).to_string()];
        frame.extend(self.failures.iter().map(|line| coloured(line)));
        frame.extend(self.parts.iter().flat_map(|part| self.shown(part)));
        let first = self.first_record.as_ref().map_or_else(String::new, |text| format!(", {text}"));
        let mut moved = self.shown(&self.moved).into_iter();
        frame.extend(moved.next().map(|line| format!("{line}{first}")));
        frame.extend(moved);
        let room = height.saturating_sub(frame.len() + FEWEST_LOGS + 1);
        let of_each = (room / self.streams.len().max(1)).saturating_sub(2);
        for stream in &self.streams {
            frame.push(section::stream_head(stream));
            let shown = of_each.min(stream.records.len());
            frame.extend(section::records(&stream.records[..shown], width));
        }
        frame.truncate(height.saturating_sub(1));
        let room = height.saturating_sub(frame.len() + 1);
        let skipped = self.logs.len().saturating_sub(room);
        frame.extend(self.logs.iter().skip(skipped).map(|(level, line)| by_level(*level, line)));
        frame
    }
}

/// The folder's name, also of `.`.
fn name_of(dir: &Path) -> String {
    let whole = dir.canonicalize().unwrap_or_else(|_| dir.to_owned());
    whole.file_name().unwrap_or(whole.as_os_str()).to_string_lossy().into_owned()
}

/// A line in several, broken between words where that is possible.
fn wrapped(line: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in line.split_inclusive(' ') {
        let last = lines.last().map_or(0, |line| measure_text_width(line));
        if last > 0 && last + measure_text_width(word.trim_end()) > width {
            lines.push("  ".to_owned());
        }
        if let Some(last) = lines.last_mut() {
            *last += word;
        }
    }
    lines
}

/// Additions, removals, changes, errors.
fn coloured(line: &str) -> String {
    let style = match line.trim_start().chars().next() {
        Some('+') => Style::new().green(),
        Some('-') => Style::new().red(),
        Some('~') => Style::new().yellow(),
        _ if line.starts_with("error[") => Style::new().red().bold(),
        _ if line.starts_with("check     FAILED") => Style::new().red(),
        _ => return line.to_owned(),
    };
    style.apply_to(line).to_string()
}

fn by_level(level: LogLevel, line: &str) -> String {
    let style = match level {
        LogLevel::Fatal | LogLevel::Error => Style::new().red(),
        LogLevel::Warn => Style::new().yellow(),
        LogLevel::Info => return line.to_owned(),
        LogLevel::Debug | LogLevel::Trace => Style::new().dim(),
    };
    style.apply_to(line).to_string()
}

#[cfg(test)]
mod tests {
    use super::Screen;
    use longshore_devkit::dev::{Cost, Happening, StreamRead};
    use longshore_protocol::{FailureKind, FailureOrigin, FailureReason, LogLevel};
    use serde_json::json;
    use std::path::Path;

    fn screen(happenings: &[Happening]) -> Screen {
        let mut screen = Screen::new(Path::new("source-x"));
        happenings.iter().for_each(|happening| screen.note(happening, 80));
        screen
    }

    fn spec() -> Happening {
        Happening::Spec { changes: Vec::new(), properties: 3, cost: Cost::default() }
    }

    #[test]
    fn a_verb_that_fails_keeps_the_last_good_view_and_shows_its_code() {
        let failure =
            FailureReason::new(FailureOrigin::Source, FailureKind::SystemError, "connector.x", "it is broken");
        let second = Happening::Round { number: 2, changed: vec!["main.py".to_owned()] };
        let failed = Happening::Failed { verb: Some("spec".to_owned()), failure };
        let frame = screen(&[spec(), second, failed]).frame(30, 80).join("\n");
        assert!(frame.contains("error[connector.x]: spec: it is broken"), "{frame}");
        assert!(frame.contains("spec      3 properties") && frame.contains("main.py changed"), "{frame}");
        assert!(frame.contains(" — of round 0") && frame.contains(", installing and compiling"), "{frame}");
    }

    #[test]
    fn a_long_failure_is_broken_between_words() {
        assert_eq!(super::wrapped("error[x]: a bc def", 12), ["error[x]: a ", "  bc def"]);
        assert_eq!(super::wrapped("short", 12), ["short"]);
    }

    #[test]
    fn the_picture_is_never_higher_than_the_terminal() {
        let records = (0..100).map(|id| json!({"id": id})).collect();
        let stream = StreamRead { name: "users".to_owned(), records, count: 100, ..StreamRead::default() };
        let read = Happening::Read { streams: vec![stream], records_per_second: 10.0, cost: Cost::default() };
        let log = Happening::Log { verb: "read".to_owned(), level: LogLevel::Info, message: "hello".to_owned() };
        let mut happenings = vec![spec(), read];
        happenings.extend(std::iter::repeat_n(log, 1000));
        let screen = screen(&happenings);
        for height in [1, 5, 24, 60] {
            let frame = screen.frame(height, 80);
            assert!(frame.len() <= height, "{height}: {}", frame.len());
        }
        let frame = screen.frame(24, 80).join("\n");
        assert!(frame.contains("users: 100 records") && frame.contains("hello"), "{frame}");
    }
}
