//! What changed in each version, as the table in a project's documents says.

use crate::Project;
use crate::bump::changelog::{Line, cells, files, lines_outside_of_code};
use crate::failure::unreadable;
use crate::index::Change;
use longshore_protocol::FailureReason;

/// The rows of the first table with the columns Version and Date, in their order; none when there is no such table.
///
/// # Errors
/// `connector.unreadable`.
pub fn changelog(project: &Project) -> Result<Vec<Change>, FailureReason> {
    for file in files(project) {
        let path = project.dir().join(&file);
        let text = std::fs::read_to_string(&path).map_err(|error| unreadable(&path, &error))?;
        let changes = changes(&lines_outside_of_code(&text));
        if !changes.is_empty() {
            return Ok(changes);
        }
    }
    Ok(Vec::new())
}

fn changes(lines: &[Line<'_>]) -> Vec<Change> {
    let columns = |line: &Line<'_>| -> Vec<String> { cells(line.text).iter().map(|it| it.to_lowercase()).collect() };
    let is_head = |line: &Line<'_>| columns(line).starts_with(&["version".to_owned(), "date".to_owned()]);
    let Some(head) = lines.iter().position(is_head) else { return Vec::new() };
    let columns = columns(&lines[head]);
    let pull_request = columns.iter().position(|name| name.contains("pull") || name == "pr");
    let rows = lines[head + 1..].iter().take_while(|line| line.text.contains('|')).skip(1);
    rows.filter_map(|row| change(&cells(row.text), pull_request)).collect()
}

fn change(cells: &[&str], pull_request: Option<usize>) -> Option<Change> {
    let text = |at: usize| cells.get(at).map(|cell| cell.trim_matches('`').replace("\\|", "|"));
    Some(Change {
        version: text(0)?,
        date: text(1)?,
        text: text(cells.len().checked_sub(1).filter(|last| *last > 1)?)?,
        pull_request: pull_request.and_then(text).filter(|cell| cell != "-"),
    })
}

#[cfg(test)]
mod tests {
    use super::{changes, lines_outside_of_code};

    #[test]
    fn rows_of_the_table_are_read() {
        let text = "# X\n\n| Version | Date | Pull Request | Subject |\n|:--|:--|:--|:--|\n\
                    | 1.1.0 | 2026-11-21 | [7](https://x.test/pull/7) | More |\n| 1.0.0 | 2026-11-01 | - | First |\n\nEnd\n";
        let found = changes(&lines_outside_of_code(text));
        let shown: Vec<_> = found.iter().map(|it| (it.version.as_str(), it.text.as_str())).collect();
        assert_eq!(shown, [("1.1.0", "More"), ("1.0.0", "First")]);
        assert_eq!(found[0].pull_request.as_deref(), Some("[7](https://x.test/pull/7)"));
        assert_eq!(found[1].pull_request, None);
    }
}
