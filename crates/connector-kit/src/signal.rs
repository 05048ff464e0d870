//! SIGTERM and SIGINT: a flag that the loops look at, and for sources an end that waits for nobody.

use crate::Failure;
use std::io::Read;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const SIGNALS: [i32; 2] = [signal_hook::consts::SIGTERM, signal_hook::consts::SIGINT];

/// The exit code of a process that a signal has ended.
pub(crate) const STOPPED: u8 = 143;

/// How long a source has to notice the flag before it is ended wherever it is.
const GRACE: Duration = Duration::from_millis(500);

/// Nobody sleeps longer than this without looking at the flag.
const NAP: Duration = Duration::from_millis(50);

/// Whether somebody asked this process, or this part of it, to stop.
#[derive(Debug, Clone, Default)]
pub(crate) struct StopFlag {
    own: Arc<AtomicBool>,
    outer: Option<Arc<AtomicBool>>,
}

impl StopFlag {
    /// A flag that the two signals set.
    pub(crate) fn install() -> Self {
        let flag = Self::default();
        for signal in SIGNALS {
            // Registering fails only for signals that cannot be caught.
            let _ = signal_hook::flag::register(signal, Arc::clone(&flag.own));
        }
        flag
    }

    /// Ends the process soon after a signal, even when it hangs in a call that cannot look at the flag, such as a
    /// server that does not answer. What is in a buffer then has no state after it and is read again.
    pub(crate) fn end_process_after_grace() {
        let Ok((mut signalled, signal)) = UnixStream::pair() else { return };
        for number in SIGNALS {
            if let Ok(signal) = signal.try_clone() {
                let _ = signal_hook::low_level::pipe::register(number, signal);
            }
        }
        let watch = move || {
            if signalled.read_exact(&mut [0]).is_ok() {
                std::thread::sleep(GRACE);
                let _no_half_line = crate::output::hold_lines();
                std::process::exit(i32::from(STOPPED));
            }
        };
        // Without the thread a signal is still noticed at the next record.
        let _ = std::thread::Builder::new().name("signals".to_owned()).stack_size(64 * 1024).spawn(watch);
    }

    /// A flag that is set when this one is, and can be set alone.
    #[cfg_attr(not(feature = "http"), allow(dead_code))]
    pub(crate) fn inner(&self) -> Self {
        Self { own: Arc::default(), outer: Some(Arc::clone(&self.own)) }
    }

    /// Asks to stop.
    #[cfg_attr(not(feature = "http"), allow(dead_code))]
    pub(crate) fn set(&self) {
        self.own.store(true, Ordering::Relaxed);
    }

    #[inline]
    pub(crate) fn is_set(&self) -> bool {
        self.own.load(Ordering::Relaxed) || self.outer.as_ref().is_some_and(|outer| outer.load(Ordering::Relaxed))
    }

    /// Sleeps, unless asked to stop.
    #[cfg_attr(not(feature = "http"), allow(dead_code))]
    pub(crate) fn sleep(&self, duration: Duration) -> Result<(), Failure> {
        let end = Instant::now() + duration;
        loop {
            if self.is_set() {
                return Err(Failure::interrupted());
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            std::thread::sleep(left.min(NAP));
        }
    }
}
