//! What the disk says, in words that tell what to do.

use longshore_connector_kit::Failure;
use std::io::{Error, ErrorKind};
use std::path::Path;

/// The failure of an operation on `path`.
pub(crate) fn of_io(path: &Path, error: &Error) -> Failure {
    let path = path.display();
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Failure::transient(format!(
            "there is no space left for {path}; make room and run the sync again, nothing acknowledged is lost"
        )),
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => Failure::config(format!(
            "{path} cannot be written; check that it belongs to the user of this program, or choose another `path`"
        )),
        ErrorKind::NotADirectory | ErrorKind::AlreadyExists | ErrorKind::IsADirectory => {
            Failure::config(format!("{path} cannot be made: {error}; choose another `path`"))
        }
        ErrorKind::WouldBlock => Failure::transient(format!(
            "another process is writing {path}; run the sync again when it has finished, nothing acknowledged is lost"
        )),
        ErrorKind::InvalidData => Failure::config(format!("{path} does not fit its books: {error}")),
        _ => Failure::system(format!("{path} cannot be used: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_a_matter_of_time_and_says_what_to_do() {
        // Every write to this device fails as on a full disk.
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let error = std::io::Write::write_all(&mut &full, b"row").unwrap_err();
        let failure = of_io(Path::new("users.jsonl"), &error);
        assert!(failure.message.contains("no space left for users.jsonl"), "{failure}");
        assert_eq!(failure.kind.to_trace(), "transient_error");
    }
}
