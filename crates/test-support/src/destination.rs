//! A scripted destination: how it reads, how it echoes states, and when it fails; one rule a line.
//!
//! ```text
//! print TEXT                  a line on stdout before it reads; TEXT may be a short form of a message
//! stderr TEXT                 a line on stderr before it reads
//! hold until EVENT            reads nothing before EVENT
//! echo WORDS                  never | twice | reversed | every N | without-id | rewritten; once and as it came otherwise
//! stats JSON at state N       the echo of the N-th state carries these destinationStats
//! die before state N          reads the N-th state and is killed before it echoes it
//! die after state N           echoes the N-th state and is killed
//! stop reading after N lines  goes on living
//! exit CODE after N lines
//! exit CODE                   when the input has ended
//! refuse unless N complete    exits with 1 when the input ends before N streams are COMPLETE, as the real ones do
//! hang at end                 does not end when its input has
//! ignore stop                 does not end when asked to
//! ```
//!
//! It announces `line N` and `state N` when it has read them, `echo N` when state N is echoed, and `input ended`.
//! After each echo it lets the reader take it before it goes on, so that a test sees one echo at a time.

use crate::process::{self, Ended, Scripted, Stdio};
use crate::{Events, short};
use longshore_protocol::{Line, Message, classify, splice};
use serde_json::Value;
use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::unix::pipe::{Receiver, Sender};

/// A destination's script.
#[derive(Debug, Clone, Default)]
pub struct Destination {
    prints: Vec<String>,
    stderr: Vec<String>,
    hold_until: Option<String>,
    echo: Echo,
    stats: HashMap<usize, String>,
    dies_before: Option<usize>,
    dies_after: Option<usize>,
    stops_reading_after: Option<usize>,
    exits_after: Option<(i32, usize)>,
    exit: i32,
    refuses_unless: usize,
    hangs_at_end: bool,
    ignores_stop: bool,
}

/// How states are echoed.
#[derive(Debug, Clone, Default)]
struct Echo {
    never: bool,
    twice: bool,
    /// When the input has ended, the last state first.
    reversed: bool,
    /// Only each N-th.
    every: Option<usize>,
    without_id: bool,
    /// With other spacing and key order, and nulls for what is absent.
    rewritten: bool,
}

/// What a destination has got and said so far. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Seen(Arc<Mutex<(Vec<String>, Vec<String>)>>);

impl Seen {
    /// The lines that it got, without newlines.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.0.lock().map(|seen| seen.0.clone()).unwrap_or_default()
    }

    /// The states that it echoed, as it wrote them.
    #[must_use]
    pub fn echoes(&self) -> Vec<String> {
        self.0.lock().map(|seen| seen.1.clone()).unwrap_or_default()
    }

    fn note(&self, of: impl FnOnce(&mut (Vec<String>, Vec<String>))) {
        if let Ok(mut seen) = self.0.lock() {
            of(&mut seen);
        }
    }
}

impl Destination {
    /// Reads a script.
    ///
    /// # Errors
    /// The first line that is no rule.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut script = Self::default();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            script.rule(line).ok_or_else(|| format!("no rule of a destination: {line}"))?;
        }
        Ok(script)
    }

    fn rule(&mut self, line: &str) -> Option<()> {
        let words: Vec<&str> = line.split(' ').collect();
        match words.as_slice() {
            ["print", ..] => {
                let text = line.strip_prefix("print ")?;
                self.prints.push(short::expand(text).unwrap_or_else(|| text.to_owned()));
            }
            ["stderr", ..] => self.stderr.push(line.strip_prefix("stderr ")?.to_owned()),
            ["hold", "until", ..] => self.hold_until = Some(line.strip_prefix("hold until ")?.to_owned()),
            ["echo", how @ ..] => self.echo = Echo::parse(how)?,
            ["stats", json, "at", "state", n] => drop(self.stats.insert(n.parse().ok()?, (*json).to_owned())),
            ["die", "before", "state", n] => self.dies_before = Some(n.parse().ok()?),
            ["die", "after", "state", n] => self.dies_after = Some(n.parse().ok()?),
            ["stop", "reading", "after", n, "lines"] => self.stops_reading_after = Some(n.parse().ok()?),
            ["exit", code, "after", n, "lines"] => self.exits_after = Some((code.parse().ok()?, n.parse().ok()?)),
            ["exit", code] => self.exit = code.parse().ok()?,
            ["refuse", "unless", n, "complete"] => self.refuses_unless = n.parse().ok()?,
            ["hang", "at", "end"] => self.hangs_at_end = true,
            ["ignore", "stop"] => self.ignores_stop = true,
            _ => return None,
        }
        Some(())
    }

    /// Starts it; what it sees is noted in `seen`.
    ///
    /// # Errors
    /// When the system has no pipe left.
    pub fn start(self, events: &Events, seen: &Seen) -> io::Result<Scripted> {
        let (events, seen) = (events.clone(), seen.clone());
        process::start(self.ignores_stop, |stdio| async move {
            let Stdio { stdin, stdout, stderr } = stdio;
            let mut run = Run { script: self, stdout, events, seen, states: 0, complete: 0, kept: Vec::new() };
            run.all(stdin, stderr).await.unwrap_or(Ended::Code(1))
        })
    }
}

impl Echo {
    fn parse(mut words: &[&str]) -> Option<Self> {
        let mut echo = Self::default();
        while let Some((word, rest)) = words.split_first() {
            words = rest;
            match *word {
                "never" => echo.never = true,
                "twice" => echo.twice = true,
                "reversed" => echo.reversed = true,
                "without-id" => echo.without_id = true,
                "rewritten" => echo.rewritten = true,
                "every" => {
                    let (n, rest) = rest.split_first()?;
                    (echo.every, words) = (Some(n.parse().ok()?), rest);
                }
                _ => return None,
            }
        }
        Some(echo)
    }

