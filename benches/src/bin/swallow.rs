//! A destination that costs next to nothing: it looks for states in what it gets, and echoes them.

use longshore_benches::Call;
use memchr::{memchr, memmem, memrchr};
use std::io::{self, Read, Write};
use std::process::ExitCode;

const BUFFER_BYTES: usize = 1 << 20;

fn main() -> ExitCode {
    match Call::of_this_process().and_then(|call| serve(&call).and_then(|()| call.report_cpu())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("swallow: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve(call: &Call) -> io::Result<()> {
    let answer: &[u8] = match call.verb.as_str() {
        "spec" => b"{\"type\":\"SPEC\",\"spec\":{\"connectionSpecification\":{\"type\":\"object\"},\"supported_destination_sync_modes\":[\"append\",\"overwrite\"]}}\n",
        "check" => b"{\"type\":\"CONNECTION_STATUS\",\"connectionStatus\":{\"status\":\"SUCCEEDED\"}}\n",
        "write" => return swallow(),
        other => return Err(io::Error::other(format!("no verb `{other}`"))),
    };
    io::stdout().write_all(answer)
}

/// Reads to the end. Bytes after the last line end wait for the rest of their line.
fn swallow() -> io::Result<()> {
    let mut buffer = vec![0; BUFFER_BYTES];
    let mut filled = 0;
    loop {
        if filled == buffer.len() {
            buffer.resize(2 * filled, 0);
        }
        let count = io::stdin().read(&mut buffer[filled..])?;
        if count == 0 {
            return Ok(());
        }
        filled += count;
        if let Some(end) = memrchr(b'\n', &buffer[..filled]) {
            echo_states(&buffer[..=end])?;
            buffer.copy_within(end + 1..filled, 0);
            filled -= end + 1;
        }
    }
}

fn echo_states(lines: &[u8]) -> io::Result<()> {
    for at in memmem::find_iter(lines, b"{\"type\":\"STATE\"") {
        let end = memchr(b'\n', &lines[at..]).map_or(lines.len(), |length| at + length + 1);
        io::stdout().write_all(&lines[at..end])?;
    }
    Ok(())
}
