//! A sound source: made-up records of four streams, and what may be wrong with it.

mod check;
mod defect;
mod discover;
mod out;
mod read;
mod records;
mod spec;
mod spoil;

use crate::call::Call;
use defect::Defect;
use out::Out;
use serde_json::Value;

/// What one run has to do with.
pub(crate) struct Run {
    pub(crate) defect: Option<Defect>,
    pub(crate) config: Value,
    pub(crate) out: Out,
}

impl Run {
    /// Whether this is what is wrong.
    pub(crate) fn has(&self, defect: Defect) -> bool {
        self.defect == Some(defect)
    }
}

/// Runs a verb; the exit code.
pub(crate) fn run(defect: Option<&str>, call: &Call) -> u8 {
    let known = defect.map(Defect::named);
    if call.verb == "defects" {
        Defect::NAMES.iter().for_each(|name| crate::lines::print(name));
        return 0;
    }
    if known == Some(None) {
        return 2;
    }
    let defect = known.flatten();
    let mut out = Out::new(defect, &call.verb);
    let config = match call.json("--config") {
        Ok(config) => config.unwrap_or_default(),
        Err(_) if defect == Some(Defect::UnreadableConfigAccepted) && call.verb == "check" => {
            out.send(crate::lines::status(None));
            return 0;
        }
        Err(error) => return out.fail(&error, "config_error"),
    };
    out.token = config["token"].as_str().unwrap_or_default().to_owned();
    let mut run = Run { defect, config, out };
    let code = match call.verb.as_str() {
        "spec" => spec::spec(&mut run),
        "check" => check::check(&mut run),
        "discover" => discover::discover(&mut run),
        "read" => read::read(&mut run, call),
        verb => run.out.fail(&format!("unknown verb {verb}"), "system_error"),
    };
    run.out.finish(code)
}
