//! Connectors to try the suites on: a sound source and a sound destination, each with at most one planted defect.
//!
//! `longshore-mutant source|destination [--defect NAME] VERB …` speaks the protocol; `longshore-mutant destination rows
//! --config FILE --stream NAME [--namespace NAMESPACE]` is the reader of what the destination wrote, and
//! `longshore-mutant source|destination defects` lists the names. Written from the protocol, not from the suites, as
//! somebody who knows only the former would write it: plain JSON, no crate of this workspace.

mod call;
mod defects;
mod destination;
mod lines;
mod signal;
mod source;

use call::Call;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    let kind = words.drain(..words.len().min(1)).next().unwrap_or_default();
    let defect = match words.first().map(String::as_str) {
        Some("--defect") if words.len() > 1 => words.drain(..2).nth(1),
        _ => None,
    };
    let call = Call::parse(&words);
    let code = match kind.as_str() {
        "source" => source::run(defect.as_deref(), &call),
        "destination" => destination::run(defect.as_deref(), &call),
        _ => 2,
    };
    ExitCode::from(code)
}
