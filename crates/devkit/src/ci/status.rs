//! The comment that tells how a command's run is going. It is written once and edited in place.

use super::comment::Run;
use serde_json::Value;

/// How far something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Not asked for.
    None,
    /// It has not ended.
    Pending,
    /// It went well.
    Passed,
    /// It did not.
    Failed,
    /// It was cancelled, or not begun because something before it failed.
    Skipped,
}

impl Outcome {
    fn sign(self) -> &'static str {
        match self {
            Self::None => "–",
            Self::Pending => "🕑",
            Self::Passed => "✅",
            Self::Failed => "❌",
            Self::Skipped => "⏭",
        }
    }

    /// What GitHub says of a job: `status` and `conclusion`.
    fn of_job(job: &Value) -> Self {
        match job.get("conclusion").and_then(Value::as_str) {
            None => Self::Pending,
            Some("success") => Self::Passed,
            Some("skipped" | "cancelled" | "neutral") => Self::Skipped,
            Some(_) => Self::Failed,
        }
    }
}

/// What became of one connector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its path.
    pub connector: String,
    /// Its tests.
    pub tested: Outcome,
    /// Its publishing.
    pub published: Outcome,
    /// A line more: a link, a failure.
    pub details: String,
}

/// The whole comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// The command's word and its commit, as [`Run`] has them.
    pub run: Run,
    /// The page of the workflow's run.
    pub run_url: String,
    /// A row for each connector.
    pub rows: Vec<Row>,
}

impl Status {
    /// How a run is going. `jobs` is what `GET actions/runs/ID/jobs` answers (one page or a list of pages), or nothing
    /// at the start. Its jobs are called `test CONNECTOR` and `publish CONNECTOR`.
    #[must_use]
    pub fn of_run(run: &Run, run_url: &str, jobs: Option<&Value>) -> Self {
        let publishes = run.command == super::comment::CommandKind::Publish;
        let row = |connector: &String| {
            let test = jobs.and_then(|jobs| job(jobs, "test", connector));
            let publish = jobs.and_then(|jobs| job(jobs, "publish", connector));
            let outcome = |job: Option<&Value>| match (job, jobs) {
                (Some(job), _) => Outcome::of_job(job),
                (None, None) => Outcome::Pending,
                (None, Some(_)) => Outcome::Skipped,
            };
            let published = if publishes { outcome(publish) } else { Outcome::None };
            Row { connector: connector.clone(), tested: outcome(test), published, details: links(&[test, publish]) }
        };
        Self { run: run.clone(), run_url: run_url.to_owned(), rows: run.connectors.iter().map(row).collect() }
    }

    /// How all of it is: failed as soon as one thing failed, passed only when everything did.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        let all: Vec<_> = self.rows.iter().flat_map(|row| [row.tested, row.published]).collect();
        let first = [Outcome::Failed, Outcome::Pending, Outcome::Skipped].into_iter().find(|one| all.contains(one));
        first.unwrap_or(Outcome::Passed)
    }

    /// The comment.
    #[must_use]
    pub fn markdown(&self) -> String {
        let said = match self.outcome() {
            Outcome::Pending => "is running",
            Outcome::Failed => "failed",
            Outcome::Skipped => "was not run to its end",
            Outcome::Passed | Outcome::None => "passed",
        };
        let (sign, word, sha) = (self.outcome().sign(), self.run.command.word(), &self.run.sha);
        let mut text = format!("{sign} `{word}` {said} at {sha} ([run]({}))\n\n", self.run_url);
        text.push_str("| connector | tested | published | details |\n|---|---|---|---|\n");
        for row in &self.rows {
            let (tested, published) = (row.tested.sign(), row.published.sign());
            text.push_str(&format!("| {} | {tested} | {published} | {} |\n", cell(&row.connector), cell(&row.details)));
        }
        text
    }
}

/// The newest job of a name: a run that is run again has several.
fn job<'a>(jobs: &'a Value, what: &str, connector: &str) -> Option<&'a Value> {
    let pages = jobs.as_array().map_or_else(|| vec![jobs], |pages| pages.iter().collect());
    let all = pages.into_iter().filter_map(|page| page.get("jobs")?.as_array()).flatten();
    let name = format!("{what} {connector}");
    all.filter(|job| job.get("name").and_then(Value::as_str) == Some(&name))
        .max_by_key(|job| job.get("run_attempt").and_then(Value::as_u64))
}

fn links(jobs: &[Option<&Value>]) -> String {
    let link = |job: &&Value| {
        let url = job.get("html_url")?.as_str().filter(|url| url.starts_with("https://"))?;
        let word = job.get("name")?.as_str()?.split(' ').next()?;
        Some(format!("[{word}]({url})"))
    };
    jobs.iter().flatten().filter_map(link).collect::<Vec<_>>().join(" ")
}

/// A text that stays in its cell, and is no tag.
fn cell(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.replace('|', "\\|").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::{Outcome, Status};
    use crate::ci::comment::{CommandKind, Run};
    use serde_json::{Value, json};

    fn run(command: CommandKind) -> Run {
        let connectors = vec!["connectors/a".to_owned(), "connectors/b".to_owned()];
        Run { command, connectors, sha: "a".repeat(40), with_secrets: true, is_fork: false }
    }

    fn job(name: &str, conclusion: Value) -> Value {
        json!({"name": name, "conclusion": conclusion, "html_url": "https://github.com/x/1", "run_attempt": 1})
    }

    #[test]
    fn a_run_is_pending_until_all_its_jobs_have_ended() {
        let url = "https://github.com/team/x/actions/runs/1";
        let begun = Status::of_run(&run(CommandKind::Test), url, None);
        assert_eq!(begun.outcome(), Outcome::Pending);
        assert!(begun.markdown().starts_with(&format!("🕑 `/test` is running at {} ([run]({url}))", "a".repeat(40))));
        let jobs =
            json!({"jobs": [job("test connectors/a", json!("success")), job("test connectors/b", json!("success"))]});
        let done = Status::of_run(&run(CommandKind::Test), url, Some(&jobs));
        assert_eq!(done.outcome(), Outcome::Passed);
        assert!(
            done.markdown().contains("| connectors/a | ✅ | – | [test](https://github.com/x/1) |"),
            "{}",
            done.markdown()
        );
    }

    #[test]
    fn a_job_that_failed_or_is_missing_is_no_success() {
        let failed = [job("test connectors/a", json!("failure")), job("test connectors/b", json!("success"))];
        let jobs = json!([{"jobs": failed}, {"jobs": [job("publish connectors/b", json!("success"))]}]);
        let status = Status::of_run(&run(CommandKind::Publish), "https://x", Some(&jobs));
        assert_eq!(status.outcome(), Outcome::Failed);
        assert!(status.markdown().contains("| connectors/a | ❌ | ⏭ |"), "{}", status.markdown());
        let nothing = Status::of_run(&run(CommandKind::Test), "https://x", Some(&json!({"jobs": []})));
        assert_eq!(nothing.outcome(), Outcome::Skipped);
    }
}
