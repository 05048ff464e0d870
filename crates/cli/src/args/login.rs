//! Arguments of `login` and `logout`.

use clap::Args;
use std::path::PathBuf;

pub(crate) const LOGIN_EXAMPLES: &str = "Examples:
  longshore login https://longshore.example.com
  longshore login https://longshore.example.com --client-id 5c1f… --client-secret-stdin < secret
  longshore login localhost:8000 --email me@example.com --password-stdin < password

What is kept is a client id and its secret, in a file that only you can read. LONGSHORE_CLIENT_ID and LONGSHORE_CLIENT_SECRET with
LONGSHORE_URL do without a login, as in CI.";

pub(crate) const LOGOUT_EXAMPLES: &str = "Example:
  longshore logout https://longshore.example.com";

/// Arguments of `login`.
#[derive(Debug, Args)]
#[command(after_help = LOGIN_EXAMPLES)]
pub(crate) struct LoginArgs {
    /// The address of the server
    #[arg(value_name = "URL")]
    pub(crate) server: String,
    /// Log in as a client, whose secret is kept
    #[arg(long, value_name = "ID", env = "LONGSHORE_CLIENT_ID", hide_env_values = true, conflicts_with = "email")]
    pub(crate) client_id: Option<String>,
    /// Read the client's secret from stdin [default: LONGSHORE_CLIENT_SECRET, else asked for]
    #[arg(long)]
    pub(crate) client_secret_stdin: bool,
    /// Log in as a user, for whom a client is made
    #[arg(long, value_name = "EMAIL")]
    pub(crate) email: Option<String>,
    /// Read the user's password from stdin [default: asked for]
    #[arg(long, requires = "email")]
    pub(crate) password_stdin: bool,
    /// PEM certificates of authorities that are trusted, besides those of this machine
    #[arg(long, value_name = "FILE", env = "LONGSHORE_CA_FILE", hide_env_values = true)]
    pub(crate) ca_file: Option<PathBuf>,
}

/// Arguments of `logout`.
#[derive(Debug, Args)]
#[command(after_help = LOGOUT_EXAMPLES)]
pub(crate) struct LogoutArgs {
    /// The address of the server
    #[arg(value_name = "URL")]
    pub(crate) server: String,
}
