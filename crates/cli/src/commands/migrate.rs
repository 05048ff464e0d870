//! `longshore migrate`: brings the tables of the database to this version.

use crate::args::platform::StoreArgs;
use crate::failure::Result;
use crate::platform;
use crate::print::note;
use longshore_control_plane::{Error, Policy};
use std::process::ExitCode;

/// Runs the command.
pub(crate) async fn run(args: &StoreArgs) -> Result<ExitCode> {
    let plane = platform::open(args, Policy::default()).await?;
    plane.migrate().await.map_err(Error::into_reason)?;
    if let Some(first) = plane.first_run(crate::config::first_user()).await.map_err(Error::into_reason)? {
        super::up::tell_first(&first)?;
    }
    note("the tables are those of this version");
    Ok(ExitCode::SUCCESS)
}
