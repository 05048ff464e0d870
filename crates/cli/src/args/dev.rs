//! Arguments of `connector dev`.

use clap::builder::NonEmptyStringValueParser;
use clap::{Args as ClapArgs, value_parser};
use std::path::PathBuf;

const EXAMPLES: &str = "Examples:
  longshore connector dev connectors/source-x
  longshore connector dev . --streams users,orders --limit 5
  longshore connector dev . --once --json        # one round, for CI";

/// Arguments of `connector dev`.
#[derive(Debug, ClapArgs)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DevArgs {
    /// The connector project: the folder of metadata.yaml
    #[arg(default_value = ".")]
    pub(crate) dir: PathBuf,
    /// The configuration [default: secrets/config.json of the project, else its sample_config.json]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Only these streams (names, or namespace.name), separated by commas
    #[arg(long, value_name = "A,B", value_delimiter = ',', value_parser = NonEmptyStringValueParser::new())]
    pub(crate) streams: Vec<String>,
    /// How many records of each stream are shown; then the connector is ended
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = value_parser!(u64).range(1..=10_000))]
    pub(crate) limit: u64,
    /// One round; the exit code says whether all went well
    #[arg(long)]
    pub(crate) once: bool,
    /// Print a JSON document for each happening, a line each
    #[arg(long)]
    pub(crate) json: bool,
}
