//! Arguments of `job`.

use super::instance::Instance;
use clap::{Args, Subcommand};

const EXAMPLES: &str = "Examples:
  longshore job list --connection orders
  longshore job show 12
  longshore job logs 12 --follow
  longshore job wait 12
  longshore job cancel 12";

/// What is done with jobs.
#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub(crate) enum JobCommand {
    /// Jobs, the newest first
    #[command(after_help = EXAMPLES)]
    List {
        /// Only those of a connection, by name or id
        #[arg(long, value_name = "NAME|ID")]
        connection: Option<String>,
        /// Only those with this status: pending, running, incomplete, failed, succeeded, cancelled
        #[arg(long)]
        status: Option<String>,
        /// How many, at most
        #[arg(long, value_name = "N", default_value_t = 20)]
        limit: usize,
        #[command(flatten)]
        at: Instance,
    },
    /// One of them with its attempts, streams and failures
    #[command(after_help = EXAMPLES)]
    Show(OneJob),
    /// What its attempts logged
    #[command(after_help = EXAMPLES)]
    Logs {
        #[command(flatten)]
        which: OneJob,
        /// Only this attempt; the first is 0
        #[arg(long, value_name = "N")]
        attempt: Option<usize>,
        /// Go on until the job has ended
        #[arg(long)]
        follow: bool,
    },
    /// Cancel it
    #[command(after_help = EXAMPLES)]
    Cancel(OneJob),
    /// Wait for its end, and exit with 1 when it has not succeeded
    #[command(after_help = EXAMPLES)]
    Wait(OneJob),
}

/// One that is there.
#[derive(Debug, Args)]
pub(crate) struct OneJob {
    /// Its number
    #[arg(value_name = "ID")]
    pub(crate) id: i64,
    #[command(flatten)]
    pub(crate) at: Instance,
}
