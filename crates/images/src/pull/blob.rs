//! One content on its way into the store: the network is read here, and a thread beside it hashes and writes.

use crate::Images;
use crate::failure::system_failure;
use crate::image::Descriptor;
use crate::registry::Registry;
use crate::registry::blobs::Bytestream;
use crate::registry::explain::{About, mismatch, truncated};
use crate::registry::trouble::{How, Trouble};
use crate::store::{Ended, Ingest, Store};
use crate::token::Scope;
use bytes::Bytes;
use futures_util::StreamExt;
use longshore_protocol::FailureReason;
use tokio::sync::{mpsc, oneshot};

/// How many pieces may wait for the disk.
const WAITING_PIECES: usize = 16;

/// So many new bytes show that a connection is worth another one after it breaks.
const PROGRESS_BYTES: u64 = 1 << 20;

/// Brings a content into the store, unless it is there.
pub(crate) async fn fetch(
    images: &Images,
    registry: &Registry,
    repository: &str,
    about: &About,
    wanted: &Descriptor,
) -> Result<(), FailureReason> {
    let Some(ingest) = begin(&images.store, wanted).await? else { return Ok(()) };
    let progress = &images.settings.progress;
    progress.begin(wanted.digest.as_str(), wanted.size, ingest.length());
    let download = Download { images, registry, repository, about, wanted };
    let done = download.run(ingest).await;
    progress.end(wanted.digest.as_str());
    done
}

/// Waits for the right to write a content. It may take as long as another process needs, so it has a thread that ends
/// with this process and keeps nobody waiting.
async fn begin(store: &Store, wanted: &Descriptor) -> Result<Option<Ingest>, FailureReason> {
    if store.holds(wanted) {
        return Ok(None);
    }
    let (tell, told) = oneshot::channel();
    let (store, wanted) = (store.clone(), wanted.clone());
    std::thread::spawn(move || {
        // Whoever waited may have gone.
        let _ = tell.send(store.ingest(&wanted));
    });
    told.await.unwrap_or_else(|_| Err(system_failure("image.store_unusable", "the store's thread died; run it again")))
}

/// A registry that has less of a content than it should have does not know the rest.
const RANGE_NOT_SATISFIABLE: u16 = 416;

struct Download<'a> {
    images: &'a Images,
    registry: &'a Registry,
    repository: &'a str,
    about: &'a About,
    wanted: &'a Descriptor,
}

/// How one try ended.
enum Try {
    Whole,
    /// The bytes are others. A part that lay here before may be to blame.
    Mismatch {
        resumed: bool,
    },
    /// The connection broke, with so many bytes there.
    Broken(Box<Ingest>, Trouble),
}

