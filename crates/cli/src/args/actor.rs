//! Arguments of `source` and of `destination`, which are the same but for `discover`.

use super::instance::Instance;
use clap::{Args, Subcommand};
use std::path::PathBuf;

const EXAMPLES: &str = "Examples:
  longshore source create shop --definition source-faker --config faker.json
  longshore destination create lake --definition destination-sqlite --config - < lake.json
  longshore source check shop
  longshore source discover shop
  longshore source update shop --config more.json --merge

A configuration is JSON or YAML. `${env:NAME}` in its strings becomes the variable NAME of this shell, now; `${NAME}` is left as it
stands, and asked of the instance's vault each time that the connector starts.";

/// What is done with sources.
#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub(crate) enum SourceCommand {
    #[command(flatten)]
    Any(ActorCommand),
    /// What the source offers now
    #[command(after_help = EXAMPLES)]
    Discover(OneActor),
}

/// What is done with sources and with destinations.
#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub(crate) enum ActorCommand {
    /// All of the workspace
    #[command(after_help = EXAMPLES)]
    List {
        #[command(flatten)]
        at: Instance,
    },
    /// One of them; secrets are `**********`
    #[command(after_help = EXAMPLES)]
    Show(OneActor),
    /// Configure a connector
    #[command(after_help = EXAMPLES)]
    Create(CreateArgs),
    /// Change its name or its configuration; a secret written as `**********` stays as it is
    #[command(after_help = EXAMPLES)]
    Update(UpdateArgs),
    /// Ask the connector whether the configuration works
    #[command(after_help = EXAMPLES)]
    Check(OneActor),
    /// Remove it, and its connections with it
    #[command(after_help = EXAMPLES)]
    Delete(OneActor),
}

/// One that is there.
#[derive(Debug, Args)]
pub(crate) struct OneActor {
    /// Its name or id
    #[arg(value_name = "NAME|ID")]
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) at: Instance,
}

/// Arguments of `create`.
#[derive(Debug, Args)]
pub(crate) struct CreateArgs {
    /// What it will be called
    pub(crate) name: String,
    /// Which connector: the name, id or image of a definition
    #[arg(long)]
    pub(crate) definition: String,
    /// The configuration, `-` for stdin [default: {}]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) at: Instance,
}

/// Arguments of `update`.
#[derive(Debug, Args)]
pub(crate) struct UpdateArgs {
    #[command(flatten)]
    pub(crate) which: OneActor,
    /// Its new name
    #[arg(long, value_name = "NAME")]
    pub(crate) rename: Option<String>,
    /// The configuration, in place of the one that is there; `-` for stdin
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Change only the keys that the configuration has
    #[arg(long, requires = "config")]
    pub(crate) merge: bool,
}
