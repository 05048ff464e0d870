//! The loop of `write`: takes messages from stdin, hands records on in batches, commits, and echoes.

use crate::input::{Arrival, Input};
use crate::output::Output;
use crate::{Destination, Failure, Record, WritePlan};
use longshore_protocol::line::RawText;
use longshore_protocol::message::state_line;
use longshore_protocol::{Line, Message, RecordLine, State, StreamDescriptor, StreamStatus, classify, splice};
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// States wait for company so that a destination is not made to commit each of them: until this much data has come,
const COMMIT_AFTER_BYTES: usize = 32 * 1024 * 1024;
/// or this much time has passed since the last commit,
const COMMIT_AFTER: Duration = Duration::from_secs(1);
/// or nothing more has come for this long.
const COMMIT_WHEN_IDLE: Duration = Duration::from_millis(5);

/// How a run of `write` ended, short of a failure.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Every stream is complete.
    Complete,
    /// Input ended first; these streams are not complete.
    Incomplete(Vec<StreamDescriptor>),
}

/// Writes until stdin ends.
pub(crate) fn write<D: Destination>(
    destination: D,
    plan: &WritePlan,
    mut input: Input,
    output: &mut Output,
) -> Result<Ending, Failure> {
    let mut session = Session::new(destination, plan, output);
    loop {
        match input.fill(session.patience()).map_err(|e| Failure::system(format!("cannot read stdin: {e}")))? {
            Arrival::Lines => session.take(input.lines())?,
            Arrival::Idle => session.commit()?,
            Arrival::End => return session.end(),
        }
        if session.commit_is_due() {
            session.commit()?;
        }
    }
}

struct Session<'a, D> {
    destination: D,
    plan: &'a WritePlan,
    output: &'a mut Output,
    streams: StreamIndex,
    /// Records of each stream since its last state.
    counts: Vec<u64>,
    complete: Vec<bool>,
    /// States that wait for the next commit, with what to echo.
    pending: Vec<(State, String)>,
    bytes_since_commit: usize,
    committed_at: Instant,
}

impl<'a, D: Destination> Session<'a, D> {
    fn new(destination: D, plan: &'a WritePlan, output: &'a mut Output) -> Self {
        let streams = plan.streams.len();
        Self {
            destination,
            plan,
            output,
            streams: StreamIndex::new(plan),
            counts: vec![0; streams],
            complete: vec![false; streams],
            pending: Vec::new(),
            bytes_since_commit: 0,
            committed_at: Instant::now(),
        }
    }

    /// How long to wait for input before committing what is pending.
    fn patience(&self) -> Option<Duration> {
        (!self.pending.is_empty()).then_some(COMMIT_WHEN_IDLE)
    }

    fn commit_is_due(&self) -> bool {
        !self.pending.is_empty()
            && (self.bytes_since_commit >= COMMIT_AFTER_BYTES || self.committed_at.elapsed() >= COMMIT_AFTER)
    }

    /// Takes whole lines; consecutive records of one stream make a batch.
    fn take(&mut self, lines: &[u8]) -> Result<(), Failure> {
        let is_utf8 = longshore_protocol::line::is_utf8(lines);
        let mut batch: Vec<Record<'_>> = Vec::new();
        let mut of_stream = 0;
        for line in lines.split(|byte| *byte == b'\n') {
            match classify(line, is_utf8) {
                Line::Record(record) => {
                    let stream = self.streams.of(&record)?;
                    if stream != of_stream {
                        self.flush(of_stream, &mut batch)?;
                        of_stream = stream;
                    }
                    batch.push(Record {
                        data: record.data_text(),
                        emitted_at: record.emitted_at(),
                        meta: record.meta(),
                    });
                }
                Line::Message(text) => {
                    self.flush(of_stream, &mut batch)?;
                    self.message(text)?;
                }
                Line::Stray(line) if line.iter().all(u8::is_ascii_whitespace) => {}
                Line::Stray(line) => {
                    let head = String::from_utf8_lossy(&line[..line.len().min(40)]).into_owned();
                    return Err(Failure::system(format!("a line on stdin is not a message; it starts with {head:?}")));
                }
                Line::Broken(broken) => {
                    let stream = broken.stream.map_or_else(|| "?".into(), RawText::decode);
                    return Err(Failure::system(format!(
                        "a message of stream {stream} on stdin cannot be used ({}); nothing after the last state is acknowledged",
                        broken.reason.as_str()
                    )));
                }
            }
        }
        self.flush(of_stream, &mut batch)?;
        self.bytes_since_commit += lines.len();
        Ok(())
    }

