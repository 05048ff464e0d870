//! What `connector new` says it made.

use crate::args::new::NewArgs;
use crate::failure::Result;
use crate::print;
use crate::table::{bytes, table};
use longshore_devkit::new::{RenderedFile, Rendering};
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

/// Prints it, for people or for machines.
pub(super) fn print(rendering: &Rendering, dir: &Path, args: &NewArgs) -> Result<()> {
    let next = rendering.next(&dir.to_string_lossy())?;
    if args.json {
        let files: Vec<_> = rendering
            .files
            .iter()
            .map(|(path, file)| json!({"path": path, "bytes": file.text.len(), "executable": file.is_executable}))
            .collect();
        return print::result(json!({
            "template": rendering.template.name,
            "version": rendering.template.version,
            "dir": dir,
            "connector": rendering.answers.name.connector,
            "dry_run": args.dry_run,
            "files": files,
            "next": next,
        }));
    }
    if args.dry_run {
        return print::result(tree(rendering, dir));
    }
    print::result(made(rendering, dir, &next))
}

/// Every file with its size; what is taken along as it is, in one line.
fn tree(rendering: &Rendering, dir: &Path) -> String {
    let size = |files: &BTreeMap<&String, &RenderedFile>| files.values().map(|file| file.text.len() as u64).sum();
    let (vendored, own): (BTreeMap<_, _>, BTreeMap<_, _>) =
        rendering.files.iter().partition(|(_, file)| file.is_vendored);
    let mut rows: Vec<Vec<String>> = own
        .iter()
        .map(|(path, file)| {
            let mark = if file.is_executable { "*" } else { "" };
            vec![format!("{path}{mark}"), bytes(file.text.len() as u64)]
        })
        .collect();
    if !vendored.is_empty() {
        rows.push(vec![format!("vendor/ ({} files)", vendored.len()), bytes(size(&vendored))]);
    }
    let shown = dir.display();
    format!(
        "{}\nwould make {} files in {shown}; nothing was written",
        table(&["file", "size"], rows, &[1]),
        rendering.files.len()
    )
}

fn made(rendering: &Rendering, dir: &Path, next: &[String]) -> String {
    let todos =
        rendering.files.values().filter(|file| !file.is_vendored).map(|file| longshore_devkit::todos_in(&file.text));
    let todos: usize = todos.map(|found| found.len()).sum();
    let name = &rendering.answers.name;
    let mut text = format!(
        "made {} in {} from the template {} ({} files)",
        name.connector,
        dir.display(),
        rendering.template.name,
        rendering.files.len()
    );
    if !next.is_empty() {
        text.push_str("\n\nnext:");
    }
    for (at, command) in next.iter().enumerate() {
        let _ = write!(text, "\n  {}. {command}", at + 1);
    }
    let quoted = shell_words(dir);
    let _ = write!(text, "\n\n{todos} places need you: longshore connector todo {quoted}");
    text
}

/// A path as a shell reads it.
fn shell_words(dir: &Path) -> String {
    let text = dir.to_string_lossy();
    let is_plain = text.chars().all(|letter| letter.is_alphanumeric() || "-_./+,:@".contains(letter));
    if is_plain { text.into_owned() } else { format!("'{}'", text.replace('\'', "'\\''")) }
}
