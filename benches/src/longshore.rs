//! Runs `longshore sync` and makes sure that it moved what it should: a fast sync that loses something is no result.

use crate::measure::{Cost, measure};
use anyhow::{Context, Result, bail};
use longshore_benches::Config;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// One sync, with its files in a folder of its own.
pub(crate) struct Sync {
    folder: TempDir,
    program: PathBuf,
    arguments: Vec<String>,
}

impl Sync {
    /// A sync between two references, with their configurations.
    pub(crate) fn new(program: &Path, source: (&str, &Value), destination: (&str, &Value)) -> Result<Self> {
        let mut sync =
            Self { folder: tempfile::tempdir()?, program: program.to_owned(), arguments: vec!["sync".into()] };
        for (role, (reference, config)) in [("source", source), ("destination", destination)] {
            sync.arguments.extend([format!("--{role}"), reference.to_owned()]);
            sync.file(&format!("--{role}-config"), &format!("{role}.json"), config)?;
        }
        sync.arguments.push("--json".into());
        Ok(sync)
    }

    /// A sync that need not ask the source what it has: one stream, read and written as a whole.
    pub(crate) fn of_stream(mut self, name: &str) -> Result<Self> {
        let catalog = json!({"streams": [{
            "stream": {"name": name, "json_schema": {"type": "object"}, "supported_sync_modes": ["full_refresh"]},
            "sync_mode": "full_refresh",
            "destination_sync_mode": "append",
        }]});
        self.file("--catalog", "catalog.json", &catalog)?;
        Ok(self)
    }

    fn file(&mut self, flag: &str, name: &str, content: &Value) -> Result<()> {
        let path = self.folder.path().join(name);
        fs::write(&path, content.to_string()).with_context(|| format!("cannot write {}", path.display()))?;
        self.arguments.extend([flag.to_owned(), path.display().to_string()]);
        Ok(())
    }

    /// Runs it and gives its cost, connectors included, and the number of committed records.
    ///
    /// # Errors
    /// When it does not succeed.
    pub(crate) fn run(&self) -> Result<(Cost, u64)> {
        let (cost, result) = measure(Command::new(&self.program).args(&self.arguments))?;
        let result: Value = serde_json::from_str(&result).with_context(|| format!("no result: {result}"))?;
        if result["status"] != "succeeded" {
            bail!("the sync did not succeed: {result}");
        }
        let streams = result["streams"].as_array().into_iter().flatten();
        Ok((cost, streams.filter_map(|stream| stream["records_committed"].as_u64()).sum()))
    }

    /// Runs it and demands a number of records.
    ///
    /// # Errors
    /// When it does not succeed, or commits another number.
    pub(crate) fn run_for(&self, records: u64) -> Result<Cost> {
        let (cost, committed) = self.run()?;
        if committed != records {
            bail!("{committed} records arrived, not {records}");
        }
        Ok(cost)
    }
}

/// The reference to a program that was built beside this one.
pub(crate) fn neighbour(name: &str) -> Result<String> {
    let own = std::env::current_exe().context("cannot find this program's own file")?;
    Ok(format!("exec:{}", own.with_file_name(name).display()))
}

/// The configuration of a benchmark connector as JSON.
pub(crate) fn config(sample: &Path, passes: u64, cpu_report: Option<&Path>) -> Result<Value> {
    let config = Config { sample: sample.to_owned(), passes, cpu_report: cpu_report.map(Path::to_owned) };
    Ok(serde_json::to_value(config)?)
}
