//! What the benchmark and its two connectors share: the configuration of a connector, and its report of CPU time.

use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The verb and the configuration that a benchmark connector was started with.
#[derive(Debug)]
pub struct Call {
    /// `spec`, `check`, `discover`, `read` or `write`.
    pub verb: String,
    /// Empty for `spec`.
    pub config: Config,
}

/// The configuration of both benchmark connectors.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Config {
    /// The messages that `replay` repeats; see `messages.rs`.
    pub sample: PathBuf,
    /// How often it repeats them.
    pub passes: u64,
    /// Where the connector adds a line with the CPU time that it has used; nowhere when it is not given.
    pub cpu_report: Option<PathBuf>,
}

impl Call {
    /// Reads the command line of this process: the verb, and the file after `--config`.
    ///
    /// # Errors
    /// When the configuration cannot be read.
    pub fn of_this_process() -> io::Result<Self> {
        let mut arguments = std::env::args().skip(1);
        let verb = arguments.next().unwrap_or_default();
        let config = match arguments.find(|argument| argument == "--config").and_then(|_| arguments.next()) {
            Some(path) => serde_json::from_slice(&fs::read(path)?)?,
            None => Config::default(),
        };
        Ok(Self { verb, config })
    }

    /// Adds this process's CPU time to the report.
    ///
    /// # Errors
    /// When the report cannot be written.
    pub fn report_cpu(&self) -> io::Result<()> {
        let Some(path) = &self.config.cpu_report else { return Ok(()) };
        let used = clock_gettime(ClockId::ProcessCPUTime);
        let nanoseconds = used.tv_sec * 1_000_000_000 + used.tv_nsec;
        OpenOptions::new().create(true).append(true).open(path)?.write_all(format!("{nanoseconds}\n").as_bytes())
    }
}

/// The CPU time of all connectors that wrote into a report.
///
/// # Errors
/// When it cannot be read, or holds something else.
pub fn reported_cpu(path: &Path) -> io::Result<Duration> {
    let report = fs::read_to_string(path)?;
    let nanoseconds = report.lines().map(str::parse::<u64>).sum::<Result<u64, _>>();
    nanoseconds.map(Duration::from_nanos).map_err(io::Error::other)
}