    fn flush(&mut self, stream: usize, batch: &mut Vec<Record<'_>>) -> Result<(), Failure> {
        if batch.is_empty() {
            return Ok(());
        }
        self.destination.write(stream, batch)?;
        self.counts[stream] += batch.len() as u64;
        batch.clear();
        Ok(())
    }

    fn message(&mut self, text: &str) -> Result<(), Failure> {
        match Message::decode(text).map_err(|error| Failure::system(format!("stdin: {error}")))? {
            Message::State(state) => self.state(*state, text),
            Message::Trace(trace) => match trace.stream_status {
                Some(status) if status.status == StreamStatus::Complete => {
                    let stream = self.streams.position(&status.stream_descriptor)?;
                    self.commit()?;
                    self.complete_stream(stream)
                }
                _ => Ok(()),
            },
            _ => Ok(()), // nothing else concerns a destination
        }
    }

    /// Notes a state; it is echoed, as it came, after the next commit.
    fn state(&mut self, state: State, text: &str) -> Result<(), Failure> {
        let count = match state.descriptor() {
            Some(stream) => std::mem::take(&mut self.counts[self.streams.position(stream)?]),
            None => self.counts.iter_mut().map(std::mem::take).sum(),
        };
        let stats = format!(r#"{{"recordCount":{count}.0}}"#);
        self.destination.state(&state)?;
        let raw = state_text(text).unwrap_or_default();
        let echo = state_line(&splice::insert(&raw, &[("destinationStats", &stats)]));
        self.pending.push((state, echo));
        Ok(())
    }

    /// Commits everything so far and echoes the states that wait for it.
    fn commit(&mut self) -> Result<(), Failure> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let (states, echoes): (Vec<State>, Vec<String>) = self.pending.drain(..).unzip();
        self.destination.commit(&states)?;
        self.bytes_since_commit = 0;
        self.committed_at = Instant::now();
        echoes.iter().try_for_each(|echo| self.output.message(echo))
    }

    fn complete_stream(&mut self, stream: usize) -> Result<(), Failure> {
        if !std::mem::replace(&mut self.complete[stream], true) {
            self.destination.complete(stream)?;
        }
        Ok(())
    }

    /// The end of stdin. What came is kept; a stream that nobody completed stays as it is.
    fn end(mut self) -> Result<Ending, Failure> {
        self.commit()?;
        if !self.plan.announces_completion() {
            self.destination.commit(&[])?;
            for stream in 0..self.complete.len() {
                self.complete_stream(stream)?;
            }
        }
        let open: Vec<_> = (0..self.complete.len())
            .filter(|stream| !self.complete[*stream])
            .map(|stream| self.plan.streams[stream].descriptor.clone())
            .collect();
        Ok(if open.is_empty() { Ending::Complete } else { Ending::Incomplete(open) })
    }
}

/// The text of the `state` property of a STATE message.
fn state_text(message: &str) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Envelope<'a> {
        #[serde(borrow)]
        state: &'a longshore_protocol::RawValue,
    }
    serde_json::from_str::<Envelope<'_>>(message).ok().map(|envelope| envelope.state.get().to_owned())
}

/// Finds a stream's index by its name, mostly by comparing with the record before.
struct StreamIndex {
    by_name: HashMap<StreamDescriptor, usize>,
    last: (Vec<u8>, Option<Vec<u8>>, usize),
}

impl StreamIndex {
    fn new(plan: &WritePlan) -> Self {
        let by_name = plan.streams.iter().enumerate().map(|(at, stream)| (stream.descriptor.clone(), at)).collect();
        Self { by_name, last: (Vec::new(), None, 0) }
    }

    fn of(&mut self, record: &RecordLine<'_>) -> Result<usize, Failure> {
        let (name, namespace) = (record.stream(), record.namespace());
        if self.last.0 == name.0 && self.last.1.as_deref() == namespace.map(|text| text.0) {
            return Ok(self.last.2);
        }
        let descriptor = StreamDescriptor {
            namespace: namespace.map(|text| text.decode().into_owned()),
            name: name.decode().into_owned(),
        };
        let at = self.position(&descriptor)?;
        self.last = (name.0.to_vec(), namespace.map(|text| text.0.to_vec()), at);
        Ok(at)
    }

    fn position(&self, stream: &StreamDescriptor) -> Result<usize, Failure> {
        self.by_name
            .get(stream)
            .copied()
            .ok_or_else(|| Failure::system(format!("stream {stream} is not in the catalog of this run")))
    }
}
