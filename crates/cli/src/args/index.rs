//! Arguments of `index`.

use super::registry::Trust;
use clap::{Args as ClapArgs, Subcommand, ValueEnum};
use longshore_images::ImageName;
use std::path::PathBuf;

const INDEX_EXAMPLES: &str = "Examples:
  longshore index init ./index
  longshore index add ./index connectors/source-x --image registry.example.com/team/source-x:1.0.0
  longshore index list https://connectors.example.com/index.json
  longshore index list ./index postgres --kind source
  longshore index show oci:registry.example.com/team/index source-x
  longshore index import ./index oss_registry.json
  longshore index export ./index --form source-definitions --out source_definitions.yaml
  longshore index remove ./index source-x

A PLACE is a folder, the https URL of an index.json (to read), or oci:REGISTRY/REPOSITORY[:TAG].";

/// What is done with connector indexes.
#[derive(Debug, Subcommand)]
#[command(after_help = INDEX_EXAMPLES)]
pub(crate) enum IndexCommand {
    /// Begin an empty index
    #[command(after_help = INDEX_EXAMPLES)]
    Init {
        #[command(flatten)]
        at: At,
        /// Print the result as one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Add the definition of a published image
    #[command(after_help = INDEX_EXAMPLES)]
    Add {
        #[command(flatten)]
        at: At,
        /// The connector project, for its metadata.yaml and changelog
        dir: PathBuf,
        /// The published image; its spec is taken from it
        #[arg(long)]
        image: ImageName,
        /// Print the result as one JSON document
        #[arg(long)]
        json: bool,
    },
    /// The definitions
    #[command(after_help = INDEX_EXAMPLES)]
    List {
        #[command(flatten)]
        at: At,
        /// Only those whose name or image has this in it
        text: Option<String>,
        /// Only sources, or only destinations
        #[arg(long, value_enum)]
        kind: Option<KindArg>,
        /// Print the result as one JSON document
        #[arg(long)]
        json: bool,
    },
    /// One definition: by id, name, or repository
    #[command(after_help = INDEX_EXAMPLES)]
    Show {
        #[command(flatten)]
        at: At,
        /// Id, name, or repository
        definition: String,
        /// Print the result as one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Write the index in a form that other programs read
    #[command(after_help = INDEX_EXAMPLES)]
    Export {
        #[command(flatten)]
        at: At,
        /// Which form
        #[arg(long, value_enum)]
        form: FormArg,
        /// The file, or for the JSON definitions the folder, to write
        #[arg(long, value_name = "PATH")]
        out: PathBuf,
        /// Print the result as one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Add what a file or folder of any of these forms holds, or another index
    #[command(after_help = INDEX_EXAMPLES)]
    Import {
        #[command(flatten)]
        at: At,
        /// The file, the folder, or another PLACE
        from: String,
        /// Print the result as one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Take a definition off; its images stay where they are
    #[command(after_help = INDEX_EXAMPLES)]
    Remove {
        #[command(flatten)]
        at: At,
        /// Id, name, or repository
        definition: String,
        /// Print the result as one JSON document
        #[arg(long)]
        json: bool,
    },
}

/// Where an index is.
#[derive(Debug, ClapArgs)]
pub(crate) struct At {
    /// The index
    #[arg(value_name = "PLACE")]
    pub(crate) place: String,
    #[command(flatten)]
    pub(crate) trust: Trust,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum KindArg {
    Source,
    Destination,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum FormArg {
    /// oss_registry.json of today
    OssRegistry,
    /// source_definitions.yaml
    SourceDefinitions,
    /// destination_definitions.yaml
    DestinationDefinitions,
    /// STANDARD_SOURCE_DEFINITION/<uuid>.json
    StandardSourceDefinition,
    /// STANDARD_DESTINATION_DEFINITION/<uuid>.json
    StandardDestinationDefinition,
}
