//! Arguments of the platform: the whole of it in one process, and its parts.

use clap::{Args, ValueEnum, value_parser};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Under the help of each part.
macro_rules! variables {
    ($examples:literal) => {
        concat!(
            $examples,
            "

Variables:
  LONGSHORE_DATABASE_URL        postgres://USER:PASSWORD@HOST:PORT/DATABASE; without it, SQLite in the data folder
  LONGSHORE_SECRET_KEY          the key of the secrets, 32 bytes in base64; or
  LONGSHORE_SECRET_KEY_FILE     a file with it [default: secret.key in the data folder, made when missing]; or
  LONGSHORE_SECRET_KEY_COMMAND  a command that prints it
  LONGSHORE_EMAIL, LONGSHORE_PASSWORD, LONGSHORE_CLIENT_ID, LONGSHORE_CLIENT_SECRET
                                of the first user; what is not given is made up and printed once"
        )
    };
}

pub(crate) const UP_EXAMPLES: &str = variables!(
    "Examples:
  longshore up
  longshore up --listen 0.0.0.0:8000 --data /var/lib/longshore --allow-registry registry.example.com"
);

pub(crate) const SERVER_EXAMPLES: &str = variables!(
    "Example:
  longshore migrate && longshore server --listen 0.0.0.0:8000"
);

pub(crate) const WORKER_EXAMPLES: &str = variables!(
    "Example:
  longshore worker --slots 8"
);

pub(crate) const MIGRATE_EXAMPLES: &str = variables!(
    "Example:
  longshore migrate"
);

/// Arguments of `up`.
#[derive(Debug, Args)]
pub(crate) struct UpArgs {
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    #[command(flatten)]
    pub(crate) http: HttpArgs,
    #[command(flatten)]
    pub(crate) policy: PolicyArgs,
    #[command(flatten)]
    pub(crate) work: WorkArgs,
    /// Print what a program needs to begin, address and first credentials, as one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `server`.
#[derive(Debug, Args)]
pub(crate) struct ServerArgs {
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    #[command(flatten)]
    pub(crate) http: HttpArgs,
    #[command(flatten)]
    pub(crate) policy: PolicyArgs,
}

/// Arguments of `worker`.
#[derive(Debug, Args)]
pub(crate) struct WorkerArgs {
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    #[command(flatten)]
    pub(crate) policy: PolicyArgs,
    #[command(flatten)]
    pub(crate) work: WorkArgs,
}

/// Where things are kept.
#[derive(Debug, Args)]
pub(crate) struct StoreArgs {
    /// The folder of the database and of the key of the secrets [default: ~/.local/share/longshore]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
}

/// How the APIs are reached.
#[derive(Debug, Args)]
pub(crate) struct HttpArgs {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8000")]
    pub(crate) listen: SocketAddr,
    /// How clients reach it, where that differs, such as https://longshore.example.com
    #[arg(long, value_name = "URL")]
    pub(crate) public_url: Option<String>,
    /// Whether clients must say who they are
    #[arg(long, value_enum, default_value_t = Authentication::On)]
    pub(crate) auth: Authentication,
}

/// Whether clients must say who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Authentication {
    /// Everybody does.
    On,
    /// Whoever reaches the port may do everything.
    Off,
}

/// Which connectors the instance takes.
#[derive(Debug, Args)]
pub(crate) struct PolicyArgs {
    /// Kinds of references that definitions may have
    #[arg(
        long,
        value_name = "KIND,…",
        value_enum,
        value_delimiter = ',',
        default_values_t = [AllowedKind::Docker, AllowedKind::Pypi, AllowedKind::Manifest],
    )]
    pub(crate) allow_kind: Vec<AllowedKind>,
    /// Registries that images may come from [default: any]
    #[arg(long, value_name = "HOST,…", value_delimiter = ',')]
    pub(crate) allow_registry: Vec<String>,
}

/// A kind of reference; bundled connectors are always there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AllowedKind {
    /// Images.
    Docker,
    /// Python connectors.
    Pypi,
    /// Declarative manifests.
    Manifest,
    /// Programs of the worker's machine: whoever may make definitions can run anything there.
    Exec,
    /// Singer taps and targets of the worker's machine.
    Singer,
}

/// How much work is done at a time.
#[derive(Debug, Args)]
pub(crate) struct WorkArgs {
    /// How many syncs, checks and discoveries run at the same time [default: twice the processors, at least 4]
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..))]
    pub(crate) slots: Option<u16>,
    /// A command that prints what `${NAME}` in a configuration stands for; NAME is put behind it: 'vault kv get -field=value'
    #[arg(long, value_name = "COMMAND", env = "LONGSHORE_SECRET_COMMAND")]
    pub(crate) secret_command: Option<String>,
}