impl Download<'_> {
    async fn run(&self, ingest: Ingest) -> Result<(), FailureReason> {
        let mut ingest = ingest;
        let mut pauses = self.registry.patience.pauses();
        let mut best = ingest.length();
        let mut blamed = false;
        loop {
            let trouble = match self.once(ingest).await? {
                Try::Whole => return Ok(()),
                Try::Mismatch { resumed } if resumed && !blamed => {
                    blamed = true;
                    let Some(again) = begin(&self.images.store, self.wanted).await? else { return Ok(()) };
                    ingest = again;
                    continue;
                }
                Try::Mismatch { .. } => return Err(mismatch(&self.about.name, &self.registry.host)),
                Try::Broken(left, trouble) => {
                    ingest = *left;
                    trouble
                }
            };
            if ingest.length() >= best + PROGRESS_BYTES {
                pauses = self.registry.patience.pauses();
                best = ingest.length();
            }
            match pauses.next() {
                Some(pause) => tokio::time::sleep(pause).await,
                None => return Err(self.failure(trouble)),
            }
        }
    }

    fn failure(&self, trouble: Trouble) -> FailureReason {
        let said = match trouble {
            Trouble::Broken(How::Timeout, said) => {
                let message = format!(
                    "{} went silent amid {}; run the command again: it goes on where it stopped",
                    self.registry.host, self.about.name
                );
                return crate::failure::transient_failure("registry.timeout", message).with_detail(said);
            }
            Trouble::Broken(_, said) | Trouble::Mismatch(said) => said,
            Trouble::Failed(failure) => return failure,
            Trouble::Refused(refusal) => refusal.said,
        };
        truncated(&self.about.name, &self.registry.host).with_detail(said)
    }

    async fn once(&self, mut ingest: Ingest) -> Result<Try, FailureReason> {
        let resumed = ingest.length() > 0;
        let missing = self.wanted.size - ingest.length();
        if missing == 0 {
            return finish(ingest, resumed).await;
        }
        let from = ingest.length();
        let Some(stream) = self.open(&mut ingest).await? else {
            let refused = Trouble::Broken(How::Cut, format!("the bytes from {from} on do not come"));
            return Ok(Try::Broken(Box::new(ingest), refused));
        };
        if !stream.is_rest {
            ingest.restart()?;
        }
        let resumed = resumed && stream.is_rest;
        let (ingest, trouble) = self.copy(ingest, stream.bytes).await?;
        match trouble {
            Some(trouble) if ingest.length() < self.wanted.size => Ok(Try::Broken(Box::new(ingest), trouble)),
            None if ingest.length() < self.wanted.size => {
                let early = format!("{} of {} bytes came", ingest.length(), self.wanted.size);
                Ok(Try::Broken(Box::new(ingest), Trouble::Broken(How::Cut, early)))
            }
            _ => finish(ingest, resumed).await,
        }
    }

    /// The bytes that are missing; none when the registry does not get so far.
    async fn open(&self, ingest: &mut Ingest) -> Result<Option<Bytestream>, FailureReason> {
        let scope = Scope::pull(self.repository);
        let from = ingest.length();
        let opened = self.registry.attempt(&scope, self.about, async |auth| {
            match self.registry.open_blob(&scope, &auth, self.wanted, from).await {
                Err(Trouble::Broken(How::Cut, _)) if from > 0 => Ok(None),
                Err(trouble) if from > 0 && trouble.status() == Some(RANGE_NOT_SATISFIABLE) => Ok(None),
                opened => opened.map(Some),
            }
        });
        opened.await
    }

    /// Reads the network until it ends, while a thread writes.
    async fn copy(
        &self,
        ingest: Ingest,
        mut bytes: futures_util::stream::BoxStream<'static, std::io::Result<Bytes>>,
    ) -> Result<(Ingest, Option<Trouble>), FailureReason> {
        let (pieces, waiting) = mpsc::channel(WAITING_PIECES);
        let most = self.wanted.size;
        let writer = tokio::task::spawn_blocking(move || write(ingest, waiting, most));
        let progress = &self.images.settings.progress;
        let mut trouble = None;
        while let Some(piece) = bytes.next().await {
            let piece = match piece {
                Ok(piece) => piece,
                Err(error) => {
                    trouble = Some(Trouble::from(error));
                    break;
                }
            };
            progress.moved(self.wanted.digest.as_str(), piece.len() as u64);
            if pieces.send(piece).await.is_err() {
                break; // the writer has failed, and says so below
            }
        }
        drop(pieces);
        Ok((joined(writer).await?, trouble))
    }
}

/// Writes what comes, until nothing more comes or it is more than it may be.
fn write(mut ingest: Ingest, mut waiting: mpsc::Receiver<Bytes>, most: u64) -> Result<Ingest, FailureReason> {
    while let Some(piece) = waiting.blocking_recv() {
        ingest.write(&piece)?;
        if ingest.length() > most {
            break;
        }
    }
    Ok(ingest)
}

async fn finish(mut ingest: Ingest, resumed: bool) -> Result<Try, FailureReason> {
    let ended = joined(tokio::task::spawn_blocking(move || ingest.finish())).await?;
    Ok(if ended == Ended::Whole { Try::Whole } else { Try::Mismatch { resumed } })
}

pub(crate) async fn joined<T>(task: tokio::task::JoinHandle<Result<T, FailureReason>>) -> Result<T, FailureReason> {
    task.await.unwrap_or_else(|_| Err(system_failure("image.store_unusable", "the store's thread died; run it again")))
}
