//! What happens to a body on its way.

use super::Fault;
use bytes::Bytes;
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use std::io;
use std::pin::Pin;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::interval;

const TICK: Duration = Duration::from_millis(50);
const TICKS_PER_SECOND: u64 = 20;

type Source = Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

/// A body that is being damaged.
struct Damaged {
    source: Source,
    read: Bytes,
    at: u64,
    faults: Vec<Fault>,
    stalls: watch::Sender<usize>,
}

/// Applies the faults of bodies to a body.
pub(super) fn damage<E>(
    body: impl Stream<Item = Result<Bytes, E>> + Send + 'static,
    faults: Vec<Fault>,
    stalls: watch::Sender<usize>,
) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static
where
    E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
{
    let source = Box::pin(body.map_err(io::Error::other));
    let damaged = Damaged { source, read: Bytes::new(), at: 0, faults, stalls };
    stream::try_unfold(damaged, |mut damaged| async move {
        let piece = damaged.next().await?;
        Ok(piece.map(|piece| (piece, damaged)))
    })
}

impl Damaged {
    async fn next(&mut self) -> io::Result<Option<Bytes>> {
        let most = self.before_end().await?;
        if self.read.is_empty() {
            let Some(read) = self.source.next().await else { return Ok(None) };
            self.read = read?;
        }
        let most = self.slowly(most).await;
        let length = usize::try_from(most).unwrap_or(usize::MAX).min(self.read.len());
        let piece = self.read.split_to(length);
        let begin = self.at;
        self.at += length as u64;
        Ok(Some(self.flipped(piece, begin)))
    }

    /// How many bytes may come before the body is cut or stalls; does either when none may.
    async fn before_end(&mut self) -> io::Result<u64> {
        let mut most = u64::MAX;
        for fault in &self.faults {
            match *fault {
                Fault::Cut { after_bytes } | Fault::CutUpload { after_bytes } if after_bytes <= self.at => {
                    tick().await; // what was given so far leaves before the connection closes
                    return Err(io::ErrorKind::ConnectionAborted.into());
                }
                Fault::Stall { after_bytes } if after_bytes <= self.at => {
                    tick().await;
                    self.stalls.send_modify(|stalls| *stalls += 1);
                    std::future::pending::<()>().await;
                }
                Fault::Cut { after_bytes } | Fault::CutUpload { after_bytes } | Fault::Stall { after_bytes } => {
                    most = most.min(after_bytes - self.at);
                }
                _ => {}
            }
        }
        Ok(most)
    }

    async fn slowly(&mut self, most: u64) -> u64 {
        let speed = self.faults.iter().find_map(|fault| match fault {
            Fault::Slow { bytes_per_second } => Some(*bytes_per_second),
            _ => None,
        });
        let Some(speed) = speed else { return most };
        tick().await;
        most.min((speed / TICKS_PER_SECOND).max(1))
    }

    fn flipped(&self, piece: Bytes, begin: u64) -> Bytes {
        let places = self.faults.iter().filter_map(|fault| match fault {
            Fault::FlipByte { at } => usize::try_from(at.checked_sub(begin)?).ok(),
            _ => None,
        });
        let here: Vec<usize> = places.filter(|place| *place < piece.len()).collect();
        if here.is_empty() {
            return piece;
        }
        let mut changed = piece.to_vec();
        here.into_iter().for_each(|place| changed[place] ^= 1);
        changed.into()
    }
}

async fn tick() {
    let mut ticks = interval(TICK);
    ticks.tick().await; // the first is at once
    ticks.tick().await;
}
