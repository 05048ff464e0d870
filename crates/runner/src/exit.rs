//! How a connector ended, and what its way of ending means.

use longshore_protocol::{FailureKind, FailureOrigin, FailureReason};

/// How far above 128 the exit codes of crashes lie: a shell and an init add 128 to the signal.
const SIGNAL_BASE: i32 = 128;

/// The signals of a crash or a kill. A code that looks like another signal may be the program's own.
const FATAL_SIGNALS: [i32; 6] = [4, 6, 7, 8, 9, 11];

/// How a connector ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exit {
    /// The exit code, when it ended by itself. A container whose program died of signal N has the code 128 + N.
    pub code: Option<i32>,
    /// The signal that ended it, when one did.
    pub signal: Option<i32>,
    /// Set when the way it ended says more than its code: out of memory, killed, the engine lost.
    /// Never set for what [`Process::stop`](crate::Process::stop) did.
    pub failure: Option<FailureReason>,
}

impl Exit {
    /// What a code above 128 means that a shell, or an init, gave in the place of a signal: a kill or a crash of what it had
    /// started. None for a code that may well be the program's own.
    #[must_use]
    pub fn failure_of_code(origin: FailureOrigin, code: i32) -> Option<FailureReason> {
        let signal = code - SIGNAL_BASE;
        FATAL_SIGNALS.contains(&signal).then(|| {
            let (failure_code, advice) = meaning(signal);
            let name = signal_name(signal).unwrap_or("a signal");
            let message = format!("the {origin} connector ended with code {code}, which stands for {name}; {advice}");
            FailureReason::new(origin, FailureKind::SystemError, failure_code, message)
        })
    }

    /// Whether the connector ended by itself with code 0.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.code == Some(0) && self.failure.is_none()
    }

    /// The end of something that could not be watched to its end.
    pub(crate) fn unknown(failure: FailureReason) -> Self {
        Self { failure: Some(failure), ..Self::default() }
    }
}

/// A connector that a signal ended, and that nobody here asked to end.
pub(crate) fn killed(origin: FailureOrigin, signal: i32) -> FailureReason {
    let name = signal_name(signal).map(|name| format!(" ({name})")).unwrap_or_default();
    let (code, advice) = meaning(signal);
    let message = format!("the {origin} connector was ended by signal {signal}{name}; {advice}");
    FailureReason::new(origin, FailureKind::SystemError, code, message)
}

/// The code of a failure by a signal, and what to do.
fn meaning(signal: i32) -> (&'static str, &'static str) {
    match signal {
        9 => (
            "connector.killed",
            "somebody killed it, or the kernel did for want of memory, which `dmesg | grep -i oom` would show",
        ),
        4 | 6 | 7 | 8 | 11 => {
            ("connector.crashed", "that is a crash inside the connector: report it to the people who maintain it")
        }
        _ => ("connector.killed", "somebody outside Longshore asked it to end"),
    }
}

/// A connector that needed more memory than it was allowed.
pub(crate) fn out_of_memory(origin: FailureOrigin, limit_bytes: Option<u64>) -> FailureReason {
    let message = match limit_bytes {
        Some(bytes) => format!(
            "the {origin} connector needed more than its {} MiB of memory and was ended; allow it more, for instance \
             `--memory {}m`",
            bytes >> 20,
            (bytes >> 20) * 2
        ),
        None => format!(
            "the {origin} connector was ended because this machine has no memory left; free some, or bound the \
             connector with `--memory LIMIT`"
        ),
    };
    FailureReason::new(origin, FailureKind::SystemError, "connector.out_of_memory", message)
}

fn signal_name(signal: i32) -> Option<&'static str> {
    Some(match signal {
        1 => "SIGHUP",
        2 => "SIGINT",
        4 => "SIGILL",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        15 => "SIGTERM",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{killed, out_of_memory};
    use longshore_protocol::FailureOrigin;

    #[test]
    fn a_crash_is_told_from_a_kill() {
        let crash = killed(FailureOrigin::Source, 11);
        assert_eq!(crash.code, "connector.crashed");
        assert!(crash.message.contains("SIGSEGV") && crash.message.contains("crash"), "{crash}");
        let kill = killed(FailureOrigin::Destination, 9);
        assert!(kill.message.starts_with("the destination connector was ended by signal 9 (SIGKILL)"), "{kill}");
    }

    #[test]
    fn the_memory_limit_is_named_with_a_larger_one() {
        let reason = out_of_memory(FailureOrigin::Source, Some(32 << 20));
        assert!(reason.message.contains("32 MiB") && reason.message.contains("--memory 64m"), "{reason}");
    }
}
