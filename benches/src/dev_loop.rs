//! From saving a file to the first record of `connector dev`, beside what cannot be avoided: the program's own start, and
//! for Rust the incremental compile.
//!
//! A shell script, a Python script, and a small Rust project without dependencies. Each is saved, and the loop tells when
//! its first record came.

use crate::Arguments;
use crate::contest::{Contestant, hold};
use crate::measure::{Cost, measure};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::cell::RefCell;
use std::fs;
use std::io::{BufRead, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Instant;
use tempfile::TempDir;

const SPEC: &str = r#"{"type":"SPEC","spec":{"connectionSpecification":{"type":"object","properties":{}}}}"#;
const STATUS: &str = r#"{"type":"CONNECTION_STATUS","connectionStatus":{"status":"SUCCEEDED"}}"#;
const CATALOG: &str = r#"{"type":"CATALOG","catalog":{"streams":[{"name":"s","json_schema":{},"supported_sync_modes":["full_refresh"]}]}}"#;
const RECORD: &str = r#"{"type":"RECORD","record":{"stream":"s","data":{"id":1},"emitted_at":1}}"#;

/// One project, its loop, and the file that is saved.
struct Project {
    folder: TempDir,
    file: &'static str,
    running: Option<(Child, Lines<BufReader<ChildStdout>>)>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    compare(arguments, "shell", shell()?, &|| Ok(measure(&mut Command::new("true"))?.0))?;
    let beside = python()?;
    let script = beside.folder.path().join("main.py");
    compare(arguments, "Python", python()?, &|| Ok(measure(Command::new("python3").arg(&script).arg("read"))?.0))?;
    // Nobody watches this one.
    let beside = rust()?;
    let compile = || {
        beside.change()?;
        Ok(measure(Command::new("cargo").args(["build", "--quiet"]).current_dir(beside.folder.path()))?.0)
    };
    compile()?;
    compare(arguments, "Rust", rust()?, &compile)
}

/// What cannot be avoided, which is the yardstick, and the loop.
fn compare(
    arguments: &Arguments,
    language: &str,
    mut project: Project,
    unavoidable: &dyn Fn() -> Result<Cost>,
) -> Result<()> {
    project.start(&arguments.longshore)?;
    let project = RefCell::new(project);
    let contestant = |name: &str, run| Contestant { name: name.to_owned(), records: 0, bytes: 0, run };
    let title = format!("{language}: from saving to the first record");
    let contestants = [
        contestant("cannot be avoided", Box::new(unavoidable) as Box<dyn Fn() -> Result<Cost> + '_>),
        contestant("connector dev", Box::new(|| project.borrow_mut().save())),
    ];
    hold(&title, 3 * arguments.runs, &contestants)
}

impl Project {
    fn new(metadata_language: &str, file: &'static str, files: &[(&str, String)]) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let metadata = format!(
            "metadataSpecVersion: \"1.0\"\ndata:\n  name: X\n  definitionId: 0d5f1a3e-6b7c-4c58-9f0a-2f6f2b6c9f10\n  \
             connectorType: source\n  dockerRepository: team/source-x\n  dockerImageTag: 1.2.3\n  tags: [\"language:{metadata_language}\"]\n"
        );
        fs::write(folder.path().join("metadata.yaml"), metadata)?;
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap_or(Path::new("/")))?;
            fs::write(path, text)?;
        }
        Ok(Self { folder, file, running: None })
    }

    /// Starts the loop, and waits for the end of its first round.
    fn start(&mut self, longshore: &Path) -> Result<()> {
        let mut command = Command::new(longshore);
        command.args(["connector", "dev", "--json"]).arg(self.folder.path()).stdout(Stdio::piped());
        let mut child = command.spawn().context("longshore does not start")?;
        let stdout = child.stdout.take().context("no pipe")?;
        self.running = Some((child, BufReader::new(stdout).lines()));
        self.until("ended")
    }

    fn until(&mut self, kind: &str) -> Result<()> {
        let (_, lines) = self.running.as_mut().context("it does not run")?;
        for line in lines {
            let line = line?;
            let happening: Value = serde_json::from_str(&line)?;
            if happening["happening"] == "failed" {
                bail!("the loop failed: {line}");
            }
            if happening["happening"] == kind {
                return Ok(());
            }
        }
        bail!("the loop ended before {kind}")
    }

    /// Another content each time, or cargo sees no need to compile.
    fn change(&self) -> Result<()> {
        let path = self.folder.path().join(self.file);
        let text = fs::read_to_string(&path)?;
        let comment = if self.file.ends_with(".rs") { "// changed\n" } else { "# changed\n" };
        fs::write(path, text + comment)?;
        Ok(())
    }

    fn save(&mut self) -> Result<Cost> {
        self.change()?;
        let begun = Instant::now();
        self.until("round")?;
        self.until("first_record")?;
        let cost = Cost { wall: begun.elapsed(), ..Cost::default() };
        self.until("ended")?;
        Ok(cost)
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        if let Some((child, _)) = &mut self.running {
            // It has ended already when it failed.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn shell() -> Result<Project> {
    let script = format!(
        "case $1 in\nspec) echo '{SPEC}' ;;\ncheck) echo '{STATUS}' ;;\ndiscover) echo '{CATALOG}' ;;\nread) echo '{RECORD}' ;;\nesac\n"
    );
    let run = "run: [sh, source.sh]\n".to_owned();
    Project::new("any", "source.sh", &[("source.sh", script), ("longshore.yaml", run)])
}

fn python() -> Result<Project> {
    let script = format!(
        "import sys\nprint({{\n    'spec': '{SPEC}',\n    'check': '{STATUS}',\n    'discover': '{CATALOG}',\n    'read': '{RECORD}',\n}}[sys.argv[1]])\n"
    );
    let run = "run: [python3, main.py]\n".to_owned();
    Project::new("any", "main.py", &[("main.py", script), ("longshore.yaml", run)])
}

fn rust() -> Result<Project> {
    let source = format!(
        "fn main() {{\n    let line = match std::env::args().nth(1).as_deref() {{\n        Some(\"spec\") => r#\"{SPEC}\"#,\n        \
         Some(\"check\") => r#\"{STATUS}\"#,\n        Some(\"discover\") => r#\"{CATALOG}\"#,\n        _ => r#\"{RECORD}\"#,\n    }};\n    \
         println!(\"{{line}}\");\n}}\n"
    );
    let manifest =
        "[package]\nname = \"source-x\"\nversion = \"1.2.3\"\nedition = \"2024\"\n\n[workspace]\n".to_owned();
    Project::new("rust", "src/main.rs", &[("src/main.rs", source), ("Cargo.toml", manifest)])
}
