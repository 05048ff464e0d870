//! Whether a comment's command is run, and on which commit.
//!
//! A run with secrets executes the code of the pull request. So its author must be able to write to the repository
//! anyway, and code of a fork must be a commit that such a person has looked at: named in the command, or approved in a
//! review. Whatever is pushed after that is another commit, and is not run.

use super::facts::Facts;
use super::parse::{Command, CommandKind, parse};
use super::reply::{code, refusal, with_grammar};
use serde_json::Value;

/// What the workflow is to do.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "decision", rename_all = "snake_case")]
pub enum Decision {
    /// Nothing, and no answer: it is no command, or not said by a person on a pull request.
    Ignore {
        /// Why, for the log.
        reason: String,
    },
    /// Answer, and no more.
    Reject {
        /// Why, in short, for the log.
        reason: String,
        /// Markdown to answer.
        reply: String,
    },
    /// Run it.
    Run(Run),
}

/// What is run.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Run {
    /// Test, or test and publish.
    pub command: CommandKind,
    /// The connectors' paths, which the commit has.
    pub connectors: Vec<String>,
    /// The only commit that may be checked out.
    pub sha: String,
    /// Whether the run gets secrets. A command's run does; that is what it is for.
    pub with_secrets: bool,
    /// Whether the commit is of a fork.
    pub is_fork: bool,
}

/// Decides by the event (`$GITHUB_EVENT_PATH` of `issue_comment`). `facts` are asked only when they matter: see
/// [`Decision::of_event`] for what can be said without.
#[must_use]
pub fn decide(event: &Value, facts: &Facts) -> Decision {
    let command = match Decision::of_event(event) {
        Ok(command) => command,
        Err(decision) => return decision,
    };
    match refused(&command, facts) {
        Some((reason, reply)) => reject(reason, refusal(&reply)),
        None => Decision::Run(Run {
            command: command.kind,
            sha: facts.head.sha.clone(),
            with_secrets: true,
            is_fork: facts.head.is_fork,
            connectors: command.connectors,
        }),
    }
}

impl Decision {
    /// The command of an event, or what is decided already without asking GitHub anything.
    ///
    /// # Errors
    /// The decision: not to run.
    pub fn of_event(event: &Value) -> Result<Command, Self> {
        let text = |path: &str| event.pointer(path).and_then(Value::as_str).unwrap_or_default();
        if text("/action") != "created" {
            return Err(ignore("only a new comment is a command, an edited one is not"));
        }
        if !event.pointer("/issue/pull_request").is_some_and(Value::is_object) {
            return Err(ignore("the comment is not on a pull request"));
        }
        let command = parse(text("/comment/body")).ok_or_else(|| ignore("the comment holds no command"))?;
        if is_program(event) {
            return Err(ignore("the comment is by a program"));
        }
        if text("/issue/state") != "open" {
            return Err(reject("closed", refusal("The pull request is closed.")));
        }
        command.map_err(|problem| reject("not understood", with_grammar(&problem)))
    }
}

/// Whether a bot wrote or sent the comment, or somebody else than its author sent it.
fn is_program(event: &Value) -> bool {
    let text = |path: &str| event.pointer(path).and_then(Value::as_str).unwrap_or_default();
    let is_person = |who: &str| {
        let login = text(&format!("{who}/login"));
        text(&format!("{who}/type")) == "User" && !login.is_empty() && !login.ends_with("[bot]")
    };
    !is_person("/comment/user") || !is_person("/sender") || text("/comment/user/login") != text("/sender/login")
}

/// Why a command is not run: in short, and as an answer.
fn refused(command: &Command, facts: &Facts) -> Option<(&'static str, String)> {
    if !matches!(facts.permission.as_str(), "admin" | "maintain" | "write") {
        let who = "Only who can write to this repository can run commands; ask a maintainer to.";
        return Some(("no write access", who.to_owned()));
    }
    if let Some(refused) = unpinned(command, facts) {
        return Some(refused);
    }
    let missing: Vec<_> = command.connectors.iter().filter(|path| !facts.connectors.contains(path)).collect();
    if missing.is_empty() {
        return None;
    }
    let missing: Vec<_> = missing.into_iter().map(|path| code(path)).collect();
    Some(("no such connector", format!("The commit `{}` has no {}.", facts.head.sha, missing.join(", "))))
}

/// Whether the newest commit is one that the author has seen.
fn unpinned(command: &Command, facts: &Facts) -> Option<(&'static str, String)> {
    let head = &facts.head.sha;
    match &command.sha {
        Some(sha) if sha != head => {
            let reply =
                format!("The newest commit is `{head}`, not `{sha}`. Look at it, then name it with `ref={head}`.");
            Some(("another commit", reply))
        }
        None if facts.head.is_fork && !facts.approved.contains(head) => {
            let reply = format!(
                "The commit is of a fork, and runs with secrets. Look at `{head}`; then approve it in a review, or write\n\n\
                 ```\n{} connector={} ref={head}\n```",
                command.kind.word(),
                command.connectors.join(",")
            );
            Some(("fork without review", reply))
        }
        _ => None,
    }
}

fn ignore(reason: &str) -> Decision {
    Decision::Ignore { reason: reason.to_owned() }
}

fn reject(reason: &str, reply: String) -> Decision {
    Decision::Reject { reason: reason.to_owned(), reply }
}

#[cfg(test)]
#[path = "decide/tests.rs"]
mod tests;
