//! The smallest source: it answers every verb with the same lines, and needs nothing.

use std::process::ExitCode;

const SPEC: &str = r#"{"type":"SPEC","spec":{"supportsIncremental":true,"connectionSpecification":{"type":"object","properties":{}}}}"#;
const CHECK: &str = r#"{"type":"CONNECTION_STATUS","connectionStatus":{"status":"SUCCEEDED"}}"#;
const CATALOG: &str = r#"{"type":"CATALOG","catalog":{"streams":[{"name":"numbers","json_schema":{"type":"object","properties":{"id":{"type":"integer"}}},"supported_sync_modes":["full_refresh"]}]}}"#;
const RECORD: &str = r#"{"type":"RECORD","record":{"stream":"numbers","data":{"id":1},"emitted_at":0}}"#;

fn main() -> ExitCode {
    let Some(answer) = std::env::args().nth(1).as_deref().and_then(answer) else {
        eprintln!("usage: source-tiny spec|check|discover|read");
        return ExitCode::from(2);
    };
    println!("{answer}");
    ExitCode::SUCCESS
}

fn answer(verb: &str) -> Option<&'static str> {
    match verb {
        "spec" => Some(SPEC),
        "check" => Some(CHECK),
        "discover" => Some(CATALOG),
        "read" => Some(RECORD),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_answers_every_verb_of_a_source() {
        assert!(["spec", "check", "discover", "read"].iter().all(|verb| super::answer(verb).is_some()));
    }
}
