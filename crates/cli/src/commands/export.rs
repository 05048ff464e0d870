//! `longshore export`: a workspace as a document, without secrets and without ids.

use crate::args::apply::ExportArgs;
use crate::blueprint::gather::gather;
use crate::client::Session;
use crate::failure::{Result, usage};
use crate::print::{self, note};
use serde_json::json;
use std::path::Path;
use std::process::ExitCode;

/// Runs it.
pub(crate) async fn run(args: &ExportArgs) -> Result<ExitCode> {
    let session = Session::begin(&args.at).await?;
    let blueprint = gather(&session).await?.blueprint;
    let text = if args.at.json { json!(blueprint).to_string() } else { blueprint.write()? };
    if args.file == Path::new("-") {
        return print::result(text.trim_end()).map(|()| ExitCode::SUCCESS);
    }
    let shown = args.file.display();
    std::fs::write(&args.file, text)
        .map_err(|error| usage("file.unwritable", format!("cannot write {shown}: {error}")))?;
    note(format_args!(
        "wrote {shown}: {} definitions, {} sources, {} destinations, {} connections; secrets are not in it",
        blueprint.definitions.len(),
        blueprint.sources.len(),
        blueprint.destinations.len(),
        blueprint.connections.len()
    ));
    Ok(ExitCode::SUCCESS)
}
