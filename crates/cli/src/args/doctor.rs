//! Arguments of `connector doctor`.

use super::registry::Trust;
use clap::{Args as ClapArgs, value_parser};
use std::path::PathBuf;

const EXAMPLES: &str = "Examples:
  longshore connector doctor docker:team/source-x:1.0.0
  longshore connector doctor exec:'python3 main.py' --config secrets/config.json
  longshore connector doctor connectors/source-x/ --json";

/// Arguments of `connector doctor`.
#[derive(Debug, ClapArgs)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DoctorArgs {
    /// The connector: any REF, or the folder of a connector project
    #[arg(value_name = "REF")]
    pub(crate) reference: String,
    /// A configuration to try: a JSON file, `-` for stdin; `${NAME}` in its strings stands for a variable
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// How long the connector may take to answer `spec`; `check` may take twice as long
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = value_parser!(u64).range(1..))]
    pub(crate) timeout: u64,
    #[command(flatten)]
    pub(crate) trust: Trust,
    /// Print the result as one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}
