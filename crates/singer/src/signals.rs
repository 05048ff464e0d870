//! SIGTERM and SIGINT: the programs that the wrapper started are ended, each with all that it started.

use rustix::process::{Pid, Signal, kill_process_group};
use signal_hook::consts::{SIGINT, SIGTERM};
use std::io::{Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long a program may take to end before it is killed.
const PATIENCE: Duration = Duration::from_secs(5);

/// Knows whether somebody asked for the end, and what has to end then.
#[derive(Debug, Clone)]
pub(crate) struct Stop(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    asked: AtomicBool,
    groups: Mutex<Vec<Pid>>,
    /// Readable once something happened that a waiting loop must look at.
    alarm: (UnixStream, UnixStream),
}

impl Stop {
    /// Listens to both signals.
    pub(crate) fn install() -> Self {
        // A pair of sockets fails only when the machine has no descriptors left: nothing would work then.
        let alarm = UnixStream::pair().unwrap_or_else(|error| panic!("cannot make a socket pair: {error}"));
        let shared = Shared { asked: AtomicBool::new(false), groups: Mutex::default(), alarm };
        let stop = Self(Arc::new(shared));
        if let Ok(mut signals) = signal_hook::iterator::Signals::new([SIGTERM, SIGINT]) {
            let listener = stop.clone();
            std::thread::spawn(move || signals.forever().for_each(|_| listener.end()));
        }
        stop
    }

    /// Ends all groups, at first kindly.
    fn end(&self) {
        if self.0.asked.swap(true, Ordering::Relaxed) {
            return;
        }
        self.signal(Signal::TERM);
        self.raise();
        let later = self.clone();
        std::thread::spawn(move || {
            std::thread::sleep(PATIENCE);
            later.signal(Signal::KILL);
        });
    }

    fn signal(&self, signal: Signal) {
        for group in &*self.groups() {
            // Fails only when the group has ended already.
            let _ = kill_process_group(*group, signal);
        }
    }

    fn groups(&self) -> std::sync::MutexGuard<'_, Vec<Pid>> {
        self.0.groups.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn is_set(&self) -> bool {
        self.0.asked.load(Ordering::Relaxed)
    }

    /// From now on the group ends with the wrapper.
    pub(crate) fn watch(&self, group: Pid) {
        self.groups().push(group);
        if self.is_set() {
            self.signal(Signal::TERM);
        }
    }

    pub(crate) fn forget(&self, group: Pid) {
        self.groups().retain(|known| *known != group);
    }

    /// Wakes whoever polls [`Stop::alarm`].
    pub(crate) fn raise(&self) {
        // A full socket is readable already.
        let _ = (&self.0.alarm.1).write(&[1]);
    }

    pub(crate) fn alarm(&self) -> BorrowedFd<'_> {
        self.0.alarm.0.as_fd()
    }

    pub(crate) fn clear_alarm(&self) {
        let _ = (&self.0.alarm.0).read(&mut [0; 16]);
    }
}
