//! Everything that is kept, in one file: rows of all tables as lines of JSON in a tar.gz, and the key of the secrets beside them
//! unless it is left out. The file is the same for both databases, so that an instance can move from one to the other.

use crate::key::{MasterKey, fingerprint};
use crate::store::backup as rows;
use crate::{ControlPlane, Error, Result};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead as _, BufReader, BufWriter, Read, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use tempfile::TempDir;

/// The form of the file; another one is refused.
const FORM: u32 = 1;
const ABOUT: &str = "backup.json";
const KEY: &str = "secret.key";
/// The longest text of a key that is read.
const MOST_KEY_BYTES: u64 = 1024;

/// What a backup says of itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BackupContent {
    /// The form of the file.
    form: u32,
    /// The version of Longshore that made it.
    pub version: String,
    /// The number of the last migration of its tables.
    schema: i64,
    /// When, as RFC 3339.
    pub created_at: String,
    /// Which key its secrets need; the key cannot be found from it.
    key_fingerprint: String,
    /// Whether the key is in it.
    pub has_key: bool,
    /// How many rows of each table.
    pub rows: BTreeMap<String, u64>,
}

impl ControlPlane {
    /// Writes everything into a file that only its owner reads, as it was at one moment. Others go on working meanwhile.
    ///
    /// # Errors
    /// `backup.unwritable`, also when there is such a file already; `database.*`.
    pub async fn back_up(&self, file: &Path, includes_key: bool) -> Result<BackupContent> {
        let unwritable = |error: std::io::Error| rows::unwritable(&error);
        let out = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file).map_err(unwritable)?;
        let done = self.write_backup(out, includes_key).await;
        if done.is_err() {
            // What is half a backup is none.
            let _ = fs::remove_file(file);
        }
        done
    }

    async fn write_backup(&self, out: File, includes_key: bool) -> Result<BackupContent> {
        let unwritable = |error: std::io::Error| rows::unwritable(&error);
        let folder = TempDir::new().map_err(unwritable)?;
        let mut content = BackupContent {
            form: FORM,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            schema: crate::store::last_migration(),
            created_at: self.now().to_string(),
            key_fingerprint: self.key_fingerprint(),
            has_key: includes_key,
            rows: BTreeMap::new(),
        };
        let mut view = rows::snapshot(self.store()).await?;
        for table in rows::TABLES {
            let mut lines = BufWriter::new(File::create(folder.path().join(table)).map_err(unwritable)?);
            content.rows.insert(table.to_owned(), rows::write_rows(&mut view, table, &mut lines).await?);
            lines.flush().map_err(unwritable)?;
        }
        view.rollback().await?;
        let key = includes_key.then(|| self.key().to_base64());
        pack(out, &content, key.as_deref(), folder.path()).map_err(unwritable)?;
        Ok(content)
    }

    /// Fills a database that nobody has used yet with what a file holds: all of it, or nothing.
    ///
    /// # Errors
    /// `backup.unreadable`, `backup.other_version`, `backup.not_empty`, `backup.key_differs`, `database.*`.
    pub async fn restore(&self, file: &Path) -> Result<BackupContent> {
        let folder = TempDir::new().map_err(|error| unreadable(file, &error))?;
        let content = unpack(file, folder.path())?;
        if content.key_fingerprint != self.key_fingerprint() {
            let message = "the backup was made with another key than this instance has, so that its secrets could not be read; give the key that belongs to it";
            return Err(Error::invalid("backup.key_differs", message));
        }
        let mut change = self.store().change().await?;
        if !rows::is_empty(&mut change).await? {
            let message = "the database is in use already; restore into an empty one, or with another --data folder";
            return Err(Error::conflict("backup.not_empty", message));
        }
        rows::clear(&mut change).await?;
        for table in rows::TABLES {
            let lines = File::open(folder.path().join(table)).map_err(|error| unreadable(file, &error))?;
            let mut count = 0;
            for line in BufReader::new(lines).lines() {
                let line = line.map_err(|error| unreadable(file, &error))?;
                let row: Map<String, Value> = serde_json::from_str(&line).map_err(|error| unreadable(file, &error))?;
                let put = rows::insert(&mut change, table, &row).await?;
                put.ok_or_else(|| unreadable(file, &"a row is none"))?;
                count += 1;
            }
            if content.rows.get(table) != Some(&count) {
                return Err(unreadable(file, &"rows are missing"));
            }
        }
        rows::number_on(&mut change, self.store().dialect).await?;
        change.commit().await?;
        Ok(content)
    }

    fn key_fingerprint(&self) -> String {
        fingerprint(&self.key().to_base64())
    }
}

