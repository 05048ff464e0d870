//! The destination's side of a session: its words, and what its echoes prove.

use super::{Notice, Session};
use crate::checkpoint::{Acknowledged, Checkpoint, Count, Echo};
use longshore_protocol::{FailureOrigin, Line, Message, State, StreamStatus, classify, line};

impl Session<'_> {
    /// Takes whole lines of the destination.
    pub(crate) fn destination_lines(&mut self, chunk: &[u8]) {
        let is_utf8 = line::is_utf8(chunk);
        for text in chunk.split(|byte| *byte == b'\n') {
            match classify(text, is_utf8) {
                Line::Message(message) => self.destination_message(message),
                Line::Stray(line) => self.stray(FailureOrigin::Destination, line),
                Line::Record(_) => {} // progress reports of another transport
                Line::Broken(broken) => self.notices.push(Notice::Problem(format!(
                    "destination: a message cannot be used ({})",
                    broken.reason.as_str()
                ))),
            }
        }
    }

    fn destination_message(&mut self, text: &str) {
        match Message::decode(text) {
            Ok(Message::State(state)) => self.echo(&state),
            Ok(Message::Trace(trace)) => self.error(FailureOrigin::Destination, trace.error),
            Ok(other) => self.common_message(FailureOrigin::Destination, other),
            Err(error) => self.notices.push(Notice::Problem(format!("destination: {error}"))),
        }
    }

    fn echo(&mut self, echo: &State) {
        let problem = match self.checkpoints.echo(echo) {
            Echo::Acknowledged(acknowledged) => return self.acknowledge(echo, *acknowledged),
            Echo::Late => "destination: it acknowledged a state again, or after a later one; that changes nothing",
            Echo::Unknown => "destination: it acknowledged a state that does not wait for it; that proves nothing",
        };
        self.notices.push(Notice::Problem(problem.to_owned()));
    }

    fn acknowledge(&mut self, echo: &State, mut acknowledged: Acknowledged) {
        self.compare_destination_count(echo, &acknowledged);
        let stats = echo.destination_stats.as_ref();
        let refused = stats.and_then(|stats| stats.rejected_record_count).unwrap_or_default() as u64;
        let refused = refused.min(acknowledged.records());
        if refused > 0 {
            let stream = self.only_stream(&acknowledged).map(|at| self.streams[at].stream.clone());
            self.drop_lines(stream, "rejected_by_destination", refused);
            acknowledged.refuse(refused);
        }
        self.acknowledged_counts.extend(acknowledged.covers);
        if let Some(state) = acknowledged.state {
            self.acknowledged.add(state);
        }
    }

    /// The stream of which all records of an acknowledgement are; `None` when they are of several.
    fn only_stream(&self, acknowledged: &Acknowledged) -> Option<usize> {
        let mut with_records = acknowledged.covers.iter().filter(|(_, count)| count.records > 0).map(|(at, _)| *at);
        let first = with_records.next()?;
        with_records.all(|at| at == first).then_some(first)
    }

    /// Notes it when the destination says that it wrote fewer records than it was sent.
    fn compare_destination_count(&mut self, echo: &State, acknowledged: &Acknowledged) {
        let Some(stats) = &echo.destination_stats else { return };
        let Some(written) = stats.record_count else { return };
        let sent = acknowledged.records();
        if acknowledged.single && written + stats.rejected_record_count.unwrap_or_default() < sent as f64 {
            let name = self.name(acknowledged.stream);
            let miscount = self.destination_miscounts.entry(name).or_default();
            *miscount = (miscount.0 + sent, miscount.1 + written as u64);
        }
    }

    /// What has been acknowledged since the last call and waits to be stored.
    pub(crate) fn take_acknowledged(&mut self) -> Option<(Checkpoint, Vec<(usize, Count)>)> {
        for at in 0..self.streams.len() {
            let said = self.streams[at].status == Some(StreamStatus::Complete) && !self.told_complete[at];
            if said && self.uncovered(at) == 0 && !self.checkpoints.is_waiting(at) {
                self.told_complete[at] = true;
                self.acknowledged.complete.push(self.streams[at].stream.clone());
            }
        }
        if self.acknowledged.states.is_empty() && self.acknowledged.complete.is_empty() {
            return None;
        }
        let (mut checkpoint, counts) =
            (std::mem::take(&mut self.acknowledged), std::mem::take(&mut self.acknowledged_counts));
        checkpoint.committed = counts.iter().map(|(at, count)| (self.streams[*at].stream.clone(), *count)).collect();
        Some((checkpoint, counts))
    }

    /// The store has kept them: their records are committed.
    pub(crate) fn stored(&mut self, counts: &[(usize, Count)]) {
        for (stream, count) in counts {
            self.streams[*stream].committed += *count;
        }
    }
}
