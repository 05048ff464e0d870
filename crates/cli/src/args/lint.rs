//! Arguments of `connector lint`.

use clap::Args as ClapArgs;
use std::path::PathBuf;

const EXAMPLES: &str = "Examples:
  longshore connector lint connectors/source-x
  longshore connector lint docker:team/source-x:1.0.0 --config secrets/config.json
  longshore connector lint --explain spec-secret-not-marked
  longshore connector lint --explain list";

/// Arguments of `connector lint`.
#[derive(Debug, ClapArgs)]
#[command(after_help = EXAMPLES)]
pub(crate) struct LintArgs {
    /// The folder of a connector project, or any REF
    #[arg(value_name = "DIR|REF", required_unless_present = "explain")]
    pub(crate) reference: Option<String>,
    /// A configuration, to see the catalog [default: that of `connector dev`]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Why a rule is, and how it is followed; `list` for all rules
    #[arg(long, value_name = "RULE")]
    pub(crate) explain: Option<String>,
    /// Print the result as one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}
