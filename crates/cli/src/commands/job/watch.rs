//! Waits for the end of a job, and shows how far it is.

use super::{attempts, ended, is_active, job};
use crate::client::{Session, text};
use crate::config;
use crate::failure::Result;
use crate::print::note;
use crate::spinner::Spinner;
use crate::table::grouped;
use serde_json::Value;
use std::process::ExitCode;
use std::time::Duration;

/// How soon a job is looked at again, at first and at last.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LAST_PAUSE: Duration = Duration::from_secs(2);

/// The pause after this one.
pub(super) fn longer(pause: Duration) -> Duration {
    (pause * 3 / 2).min(LAST_PAUSE)
}

/// The first pause.
pub(super) fn short() -> Duration {
    FIRST_PAUSE
}

/// Waits, then prints what came of it; 1 when the job has not succeeded.
///
/// # Errors
/// When the server does not say.
pub(crate) async fn await_end(session: &Session, id: i64, json: bool) -> Result<ExitCode> {
    let spinner = Spinner::begin(format!("job {id}"));
    let (mut pause, mut said) = (FIRST_PAUSE, String::new());
    loop {
        let answer = job(session, id).await?;
        let status = text(&answer["job"], "status").to_owned();
        if !is_active(&status) {
            drop(spinner);
            return ended(&answer, json);
        }
        spinner.say(progress(id, &status, &answer));
        if status != said && !config::stderr_is_terminal() {
            note(format_args!("job {id}: {status}"));
        }
        said = status;
        tokio::time::sleep(pause).await;
        pause = longer(pause);
    }
}

fn progress(id: i64, status: &str, answer: &Value) -> String {
    let Some(attempt) = attempts(answer).last() else { return format!("job {id}: {status}") };
    let count = |key: &str| grouped(attempt["totalStats"][key].as_u64().unwrap_or_default());
    let (sent, committed) = (count("recordsEmitted"), count("recordsCommitted"));
    format!("job {id}: {status}, {sent} records sent, {committed} committed")
}
