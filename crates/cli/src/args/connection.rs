//! Arguments of `connection`.

use super::instance::Instance;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

const EXAMPLES: &str = "Examples:
  longshore connection create shop-to-lake --source shop --destination lake --schedule 'every 6 hours'
  longshore connection create orders --source shop --destination lake --streams users,orders:incremental_append
  longshore connection update orders --schedule 'cron 0 0 12 * * ?'
  longshore connection sync orders --wait
  longshore connection refresh orders --streams users --wait
  longshore connection state orders > state.json

A stream is NAME or NAME:MODE. Modes are full_refresh_overwrite, full_refresh_append, full_refresh_overwrite_deduped,
incremental_append, incremental_deduped_history. Schedules are 'manual', 'every N minutes|hours|days|weeks|months', 'cron EXPRESSION'.";

/// What is done with connections.
#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub(crate) enum ConnectionCommand {
    /// All of the workspace
    #[command(after_help = EXAMPLES)]
    List {
        #[command(flatten)]
        at: Instance,
    },
    /// One of them, with its streams
    #[command(after_help = EXAMPLES)]
    Show(OneConnection),
    /// Join a source to a destination
    #[command(after_help = EXAMPLES)]
    Create(CreateArgs),
    /// Change what is told; the rest stays
    #[command(after_help = EXAMPLES)]
    Update(UpdateArgs),
    /// Start a sync
    #[command(after_help = EXAMPLES)]
    Sync(StartArgs),
    /// Read streams anew from their beginning
    #[command(after_help = EXAMPLES)]
    Refresh {
        #[command(flatten)]
        start: StartArgs,
        /// Only these streams, separated by commas [default: all]
        #[arg(long, value_name = "A,B", value_delimiter = ',')]
        streams: Vec<String>,
        /// Remove at the destination what is older than the refresh
        #[arg(long)]
        truncate: bool,
    },
    /// Remove what was synced: the data at the destination, and the states
    #[command(after_help = EXAMPLES)]
    Clear {
        #[command(flatten)]
        start: StartArgs,
        /// Only these streams, separated by commas [default: all]
        #[arg(long, value_name = "A,B", value_delimiter = ',')]
        streams: Vec<String>,
    },
    /// Cancel its job that runs or waits
    #[command(after_help = EXAMPLES)]
    Cancel(OneConnection),
    /// Remove it; what it wrote stays at the destination
    #[command(after_help = EXAMPLES)]
    Delete(OneConnection),
    /// The states of its streams, or other ones in their place
    #[command(after_help = EXAMPLES)]
    State {
        #[command(flatten)]
        which: OneConnection,
        /// Put these states in place of those that are there; `-` for stdin
        #[arg(long, value_name = "FILE")]
        set: Option<PathBuf>,
    },
}

/// One that is there.
#[derive(Debug, Args)]
pub(crate) struct OneConnection {
    /// Its name or id
    #[arg(value_name = "NAME|ID")]
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) at: Instance,
}

/// Arguments of what starts a job.
#[derive(Debug, Args)]
pub(crate) struct StartArgs {
    #[command(flatten)]
    pub(crate) which: OneConnection,
    /// Wait for the end, and exit with 1 when it has not succeeded
    #[arg(long)]
    pub(crate) wait: bool,
}

/// Arguments of `create`.
#[derive(Debug, Args)]
pub(crate) struct CreateArgs {
    /// What it will be called
    pub(crate) name: String,
    /// The source, by name or id
    #[arg(long, value_name = "NAME|ID")]
    pub(crate) source: String,
    /// The destination, by name or id
    #[arg(long, value_name = "NAME|ID")]
    pub(crate) destination: String,
    #[command(flatten)]
    pub(crate) settings: Settings,
    #[command(flatten)]
    pub(crate) at: Instance,
}

/// Arguments of `update`.
#[derive(Debug, Args)]
pub(crate) struct UpdateArgs {
    #[command(flatten)]
    pub(crate) which: OneConnection,
    /// Its new name
    #[arg(long, value_name = "NAME")]
    pub(crate) rename: Option<String>,
    #[command(flatten)]
    pub(crate) settings: Settings,
}

/// What a connection does, and when.
#[derive(Debug, Default, Args)]
pub(crate) struct Settings {
    /// Only these streams: NAME or NAME:MODE, separated by commas [default: all]
    #[arg(long, value_name = "A,B:MODE", value_delimiter = ',', conflicts_with = "streams_file")]
    pub(crate) streams: Vec<String>,
    /// The streams as a JSON or YAML list, with cursors, keys and fields, as `show --json` prints them
    #[arg(long, value_name = "FILE")]
    pub(crate) streams_file: Option<PathBuf>,
    /// The mode of streams that name none
    #[arg(long, value_name = "MODE", requires = "streams")]
    pub(crate) sync_mode: Option<String>,
    /// When it runs by itself: 'manual', 'every 6 hours', 'cron 0 0 12 * * ?'
    #[arg(long, value_name = "SCHEDULE")]
    pub(crate) schedule: Option<String>,
    /// Where its streams go: `destination` (the destination's default), `source`, or a text with ${SOURCE_NAMESPACE} in it
    #[arg(long, value_name = "FORMAT")]
    pub(crate) namespace: Option<String>,
    /// Put before each stream's name at the destination
    #[arg(long, value_name = "TEXT")]
    pub(crate) prefix: Option<String>,
    /// What is done when the source's streams and fields change
    #[arg(long, value_name = "WHAT", value_enum)]
    pub(crate) schema_changes: Option<SchemaChanges>,
    /// Whether it runs by itself and on demand
    #[arg(long, value_enum)]
    pub(crate) status: Option<Status>,
    /// Labels, separated by commas; what is not there is made
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub(crate) tags: Option<Vec<String>>,
}

/// What is done when a source changes.
#[derive(Debug, Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum SchemaChanges {
    Ignore,
    DisableConnection,
    PropagateColumns,
    PropagateFully,
}

/// Whether a connection runs.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Status {
    Active,
    Inactive,
}
