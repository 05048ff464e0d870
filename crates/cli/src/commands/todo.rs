//! `longshore connector todo`: every place of a connector project that needs a person.

use crate::args::new::TodoArgs;
use crate::config;
use crate::failure::Result;
use crate::print::{self, note};
use longshore_devkit::{Todo, todos};
use serde_json::json;
use std::process::ExitCode;

/// Shows them: one in a line for a pipe, below their files for a person.
pub(crate) fn run(args: &TodoArgs) -> Result<ExitCode> {
    let found = todos(&args.dir)?;
    if args.json {
        return print::result(json!(found)).map(|()| ExitCode::SUCCESS);
    }
    let text = if config::stdout_is_terminal() { by_file(&found) } else { by_line(&found) };
    if !text.is_empty() {
        print::result(text)?;
    }
    note(match found.len() {
        0 => "nothing is left to do".to_owned(),
        1 => "1 place needs you".to_owned(),
        many => format!("{many} places need you"),
    });
    Ok(ExitCode::SUCCESS)
}

fn by_line(found: &[Todo]) -> String {
    let lines = found.iter().map(|todo| format!("{}:{}: {}", todo.path.display(), todo.line, todo.text));
    lines.collect::<Vec<_>>().join("\n")
}

fn by_file(found: &[Todo]) -> String {
    let files = found.chunk_by(|one, other| one.path == other.path).map(|todos| {
        let lines = todos.iter().map(|todo| format!("  {:>4}  {}", todo.line, todo.text));
        let path = todos.first().map(|todo| todo.path.display().to_string());
        path.into_iter().chain(lines).collect::<Vec<_>>().join("\n")
    });
    files.collect::<Vec<_>>().join("\n")
}
