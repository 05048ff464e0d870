//! What an author left to do is said before anything is judged.

use crate::print::note;
use longshore_devkit::todos;
use std::path::Path;

/// Tells how many places of a project need a person, and the first of them.
pub(super) fn tell(dir: &Path) {
    // A file that cannot be read is told of by whoever needs it.
    let found = todos(dir).unwrap_or_default();
    let Some(first) = found.first() else { return };
    let places = if found.len() == 1 { "1 place needs".to_owned() } else { format!("{} places need", found.len()) };
    let (path, line, dir) = (first.path.display(), first.line, dir.display());
    note(format_args!("{places} you still, such as {path}:{line}; `longshore connector todo {dir}` shows all"));
}
