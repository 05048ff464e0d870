//! `write`: feeds a target, and passes on what it says is written.
//!
//! A target prints the value of a STATE when everything before it is written. So each state that comes is sent as a number
//! of ours; when that number comes back, the state is echoed, and those before it. Targets that print nothing until they
//! end acknowledge all by ending well.

mod echo;
mod plan;

use crate::child::{Program, Stderr};
use crate::files::{Inputs, read_catalog};
use crate::lines::{Cut, Filled, Lines};
use crate::time::iso;
use crate::{Failure, Wrapper, signals::Stop};
use echo::Echoes;
use longshore_protocol::line::{RawText, is_utf8};
use longshore_protocol::{Line, Message, RecordLine, State, StreamDescriptor, StreamStatus, classify};
use plan::{Plan, Stream};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::collections::HashMap;
use std::io::{self, Write};
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

const LINE_BYTES: usize = 256 * 1024 * 1024;
const BUFFER_BYTES: usize = 256 * 1024;

pub(crate) fn write(wrapper: &Wrapper, mut inputs: Inputs, catalog: &Path) -> Result<(), Failure> {
    let plan = Plan::of(wrapper, &mut inputs, read_catalog(catalog)?)?;
    let arguments = ["--config".into(), inputs.config().into_os_string()];
    let mut program = wrapper.start(&arguments, Stdio::piped(), Stderr::Logged)?;
    let echoes = Arc::new(Echoes::new(Arc::clone(&wrapper.output)));
    let reader = echo::follow(program.take_stdout(), Arc::clone(&echoes), wrapper.stop.clone());
    let fed = Feed::new(&plan, &echoes, &mut program).and_then(|mut feed| {
        let result = feed.run(&wrapper.stop, &mut program);
        result.map(|()| feed.open_streams())
    });
    if let Err(failure) = &fed
        && !failure.is_of_the_target()
    {
        program.kill(); // nothing of what follows would be acknowledged
    }
    drop(program.stdin.take());
    let read = reader.join().unwrap_or(Ok(()));
    let end = program.wait()?;
    inputs.report_changes(&wrapper.output)?;
    if wrapper.stop.is_set() {
        return Ok(());
    }
    match fed {
        _ if !end.status.success() && fed_to_the_target(&fed) => Err(end.failure(&wrapper.name())),
        Err(failure) => Err(failure),
        Ok(open) => {
            read?;
            echoes.release_all()?;
            complete(&open)
        }
    }
}

/// Whether what went wrong, if anything did, went wrong at the target.
fn fed_to_the_target(fed: &Result<Vec<StreamDescriptor>, Failure>) -> bool {
    fed.as_ref().err().is_none_or(Failure::is_of_the_target)
}

fn complete(open: &[StreamDescriptor]) -> Result<(), Failure> {
    if open.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = open.iter().map(ToString::to_string).collect();
    Err(Failure::transient(format!(
        "input ended before these streams were complete: {}; what arrived is kept and the run can be repeated",
        names.join(", ")
    )))
}

/// What goes to the target's stdin.
struct Feed<'a> {
    plan: &'a Plan,
    echoes: &'a Echoes,
    stdin: std::process::ChildStdin,
    out: Vec<u8>,
    by_name: HashMap<StreamDescriptor, usize>,
    /// The raw namespace and name of the last record, and its stream.
    last: (Vec<u8>, Option<Vec<u8>>, usize),
    /// Records of each stream since its last state.
    counts: Vec<u64>,
    complete: Vec<bool>,
    sequence: u64,
    /// The last millisecond, and how it is spelled.
    time: (i64, String),
}

impl<'a> Feed<'a> {
    /// Begins with a state that says nothing: some targets take the first one for written before anything is. Then the
    /// schemas.
    fn new(plan: &'a Plan, echoes: &'a Echoes, program: &mut Program) -> Result<Self, Failure> {
        let stdin = program.stdin.take().ok_or_else(|| Failure::system("the target has no stdin"))?;
        let by_name = plan.streams.iter().enumerate().map(|(at, stream)| (stream.descriptor.clone(), at)).collect();
        let mut feed = Self {
            plan,
            echoes,
            stdin,
            out: Vec::with_capacity(BUFFER_BYTES + 64 * 1024),
            by_name,
            last: (Vec::new(), None, 0),
            counts: vec![0; plan.streams.len()],
            complete: vec![false; plan.streams.len()],
            sequence: 0,
            time: (i64::MIN, String::new()),
        };
        feed.state_message();
        for stream in &plan.streams {
            feed.out.extend_from_slice(stream.schema_message.as_bytes());
        }
        Ok(feed)
    }

    /// Takes messages until stdin ends, the target ends, or a signal comes.
    fn run(&mut self, stop: &Stop, program: &mut Program) -> Result<(), Failure> {
        self.flush()?;
        let mut lines = Lines::new(io::stdin(), LINE_BYTES);
        loop {
            if !self.wait_for_input(stop, program)? {
                return Ok(());
            }
            let filled = lines.fill().map_err(|error| Failure::system(format!("cannot read stdin: {error}")))?;
            while let Some(cut) = lines.next() {
                self.take(cut)?;
            }
            self.flush()?;
            if filled == Filled::End {
                return self.end();
            }
        }
    }

