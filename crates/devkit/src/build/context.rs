//! What `docker build .` sees of a project: never its secrets, which would get into a layer by `COPY . .`.

use crate::Project;
use crate::failure::config_failure;
use longshore_protocol::FailureReason;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

const SECRETS: &str = "secrets";
const IGNORE: &str = ".dockerignore";
/// What goes before that for the builder that knows it.
const IGNORE_OF_DOCKERFILE: &str = "Dockerfile.dockerignore";

/// Refuses to build an image beside secrets that may get into it.
pub(super) fn refuse_secrets(project: &Project) -> Result<(), FailureReason> {
    let listed = fs::read_dir(project.dir().join(SECRETS)).into_iter().flatten().flatten();
    let has_secrets = listed.into_iter().any(|entry| entry.file_name() != ".gitignore");
    let mut ignores = Vec::new();
    for file in [IGNORE, IGNORE_OF_DOCKERFILE] {
        ignores.extend(project.read(file)?.filter(|_| has_secrets));
    }
    if !has_secrets || !ignores.is_empty() && ignores.iter().all(|text| excludes_secrets(text)) {
        return Ok(());
    }
    let dir = project.dir();
    let ignore = dir.join(IGNORE).display().to_string();
    let message = format!(
        "the folder {} would be seen by `docker build`, and may get into the image; keep it out: echo {SECRETS} >> {}",
        dir.join(SECRETS).display(),
        shell_words::quote(&ignore)
    );
    Err(config_failure("build.secrets_in_context", message))
}

/// Writes that into the `.dockerignore` of a project with a Dockerfile, unless it is there.
pub(crate) fn exclude_secrets(dir: &Path) -> io::Result<()> {
    if !dir.join(super::docker::FILE).exists() {
        return Ok(());
    }
    for file in [IGNORE, IGNORE_OF_DOCKERFILE] {
        let path = dir.join(file);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound && file == IGNORE => String::new(),
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        if !excludes_secrets(&text) {
            let gap = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
            fs::write(&path, format!("{text}{gap}{SECRETS}\n"))?;
        }
    }
    Ok(())
}

/// The last line that is about the folder decides. A pattern that is not plainly about all of it is none of them.
fn excludes_secrets(ignore: &str) -> bool {
    let lines = ignore.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    lines.fold(false, |excluded, line| match line.strip_prefix('!') {
        Some(shown) if shown.contains(SECRETS) || shown.starts_with('*') => false,
        None if is_all_of_it(line) => true,
        _ => excluded,
    })
}

fn is_all_of_it(pattern: &str) -> bool {
    let pattern = pattern.trim_start_matches("./").trim_start_matches('/').trim_start_matches("**/");
    let pattern = pattern.trim_end_matches("/**").trim_end_matches("/*").trim_end_matches('/');
    matches!(pattern, SECRETS | "*" | "**")
}

#[cfg(test)]
mod tests {
    use super::excludes_secrets;

    #[test]
    fn only_lines_about_the_whole_folder_count_and_the_last_one_decides() {
        for text in ["secrets", "a\n/secrets/\n", "**/secrets/**", "*\n!src\n", "!secrets\nsecrets", "secrets/*\r\n"] {
            assert!(excludes_secrets(text), "{text}");
        }
        for text in ["", "# secrets", "secrets/*.json", "secrets\n!secrets/a.json", "*\n!**", "other/secrets"] {
            assert!(!excludes_secrets(text), "{text}");
        }
    }
}
