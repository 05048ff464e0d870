//! Writing secrets to where tests read them: `secrets/` of the connector, for its owner alone, and never in git.

use super::needs::Need;
use super::schema::violations;
use crate::build::context;
use crate::failure::config_failure;
use longshore_images::Secret;
use longshore_protocol::FailureReason;
use serde_json::Value;
use std::fs::{self, DirBuilder};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Runs git in the connector's folder and gives its output; `None` when there is no git or no repository.
pub type Git<'a> = dyn Fn(&[&str]) -> Option<String> + 'a;

/// Asks the environment for a variable.
pub type Environment<'a> = dyn Fn(&str) -> Option<Secret> + 'a;

/// Runs a program, for a need, and gives what it printed; `None` when it has none.
pub type Program<'a> = dyn Fn(&Need) -> Result<Option<Secret>, FailureReason> + 'a;

/// Where values come from, in this order.
pub struct Origins<'a> {
    /// The environment.
    pub environment: &'a Environment<'a>,
    /// A folder that holds the files.
    pub folder: Option<&'a Path>,
    /// A vault's command; see [`command_words`].
    pub program: Option<&'a Program<'a>>,
    /// Whether a secret that is nowhere is left out instead of refused.
    pub may_lack: bool,
}

/// Writes the secrets below `dir`, and keeps them out of images that are built there; gives the files. Nothing is written
/// when any value is missing, unless that may be, or does not fit the specification.
///
/// # Errors
/// `secrets.tracked_by_git`, `secrets.missing`, `secrets.not_json`, `secrets.does_not_fit`, `secrets.unwritable`, and
/// those of the program.
pub fn write(
    dir: &Path,
    needs: &[Need],
    origins: &Origins<'_>,
    spec: Option<&Value>,
    git: &Git<'_>,
) -> Result<Vec<PathBuf>, FailureReason> {
    refuse_tracked(dir, git)?;
    let mut values = Vec::new();
    for need in needs {
        let Some(value) = origins.value(need)? else {
            if origins.may_lack {
                continue;
            }
            return Err(missing(need));
        };
        understood(need, value.expose().as_bytes(), spec)?;
        values.push((need, value));
    }
    if values.is_empty() {
        return Ok(Vec::new());
    }
    let folder = dir.join("secrets");
    let unwritable = |error: io::Error| {
        let shown = folder.display();
        config_failure("secrets.unwritable", format!("cannot write {shown}: {error}; look at it: ls -ld {shown}"))
    };
    prepare(&folder).and_then(|()| context::exclude_secrets(dir)).map_err(unwritable)?;
    values.iter().map(|(need, value)| place(&folder, &need.file, value).map_err(unwritable)).collect()
}

impl Origins<'_> {
    fn value(&self, need: &Need) -> Result<Option<Secret>, FailureReason> {
        let some = |secret: Secret| Some(secret).filter(|secret| !secret.expose().trim().is_empty());
        if let Some(found) = (self.environment)(&need.variable).and_then(some) {
            return Ok(Some(found));
        }
        if let Some(found) = self.folder.map(|folder| folder.join(&need.file)).filter(|path| path.is_file()) {
            let text = fs::read_to_string(&found).map_err(|error| {
                let shown = found.display();
                config_failure("secrets.unreadable", format!("cannot read {shown}: {error}; look at it: ls -l {shown}"))
            })?;
            return Ok(some(Secret::new(text)));
        }
        let asked = self.program.map_or(Ok(None), |program| program(need))?;
        Ok(asked.and_then(some))
    }
}

/// The words of a vault's command for a need. `{vault}`, `{variable}` and `{file}` are filled in; no shell sees them.
///
/// # Errors
/// `secrets.command_invalid` when quotation marks do not match or there is no word.
pub fn command_words(command: &str, need: &Need) -> Result<Vec<String>, FailureReason> {
    let words = shell_words::split(command).ok().filter(|words| !words.is_empty());
    let words = words.ok_or_else(|| {
        let message = format!(
            "`{command}` is no command; write it like --from-command 'vault kv get -field=json \"kv/{{vault}}\"'"
        );
        config_failure("secrets.command_invalid", message)
    })?;
    let filled = |word: String| {
        let values = [("{vault}", &need.vault), ("{variable}", &need.variable), ("{file}", &need.file)];
        values.iter().fold(word, |word, (place, value)| word.replace(place, value))
    };
    Ok(words.into_iter().map(filled).collect())
}

/// Refuses when git tracks a file of `secrets/`.
///
/// # Errors
/// `secrets.tracked_by_git`.
pub(super) fn refuse_tracked(dir: &Path, git: &Git<'_>) -> Result<(), FailureReason> {
    let listed = git(&["ls-files", "-z", "--", "secrets"]).unwrap_or_default();
    let Some(file) = listed.split('\0').find(|file| !file.is_empty() && !file.ends_with("secrets/.gitignore")) else {
        return Ok(());
    };
    let message = format!(
        "git tracks {file} in {0}: change those credentials at their provider, then take the file out: git -C {0} rm \
         --cached {file}",
        shell_words::quote(&dir.to_string_lossy())
    );
    Err(config_failure("secrets.tracked_by_git", message))
}

/// The configuration that a secret's bytes are, when it fits.
pub(crate) fn understood(need: &Need, bytes: &[u8], spec: Option<&Value>) -> Result<Value, FailureReason> {
    let (variable, file) = (&need.variable, &need.file);
    // Where it is broken may be said; what stands there may not.
    let config: Value = serde_json::from_slice(bytes).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        let message = format!(
            "{variable} ({file}) is no JSON at {place}; store the whole configuration, as in --config, under that name"
        );
        config_failure("secrets.not_json", message)
    })?;
    let problems = spec.map_or(Ok(Vec::new()), |spec| violations(spec, &config))?;
    let Some(first) = problems.first() else { return Ok(config) };
    let at = if first.path.is_empty() { "/" } else { &first.path };
    let message = format!(
        "{variable} ({file}) does not fit the connector's specification at {at}: {}; correct it where it is kept",
        first.wanted
    );
    let all: Vec<_> = problems.iter().map(|one| format!("{}: {}", one.path, one.wanted)).collect();
    Err(config_failure("secrets.does_not_fit", message).with_detail(all.join("\n")))
}

fn missing(need: &Need) -> FailureReason {
    let Need { variable, file, vault } = need;
    let message = format!(
        "there is no {variable} ({file}, in the vault `{vault}`); set the variable, or name --from-dir or --from-command; \
         a connector without any says so by `[]` in secrets.yaml"
    );
    config_failure("secrets.missing", message)
}

fn prepare(folder: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ if !fs::symlink_metadata(folder)?.is_dir() => return Err(io::Error::other("it is a link or a file")),
        _ => fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?,
    }
    fs::write(folder.join(".gitignore"), "*\n")
}

/// The bytes as they are. A file of `tempfile` is its owner's alone from the first moment.
fn place(folder: &Path, name: &str, value: &Secret) -> io::Result<PathBuf> {
    let path = folder.join(name);
    let mut file = tempfile::Builder::new().prefix(".new.").tempfile_in(folder)?;
    file.write_all(value.expose().as_bytes())?;
    file.persist(&path)?;
    Ok(path)
}
