//! A connector's configuration file: JSON whose strings may refer to variables of the environment.

use crate::config;
use crate::failure::{Result, usage};
use serde_json::Value;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// A configuration as the connector gets it. Holds secrets: neither `Debug` nor `Display`.
pub(crate) struct ConfigFile {
    /// The JSON text.
    pub(crate) text: String,
    /// Where a new configuration of the connector can be written back to, if anywhere.
    pub(crate) write_back: WriteBack,
}

/// Whether a connector's new configuration can take the place of the old one.
#[derive(Clone)]
pub(crate) enum WriteBack {
    /// Into this file.
    File(PathBuf),
    /// Nowhere, for this reason.
    Nowhere(&'static str),
}

/// Reads a configuration. No path means `{}`, `-` means stdin.
///
/// # Errors
/// When the file cannot be read, is not a JSON object, or refers to a variable that is not set.
pub(crate) fn read(path: Option<&Path>) -> Result<ConfigFile> {
    let Some(path) = path else {
        return Ok(ConfigFile {
            text: "{}".to_owned(),
            write_back: WriteBack::Nowhere("there is no configuration file"),
        });
    };
    let shown = path.display();
    let text = read_text(path).map_err(|e| usage("config.unreadable", format!("cannot read {shown}: {e}")))?;
    let value: Value = serde_json::from_str(&text)
        .map_err(|error| usage("config.not_json", format!("{shown} is not JSON: {error}")))?;
    if !value.is_object() {
        return Err(usage("config.not_json", format!("{shown} must hold a JSON object")));
    }
    if !text.contains("${") {
        let write_back = if path == Path::new("-") {
            WriteBack::Nowhere("the configuration came from stdin")
        } else {
            WriteBack::File(path.to_owned())
        };
        return Ok(ConfigFile { text, write_back }); // byte for byte: numbers stay as they are written
    }
    let text = substitute(value)
        .map_err(|name| {
            let problem = format!("{shown} refers to ${{{name}}}, which is not set; set it with `export {name}=…`");
            usage("config.variable_missing", problem)
        })?
        .to_string();
    Ok(ConfigFile { text, write_back: WriteBack::Nowhere("the configuration file refers to variables") })
}

/// Puts a new configuration in the place of the old one, readable by its owner only unless the old one was otherwise.
///
/// # Errors
/// When the file cannot be written; the old one stays then.
pub(crate) fn replace(path: &Path, config: &str) -> std::io::Result<()> {
    let path = path.canonicalize()?;
    let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(Path::new("/")))?;
    file.as_file().set_permissions(std::fs::metadata(&path)?.permissions())?;
    file.write_all(config.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(&path)?;
    Ok(())
}

fn read_text(path: &Path) -> std::io::Result<String> {
    if path != Path::new("-") {
        return std::fs::read_to_string(path);
    }
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    Ok(text)
}

/// Replaces `${NAME}` in all strings. The error is the name of a variable that is not set.
fn substitute(value: Value) -> std::result::Result<Value, String> {
    Ok(match value {
        Value::String(text) => Value::String(substitute_text(&text)?),
        Value::Array(items) => Value::Array(items.into_iter().map(substitute).collect::<std::result::Result<_, _>>()?),
        Value::Object(members) => {
            let members = members.into_iter().map(|(name, value)| Ok((name, substitute(value)?)));
            Value::Object(members.collect::<std::result::Result<_, String>>()?)
        }
        other => other,
    })
}

fn substitute_text(text: &str) -> std::result::Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, tail)) = after.split_once('}') else { break };
        let value = config::variable(name).ok_or_else(|| name.to_owned())?;
        out.push_str(before);
        out.push_str(&value.to_string_lossy());
        rest = tail;
    }
    out.push_str(rest);
    Ok(out)
}
