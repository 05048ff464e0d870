//! Arguments of `connector test`.

use super::registry::Trust;
use clap::Args as ClapArgs;
use std::path::PathBuf;

const EXAMPLES: &str = "Examples:
  longshore connector test source-faker
  longshore connector test exec:'python3 main.py' --connector-config secrets/config.json
  longshore connector test connectors/source-x/ --report junit=report.xml";

/// Arguments of `connector test`.
#[derive(Debug, ClapArgs)]
#[command(after_help = EXAMPLES)]
pub(crate) struct TestArgs {
    /// The connector: any REF, or the folder of a connector project
    #[arg(value_name = "DIR|REF")]
    pub(crate) reference: String,
    /// The configuration of the connector, in place of a test configuration
    #[arg(long, value_name = "FILE")]
    pub(crate) connector_config: Option<PathBuf>,
    /// A configuration with which the check must fail
    #[arg(long, value_name = "FILE")]
    pub(crate) invalid_config: Option<PathBuf>,
    /// Judge this rule only: its id, or the part before the dot
    #[arg(long, value_name = "RULE")]
    pub(crate) only: Vec<String>,
    /// A command that reads what a destination wrote
    #[arg(long, value_name = "COMMAND")]
    pub(crate) reader: Option<String>,
    #[command(flatten)]
    pub(crate) trust: Trust,
    /// Print the report as one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}
