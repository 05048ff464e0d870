//! An index that is elsewhere: an artifact in a registry, or a document behind a URL.

use super::place::{IndexPlace, Stored, Transport, Written, is_outdated, read_only};
use super::{Directory, Index, place};
use longshore_images::{Digest, ImageName, Images};
use longshore_protocol::FailureReason;
use serde_json::Value;
use std::fmt;

/// The type of the artifact that an index is in a registry.
const ARTIFACT_TYPE: &str = "application/vnd.longshore.connector-index.v1+json";

/// The most bytes of an index behind a URL.
const MOST_BYTES: usize = 64 << 20;

/// An index, wherever it is.
pub struct IndexAt<'a> {
    shown: String,
    transport: Reached<'a>,
}

enum Reached<'a> {
    Directory(Directory),
    Url { images: &'a Images, url: String },
    Artifact { images: &'a Images, name: ImageName },
}

impl<'a> IndexAt<'a> {
    /// Understands what a user wrote. Nothing is asked yet.
    ///
    /// # Errors
    /// `index.place_invalid`, `image.invalid_name`.
    pub fn open(text: &str, images: &'a Images) -> Result<Self, FailureReason> {
        let place = IndexPlace::parse(text)?;
        let shown = place.to_string();
        let transport = match place {
            IndexPlace::Dir(folder) => Reached::Directory(Directory::new(folder)),
            IndexPlace::Url(url) => Reached::Url { images, url },
            IndexPlace::Oci(name) => Reached::Artifact { images, name: name.parse()? },
        };
        Ok(Self { shown, transport })
    }

    /// Begins an empty index; says whether there was none.
    ///
    /// # Errors
    /// As [`place::init`].
    pub async fn init(&self) -> Result<bool, FailureReason> {
        place::init(&self.transport, &self.shown).await
    }

    /// The index as it is now.
    ///
    /// # Errors
    /// As [`place::read`].
    pub async fn read(&self) -> Result<Index, FailureReason> {
        place::read(&self.transport, &self.shown).await
    }

    /// Changes the index; what others changed meanwhile stays.
    ///
    /// # Errors
    /// As [`place::update`].
    pub async fn update<R>(
        &self,
        change: impl FnMut(&mut Index) -> Result<R, FailureReason>,
    ) -> Result<R, FailureReason> {
        place::update(&self.transport, &self.shown, change).await
    }

    /// Whether an entry can be added, as far as can be told without adding it.
    ///
    /// # Errors
    /// As [`Index::add`] and [`place::read`], and `index.read_only`; an index that is not there yet is none.
    pub async fn check(&self, entry: &Value) -> Result<(), FailureReason> {
        if let Reached::Url { url, .. } = &self.transport {
            return Err(read_only(url));
        }
        let Some(stored) = self.transport.load().await? else { return Ok(()) };
        Index::parse(&stored.bytes, &self.shown)?.add(entry.clone()).map(|_| ())
    }

    /// Adds an entry, to an index that is begun if there is none.
    ///
    /// # Errors
    /// As [`Index::add`] and [`place::update`].
    pub async fn add(&self, entry: &Value) -> Result<super::Added, FailureReason> {
        self.init().await?;
        self.update(|index| index.add(entry.clone())).await
    }
}

impl fmt::Display for IndexAt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl Transport for Reached<'_> {
    async fn load(&self) -> Result<Option<Stored>, FailureReason> {
        let loaded = match self {
            Self::Directory(directory) => return directory.load().await,
            Self::Url { images, url } => images.download(url, MOST_BYTES).await.map(Some),
            Self::Artifact { images, name } => images.get_artifact(name, ARTIFACT_TYPE).await.map(Some),
        };
        let bytes = loaded.or_else(|reason| if is_absence(&reason) { Ok(None) } else { Err(reason) })?;
        Ok(bytes.map(|bytes| Stored { revision: Digest::of(&bytes).to_string(), bytes }))
    }

    /// A registry cannot compare and replace in one step: between the two another may slip in, within milliseconds, so
    /// it is looked at once more afterwards.
    async fn store(&self, bytes: Vec<u8>, expected: Option<&str>) -> Result<Written, FailureReason> {
        match self {
            Self::Directory(directory) => directory.store(bytes, expected).await,
            Self::Url { url, .. } => Err(read_only(url)),
            Self::Artifact { images, name } => {
                if is_outdated(self.load().await?.as_ref(), expected) {
                    return Ok(Written::Outdated);
                }
                let ours = Digest::of(&bytes).to_string();
                images.put_artifact(name, ARTIFACT_TYPE, &bytes).await?;
                // Whoever looked before this and wrote after it took ours away.
                let is_lost = is_outdated(self.load().await?.as_ref(), Some(&ours));
                Ok(if is_lost { Written::Outdated } else { Written::Stored })
            }
        }
    }
}

fn is_absence(reason: &FailureReason) -> bool {
    matches!(reason.code.as_str(), "image.not_found" | "image.repository_not_found")
}
