//! `longshore job logs`: what the attempts of a job printed, until now or until its end.

use super::is_active;
use super::watch::{longer, short};
use crate::args::job::OneJob;
use crate::client::{Session, list_of, text};
use crate::failure::Result;
use crate::print;
use serde_json::{Value, json};
use std::process::ExitCode;

/// Prints the lines; `follow` goes on until the job has ended.
pub(super) async fn run(which: &OneJob, attempt: Option<usize>, follow: bool) -> Result<ExitCode> {
    let session = Session::begin(&which.at).await?;
    let (mut printed, mut pause) = (Vec::new(), short());
    loop {
        let answer = session.client.call("jobs/get", &json!({"id": which.id})).await?;
        if which.at.json && !follow {
            return print::result(json!({"attempts": told(&answer, attempt)})).map(|()| ExitCode::SUCCESS);
        }
        let new = new_lines(&answer, attempt, &mut printed);
        if !new.is_empty() {
            pause = short();
            print::result(new.join("\n"))?;
        }
        if !follow || !is_active(text(&answer["job"], "status")) {
            return Ok(ExitCode::SUCCESS);
        }
        tokio::time::sleep(pause).await;
        pause = longer(pause);
    }
}

fn told(answer: &Value, attempt: Option<usize>) -> Vec<Value> {
    let of = list_of(answer, "attempts").iter().enumerate().filter(|(at, _)| attempt.is_none_or(|one| one == *at));
    of.map(|(at, entry)| json!({"attempt": at, "lines": list_of(&entry["logs"], "logLines")})).collect()
}

/// The lines that have not been printed; `printed` counts those of each attempt that have.
fn new_lines<'a>(answer: &'a Value, attempt: Option<usize>, printed: &mut Vec<usize>) -> Vec<&'a str> {
    let mut new = Vec::new();
    for (at, entry) in list_of(answer, "attempts").iter().enumerate() {
        let lines = list_of(&entry["logs"], "logLines");
        printed.resize(printed.len().max(at + 1), 0);
        if attempt.is_none_or(|one| one == at) {
            new.extend(lines.iter().skip(printed[at]).filter_map(Value::as_str));
        }
        printed[at] = printed[at].max(lines.len());
    }
    new
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(attempts: &[&[&str]]) -> Value {
        let attempts: Vec<Value> = attempts.iter().map(|lines| json!({"logs": {"logLines": lines}})).collect();
        json!({"attempts": attempts})
    }

    #[test]
    fn each_line_is_printed_once() {
        let mut printed = Vec::new();
        assert_eq!(new_lines(&answer(&[&["a", "b"]]), None, &mut printed), ["a", "b"]);
        assert_eq!(new_lines(&answer(&[&["a", "b", "c"], &["d"]]), None, &mut printed), ["c", "d"]);
        assert!(new_lines(&answer(&[&["a", "b", "c"], &["d"]]), None, &mut printed).is_empty());
    }

    #[test]
    fn one_attempt_can_be_asked_for() {
        assert_eq!(new_lines(&answer(&[&["a"], &["b"]]), Some(1), &mut Vec::new()), ["b"]);
    }
}
