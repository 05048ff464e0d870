//! Who reads what a destination wrote.

use crate::failure::{Result, usage};
use longshore_acceptance::Reader;
use longshore_devkit::Project;
use longshore_runner::ConnectorRef;

/// The reader of `--reader`: the name of a built-in one, or a command in shell words.
///
/// # Errors
/// `test.reader_invalid`.
pub(super) fn told(text: &str) -> Result<Reader> {
    let words = shell_words::split(text).unwrap_or_default();
    if words.first().is_none_or(String::is_empty) {
        let message = format!(
            "`--reader {text}` is no command; write the words of one as in a shell, or local, sqlite, or postgres"
        );
        return Err(usage("test.reader_invalid", message));
    }
    Ok(of(words))
}

/// The reader of these words: the name of a built-in one, or a command.
pub(super) fn of(words: Vec<String>) -> Reader {
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["local"] => Reader::Local,
        ["sqlite"] => Reader::Sqlite,
        ["postgres"] => Reader::Postgres,
        _ => Reader::Command(words),
    }
}

/// The reader of a connector whose layout is known: ours, and the well-known one of Postgres.
pub(super) fn known(reference: &ConnectorRef, project: Option<&Project>) -> Option<Reader> {
    let name = match (reference, project) {
        (_, Some(project)) => project.connector_name(),
        (ConnectorRef::Bundled { name }, _) => name,
        (ConnectorRef::Docker { image }, _) => repository(image),
        (ConnectorRef::Pypi { package, .. }, _) => package,
        _ => return None,
    };
    match (name, reference) {
        ("destination-local", ConnectorRef::Bundled { .. }) => Some(Reader::Local),
        ("destination-sqlite", ConnectorRef::Bundled { .. }) => Some(Reader::Sqlite),
        ("destination-postgres" | "airbyte-destination-postgres", _) => Some(Reader::Postgres),
        _ => None,
    }
}

/// `destination-x` of `registry:5000/team/destination-x:1.2.3@sha256:…`.
fn repository(image: &str) -> &str {
    let name = image.rsplit('/').next().unwrap_or(image);
    name.split([':', '@']).next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::{known, told};
    use longshore_acceptance::Reader;
    use longshore_runner::ConnectorRef;

    fn known_of(reference: &str) -> Option<Reader> {
        known(&ConnectorRef::parse(reference, &["destination-sqlite"]).unwrap(), None)
    }

    #[test]
    fn a_reader_is_built_in_or_the_words_of_a_command() {
        assert_eq!(told("sqlite").unwrap(), Reader::Sqlite);
        let words = ["python3", "my reader.py", "--fast"].map(str::to_owned).to_vec();
        assert_eq!(told("python3 'my reader.py' --fast").unwrap(), Reader::Command(words));
        for text in ["", "'open"] {
            assert_eq!(told(text).unwrap_err().code, "test.reader_invalid");
        }
    }

    #[test]
    fn a_layout_is_known_by_the_name_of_its_connector_only() {
        assert_eq!(known_of("destination-sqlite"), Some(Reader::Sqlite));
        assert_eq!(known_of("docker:host:5000/team/destination-postgres:3.0.0"), Some(Reader::Postgres));
        assert_eq!(known_of("pypi:airbyte-destination-postgres"), Some(Reader::Postgres));
        for other in ["docker:team/destination-sqlite", "docker:destination-postgres/x", "exec:destination-postgres"] {
            assert_eq!(known_of(other), None, "{other}");
        }
    }
}
