//! Where the rows are: JSONL files, `FOLDER/STREAM/GENERATION.jsonl`.
//!
//! A run that replaces older rows fills a hidden file, which is renamed when its stream is complete;
//! until then the older files stay. Rows count as stored when they are on the disk: a line that was
//! cut off by a crash is removed by the next run.
//!
//! TODO: put your store in the place of the files. What each function owes is in its comment.

use longshore_connector_kit::metadata::{Clock, Meta, RawId};
use longshore_connector_kit::{Failure, PlannedStream, Record, StreamDescriptor};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Rows wait in memory until there are so many bytes of them.
const BUFFER_BYTES: usize = 1024 * 1024;

/// Tries the configuration: writes something and removes it.
pub fn try_out(folder: &Path) -> Result<(), Failure> {
    let probe = folder.join(".check");
    let tried = fs::create_dir_all(folder)
        .and_then(|()| File::create(&probe)?.sync_all())
        .and_then(|()| fs::remove_file(&probe));
    tried.map_err(|error| {
        Failure::config(format!("`{}` cannot be written: {error}", folder.display()))
    })
}

/// The rows of one stream.
pub struct StoredStream {
    folder: PathBuf,
    generation: i64,
    /// Older generations go when the stream is complete.
    replaces: bool,
    /// Rows are hidden until then.
    is_staged: bool,
    file: File,
    buffer: Vec<u8>,
    meta: Meta,
    clock: Clock,
}

impl StoredStream {
    /// Prepares for a run. What older runs have completed stays as it is.
    pub fn open(folder: &Path, planned: &PlannedStream) -> Result<Self, Failure> {
        let folder = folder.join(file_name(&planned.descriptor));
        Self::prepare(folder.clone(), planned).map_err(|error| of_io(&folder, &error))
    }

    fn prepare(folder: PathBuf, planned: &PlannedStream) -> io::Result<Self> {
        let configured = &planned.configured;
        let (replaces, generation) = (configured.truncates(), configured.generation_id);
        fs::create_dir_all(&folder)?;
        let (staged, visible) = (staged(&folder, generation), visible(&folder, generation));
        if generation.is_none() && replaces && staged.exists() {
            fs::remove_file(&staged)?; // without numbers, each run is a generation of its own
        }
        // A generation that is complete, or that replaces nothing any more, is added to.
        let is_complete = generation.is_some() && visible.exists();
        if staged.exists() && !replaces {
            fs::rename(&staged, &visible)?;
        }
        let is_staged = replaces && !is_complete;
        let file = open_whole_lines(if is_staged { &staged } else { &visible })?;
        sync_folder(&folder)?;
        Ok(Self {
            folder,
            generation: generation.unwrap_or(0),
            replaces,
            is_staged,
            file,
            buffer: Vec::new(),
            meta: Meta::new(configured.sync_id),
            clock: Clock::default(),
        })
    }

    /// Takes records. They need not be durable yet.
    pub fn append(&mut self, records: &[Record<'_>]) -> Result<(), Failure> {
        for record in records {
            serde_json::from_str::<serde::de::IgnoredAny>(record.data).map_err(|error| {
                Failure::system("a record is not valid JSON").with_internal(error.to_string())
            })?;
            writeln!(
                self.buffer,
                r#"{{"_airbyte_raw_id":"{}","_airbyte_extracted_at":"{}","_airbyte_meta":{},"_airbyte_generation_id":{},"_airbyte_data":{}}}"#,
                RawId::new().as_str(),
                self.clock.iso(record.emitted_at),
                self.meta.text(record.meta, &[]),
                self.generation,
                record.data,
            )?;
        }
        if self.buffer.len() >= BUFFER_BYTES {
            self.guarded(Self::flush)?;
        }
        Ok(())
    }

    /// Makes every record so far durable: when this returns, the source forgets them.
    pub fn commit(&mut self) -> Result<(), Failure> {
        self.guarded(|stream| {
            stream.flush()?;
            stream.file.sync_data()
        })
    }

    /// The stream was read to its end and everything is committed: shows the new rows, then removes
    /// the older ones. It may be interrupted between the two; the next run does the rest.
    pub fn complete(&mut self) -> Result<(), Failure> {
        self.commit()?;
        self.guarded(|stream| {
            let shown = visible(&stream.folder, Some(stream.generation));
            if stream.is_staged {
                fs::rename(staged(&stream.folder, Some(stream.generation)), &shown)?;
                sync_folder(&stream.folder)?;
                stream.is_staged = false;
            }
            if stream.replaces {
                remove_others(&stream.folder, &shown)?;
            }
            Ok(())
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.write_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }

    fn guarded(&mut self, act: impl FnOnce(&mut Self) -> io::Result<()>) -> Result<(), Failure> {
        act(self).map_err(|error| of_io(&self.folder, &error))
    }
}

fn visible(folder: &Path, generation: Option<i64>) -> PathBuf {
    folder.join(format!("{}.jsonl", generation.unwrap_or(0)))
}

fn staged(folder: &Path, generation: Option<i64>) -> PathBuf {
    folder.join(format!(".{}.jsonl", generation.unwrap_or(0)))
}

/// Opens a file to write behind its last whole line. Nobody else may write it at the same time.
fn open_whole_lines(path: &Path) -> io::Result<File> {
    let mut file = OpenOptions::new();
    let file = file.read(true).write(true).create(true).truncate(false);
    let mut file = file.open(path)?;
    file.try_lock()?;
    let mut length = 0;
    let mut lines = BufReader::new(&file);
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line)? > 0 {
        if line.ends_with(b"\n") {
            length += line.len() as u64;
        }
        line.clear();
    }
    file.set_len(length)?;
    file.seek(SeekFrom::Start(length))?;
    Ok(file)
}

fn remove_others(folder: &Path, kept: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path != kept
            && path
                .extension()
                .is_some_and(|extension| extension == "jsonl")
        {
            fs::remove_file(path)?;
        }
    }
    sync_folder(folder)
}

/// Makes names of files durable.
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// A name that no other stream has, and that leads nowhere else.
fn file_name(stream: &StreamDescriptor) -> String {
    let namespace = stream
        .namespace
        .iter()
        .map(|namespace| escaped(namespace) + ".");
    namespace.chain([escaped(&stream.name)]).collect()
}

fn escaped(name: &str) -> String {
    let escape = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    name.bytes().map(escape).collect()
}

fn of_io(path: &Path, error: &io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::NotFound => {
            Failure::config(format!("`{}` cannot be written: {error}", path.display()))
        }
        _ => Failure::transient(format!("writing to `{}` failed: {error}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leads_out_of_the_folder() {
        let stream = |namespace: Option<&str>, name: &str| StreamDescriptor {
            namespace: namespace.map(str::to_owned),
            name: name.to_owned(),
        };
        assert_eq!(file_name(&stream(None, "../x")), "%2E%2E%2Fx");
        assert_eq!(file_name(&stream(Some("a"), "b")), "a.b");
        assert_ne!(file_name(&stream(None, "a.b")), "a.b");
    }
}
