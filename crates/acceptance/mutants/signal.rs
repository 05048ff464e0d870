//! SIGTERM in place of its default effect, for defects.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{OnceLock, mpsc};
use tokio::signal::unix::{SignalKind, signal};

static HAS_COME: AtomicBool = AtomicBool::new(false);
static ACTION: OnceLock<fn()> = OnceLock::new();

/// What happens at SIGTERM in place of its default effect: `action`, before the next line is printed.
pub(crate) fn on_sigterm(action: fn()) {
    ignore_sigterm();
    ACTION.get_or_init(|| action);
}

/// Does what was asked for, if SIGTERM has come.
pub(crate) fn obey() {
    if HAS_COME.load(Ordering::Relaxed)
        && let Some(action) = ACTION.get()
    {
        action();
    }
}

/// Goes on after SIGTERM.
pub(crate) fn ignore_sigterm() {
    at_sigterm(|| HAS_COME.store(true, Ordering::Relaxed));
}

/// Does something at SIGTERM, in a thread of its own, instead of ending.
pub(crate) fn at_sigterm(action: impl FnOnce() + Send + 'static) {
    let (listens, is_listening) = mpsc::channel();
    std::thread::spawn(move || {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
        runtime.block_on(async {
            let Ok(mut term) = signal(SignalKind::terminate()) else { return };
            let _ = listens.send(());
            term.recv().await;
            action();
            std::future::pending::<()>().await;
        });
    });
    let _ = is_listening.recv();
}
