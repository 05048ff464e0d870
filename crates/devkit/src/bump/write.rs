//! Writes several files together: all of them are written beside their places first, then renamed; when a rename fails,
//! those before it are put back.

use crate::failure::system_failure;
use longshore_protocol::FailureReason;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

const NOTHING_CHANGED: &str = "no file was changed";

/// A file's text before and after.
pub(super) struct NewText {
    pub(super) path: PathBuf,
    pub(super) before: String,
    pub(super) after: String,
}

pub(super) fn all(texts: &[NewText]) -> Result<(), FailureReason> {
    let mut staged = Vec::new();
    for text in texts {
        staged.push(stage(&text.path, &text.after).map_err(|error| failed(&text.path, &error, NOTHING_CHANGED))?);
    }
    for (done, (file, place)) in staged.into_iter().enumerate() {
        if let Err(error) = file.persist(&place) {
            return Err(failed(&place, &error.error, &put_back(&texts[..done])));
        }
    }
    Ok(())
}

/// A new file beside the old one, with its permissions; a link stays a link to the changed file.
fn stage(path: &Path, text: &str) -> io::Result<(NamedTempFile, PathBuf)> {
    let place = path.canonicalize()?;
    let permissions = fs::metadata(&place)?.permissions();
    if permissions.readonly() {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it is read-only"));
    }
    let mut file = NamedTempFile::new_in(place.parent().unwrap_or(Path::new("/")))?;
    file.write_all(text.as_bytes())?;
    file.as_file().set_permissions(permissions)?;
    file.as_file().sync_all()?;
    Ok((file, place))
}

/// What became of the other files, as the end of a message.
fn put_back(texts: &[NewText]) -> String {
    let again = |text: &&NewText| {
        let staged = stage(&text.path, &text.before);
        staged.and_then(|(file, place)| file.persist(place).map_err(|error| error.error)).is_err()
    };
    let lost: Vec<String> = texts.iter().filter(again).map(|text| text.path.display().to_string()).collect();
    match lost.is_empty() {
        true => NOTHING_CHANGED.to_owned(),
        false => format!("these already have the new version: {}", lost.join(", ")),
    }
}

fn failed(path: &Path, error: &io::Error, others: &str) -> FailureReason {
    let path = path.display();
    let message = format!("cannot write {path}: {error}; {others}; look at it with `ls -l {path}`");
    system_failure("version.write_failed", message)
}

#[cfg(test)]
mod tests {
    use super::{NewText, all};
    use std::fs;
    use std::path::Path;

    #[test]
    fn a_rename_that_fails_puts_the_others_back() {
        let dir = tempfile::tempdir().unwrap();
        let (file, folder) = (dir.path().join("a"), dir.path().join("b"));
        fs::write(&file, "before").unwrap();
        fs::create_dir(&folder).unwrap();
        let text = |path: &Path| NewText { path: path.to_owned(), before: "before".into(), after: "after".into() };
        // Nothing can be renamed onto a folder, and that shows only at the rename.
        let failure = all(&[text(&file), text(&folder)]).unwrap_err();
        assert_eq!(failure.code, "version.write_failed");
        assert!(failure.message.contains("no file was changed"), "{}", failure.message);
        assert_eq!(fs::read_to_string(&file).unwrap(), "before");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
        all(&[text(&file)]).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "after");
    }
}
