//! `longshore backup` and `restore`: all of an instance in one file. They work on the database, with or without a server.

use crate::args::backup::{BackupArgs, RestoreArgs};
use crate::config;
use crate::failure::{Result, usage};
use crate::platform;
use crate::print;
use longshore_control_plane::{BackupContent, Error, MasterKey, Policy};
use serde_json::json;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::ExitCode;

/// Runs `backup`.
pub(crate) async fn run(args: &BackupArgs) -> Result<ExitCode> {
    let plane = platform::open(&args.store, Policy::default()).await?;
    platform::expect_migrated(&plane).await?;
    let content = plane.back_up(&args.file, !args.without_key).await.map_err(Error::into_reason)?;
    tell("wrote", &args.file, &content, args.json)
}

/// Runs `restore`.
pub(crate) async fn restore(args: &RestoreArgs) -> Result<ExitCode> {
    let (_, key) = BackupContent::read(&args.file).map_err(Error::into_reason)?;
    let is_given = config::secret_key().is_some() || config::secret_key_command()?.is_some();
    let key_file = platform::key_file(&args.store)?;
    if !is_given && !key_file.exists() {
        put_key(&key_file, key.as_ref())?;
    }
    let plane = platform::open(&args.store, Policy::default()).await?;
    plane.migrate().await.map_err(Error::into_reason)?;
    let content = plane.restore(&args.file).await.map_err(Error::into_reason)?;
    tell("restored", &args.file, &content, args.json)
}

/// The instance has the key of the backup from here on.
fn put_key(path: &Path, key: Option<&MasterKey>) -> Result<()> {
    let Some(key) = key else {
        let message =
            "the backup was made without its key; give it by LONGSHORE_SECRET_KEY_FILE or LONGSHORE_SECRET_KEY";
        return Err(usage("backup.key_missing", message));
    };
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let written = made.and_then(|mut file| writeln!(file, "{}", key.to_base64()).and_then(|()| file.sync_all()));
    match written {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            Err(usage("file.unwritable", format!("cannot write {}: {error}", path.display())))
        }
        _ => Ok(()),
    }
}

fn tell(done: &str, file: &Path, content: &BackupContent, json: bool) -> Result<ExitCode> {
    let text = if json {
        json!({"file": file, "content": content}).to_string()
    } else {
        let count = |table: &str| content.rows.get(table).copied().unwrap_or_default();
        let key = if content.has_key { "with its key" } else { "without its key" };
        format!(
            "{done} {}, {key}: {} sources and destinations, {} connections, {} jobs, as of {}",
            file.display(),
            count("actor"),
            count("connection"),
            count("job"),
            content.created_at
        )
    };
    print::result(text).map(|()| ExitCode::SUCCESS)
}