    /// The echo of a state's line.
    fn line(&self, text: &str, stats: Option<&String>) -> String {
        let mut line = text.to_owned();
        if let Some(stats) = stats {
            line = splice::set(&line, &["state", "destinationStats"], stats).unwrap_or(line);
        }
        if !self.without_id && !self.rewritten {
            return line;
        }
        let Ok(mut message) = serde_json::from_str::<Value>(&line) else { return line };
        if let (true, Some(state)) = (self.without_id, message["state"].as_object_mut()) {
            state.remove("id");
        }
        if self.rewritten { rewritten(&message) } else { message.to_string() }
    }
}

/// One run of a destination.
struct Run {
    script: Destination,
    stdout: Sender,
    events: Events,
    seen: Seen,
    states: usize,
    complete: usize,
    /// Echoes to be printed at the end.
    kept: Vec<(usize, String)>,
}

impl Run {
    async fn all(&mut self, stdin: Receiver, mut stderr: Sender) -> io::Result<Ended> {
        for text in &self.script.stderr {
            stderr.write_all(format!("{text}\n").as_bytes()).await?;
        }
        for text in self.script.prints.clone() {
            self.print(&text).await?;
        }
        if let Some(event) = &self.script.hold_until {
            self.events.wait_for(event).await;
        }
        if let Some(end) = self.read(stdin).await? {
            return Ok(end);
        }
        self.events.announce("input ended");
        while let Some((number, echo)) = self.kept.pop() {
            self.echo(number, &echo).await?;
        }
        if self.script.hangs_at_end {
            std::future::pending::<()>().await;
        }
        let refuses = self.complete < self.script.refuses_unless;
        Ok(Ended::Code(if refuses { 1 } else { self.script.exit }))
    }

    /// Reads to the end of the input; `Some` is an end before that.
    async fn read(&mut self, stdin: Receiver) -> io::Result<Option<Ended>> {
        let mut reader = BufReader::new(stdin);
        let mut line = Vec::new();
        let mut lines = 0;
        while reader.read_until(b'\n', &mut line).await? > 0 {
            lines += 1;
            let text = String::from_utf8_lossy(&line).into_owned();
            line.clear();
            let whole = text.strip_suffix('\n');
            self.seen.note(|seen| seen.0.push(whole.map_or_else(|| format!("{text} (no newline)"), str::to_owned)));
            self.events.announce(format!("line {lines}"));
            if let Some(end) = self.message(text.trim_end()).await? {
                return Ok(Some(end));
            }
            match self.script.exits_after {
                Some((code, after)) if after == lines => return Ok(Some(Ended::Code(code))),
                _ if self.script.stops_reading_after == Some(lines) => std::future::pending().await,
                _ => {}
            }
        }
        Ok(None)
    }

    async fn message(&mut self, text: &str) -> io::Result<Option<Ended>> {
        let Line::Message(message) = classify(text.as_bytes(), true) else { return Ok(None) };
        match Message::decode(message) {
            Ok(Message::State(_)) => self.state(text).await,
            Ok(Message::Trace(trace)) if trace.stream_status.is_some() => {
                self.complete += 1;
                Ok(None)
            }
            _ => Ok(None),
        }
    }

    async fn state(&mut self, text: &str) -> io::Result<Option<Ended>> {
        self.states += 1;
        let number = self.states;
        self.events.announce(format!("state {number}"));
        if self.script.dies_before == Some(number) {
            return Ok(Some(Ended::Signal(9)));
        }
        let how = &self.script.echo;
        let line = how.line(text, self.script.stats.get(&number));
        let skipped = how.never || how.every.is_some_and(|every| !number.is_multiple_of(every));
        if how.reversed {
            self.kept.push((number, line));
        } else if !skipped {
            for _ in 0..if how.twice { 2 } else { 1 } {
                self.echo(number, &line).await?;
            }
        }
        Ok((self.script.dies_after == Some(number)).then_some(Ended::Signal(9)))
    }

    async fn echo(&mut self, number: usize, line: &str) -> io::Result<()> {
        self.seen.note(|seen| seen.1.push(line.to_owned()));
        self.print(line).await?;
        self.events.announce(format!("echo {number}"));
        Ok(())
    }

    /// Prints a line and lets the reader take it.
    async fn print(&mut self, line: &str) -> io::Result<()> {
        const TURNS: usize = 1000; // a reader that has not come by then will not come
        self.stdout.write_all(format!("{line}\n").as_bytes()).await?;
        for _ in 0..TURNS {
            if rustix::io::ioctl_fionread(&self.stdout)? == 0 {
                break;
            }
            tokio::task::yield_now().await;
        }
        Ok(())
    }
}

/// The same message as a program in another language might write it: members in reverse order, Python's spacing, absent
/// namespaces as null.
fn rewritten(message: &Value) -> String {
    match message {
        Value::Object(members) => {
            let mut texts: Vec<String> = members
                .iter()
                .rev()
                .map(|(key, value)| format!("{}: {}", Value::from(key.as_str()), rewritten(value)))
                .collect();
            if members.contains_key("name") && !members.contains_key("namespace") {
                texts.push("\"namespace\": null".to_owned());
            }
            format!("{{{}}}", texts.join(", "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(rewritten).collect::<Vec<_>>().join(", ")),
        scalar => scalar.to_string(),
    }
}