    /// Whether there is input; not when a signal came. A target that ended early is a failure at once, not at the next
    /// record, for which nobody may be waiting.
    fn wait_for_input(&self, stop: &Stop, program: &mut Program) -> Result<bool, Failure> {
        const LOOK_AGAIN: Timespec = Timespec { tv_sec: 1, tv_nsec: 0 };
        loop {
            if stop.is_set() {
                return Ok(false);
            }
            // A target that has closed its stdout is about to end, or has nothing to say.
            let closed = self.echoes.is_closed();
            if closed && program.has_ended() {
                return Err(Failure::target_is_gone());
            }
            let stdin = io::stdin();
            let alarm = stop.alarm();
            let mut both = [PollFd::new(&stdin, PollFlags::IN), PollFd::new(&alarm, PollFlags::IN)];
            match poll(&mut both, closed.then_some(&LOOK_AGAIN)) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(Failure::system(format!("cannot wait for stdin: {error}"))),
            }
            if !both[1].revents().is_empty() {
                stop.clear_alarm();
            } else if !both[0].revents().is_empty() {
                return Ok(true);
            }
        }
    }

    fn flush(&mut self) -> Result<(), Failure> {
        let written = self.stdin.write_all(&self.out);
        self.out.clear();
        self.out.shrink_to(4 * BUFFER_BYTES); // after a giant record
        written.map_err(|error| match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::target_is_gone(),
            _ => Failure::system(format!("cannot write to the target: {error}")),
        })
    }

    fn take(&mut self, cut: Cut<'_>) -> Result<(), Failure> {
        let Cut::Whole(line) = cut else {
            return Err(Failure::system("a line on stdin is too long; nothing after the last state is acknowledged"));
        };
        match classify(line, is_utf8(line)) {
            Line::Record(record) => self.record(&record),
            Line::Message(text) => self.message(text),
            Line::Stray(line) if line.trim_ascii().is_empty() => Ok(()),
            Line::Stray(_) => Err(Failure::system("a line on stdin is not a message")),
            Line::Broken(broken) => {
                let stream = broken.stream.map_or_else(|| "?".into(), RawText::decode);
                Err(Failure::system(format!(
                    "a message of stream {stream} on stdin cannot be used ({}); nothing after the last state is acknowledged",
                    broken.reason.as_str()
                )))
            }
        }
    }

    #[inline]
    fn record(&mut self, record: &RecordLine<'_>) -> Result<(), Failure> {
        let at = self.stream_of(record)?;
        self.counts[at] += 1;
        let stream = &self.plan.streams[at];
        let emitted_at = record.emitted_at();
        if self.time.0 != emitted_at {
            self.time = (emitted_at, format!(",\"time_extracted\":\"{}\"}}\n", iso(emitted_at)));
        }
        self.out.extend_from_slice(&stream.record_head);
        self.out.extend_from_slice(record.data());
        self.out.extend_from_slice(&stream.record_version);
        self.out.extend_from_slice(self.time.1.as_bytes());
        if self.out.len() >= BUFFER_BYTES { self.flush() } else { Ok(()) }
    }

    fn stream_of(&mut self, record: &RecordLine<'_>) -> Result<usize, Failure> {
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
        let known = self.by_name.get(stream).copied();
        known.ok_or_else(|| Failure::system(format!("stream {stream} is not in the catalog of this run")))
    }

    fn message(&mut self, text: &str) -> Result<(), Failure> {
        match Message::decode(text).map_err(|error| Failure::system(format!("stdin: {error}")))? {
            Message::State(state) => self.state(&state, text),
            Message::Trace(trace) => match trace.stream_status {
                Some(status) if status.status == StreamStatus::Complete => {
                    let at = self.position(&status.stream_descriptor)?;
                    self.complete(at);
                    Ok(())
                }
                _ => Ok(()),
            },
            _ => Ok(()), // nothing else concerns a destination
        }
    }

    fn state(&mut self, state: &State, text: &str) -> Result<(), Failure> {
        let count = match state.descriptor() {
            Some(stream) => {
                let at = self.position(stream)?;
                std::mem::take(&mut self.counts[at])
            }
            None => self.counts.iter_mut().map(std::mem::take).sum(),
        };
        self.sequence += 1;
        self.echoes.expect(self.sequence, text, count);
        self.state_message();
        Ok(())
    }

    /// Without `bookmarks`: some targets mix those of what is written with those of what is not.
    fn state_message(&mut self) {
        let line = format!(r#"{{"type":"STATE","value":{{"{}":{}}}}}"#, echo::SEQUENCE, self.sequence);
        self.out.extend_from_slice(line.as_bytes());
        self.out.push(b'\n');
    }

    /// The stream was read to its end: the target may let go of what it had before.
    fn complete(&mut self, at: usize) {
        if !std::mem::replace(&mut self.complete[at], true) {
            let stream: &Stream = &self.plan.streams[at];
            self.out.extend_from_slice(stream.activate_message.as_bytes());
        }
    }

    /// A platform that announces no completion means it by the end of the input.
    fn end(&mut self) -> Result<(), Failure> {
        if !self.plan.announces_completion {
            (0..self.complete.len()).for_each(|at| self.complete(at));
        }
        self.flush()
    }

    fn open_streams(&self) -> Vec<StreamDescriptor> {
        let open = self.plan.streams.iter().zip(&self.complete).filter(|(_, complete)| !**complete);
        open.map(|(stream, _)| stream.descriptor.clone()).collect()
    }
}
