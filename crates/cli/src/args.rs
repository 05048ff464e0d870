//! The command line, as `longshore --help` shows it.

pub(crate) mod actor;
pub(crate) mod apply;
pub(crate) mod backup;
pub(crate) mod connection;
pub(crate) mod definition;
pub(crate) mod dev;
pub(crate) mod doctor;
pub(crate) mod index;
pub(crate) mod instance;
pub(crate) mod job;
pub(crate) mod lint;
pub(crate) mod login;
pub(crate) mod new;
pub(crate) mod platform;
pub(crate) mod project;
pub(crate) mod registry;
pub(crate) mod secrets;
pub(crate) mod test;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum, value_parser};
use longshore_protocol::{DestinationSyncMode, SyncMode};
use std::path::PathBuf;

const EXAMPLES: &str = "Examples:
  longshore sync --source source-faker --destination destination-sqlite
  longshore sync --help        # all forms of connectors, with examples
  longshore explain            # all error codes";

/// Builds, proves, ships and runs connectors.
#[derive(Debug, Parser)]
#[command(name = "longshore", version, propagate_version = true, arg_required_else_help = true, after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Move data from a source to a destination, without a server
    Sync(Box<SyncArgs>),
    /// Run, build, and publish one connector
    #[command(subcommand)]
    Connector(ConnectorCommand),
    /// Registries of images: credentials, and what they are good for
    #[command(subcommand)]
    Registry(registry::RegistryCommand),
    /// Images, without Docker: inspect, pull, push, copy
    #[command(subcommand)]
    Image(registry::ImageCommand),
    /// Connector indexes: the published lists of definitions
    #[command(subcommand)]
    Index(index::IndexCommand),
    /// Credentials of a connector's tests: names, files, checks
    #[command(subcommand)]
    Secrets(secrets::SecretsCommand),
    /// CI of a connector repository
    #[command(subcommand)]
    Ci(secrets::CiCommand),
    /// Run the whole platform on this machine: server, worker, database
    #[command(after_help = platform::UP_EXAMPLES)]
    Up(platform::UpArgs),
    /// Run the server of the platform alone
    #[command(after_help = platform::SERVER_EXAMPLES)]
    Server(platform::ServerArgs),
    /// Run a worker of the platform alone
    #[command(after_help = platform::WORKER_EXAMPLES)]
    Worker(platform::WorkerArgs),
    /// Bring the platform's database to this version
    #[command(after_help = platform::MIGRATE_EXAMPLES)]
    Migrate(platform::StoreArgs),
    /// Write all of an instance into one file
    Backup(backup::BackupArgs),
    /// Fill an empty database with what a backup holds
    Restore(backup::RestoreArgs),
    /// Log in to a server, for the commands below
    Login(login::LoginArgs),
    /// Forget a login
    Logout(login::LogoutArgs),
    /// Kinds of connectors that an instance knows
    #[command(subcommand)]
    Definition(definition::DefinitionCommand),
    /// Configured sources of an instance
    #[command(subcommand)]
    Source(actor::SourceCommand),
    /// Configured destinations of an instance
    #[command(subcommand)]
    Destination(actor::ActorCommand),
    /// Sources joined to destinations: streams, schedules, syncs
    #[command(subcommand)]
    Connection(connection::ConnectionCommand),
    /// Syncs that ran, run, or wait
    #[command(subcommand)]
    Job(job::JobCommand),
    /// Write a workspace into a file, without secrets
    Export(apply::ExportArgs),
    /// Make a workspace what a file says it is
    Apply(apply::ApplyArgs),
    /// Explain an error code, or list them all
    #[command(after_help = "Example:\n  longshore explain image.not_found")]
    Explain {
        /// The code in the brackets of `error[CODE]`
        code: Option<String>,
    },
}

const SYNC_EXAMPLES: &str = "Examples:
  longshore sync --source source-faker --destination destination-sqlite
  longshore sync --source pypi:airbyte-source-faker --source-config faker.json \\
      --destination destination-sqlite --destination-config lake.json --state state.json
  longshore sync --source docker:airbyte/source-faker:7.2.1 --streams users \\
      --destination exec:'./my-destination'

