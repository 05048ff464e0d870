//! Where reports go: files that are opened before the suite starts, and stdout.

use crate::args::test::{ReportArg, TestArgs};
use crate::failure::{Result, usage};
use crate::print;
use console::style;
use longshore_acceptance::{Format, Report};
use longshore_protocol::FailureReason;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The reports that were asked for.
pub(super) struct ReportFiles {
    files: Vec<ReportFile>,
    /// What stdout gets.
    stdout: Format,
}

/// A file that a report goes into. One that was made for it goes away again if there comes none.
struct ReportFile {
    format: Format,
    path: PathBuf,
    file: File,
    is_left_over: bool,
}

impl ReportFiles {
    /// Opens all files.
    ///
    /// # Errors
    /// `file.unwritable`; `test.report_twice` when more than one report goes to stdout.
    pub(super) fn open(args: &TestArgs) -> Result<Self> {
        let json = args.json.then_some(Format::Json);
        let printed: Vec<Format> =
            args.report.iter().filter(|it| it.path.is_none()).map(|it| it.format).chain(json).collect();
        if printed.len() > 1 {
            let message = "two reports cannot both go to stdout; give one of them a file: --report FORMAT=FILE";
            return Err(usage("test.report_twice", message));
        }
        let files =
            args.report.iter().filter_map(|ReportArg { format, path }| Some(ReportFile::open(*format, path.as_ref()?)));
        Ok(Self { files: files.collect::<Result<_>>()?, stdout: printed.first().copied().unwrap_or(Format::Terminal) })
    }

    /// Writes all reports.
    ///
    /// # Errors
    /// `file.unwritable`, `output.unwritable`.
    pub(super) fn write(self, report: &Report) -> Result<()> {
        for file in self.files {
            file.write(report)?;
        }
        let text = report.render(self.stdout);
        let text = text.trim_end();
        print::result(if self.stdout == Format::Terminal { coloured(text) } else { text.to_owned() })
    }
}

impl ReportFile {
    fn open(format: Format, path: &Path) -> Result<Self> {
        let is_new = !path.exists();
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(path);
        let file = file.map_err(|error| unwritable(path, &error))?;
        Ok(Self { format, path: path.to_owned(), file, is_left_over: is_new })
    }

    fn write(mut self, report: &Report) -> Result<()> {
        let text = report.render(self.format);
        // Only a regular file has a length; `/dev/stderr` has none.
        let emptied = if self.file.metadata().is_ok_and(|it| it.is_file()) { self.file.set_len(0) } else { Ok(()) };
        emptied.and_then(|()| self.file.write_all(text.as_bytes())).map_err(|error| unwritable(&self.path, &error))?;
        self.is_left_over = false;
        Ok(())
    }
}

impl Drop for ReportFile {
    fn drop(&mut self) {
        if self.is_left_over {
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn unwritable(path: &Path, error: &io::Error) -> FailureReason {
    let message = format!("cannot write the report {}: {error}; name another file", path.display());
    usage("file.unwritable", message)
}

/// With colours for the words that say how it went, where stdout shows them.
fn coloured(text: &str) -> String {
    let lines = text.lines().map(|line| match line.split_once(' ') {
        Some(("FAILED", rest)) => format!("{} {rest}", style("FAILED").red().bold()),
        Some(("WARNING", rest)) => format!("{} {rest}", style("WARNING").yellow().bold()),
        Some(("PASSED", rest)) => format!("{} {rest}", style("PASSED").green().bold()),
        _ => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}
