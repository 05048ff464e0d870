//! A sound destination: rows of a SQLite database, and what may be wrong with it.

mod defect;
mod echo;
mod fit;
mod newer;
mod rows;
mod spec;
mod spoil;
mod store;
mod target;
mod write;

use crate::call::Call;
use crate::lines;
use defect::Defect;
use serde_json::Value;

/// Why it fails.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) message: String,
    pub(crate) kind: &'static str,
}

impl Failure {
    pub(crate) fn new(kind: &'static str, message: impl Into<String>) -> Self {
        Self { message: message.into(), kind }
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        let kind = match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull | rusqlite::ErrorCode::DatabaseBusy) => "transient_error",
            Some(rusqlite::ErrorCode::CannotOpen | rusqlite::ErrorCode::NotADatabase) => "config_error",
            _ => "system_error",
        };
        Self::new(kind, format!("the database: {error}"))
    }
}

/// Runs a verb; the exit code.
pub(crate) fn run(defect: Option<&str>, call: &Call) -> u8 {
    let known = defect.map(Defect::named);
    if call.verb == "defects" {
        Defect::NAMES.iter().for_each(|name| lines::print(name));
        return 0;
    }
    if known == Some(None) {
        return 2;
    }
    let defect = known.flatten();
    match dispatch(defect, call) {
        Ok(()) if call.verb == "write" && defect == Some(Defect::ExitsThree) => 3,
        Ok(()) => 0,
        Err(_) if defect == Some(Defect::FailsWithZero) => 0,
        Err(failure) => {
            if defect != Some(Defect::FailsWithoutTrace) {
                lines::print(&lines::error(&failure.message, failure.kind, None).to_string());
            }
            1
        }
    }
}

fn dispatch(defect: Option<Defect>, call: &Call) -> Result<(), Failure> {
    let config = call.json("--config").map_err(|error| Failure::new("config_error", error))?.unwrap_or_default();
    match call.verb.as_str() {
        "spec" => spec::spec(defect),
        "check" => check(defect, &config),
        "write" => write::write(defect, &config, call)?,
        "rows" => rows::rows(&config, call)?,
        verb => return Err(Failure::new("system_error", format!("unknown verb {verb}"))),
    }
    Ok(())
}

fn check(defect: Option<Defect>, config: &Value) {
    let mut failure = store::problem(config);
    if defect == Some(Defect::EverythingAccepted) {
        failure = None;
    }
    if defect == Some(Defect::CheckWrites) && failure.is_none() {
        let path = config["path"].as_str().unwrap_or_default();
        let _ = std::fs::write(std::path::Path::new(path).with_extension("probe"), "check");
        let _ = store::Store::open(config).and_then(|store| store.forget_everything());
    }
    lines::print(&lines::status(failure.as_deref()).to_string());
}
