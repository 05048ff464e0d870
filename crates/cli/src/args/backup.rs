//! Arguments of `backup` and `restore`.

use super::platform::StoreArgs;
use clap::Args;
use std::path::PathBuf;

pub(crate) const BACKUP_EXAMPLES: &str = "Examples:
  longshore backup longshore.tar.gz
  longshore backup longshore.tar.gz --without-key
  LONGSHORE_DATABASE_URL=postgres://… longshore backup longshore.tar.gz

The file holds all of the instance as it is at one moment, while others go on working: definitions, sources, destinations, connections, states,
jobs, users, and secrets with the key that opens them. Keep it as safe as these, or leave the key out.";

pub(crate) const RESTORE_EXAMPLES: &str = "Examples:
  longshore restore longshore.tar.gz --data new-folder
  LONGSHORE_DATABASE_URL=postgres://… longshore restore longshore.tar.gz

The database must be one that nobody has used. A backup of SQLite can be restored into Postgres, and the other way round.";

/// Arguments of `backup`.
#[derive(Debug, Args)]
#[command(after_help = BACKUP_EXAMPLES)]
pub(crate) struct BackupArgs {
    /// Where to; there must be no such file yet
    pub(crate) file: PathBuf,
    /// Leave out the key that opens the secrets
    #[arg(long)]
    pub(crate) without_key: bool,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    /// Print the result as one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `restore`.
#[derive(Debug, Args)]
#[command(after_help = RESTORE_EXAMPLES)]
pub(crate) struct RestoreArgs {
    /// What `backup` wrote
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    /// Print the result as one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}
