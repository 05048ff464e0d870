//! Three records and a state: the smallest source that a sync can prove to be complete.

use std::process::ExitCode;

const SPEC: &str = r#"{"type":"SPEC","spec":{"connectionSpecification":{"type":"object","properties":{}}}}"#;
const CHECK: &str = r#"{"type":"CONNECTION_STATUS","connectionStatus":{"status":"SUCCEEDED"}}"#;
const CATALOG: &str = r#"{"type":"CATALOG","catalog":{"streams":[{"name":"numbers","supported_sync_modes":["full_refresh"],"json_schema":{"type":"object","properties":{"id":{"type":"integer"}}}}]}}"#;
const READ: &str = r#"{"type":"TRACE","trace":{"type":"STREAM_STATUS","emitted_at":1,"stream_status":{"stream_descriptor":{"name":"numbers"},"status":"STARTED"}}}
{"type":"RECORD","record":{"stream":"numbers","emitted_at":1,"data":{"id":1}}}
{"type":"RECORD","record":{"stream":"numbers","emitted_at":1,"data":{"id":2}}}
{"type":"RECORD","record":{"stream":"numbers","emitted_at":1,"data":{"id":3}}}
{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"numbers"},"stream_state":{"id":3}}}}
{"type":"TRACE","trace":{"type":"STREAM_STATUS","emitted_at":1,"stream_status":{"stream_descriptor":{"name":"numbers"},"status":"COMPLETE"}}}"#;

fn main() -> ExitCode {
    let Some(answer) = std::env::args().nth(1).as_deref().and_then(answer) else {
        eprintln!("usage: source-counting spec|check|discover|read");
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
        "read" => Some(READ),
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
