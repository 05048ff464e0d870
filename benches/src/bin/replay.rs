//! A source that costs next to nothing: it copies a sample of records from the page cache into its pipe, again and
//! again, with a state after each pass.

use longshore_benches::Call;
use serde_json::{Value, json};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Seek, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    match Call::of_this_process().and_then(|call| serve(&call).and_then(|()| call.report_cpu())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("replay: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve(call: &Call) -> io::Result<()> {
    match call.verb.as_str() {
        "spec" => print(&json!({"type": "SPEC", "spec": {"connectionSpecification": {"type": "object"}}})),
        "check" => print(&json!({"type": "CONNECTION_STATUS", "connectionStatus": {"status": "SUCCEEDED"}})),
        "discover" => print(&json!({"type": "CATALOG", "catalog": {"streams": [stream(call)?]}})),
        "read" => read(call),
        other => Err(io::Error::other(format!("no verb `{other}`"))),
    }
}

fn read(call: &Call) -> io::Result<()> {
    let name = stream_name(call);
    let records = records(call)?;
    let mut sample = File::open(&call.config.sample)?;
    print(&status(&name, "STARTED"))?;
    for pass in 1..=call.config.passes {
        sample.rewind()?;
        // The kernel copies from file to pipe; nothing passes through this process.
        io::copy(&mut sample, &mut io::stdout())?;
        print(&json!({"type": "STATE", "state": {
            "type": "STREAM",
            "stream": {"stream_descriptor": {"name": name}, "stream_state": {"pass": pass}},
            "sourceStats": {"recordCount": records as f64},
        }}))?;
    }
    print(&status(&name, "COMPLETE"))
}

fn status(name: &str, status: &str) -> Value {
    json!({"type": "TRACE", "trace": {
        "type": "STREAM_STATUS",
        "emitted_at": 0.0,
        "stream_status": {"stream_descriptor": {"name": name}, "status": status},
    }})
}

fn stream(call: &Call) -> io::Result<Value> {
    let mut first = String::new();
    BufReader::new(File::open(&call.config.sample)?).read_line(&mut first)?;
    let first: Value = serde_json::from_str(&first)?;
    let fields = first["record"]["data"].as_object().into_iter().flatten();
    let properties: serde_json::Map<String, Value> = fields.map(|(name, _)| (name.clone(), json!({}))).collect();
    Ok(json!({
        "name": stream_name(call),
        "json_schema": {"type": "object", "properties": properties},
        "supported_sync_modes": ["full_refresh", "incremental"],
        "source_defined_cursor": true,
    }))
}

/// The sample's file is named after its stream.
fn stream_name(call: &Call) -> String {
    call.config.sample.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

fn records(call: &Call) -> io::Result<usize> {
    let lines = BufReader::new(File::open(&call.config.sample)?).split(b'\n');
    lines.map(|line| Ok(usize::from(line?.starts_with(b"{\"type\":\"RECORD\"")))).sum()
}

fn print(message: &Value) -> io::Result<()> {
    io::stdout().write_all(format!("{message}\n").as_bytes())
}
