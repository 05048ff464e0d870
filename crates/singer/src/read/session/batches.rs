//! BATCH messages of a session.

use super::super::LINE_BYTES;
use super::super::batch::{self, Encoding};
use super::super::message::Message;
use super::Session;
use crate::Failure;
use crate::lines::Cut;
use longshore_protocol::line::is_utf8;
use longshore_protocol::{LogLevel, RawValue};

impl Session<'_> {
    /// Reads the files of a BATCH, one after the other, and removes each when its records are passed on.
    pub(super) fn batch(&mut self, message: &Message<'_>) -> Result<(), Failure> {
        let malformed =
            || Failure::system("the tap sent a BATCH without encoding or manifest; its records are missing");
        let part = |raw: Option<&RawValue>| raw.map(|raw| raw.get().to_owned()).ok_or_else(malformed);
        let encoding: Encoding = serde_json::from_str(&part(message.encoding)?).map_err(|_| malformed())?;
        let manifest: Vec<String> = serde_json::from_str(&part(message.manifest)?).map_err(|_| malformed())?;
        let gzip = encoding.is_gzip()?;
        let at = message.stream.and_then(|stream| self.stream_of(stream));
        for address in manifest {
            let path = batch::path_of(&address)?;
            if let Some(at) = at {
                batch::read_lines(&path, gzip, LINE_BYTES, |cut| self.batched(at, cut))?;
            }
            self.flush()?;
            if let Err(error) = std::fs::remove_file(&path) {
                self.log(LogLevel::Warn, &format!("the batch {} cannot be removed: {error}", path.display()))?;
            }
        }
        Ok(())
    }

    fn batched(&mut self, at: usize, cut: Cut<'_>) -> Result<(), Failure> {
        let record = match cut {
            Cut::Whole(line) if line.trim_ascii().is_empty() => return Ok(()),
            Cut::Whole(line) if is_utf8(line) => std::str::from_utf8(line).unwrap_or_default(),
            Cut::Whole(_) => return self.lose(Some(at), "it is not UTF-8"),
            Cut::TooLong(_) => return self.lose(Some(at), "it is too long"),
        };
        let parsed = serde_json::from_str::<&RawValue>(record).ok().filter(|raw| raw.get().starts_with('{'));
        match parsed {
            Some(raw) => self.emit(at, raw.get(), self.now),
            None => self.lose(Some(at), "it is no JSON object"),
        }
    }
}
