//! Opens the platform from what the command line and the environment say: the data folder, the database, the key.

use crate::args::platform::{AllowedKind, Authentication, HttpArgs, PolicyArgs, StoreArgs, WorkArgs};
use crate::bundled;
use crate::config;
use crate::failure::{Result, environment, usage};
use crate::print::note;
use longshore_control_plane::{Clock, ControlPlane, Database, Error, MasterKey, Policy, RefKind, Retention, Setup};
use longshore_server::ServerSettings;
use longshore_worker::{BundledConnector, Timing, WorkerSettings};
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

const DATABASE_FILE: &str = "longshore.db";
const KEY_FILE: &str = "secret.key";

/// How long the command may take that prints the key.
const KEY_PATIENCE: Duration = Duration::from_secs(30);

/// The folder of the platform's files, made when it is missing.
///
/// # Errors
/// `platform.no_data_folder`.
pub(crate) fn data_folder(args: &StoreArgs) -> Result<PathBuf> {
    let folder = args.data.clone().unwrap_or_else(config::data_dir);
    DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(|error| {
        let message = format!("cannot make the data folder {}: {error}; name another with --data", folder.display());
        environment("platform.no_data_folder", message)
    })?;
    Ok(folder)
}

/// From here on, what the parts of the platform tell those who run it goes to stderr, a line each.
pub(crate) fn tell_on_stderr() {
    // Only the first one counts; there is one command in a process.
    let _ = tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false).with_target(false).try_init();
}

/// Opens the database, and with it everything that is kept.
///
/// # Errors
/// When the database or the key cannot be had.
pub(crate) async fn open(store: &StoreArgs, policy: Policy) -> Result<ControlPlane> {
    let folder = data_folder(store)?;
    let database = match config::database_url() {
        Some(url) => Database::Postgres(url),
        None => Database::Sqlite(folder.join(DATABASE_FILE)),
    };
    let key = key(&folder.join(KEY_FILE)).await?;
    let bundled = bundled::names().into_iter().map(str::to_owned).collect();
    ControlPlane::open(Setup { database, key, policy, clock: Clock::system(), bundled })
        .await
        .map_err(Error::into_reason)
}

/// The file of the key, which there may not be yet.
///
/// # Errors
/// `platform.no_data_folder`.
pub(crate) fn key_file(store: &StoreArgs) -> Result<PathBuf> {
    let default = data_folder(store)?.join(KEY_FILE);
    Ok(config::secret_key_file().unwrap_or(default))
}

/// Makes sure that the tables are those of this version.
///
/// # Errors
/// `database.not_migrated`.
pub(crate) async fn expect_migrated(plane: &ControlPlane) -> Result<()> {
    if plane.is_migrated().await.map_err(Error::into_reason)? {
        return Ok(());
    }
    let message = "the tables of the database are not those of this version; run `longshore migrate` first";
    Err(environment("database.not_migrated", message))
}

/// The key of the secrets: of a variable, of a command, or of a file.
async fn key(default_file: &Path) -> Result<MasterKey> {
    let key = if let Some(text) = config::secret_key() {
        MasterKey::from_base64(&text)
    } else if let Some(words) = config::secret_key_command()? {
        let told = longshore_runner::value_of(&config::tool_environment(), &words, KEY_PATIENCE).await;
        match told {
            Ok(told) if told.succeeded => MasterKey::from_base64(told.value.trim()),
            Ok(told) => return Err(no_key("it ended with a failure").with_detail(told.stderr.trim())),
            Err(error) => return Err(no_key(&error.to_string())),
        }
    } else {
        MasterKey::file(&config::secret_key_file().unwrap_or_else(|| default_file.to_owned()))
    };
    key.map_err(Error::into_reason)
}

fn no_key(why: &str) -> longshore_protocol::FailureReason {
    usage("key.command_failed", format!("the command of LONGSHORE_SECRET_KEY_COMMAND gave no key: {why}"))
}

/// What the instance accepts.
pub(crate) fn policy(args: &PolicyArgs) -> Policy {
    let kinds = args.allow_kind.iter().map(|kind| match kind {
        AllowedKind::Docker => RefKind::Docker,
        AllowedKind::Pypi => RefKind::Pypi,
        AllowedKind::Manifest => RefKind::Manifest,
        AllowedKind::Exec => RefKind::Exec,
        AllowedKind::Singer => RefKind::Singer,
    });
    Policy {
        kinds: std::iter::once(RefKind::Bundled).chain(kinds).collect(),
        registries: (!args.allow_registry.is_empty()).then(|| args.allow_registry.clone()),
        ..Policy::default()
    }
}

/// How the APIs are served.
pub(crate) fn server(args: &HttpArgs) -> ServerSettings {
    ServerSettings {
        public_url: args.public_url.clone(),
        auth: args.auth == Authentication::On,
        ..ServerSettings::default()
    }
}

/// How jobs are run on this machine.
///
/// # Errors
/// As [`config::settings`]; `secret.command_invalid`.
pub(crate) fn worker(args: &WorkArgs) -> Result<WorkerSettings> {
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    Ok(WorkerSettings {
        name: format!("{host}-{}", std::process::id()),
        runner: Arc::new(config::settings),
        images: config::images(longshore_images::RegistryOptions::default())?,
        slots: args.slots.map_or_else(longshore_worker::default_slots, usize::from),
        secret_command: words(args.secret_command.as_deref().unwrap_or_default())?,
        secret_environment: config::tool_environment(),
        bundled: bundled::CONNECTORS.iter().map(bundled_connector).collect(),
        timing: Timing::default(),
        retention: Retention::default(),
        notice: Arc::new(|text: &str| note(text)),
    })
}

fn bundled_connector(connector: &bundled::Bundled) -> BundledConnector {
    BundledConnector {
        name: connector.name.to_owned(),
        title: connector.title.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        destination_sync_modes: connector.destination_sync_modes.to_vec(),
    }
}

/// Shell words, without a shell.
pub(crate) fn words(text: &str) -> Result<Vec<String>> {
    shell_words::split(text)
        .map_err(|error| usage("secret.command_invalid", format!("`{text}` is no command: {error}")))
}