A connector is named by a REF:
  NAME                  bundled: source-faker, source-file,
                        destination-sqlite, destination-local, destination-null
  docker:IMAGE[:TAG]    an image, run by the Docker Engine
  exec:'PROGRAM ARG'    a local program that speaks the protocol
  pypi:PACKAGE[==V]     a Python connector, installed on first use
  singer:'PROGRAM ARG'  a Singer tap or target, as it is
  DIR/                  a connector project, run from its sources
  FILE.yaml             a declarative manifest, run by the Python CDK";

/// Arguments of `sync`.
#[derive(Debug, ClapArgs)]
#[command(after_help = SYNC_EXAMPLES)]
pub(crate) struct SyncArgs {
    /// The source
    #[arg(long, value_name = "REF")]
    pub(crate) source: String,
    /// The source's configuration: a JSON file, `-` for stdin; `${NAME}` in its strings stands for a variable
    #[arg(long, value_name = "FILE")]
    pub(crate) source_config: Option<PathBuf>,
    /// The destination
    #[arg(long, value_name = "REF")]
    pub(crate) destination: String,
    /// The destination's configuration
    #[arg(long, value_name = "FILE")]
    pub(crate) destination_config: Option<PathBuf>,
    /// A configured catalog; without it the source is asked what it has
    #[arg(long, value_name = "FILE", conflicts_with = "streams")]
    pub(crate) catalog: Option<PathBuf>,
    /// Only these streams (names, or namespace.name), separated by commas
    #[arg(long, value_name = "A,B", value_delimiter = ',', value_parser = NonEmptyStringValueParser::new())]
    pub(crate) streams: Vec<String>,
    /// How the source reads [default: incremental where stream and destination allow it]
    #[arg(long, value_name = "MODE", value_enum)]
    pub(crate) sync_mode: Option<SyncModeArg>,
    /// What the destination does [default: append_dedup or overwrite, else append]
    #[arg(long, value_name = "MODE", value_enum)]
    pub(crate) destination_sync_mode: Option<DestinationSyncModeArg>,
    /// Where the state is read from, and kept at each checkpoint: a file that `--state` of connectors accepts
    #[arg(long, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,
    /// The namespace at the destination: a text with ${SOURCE_NAMESPACE} in it, or empty for the destination's default
    #[arg(long, value_name = "FORMAT")]
    pub(crate) namespace: Option<String>,
    /// Put before each stream's name at the destination
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub(crate) prefix: String,
    /// The most memory for each connector, such as 512m or 2g, where the runner can bound it
    #[arg(long, value_name = "LIMIT", value_parser = bytes)]
    pub(crate) memory: Option<u64>,
    /// The most processors for each connector, where the runner can bound them
    #[arg(long, value_name = "N", value_parser = processors, allow_negative_numbers = true)]
    pub(crate) cpus: Option<f64>,
    /// End the sync when a connector has been silent for so long
    #[arg(long, value_name = "SECONDS", default_value_t = 10_800, value_parser = value_parser!(u64).range(1..))]
    pub(crate) silence_timeout: u64,
    /// Print the result as one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

const CONNECTOR_EXAMPLES: &str = "Examples:
  longshore connector spec source-faker
  longshore connector check docker:airbyte/source-faker:7.2.1 --config faker.json
  longshore connector discover pypi:airbyte-source-faker | jq .
  longshore connector read source-file --config file.json | head
  longshore connector write destination-sqlite --catalog catalog.json < messages.jsonl";

#[derive(Debug, Subcommand)]
#[command(after_help = CONNECTOR_EXAMPLES)]
pub(crate) enum ConnectorCommand {
    /// What the connector needs
    #[command(after_help = CONNECTOR_EXAMPLES)]
    Spec(OneConnector),
    /// Whether a configuration works
    #[command(after_help = CONNECTOR_EXAMPLES)]
    Check(OneConnector),
    /// What a source offers
    #[command(after_help = CONNECTOR_EXAMPLES)]
    Discover(OneConnector),
    /// Records and states of a source; without --catalog, everything that it offers
    #[command(after_help = CONNECTOR_EXAMPLES)]
    Read(OneConnector),
    /// Hands messages from stdin to a destination
    #[command(after_help = CONNECTOR_EXAMPLES)]
    Write(OneConnector),
    /// Make a connector project from a template, or bring a newer template into one
    New(new::NewArgs),
    /// Show every place of a connector project that needs a person
    Todo(new::TodoArgs),
    /// Judge the items of a connector project's CHECKLIST.md
    Checklist(new::ChecklistArgs),
    /// Run a project's connector after each change, and show what changed
    Dev(dev::DevArgs),
    /// Find out step by step what is wrong with a connector
    Doctor(doctor::DoctorArgs),
    /// Prove that it keeps the contract of connectors
    Test(test::TestArgs),
    /// Advise on good practice: secrets, titles, keys, documents, licence, base image
    Lint(lint::LintArgs),
    /// Run the unit tests of a connector project and make its image
    Build(project::BuildArgs),
    /// Change every place that names a project's version
    Bump(project::BumpArgs),
    /// Build, push, and list a connector; run again after a cut, it does what is missing
    Publish(project::PublishArgs),
}

/// Arguments of each verb.
#[derive(Debug, ClapArgs)]
pub(crate) struct OneConnector {
    /// The connector
    #[arg(value_name = "REF")]
    pub(crate) reference: String,
    /// Its configuration: a JSON file, `-` for stdin; `${NAME}` in its strings stands for a variable
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// A configured catalog
    #[arg(long, value_name = "FILE")]
    pub(crate) catalog: Option<PathBuf>,
    /// The state to start from
    #[arg(long, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,
    /// The most memory, such as 512m, where the runner can bound it
    #[arg(long, value_name = "LIMIT", value_parser = bytes)]
    pub(crate) memory: Option<u64>,
    /// The most processors, where the runner can bound them
    #[arg(long, value_name = "N", value_parser = processors, allow_negative_numbers = true)]
    pub(crate) cpus: Option<f64>,
    /// Print the protocol messages untouched, as a pipe gets them
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum SyncModeArg {
    FullRefresh,
    Incremental,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum DestinationSyncModeArg {
    Append,
    Overwrite,
    AppendDedup,
    OverwriteDedup,
}

impl From<SyncModeArg> for SyncMode {
    fn from(mode: SyncModeArg) -> Self {
        match mode {
            SyncModeArg::FullRefresh => Self::FullRefresh,
            SyncModeArg::Incremental => Self::Incremental,
        }
    }
}

impl From<DestinationSyncModeArg> for DestinationSyncMode {
    fn from(mode: DestinationSyncModeArg) -> Self {
        match mode {
            DestinationSyncModeArg::Append => Self::Append,
            DestinationSyncModeArg::Overwrite => Self::Overwrite,
            DestinationSyncModeArg::AppendDedup => Self::AppendDedup,
            DestinationSyncModeArg::OverwriteDedup => Self::OverwriteDedup,
        }
    }
}

/// `512m`, `2g`, `1073741824`: as `docker run --memory` takes them.
fn bytes(text: &str) -> Result<u64, String> {
    let lower = text.to_ascii_lowercase();
    let digits = lower.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let factor = match &lower[digits.len()..] {
        "" | "b" => 1,
        "k" | "kb" | "ki" | "kib" => 1 << 10,
        "m" | "mb" | "mi" | "mib" => 1 << 20,
        "g" | "gb" | "gi" | "gib" => 1 << 30,
        unit => return Err(format!("unknown unit `{unit}`; use b, k, m or g")),
    };
    let number: u64 = digits.parse().map_err(|_| format!("`{digits}` is not a whole number"))?;
    number.checked_mul(factor).ok_or_else(|| "too large".to_owned())
}

/// `0.5`, `2`: as `docker run --cpus` takes them.
fn processors(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number: &f64| number.is_finite() && *number > 0.0);
    number.ok_or_else(|| "a number above 0 is needed, such as 0.5 or 2".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn memory_is_written_as_docker_takes_it() {
        assert_eq!(bytes("512m"), Ok(512 << 20));
        assert_eq!(bytes("2G"), Ok(2 << 30));
        assert_eq!(bytes("1048576"), Ok(1 << 20));
        assert!(bytes("a lot").is_err());
    }

    #[test]
    fn processors_are_a_number_above_zero() {
        assert_eq!(processors("0.5"), Ok(0.5));
        assert!(["0", "-1", "NaN", "inf", "two"].iter().all(|text| processors(text).is_err()));
    }
}
