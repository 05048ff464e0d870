//! Where an index is, and how it is changed there: read, change, and store unless somebody else stored meanwhile.

use super::Index;
use crate::failure::{config_failure, system_failure};
use longshore_protocol::FailureReason;
use std::fmt;
use std::path::PathBuf;

/// How often a change is made anew on top of somebody else's.
const MOST_ATTEMPTS: usize = 100;

/// What a user names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IndexPlace {
    /// A folder with an `index.json`.
    Dir(PathBuf),
    /// The URL of a document, to read.
    Url(String),
    /// An artifact in a registry: `REGISTRY/REPOSITORY[:TAG]`.
    Oci(String),
}

impl IndexPlace {
    /// Understands what a user wrote. A folder may be named by its `index.json`.
    ///
    /// # Errors
    /// `index.place_invalid` for what is neither.
    pub fn parse(text: &str) -> Result<Self, FailureReason> {
        if let Some(name) = text.strip_prefix("oci:") {
            return if name.contains('/') { Ok(Self::Oci(name.to_owned())) } else { Err(invalid(text)) };
        }
        if text.starts_with("https://") || text.starts_with("http://") {
            return Ok(Self::Url(text.to_owned()));
        }
        if text.is_empty() || text.contains("://") {
            return Err(invalid(text));
        }
        Ok(Self::Dir(folder_of(PathBuf::from(text))))
    }
}

fn folder_of(path: PathBuf) -> PathBuf {
    if path.file_name().is_some_and(|name| name == super::directory::FILE) && !path.is_dir() {
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        return parent.map_or_else(|| PathBuf::from("."), PathBuf::from);
    }
    path
}

impl fmt::Display for IndexPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dir(path) => write!(f, "{}", path.display()),
            Self::Url(url) => f.write_str(url),
            Self::Oci(name) => write!(f, "oci:{name}"),
        }
    }
}

/// A document as it was at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What changes whenever they do: a digest.
    pub revision: String,
}

/// Whether a document was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// It was.
    Stored,
    /// The one that is there is not the one that was expected. Nothing was changed.
    Outdated,
}

/// How a document gets to a place and back.
pub trait Transport: Sync {
    /// The document, or `None` when there is none.
    fn load(&self) -> impl Future<Output = Result<Option<Stored>, FailureReason>> + Send;

    /// Replaces the document of the expected revision; `None` expects that there is none.
    fn store(
        &self,
        bytes: Vec<u8>,
        expected: Option<&str>,
    ) -> impl Future<Output = Result<Written, FailureReason>> + Send;
}

/// The index at a place. `shown` is what messages call the place.
///
/// # Errors
/// `index.not_found` when there is none; those of the transport and of [`Index::parse`].
pub async fn read(transport: &impl Transport, shown: &str) -> Result<Index, FailureReason> {
    let stored = transport.load().await?.ok_or_else(|| not_found(shown))?;
    Index::parse(&stored.bytes, shown)
}

/// Begins an empty index; says whether there was none. One that is there stays.
///
/// # Errors
/// Those of the transport; `index.invalid` when something else is there.
pub async fn init(transport: &impl Transport, shown: &str) -> Result<bool, FailureReason> {
    if transport.load().await?.is_none() {
        let bytes = Index::empty().to_json().into_bytes();
        if transport.store(bytes, None).await? == Written::Stored {
            return Ok(true);
        }
    }
    read(transport, shown).await.map(|_| false)
}

/// Changes the index at a place. When somebody else changes it meanwhile, the change is made anew on top of theirs, so
/// `change` may run more than once. An index that stays equal is not stored.
///
/// # Errors
/// Those of the change and of the transport; `index.not_found`; `index.busy` when others are always faster.
pub async fn update<R>(
    transport: &impl Transport,
    shown: &str,
    mut change: impl FnMut(&mut Index) -> Result<R, FailureReason>,
) -> Result<R, FailureReason> {
    for _ in 0..MOST_ATTEMPTS {
        let stored = transport.load().await?.ok_or_else(|| not_found(shown))?;
        let before = Index::parse(&stored.bytes, shown)?;
        let mut after = before.clone();
        let result = change(&mut after)?;
        if after == before {
            return Ok(result);
        }
        let written = transport.store(after.to_json().into_bytes(), Some(&stored.revision)).await?;
        if written == Written::Stored {
            return Ok(result);
        }
    }
    let message = format!("others keep changing {shown}; run the command again when they are done");
    Err(system_failure("index.busy", message))
}

/// What a transport that cannot compare and store in one step asks before it stores.
#[must_use]
pub fn is_outdated(present: Option<&Stored>, expected: Option<&str>) -> bool {
    present.map(|stored| stored.revision.as_str()) != expected
}

/// The failure of whoever wants to change what can only be read.
#[must_use]
pub fn read_only(shown: &str) -> FailureReason {
    let message =
        format!("{shown} can only be read; change the index where it is made, a folder or oci:REGISTRY/REPOSITORY");
    config_failure("index.read_only", message)
}

fn not_found(shown: &str) -> FailureReason {
    config_failure("index.not_found", format!("there is no index at {shown}; begin one: longshore index init {shown}"))
}

fn invalid(text: &str) -> FailureReason {
    let message =
        format!("`{text}` is no place of an index; name a folder, https://HOST/index.json, or oci:REGISTRY/REPOSITORY");
    config_failure("index.place_invalid", message)
}

#[cfg(test)]
mod tests {
    use super::IndexPlace;

    #[test]
    fn a_place_is_a_folder_a_url_or_an_artifact() {
        let of = |text: &str| IndexPlace::parse(text).map(|place| format!("{place:?}")).map_err(|failure| failure.code);
        assert_eq!(of("./index").unwrap(), r#"Dir("./index")"#);
        assert_eq!(of("a/index.json").unwrap(), r#"Dir("a")"#);
        assert_eq!(of("index.json").unwrap(), r#"Dir(".")"#);
        assert_eq!(of("https://x.org/index.json").unwrap(), r#"Url("https://x.org/index.json")"#);
        assert_eq!(of("oci:localhost:5000/team/index:v1").unwrap(), r#"Oci("localhost:5000/team/index:v1")"#);
        for wrong in ["", "oci:index", "ftp://x/index.json", "s3://b/index.json"] {
            assert_eq!(of(wrong).unwrap_err(), "index.place_invalid", "{wrong}");
        }
    }
}
