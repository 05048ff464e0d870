//! Counts what is being watched or removed, so that a program that is about to end can wait for it: a runtime that ends takes
//! the removal of a container with it.

use std::sync::LazyLock;
use tokio::sync::watch;

static COUNT: LazyLock<watch::Sender<usize>> = LazyLock::new(|| watch::Sender::new(0));

/// Something that is not over yet; it is when this is dropped.
pub(crate) struct Pending(());

impl Pending {
    pub(crate) fn begin() -> Self {
        COUNT.send_modify(|count| *count += 1);
        Self(())
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        COUNT.send_modify(|count| *count -= 1);
    }
}

/// Waits until every connector that this process started has ended, and everything of it is removed. Whoever calls this has
/// dropped what it still had running.
pub async fn all_removed() {
    // The sender is never dropped.
    let _ = COUNT.subscribe().wait_for(|count| *count == 0).await;
}

#[cfg(test)]
mod tests {
    use super::{Pending, all_removed};
    use std::future::poll_fn;
    use std::pin::pin;
    use std::task::Poll;

    #[tokio::test]
    async fn it_waits_for_the_last_one() {
        let (one, other) = (Pending::begin(), Pending::begin());
        let mut removed = pin!(all_removed());
        let mut is_pending = async || poll_fn(|context| Poll::Ready(removed.as_mut().poll(context).is_pending())).await;
        assert!(is_pending().await);
        drop(one);
        assert!(is_pending().await);
        drop(other);
        removed.await;
    }
}
