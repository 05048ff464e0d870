//! A running program: waiting for what it does, sending it signals, and who runs below it.

use crate::place::Ran;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// How often something is looked at that announces itself to nobody.
const GLANCE: Duration = Duration::from_millis(5);

/// A started program that ends with its value.
pub(crate) struct Running {
    child: Option<Child>,
    pid: Pid,
    end: OwnedFd,
}

impl Running {
    /// Starts it; what it prints is kept for [`Running::finish`].
    pub(crate) fn start(command: &mut Command) -> Self {
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let pid = Pid::from_child(&child);
        Self { end: pidfd_open(pid, PidfdFlags::empty()).unwrap(), child: Some(child), pid }
    }

    /// Waits for its end, at most so long; whether it has ended.
    pub(crate) fn ends_within(&self, longest: Duration) -> bool {
        ends_within(&self.end, longest)
    }

    /// Waits until something has happened, which must be before its end.
    #[track_caller]
    pub(crate) fn wait_until(&mut self, what: &str, has_happened: impl Fn() -> bool) {
        while !has_happened() {
            if self.ends_within(GLANCE) && !has_happened() {
                panic!("it ended before {what}: {:?}", self.finish());
            }
        }
    }

    /// Waits until a file holds a text.
    #[track_caller]
    pub(crate) fn wait_for_text(&mut self, file: &Path, text: &str) {
        let what = format!("{} held {text}", file.display());
        self.wait_until(&what, || std::fs::read_to_string(file).is_ok_and(|content| content.contains(text)));
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.pid, signal).unwrap();
    }

    /// Its child whose command line holds a text.
    pub(crate) fn child_called(&self, text: &str) -> Option<Pid> {
        let pid = self.pid;
        let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
        let is_called = |child: &&str| {
            std::fs::read_to_string(format!("/proc/{child}/cmdline")).is_ok_and(|line| line.contains(text))
        };
        let child = children.split_whitespace().find(is_called)?;
        Pid::from_raw(child.parse().ok()?)
    }

    /// Waits for its end.
    pub(crate) fn finish(&mut self) -> Ran {
        self.child.take().unwrap().wait_with_output().unwrap().into()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Whether the process with this id has ended, or does so now: a signal takes effect in its own time.
pub(crate) fn has_ended(pid: &str) -> bool {
    const SOON: Duration = Duration::from_secs(5);
    let pid = Pid::from_raw(pid.trim().parse().unwrap()).unwrap();
    pidfd_open(pid, PidfdFlags::empty()).map_or(true, |end| ends_within(&end, SOON))
}

fn ends_within(end: &OwnedFd, longest: Duration) -> bool {
    let longest = Timespec::try_from(longest).unwrap();
    poll(&mut [PollFd::new(end, PollFlags::IN)], Some(&longest)).unwrap() > 0
}
