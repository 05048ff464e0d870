//! `connector checklist`: the items of a project's CHECKLIST.md, and a judgement of those that a program can judge.
//!
//! An item is a line `- [ ] text`; one that can be judged ends with `<!-- check: ID -->`. What is judged is in
//! `checks.rs`, one function for each id.

mod checks;
mod dockerfile;

use crate::build::Tests;
use crate::failure::{config_failure, unreadable};
use crate::{Project, Tools};
use longshore_protocol::FailureReason;
use serde_json::Value;
use std::fs;
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

/// The file, by name.
const FILE: &str = "CHECKLIST.md";
const CHECK: &str = "<!-- check:";

/// The checklist of a project.
#[derive(Debug, Clone)]
pub struct Checklist {
    path: PathBuf,
    text: String,
}

/// An item, and what is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// Its line, from 1.
    pub line: usize,
    /// What it says.
    pub text: String,
    /// What judges it; none where only a person can.
    pub check: Option<String>,
    /// Whether its box is ticked.
    pub is_ticked: bool,
    /// The judgement.
    pub verdict: Verdict,
}

/// What became of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is as it should be.
    Done,
    /// It is not: why, and what to do.
    Open(String),
    /// It could be judged, and was not: why.
    NotJudged(String),
    /// Only a person can say: the box tells what one said.
    ByHand,
}

/// What was found out of a project, for the judgement.
pub struct Evidence {
    dir: PathBuf,
    project: Result<Project, FailureReason>,
    /// The files below `secrets` that git tracks.
    tracked: Vec<String>,
    /// Whether git says that it ignores a file there.
    ignores_secrets: bool,
    /// What the connector answered to `spec`; none when it was not asked.
    pub spec: Option<Result<Value, FailureReason>>,
    /// What became of the unit tests; none when they were not run.
    pub tests: Option<Result<Tests, FailureReason>>,
}

impl Evidence {
    /// What can be found without starting anything but git.
    ///
    /// # Errors
    /// `tool.not_started`.
    pub async fn gather(dir: &Path, tools: &Tools) -> Result<Self, FailureReason> {
        let tools = tools.quiet();
        let git = async |words: &[&str]| match tools.answer("git", dir, words).await {
            Err(failure) if failure.code == "tool.not_installed" => Ok(None),
            answer => answer,
        };
        let project = Project::open(dir);
        let (tracked, ignored) = match dir.is_dir() {
            true => {
                (git(&["ls-files", "-z", "--", "secrets"]).await?, git(&["check-ignore", "secrets/config.json"]).await?)
            }
            false => (None, None),
        };
        let tracked = tracked.unwrap_or_default();
        let tracked = tracked.split('\0').filter(|file| !file.is_empty()).map(str::to_owned).collect();
        Ok(Self { dir: dir.to_owned(), project, tracked, ignores_secrets: ignored.is_some(), spec: None, tests: None })
    }

    /// The project, when its metadata can be read.
    #[must_use]
    pub fn project(&self) -> Option<&Project> {
        self.project.as_ref().ok()
    }
}

impl Checklist {
    /// Reads the checklist of a project.
    ///
    /// # Errors
    /// `connector.no_checklist`, `connector.unreadable`.
    pub fn read(dir: &Path) -> Result<Self, FailureReason> {
        let path = dir.join(FILE);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Self { path, text }),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                Err(no_checklist(dir))
            }
            Err(error) => Err(unreadable(&path, &error)),
        }
    }

    /// Judges every item, in the order of the file.
    #[must_use]
    pub fn judge(&self, evidence: &Evidence) -> Vec<Judged> {
        let judged = |item: Item<'_>| Judged {
            line: item.line,
            text: item.text.to_owned(),
            check: item.check.map(str::to_owned),
            is_ticked: item.is_ticked,
            verdict: item.check.map_or(Verdict::ByHand, |id| checks::judge(id, evidence)),
        };
        items(&self.text).map(judged).collect()
    }

    /// Ticks what is done, and takes the tick from what is open; the rest stays as it is. How many boxes changed.
    ///
    /// # Errors
    /// `connector.unwritable`.
    pub fn tick(&self, judged: &[Judged]) -> Result<usize, FailureReason> {
        let mut lines: Vec<String> = self.text.split_inclusive('\n').map(str::to_owned).collect();
        let mut changed = 0;
        for item in judged {
            let is_done = match item.verdict {
                Verdict::Done => true,
                Verdict::Open(_) => false,
                Verdict::NotJudged(_) | Verdict::ByHand => continue,
            };
            if let Some(line) = lines.get_mut(item.line - 1).filter(|_| is_done != item.is_ticked) {
                let at = line.find('[').unwrap_or_default() + 1;
                line.replace_range(at..at + 1, if is_done { "x" } else { " " });
                changed += 1;
            }
        }
        if changed > 0 {
            replace(&self.path, &lines.concat()).map_err(|error| unwritable(&self.path, &error))?;
        }
        Ok(changed)
    }
}

struct Item<'a> {
    line: usize,
    text: &'a str,
    check: Option<&'a str>,
    is_ticked: bool,
}

/// The items outside of code.
fn items(text: &str) -> impl Iterator<Item = Item<'_>> {
    let mut in_code = false;
    let outside = text.lines().enumerate().filter(move |(_, line)| {
        let is_fence = line.trim_start().starts_with("```");
        in_code ^= is_fence;
        !in_code && !is_fence
    });
    outside.filter_map(|(at, line)| item(at + 1, line))
}

fn item(line: usize, text: &str) -> Option<Item<'_>> {
    let rest = text.trim_start().strip_prefix(['-', '*'])?.trim_start().strip_prefix('[')?;
    let (mark, text) = rest.split_once(']').filter(|(mark, _)| matches!(*mark, " " | "x" | "X"))?;
    let (text, check) = match text.split_once(CHECK) {
        Some((text, rest)) => (text, rest.split_once("-->").map(|(id, _)| id.trim())),
        None => (text, None),
    };
    Some(Item { line, text: text.trim(), check, is_ticked: mark != " " })
}

fn replace(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".new.").tempfile_in(folder)?;
    file.as_file().set_permissions(fs::metadata(path)?.permissions())?;
    file.write_all(text.as_bytes())?;
    file.persist(path)?;
    Ok(())
}

fn no_checklist(dir: &Path) -> FailureReason {
    let shown = dir.display();
    let message = format!(
        "{shown} has no {FILE}; a project that `longshore connector new` makes has one: copy it from there, or write \
         lines `- [ ] text <!-- check: metadata -->`"
    );
    config_failure("connector.no_checklist", message)
}

fn unwritable(path: &Path, error: &io::Error) -> FailureReason {
    let shown = path.display();
    config_failure("connector.unwritable", format!("cannot write {shown}: {error}; look at it with `ls -l {shown}`"))
}

#[cfg(test)]
mod tests {
    use super::items;

    #[test]
    fn items_are_lines_with_a_box() {
        let text = "# X\n- [ ] one <!-- check: spec -->\n  * [x] two\n- [?] no\n```\n- [ ] code\n```\n- plain\n";
        let found: Vec<_> = items(text).map(|item| (item.line, item.text, item.check, item.is_ticked)).collect();
        assert_eq!(found, [(2, "one", Some("spec"), false), (3, "two", None, true)]);
    }
}
