//! Looks into an image that the engine has: what it says of itself, and the heads of its files, without running it.

use super::container::Container;
use super::engine::Engine;
use bollard::errors::Error;
use bollard::models::ImageInspect;
use bollard::query_parameters::DownloadFromContainerOptionsBuilder;
use futures_util::StreamExt;
use longshore_protocol::FailureReason;
use std::collections::BTreeMap;
use std::io::Read;

/// How much of a file is fetched: enough for the headers of a program and the first line of a script.
const HEAD_BYTES: usize = 64 * 1024;

/// How many links lead to a file at most, as the kernel has it.
const MOST_LINKS: usize = 40;

/// What the engine says of an image.
#[derive(Debug, Clone, Default)]
pub struct EngineImage {
    /// Under which name the engine has it.
    pub local_name: String,
    /// Its id: the digest of its configuration, or of its manifest.
    pub id: String,
    /// Under which digests registries have it: `NAME@sha256:…`.
    pub digests: Vec<String>,
    /// Its size once unpacked.
    pub size_bytes: u64,
    /// `linux`.
    pub os: String,
    /// `amd64`.
    pub architecture: String,
    /// The program with its first words.
    pub entrypoint: Vec<String>,
    /// The words behind the entry point, which a platform replaces by a verb.
    pub command: Vec<String>,
    /// The folder that the program is started in; empty for `/`.
    pub folder: String,
    /// Variables, `NAME=value`. They may be secrets.
    pub environment: Vec<String>,
    /// Who runs it; empty for root.
    pub user: String,
    /// Labels.
    pub labels: BTreeMap<String, String>,
}

impl EngineImage {
    pub(super) fn of(local_name: String, inspected: ImageInspect) -> Self {
        let config = inspected.config.unwrap_or_default();
        Self {
            local_name,
            id: inspected.id.unwrap_or_default(),
            digests: inspected.repo_digests.unwrap_or_default(),
            size_bytes: inspected.size.and_then(|size| u64::try_from(size).ok()).unwrap_or_default(),
            os: inspected.os.unwrap_or_default(),
            architecture: inspected.architecture.unwrap_or_default(),
            entrypoint: config.entrypoint.unwrap_or_default(),
            command: config.cmd.unwrap_or_default(),
            folder: config.working_dir.unwrap_or_default(),
            environment: config.env.unwrap_or_default(),
            user: config.user.unwrap_or_default(),
            labels: config.labels.unwrap_or_default().into_iter().collect(),
        }
    }

    /// The value of a variable.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&str> {
        let named = |variable: &'_ String| variable.split_once('=').is_some_and(|(key, _)| key == name);
        self.environment.iter().rev().find(|it| named(it)).and_then(|it| it.split_once('=')).map(|(_, value)| value)
    }
}

/// What a path of an image leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// A file with bytes.
    File,
    /// A folder.
    Folder,
    /// A device, a FIFO.
    Other,
}

/// The beginning of a file.
#[derive(Debug, Clone)]
pub struct FileHead {
    /// What it is.
    pub kind: FileKind,
    /// Its permissions, `0o755`.
    pub mode: u32,
    /// The first bytes of a file.
    pub bytes: Vec<u8>,
}

/// The files of one image, behind a container that is never started.
pub struct ImageFiles {
    engine: Engine,
    container: Container,
}

/// One entry of an archive.
enum Entry {
    Link(String),
    Head(FileHead),
}

impl ImageFiles {
    pub(super) async fn of(engine: &Engine, image: &str) -> Result<Self, FailureReason> {
        Ok(Self { engine: engine.clone(), container: Container::unstarted(engine, image).await? })
    }

    /// The head of the file that an absolute path leads to; none when it leads nowhere.
    ///
    /// # Errors
    /// When the engine does not hand it out.
    pub async fn head(&self, path: &str) -> Result<Option<FileHead>, FailureReason> {
        let mut path = path.to_owned();
        for _ in 0..MOST_LINKS {
            let Some(bytes) = self.fetch(&path).await? else { return Ok(None) };
            match entry(&bytes) {
                Some(Entry::Head(head)) => return Ok(Some(head)),
                Some(Entry::Link(target)) => path = joined(&path, &target),
                None => return Ok(None),
            }
        }
        Ok(None)
    }

    /// Removes the container.
    pub async fn close(mut self) {
        self.container.remove().await;
    }

    /// The beginning of the archive that holds the file alone.
    async fn fetch(&self, path: &str) -> Result<Option<Vec<u8>>, FailureReason> {
        let options = DownloadFromContainerOptionsBuilder::new().path(path).build();
        let mut pieces = self.engine.docker.download_from_container(self.container.id(), Some(options)).boxed();
        let mut bytes = Vec::new();
        while let Some(piece) = pieces.next().await {
            match piece {
                Ok(piece) => bytes.extend_from_slice(&piece),
                Err(Error::DockerResponseServerError { status_code: 400 | 404, .. }) => return Ok(None),
                Err(error) => return Err(self.engine.failure("look into an image", &error)),
            }
            if bytes.len() > HEAD_BYTES {
                break;
            }
        }
        Ok(Some(bytes))
    }
}

fn entry(archive: &[u8]) -> Option<Entry> {
    let mut archive = tar::Archive::new(archive);
    let mut entry = archive.entries().ok()?.next()?.ok()?;
    let kind = entry.header().entry_type();
    if kind.is_symlink() {
        return Some(Entry::Link(entry.link_name().ok()??.to_string_lossy().into_owned()));
    }
    let mode = entry.header().mode().ok()?;
    let mut bytes = Vec::new();
    // It is cut where fetching ended.
    let _ = (&mut entry).take(HEAD_BYTES as u64).read_to_end(&mut bytes);
    let kind = match kind {
        kind if kind.is_dir() => FileKind::Folder,
        kind if kind.is_file() || kind.is_hard_link() => FileKind::File,
        _ => FileKind::Other,
    };
    Some(Entry::Head(FileHead { kind, mode, bytes }))
}

/// Where a link at `path` leads.
fn joined(path: &str, target: &str) -> String {
    if target.starts_with('/') {
        return target.to_owned();
    }
    let folder = path.trim_end_matches('/').rsplit_once('/').map_or("", |(folder, _)| folder);
    format!("{folder}/{target}")
}

#[cfg(test)]
mod tests {
    use super::joined;

    #[test]
    fn links_lead_from_their_folder() {
        assert_eq!(joined("/usr/bin/python3", "python3.11"), "/usr/bin/python3.11");
        assert_eq!(joined("/bin", "usr/bin"), "/usr/bin");
        assert_eq!(joined("/bin/sh", "/bin/busybox"), "/bin/busybox");
    }
}
