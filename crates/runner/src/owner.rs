//! Which Longshore made something, so that the next one can remove what a killed one left behind.
//!
//! Folders and containers carry the name of the process that made them. A process id alone is not enough, since ids
//! come back: the name holds the machine's boot, the namespace of the ids, the id, and when that process started.

use std::fmt;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::str::FromStr;

/// The name of one process of Longshore; its text is `BOOT:NAMESPACE:PID:START`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Owner {
    boot: String,
    namespace: u64,
    pid: u32,
    /// In clock ticks since boot.
    start: u64,
}

impl Owner {
    /// The name of this process.
    ///
    /// # Errors
    /// When `/proc` cannot be read.
    pub(crate) fn this_process() -> io::Result<Self> {
        let pid = std::process::id();
        Ok(Self {
            boot: fs::read_to_string("/proc/sys/kernel/random/boot_id")?.trim().to_owned(),
            namespace: fs::metadata("/proc/self/ns/pid")?.ino(),
            pid,
            start: start_of(pid).ok_or_else(|| io::Error::other("/proc does not show this process"))?,
        })
    }

    /// Whether `other` has ended for certain. A process of another namespace cannot be seen from here: it may live.
    pub(crate) fn knows_as_ended(&self, other: &Self) -> bool {
        if self.boot != other.boot {
            return true;
        }
        self.namespace == other.namespace && start_of(other.pid) != Some(other.start)
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}:{}", self.boot, self.namespace, self.pid, self.start)
    }
}

impl FromStr for Owner {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.split(':');
        let mut next = || parts.next().ok_or(());
        Ok(Self {
            boot: next()?.to_owned(),
            namespace: next()?.parse().map_err(drop)?,
            pid: next()?.parse().map_err(drop)?,
            start: next()?.parse().map_err(drop)?,
        })
    }
}

/// When a process started; nothing when it has ended, also when its parent has not taken note of that yet.
fn start_of(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field is the program's name in parentheses, which may hold spaces and parentheses itself.
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace();
    let state = fields.next()?;
    if matches!(state, "Z" | "X") {
        return None;
    }
    fields.nth(18)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::Owner;

    #[test]
    fn the_text_names_the_same_owner() {
        let owner = Owner::this_process().unwrap();
        assert_eq!(owner.to_string().parse(), Ok(owner));
        assert_eq!("a:1:2".parse::<Owner>(), Err(()));
    }

    #[test]
    fn a_living_process_is_never_known_as_ended() {
        let owner = Owner::this_process().unwrap();
        assert!(!owner.knows_as_ended(&owner));
        assert!(!owner.knows_as_ended(&Owner { namespace: 1, pid: 0, ..owner.clone() }), "it cannot be seen from here");
    }

    #[test]
    fn another_start_or_another_boot_means_ended() {
        let owner = Owner::this_process().unwrap();
        assert!(owner.knows_as_ended(&Owner { start: owner.start + 1, ..owner.clone() }));
        assert!(owner.knows_as_ended(&Owner { boot: "before".to_owned(), ..owner.clone() }));
    }
}
