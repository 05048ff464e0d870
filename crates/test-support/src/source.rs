//! A scripted source: steps in their order, one line each.
//!
//! ```text
//! record users {"id":1}      any short form of a message, as a line
//! line TEXT                  the text as a line
//! half TEXT                  the text without a newline
//! bytes TEXT                 the text without a newline; \xNN stands for a byte
//! flood STREAM COUNT         so many records {"id":1}, {"id":2}, …
//! stderr TEXT                a line on stderr
//! wait EVENT                 goes on when EVENT has been announced
//! announce EVENT
//! close                      closes stdout
//! hang                       does nothing any more
//! ignore stop                does not end when asked to
//! exit CODE                  the end; without it the exit code is 0
//! ```

use crate::process::{self, Ended, Scripted, Stdio};
use crate::{Events, short};
use std::io;
use tokio::io::AsyncWriteExt;
use tokio::net::unix::pipe::Sender;

/// A source's script.
#[derive(Debug, Clone, Default)]
pub struct Source {
    steps: Vec<Step>,
    ignores_stop: bool,
}

#[derive(Debug, Clone)]
enum Step {
    Emit(Vec<u8>),
    Flood { stream: String, records: u64 },
    Stderr(String),
    Wait(String),
    Announce(String),
    Close,
    Hang,
    Exit(i32),
}

impl Source {
    /// Reads a script.
    ///
    /// # Errors
    /// The first line that is no step.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut script = Self::default();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            if line == "ignore stop" {
                script.ignores_stop = true;
            } else {
                script.steps.push(step(line).ok_or_else(|| format!("no step of a source: {line}"))?);
            }
        }
        Ok(script)
    }

    /// Starts it.
    ///
    /// # Errors
    /// When the system has no pipe left.
    pub fn start(self, events: &Events) -> io::Result<Scripted> {
        let events = events.clone();
        process::start(self.ignores_stop, |stdio| async move {
            let Stdio { stdin, stdout, stderr } = stdio;
            drop(stdin);
            // A source that cannot write dies of it, as programs do.
            run(self.steps, stdout, stderr, &events).await.unwrap_or(Ended::Code(1))
        })
    }
}

fn step(line: &str) -> Option<Step> {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    Some(match word {
        "line" => Step::Emit(format!("{rest}\n").into_bytes()),
        "half" => Step::Emit(rest.as_bytes().to_vec()),
        "bytes" => Step::Emit(unescape(rest)),
        "flood" => {
            let (stream, records) = rest.split_once(' ')?;
            Step::Flood { stream: stream.to_owned(), records: records.parse().ok()? }
        }
        "stderr" => Step::Stderr(format!("{rest}\n")),
        "wait" => Step::Wait(rest.to_owned()),
        "announce" => Step::Announce(rest.to_owned()),
        "close" => Step::Close,
        "hang" => Step::Hang,
        "exit" => Step::Exit(rest.parse().ok()?),
        _ => Step::Emit(format!("{}\n", short::expand(line)?).into_bytes()),
    })
}

async fn run(steps: Vec<Step>, stdout: Sender, mut stderr: Sender, events: &Events) -> io::Result<Ended> {
    let mut stdout = Some(stdout);
    for step in steps {
        match (step, &mut stdout) {
            (Step::Emit(bytes), Some(stdout)) => stdout.write_all(&bytes).await?,
            (Step::Flood { stream, records }, Some(stdout)) => flood(stdout, &stream, records).await?,
            (Step::Emit(_) | Step::Flood { .. }, None) => {}
            (Step::Stderr(text), _) => stderr.write_all(text.as_bytes()).await?,
            (Step::Wait(event), _) => events.wait_for(&event).await,
            (Step::Announce(event), _) => events.announce(event),
            (Step::Close, _) => stdout = None,
            (Step::Hang, _) => std::future::pending().await,
            (Step::Exit(code), _) => return Ok(Ended::Code(code)),
        }
    }
    Ok(Ended::Code(0))
}

/// Writes `records` small records, many at a time.
async fn flood(stdout: &mut Sender, stream: &str, records: u64) -> io::Result<()> {
    const AT_ONCE: u64 = 1000;
    for start in (0..records).step_by(AT_ONCE as usize) {
        let ids = start..records.min(start + AT_ONCE);
        let record = |id: u64| short::expand(&format!("record {stream} {{\"id\":{}}}", id + 1)).unwrap_or_default();
        let lines: String = ids.map(|id| record(id) + "\n").collect();
        stdout.write_all(lines.as_bytes()).await?;
    }
    Ok(())
}

/// The bytes of a text in which `\xNN` stands for the byte NN.
fn unescape(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("\\x") {
        let byte = rest.get(at + 2..at + 4).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        out.extend_from_slice(&rest.as_bytes()[..at]);
        let after = match byte {
            Some(byte) => {
                out.push(byte);
                at + 4
            }
            None => {
                out.extend_from_slice(b"\\x");
                at + 2
            }
        };
        rest = &rest[after..];
    }
    out.extend_from_slice(rest.as_bytes());
    out
}
