//! What may be said of a tap's streams at its end.
//!
//! *No proof, no green.* A stream is complete when the tap ended well, nothing of it was lost, and a state covers all of it.

use super::{Progress, SHOWN_LINES, Session};
use crate::Failure;
use longshore_protocol::{LogLevel, StreamStatus};

impl Session<'_> {
    /// Says what was counted instead of shown.
    fn tell_counts(&mut self) -> Result<(), Failure> {
        if self.strays > SHOWN_LINES {
            let text = format!("{} more lines like these were not shown", self.strays - SHOWN_LINES);
            self.log(LogLevel::Warn, &text)?;
        }
        for (name, records) in std::mem::take(&mut self.left_out) {
            let text = format!("{records} records of stream {name} were left out: the stream was not asked for");
            self.log(LogLevel::Warn, &text)?;
        }
        self.flush()
    }

    /// The tap has ended well.
    pub(in crate::read) fn finish(&mut self) -> Result<(), Failure> {
        self.tell_counts()?;
        // Records after the tap's last state are covered by that state once more: what it leaves out is read again.
        let open = self.streams.iter().any(|progress| progress.since_state > 0 || progress.stream.full_refresh);
        if self.lost == 0 && (open || self.states == 0) {
            self.write_state(false)?;
        }
        self.flush()?;
        let problems: Vec<Option<Failure>> = self.streams.iter().map(|progress| self.problem(progress)).collect();
        let mut first = None;
        for (progress, problem) in self.streams.iter().zip(problems) {
            let status = if problem.is_some() { StreamStatus::Incomplete } else { StreamStatus::Complete };
            if let Some(failure) = &problem {
                self.wrapper.output.failure(failure, Some(&progress.stream.descriptor))?;
            }
            self.wrapper.output.status(&progress.stream.descriptor, status)?;
            first = first.or(problem);
        }
        let unknown = self.unknown.iter().next().map(|(name, records)| self.unknown_name(name, *records));
        first.or(unknown).map_or(Ok(()), Err)
    }

    fn unknown_name(&self, name: &str, records: u64) -> Failure {
        Failure::config(format!(
            "{} sent {records} records of stream `{name}`, which its catalog does not name; say whose they are: \
             `streams.STREAM.message_name` in the wrapper's settings",
            self.wrapper.name()
        ))
    }

    /// Why a stream of a tap that ended well is not complete after all.
    fn problem(&self, progress: &Progress) -> Option<Failure> {
        let name = &progress.stream.descriptor;
        let lost = progress.lost + self.lost_unknown;
        if lost > 0 {
            return Some(Failure::system(format!(
                "{lost} records of stream {name} are lost: the tap printed them in a form that is not JSON. States from \
                 then on are held back, so the next sync reads them again; to go on without such records, write \
                 `\"_longshore\": {{\"skip_broken_records\": true}}` into the configuration"
            )));
        }
        if self.lost > 0 && progress.since_state > 0 {
            return Some(Failure::system(format!(
                "records of stream {name} are covered by no state, since those that came after a lost record of another \
                 stream are held back; the next sync reads them again"
            )));
        }
        if progress.records == 0 && !self.unknown.is_empty() {
            let (name, records) = self.unknown.iter().next()?;
            return Some(self.unknown_name(name, *records));
        }
        let silent = progress.schema.is_none() && progress.records == 0;
        (silent && progress.stream.full_refresh).then(|| {
            Failure::config(format!(
                "{} ended well but said nothing of stream {name}, not even its schema, so nobody knows whether it is empty; \
                 look into the tap's log and documentation how a stream is selected",
                self.wrapper.name()
            ))
        })
    }

    /// The tap has failed. What its states cover stays covered.
    pub(in crate::read) fn fail(&mut self, failure: Failure) -> Result<(), Failure> {
        self.tell_counts()?;
        self.wrapper.output.failure(&failure, None)?;
        for progress in &self.streams {
            let known_complete = progress.ended && progress.lost + self.lost_unknown == 0;
            let status = if known_complete { StreamStatus::Complete } else { StreamStatus::Incomplete };
            self.wrapper.output.status(&progress.stream.descriptor, status)?;
        }
        Err(failure.already_told())
    }
}
