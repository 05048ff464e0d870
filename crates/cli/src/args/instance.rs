//! Arguments of every command that talks to a running instance.

use clap::Args;
use std::path::PathBuf;

/// Which instance, and what of it.
#[derive(Debug, Clone, Args)]
pub(crate) struct Instance {
    /// The server [default: the one of the last `longshore login`, else the `longshore up` of this machine]
    #[arg(long, value_name = "URL", env = "LONGSHORE_URL", hide_env_values = true)]
    pub(crate) server: Option<String>,
    /// The workspace, by name or id [default: the first that you have a right in]
    #[arg(long, value_name = "NAME|ID", env = "LONGSHORE_WORKSPACE", hide_env_values = true)]
    pub(crate) workspace: Option<String>,
    /// PEM certificates of authorities that are trusted, besides those of this machine
    #[arg(long, value_name = "FILE", env = "LONGSHORE_CA_FILE", hide_env_values = true)]
    pub(crate) ca_file: Option<PathBuf>,
    /// Print the result as one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}