impl BackupContent {
    /// What a file says of itself, and the key that is in it.
    ///
    /// # Errors
    /// `backup.unreadable`, `backup.other_version`.
    pub fn read(file: &Path) -> Result<(Self, Option<MasterKey>)> {
        let folder = TempDir::new().map_err(|error| unreadable(file, &error))?;
        let content = unpack(file, folder.path())?;
        let text = fs::read_to_string(folder.path().join(KEY)).ok();
        Ok((content, text.as_deref().map(MasterKey::from_base64).transpose()?))
    }
}

fn pack(out: File, content: &BackupContent, key: Option<&str>, folder: &Path) -> std::io::Result<()> {
    let mut archive = tar::Builder::new(GzEncoder::new(BufWriter::new(out), Compression::default()));
    append(&mut archive, ABOUT, serde_json::to_string_pretty(content)?.as_bytes())?;
    if let Some(key) = key {
        append(&mut archive, KEY, key.as_bytes())?;
    }
    for table in rows::TABLES {
        archive.append_path_with_name(folder.join(table), name_of(table))?;
    }
    let file = archive.into_inner()?.finish()?.into_inner().map_err(std::io::IntoInnerError::into_error)?;
    file.sync_all()
}

fn append(archive: &mut tar::Builder<impl std::io::Write>, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes.len() as u64);
    header.set_mode(0o600);
    archive.append_data(&mut header, name, bytes)
}

fn name_of(table: &str) -> String {
    format!("tables/{table}.jsonl")
}

/// Takes out what belongs there, each into a file that is named by us.
fn unpack(file: &Path, folder: &Path) -> Result<BackupContent> {
    let opened = File::open(file).map_err(|error| unreadable(file, &error))?;
    let mut archive = tar::Archive::new(GzDecoder::new(BufReader::new(opened)));
    let mut content = None;
    for entry in archive.entries().map_err(|error| unreadable(file, &error))? {
        let mut entry = entry.map_err(|error| unreadable(file, &error))?;
        let name = entry.path().map_err(|error| unreadable(file, &error))?.to_string_lossy().into_owned();
        if name == ABOUT {
            content = Some(serde_json::from_reader(&mut entry).map_err(|error| unreadable(file, &error))?);
        } else if name == KEY {
            keep(&mut entry.take(MOST_KEY_BYTES), &folder.join(KEY)).map_err(|error| unreadable(file, &error))?;
        } else if let Some(table) = rows::TABLES.into_iter().find(|table| name_of(table) == name) {
            keep(&mut entry, &folder.join(table)).map_err(|error| unreadable(file, &error))?;
        }
    }
    let content: BackupContent = content.ok_or_else(|| unreadable(file, &"it is no backup of Longshore"))?;
    if content.form != FORM || content.schema != crate::store::last_migration() {
        let message = format!(
            "the backup was made by Longshore {}, whose tables are others; restore it with that version, then start this one",
            content.version
        );
        return Err(Error::invalid("backup.other_version", message));
    }
    Ok(content)
}

fn keep(from: &mut impl Read, path: &Path) -> std::io::Result<()> {
    let mut to = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    std::io::copy(from, &mut to).map(|_| ())
}

fn unreadable(file: &Path, why: &dyn std::fmt::Display) -> Error {
    Error::invalid("backup.unreadable", format!("{} cannot be restored: {why}", file.display()))
}

#[cfg(test)]
mod tests;
