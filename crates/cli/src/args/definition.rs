//! Arguments of `definition`.

use super::instance::Instance;
use clap::{Args, Subcommand, ValueEnum};
use serde::{Deserialize, Serialize};

const EXAMPLES: &str = "Examples:
  longshore definition list
  longshore definition add source registry.example.com:5000/team/source-shop:1.2.0 --name Shop
  longshore definition upgrade Shop --tag 1.3.0
  longshore definition versions Shop
  longshore definition rollback Shop
  longshore definition delete Shop

A definition is named by its name, its id, or its image; where a source and a destination have the same name, by --kind as well.";

/// What is done with definitions: the kinds of connectors that an instance knows.
#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub(crate) enum DefinitionCommand {
    /// The definitions
    #[command(after_help = EXAMPLES)]
    List {
        /// Only sources, or only destinations
        #[arg(long, value_enum)]
        kind: Option<KindArg>,
        /// Only those that were added
        #[arg(long)]
        custom: bool,
        #[command(flatten)]
        at: Instance,
    },
    /// One of them, with what its connector needs
    #[command(after_help = EXAMPLES)]
    Show(OneDefinition),
    /// Add a connector: its image is pulled and asked for its spec
    #[command(after_help = EXAMPLES)]
    Add(AddArgs),
    /// Go to another version: its image is pulled and asked for its spec
    #[command(after_help = EXAMPLES)]
    Upgrade {
        #[command(flatten)]
        which: OneDefinition,
        /// The image tag of the version
        #[arg(long)]
        tag: String,
    },
    /// Go back to a version that was there; nothing is pulled
    #[command(after_help = EXAMPLES)]
    Rollback {
        #[command(flatten)]
        which: OneDefinition,
        /// The number of the version, as `versions` tells it [default: the one before]
        #[arg(long, value_name = "NUMBER")]
        to: Option<i64>,
    },
    /// Its versions, the newest first
    #[command(after_help = EXAMPLES)]
    Versions(OneDefinition),
    /// Remove it with its sources or destinations; refused while a connection uses one of these
    #[command(after_help = EXAMPLES)]
    Delete(OneDefinition),
}

/// A definition that is there.
#[derive(Debug, Args)]
pub(crate) struct OneDefinition {
    /// Its name, id, or image
    #[arg(value_name = "DEFINITION")]
    pub(crate) name: String,
    /// Whether it is of sources or of destinations, where both have the name
    #[arg(long, value_enum)]
    pub(crate) kind: Option<KindArg>,
    #[command(flatten)]
    pub(crate) at: Instance,
}

/// Arguments of `add`.
#[derive(Debug, Args)]
pub(crate) struct AddArgs {
    /// What it reads or writes
    #[arg(value_enum)]
    pub(crate) kind: KindArg,
    /// The image with its tag; or pypi:PACKAGE==VERSION, and what else the instance takes
    #[arg(value_name = "IMAGE:TAG")]
    pub(crate) image: String,
    /// What people see [default: the last part of the image's name]
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Where it is explained
    #[arg(long, value_name = "URL")]
    pub(crate) docs: Option<String>,
    #[command(flatten)]
    pub(crate) at: Instance,
}

/// The two kinds of connectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum KindArg {
    Source,
    Destination,
}

impl KindArg {
    pub(crate) const BOTH: [Self; 2] = [Self::Source, Self::Destination];

    /// `source`, `destination`.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Destination => "destination",
        }
    }
}
