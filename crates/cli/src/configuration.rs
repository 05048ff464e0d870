//! Configurations on their way to a server: JSON or YAML, with variables of this shell put in where they say `${env:NAME}`.

use crate::config;
use crate::failure::{Result, usage};
use serde_json::Value;
use std::io::Read;
use std::path::Path;

const BEGIN: &str = "${env:";

/// Reads a file, or stdin for `-`, and puts the variables in.
///
/// # Errors
/// `config.unreadable`, `config.not_json`, `config.variable_missing`.
pub(crate) fn read(path: &Path) -> Result<Value> {
    substitute(parse(&text(path)?, path)?, &|name| config::variable(name)?.into_string().ok())
}

/// Reads a configuration, which is an object.
///
/// # Errors
/// As [`read`].
pub(crate) fn read_object(path: &Path) -> Result<Value> {
    let value = read(path)?;
    if value.is_object() {
        return Ok(value);
    }
    Err(usage("config.not_json", format!("{} must hold an object: keys and their values", path.display())))
}

/// The text of a file, or of stdin for `-`.
///
/// # Errors
/// `config.unreadable`.
pub(crate) fn text(path: &Path) -> Result<String> {
    let read = if path == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(path)
    };
    read.map_err(|error| usage("config.unreadable", format!("cannot read {}: {error}", path.display())))
}

fn parse(text: &str, path: &Path) -> Result<Value> {
    let shown = path.display();
    serde_json::from_str(text).or_else(|of_json| {
        let is_json = text.trim_start().starts_with(['{', '[']);
        let options = serde_saphyr::options! { with_snippet: false, strict_booleans: true };
        serde_saphyr::from_str_with_options(text, options).map_err(|of_yaml| {
            // What it says must not quote the file: there are secrets in it.
            let why = if is_json { of_json.to_string() } else { of_yaml.without_snippet().to_string() };
            usage("config.not_json", format!("{shown} is neither JSON nor YAML: {why}"))
        })
    })
}

/// Puts variables in. What begins with `${` in any other way is left as it is.
///
/// # Errors
/// `config.variable_missing`.
pub(crate) fn substitute(value: Value, variable: &dyn Fn(&str) -> Option<String>) -> Result<Value> {
    Ok(match value {
        Value::String(text) if text.contains(BEGIN) => Value::String(substitute_text(&text, variable)?),
        Value::Array(items) => {
            Value::Array(items.into_iter().map(|item| substitute(item, variable)).collect::<Result<_>>()?)
        }
        Value::Object(members) => {
            let members = members.into_iter().map(|(key, value)| Ok((key, substitute(value, variable)?)));
            Value::Object(members.collect::<Result<_>>()?)
        }
        other => other,
    })
}

fn substitute_text(text: &str, variable: &dyn Fn(&str) -> Option<String>) -> Result<String> {
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, after)) = rest.split_once(BEGIN) {
        let Some((name, tail)) = after.split_once('}') else { break };
        let missing = || {
            let message =
                format!("${{env:{name}}} stands for a variable that is not set; set it with `export {name}=…`");
            usage("config.variable_missing", message)
        };
        out.push_str(before);
        out.push_str(&variable(name).ok_or_else(missing)?);
        rest = tail;
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn substituted(value: Value) -> Result<Value> {
        substitute(value, &|name| (name == "KEY").then(|| "k1".to_owned()))
    }

    #[test]
    fn variables_of_the_shell_are_put_in_and_references_are_left() {
        let value = json!({"a": "${env:KEY}", "b": ["x-${env:KEY}-${KEY}"], "c": 1, "d": "${env:"});
        let put_in = json!({"a": "k1", "b": ["x-k1-${KEY}"], "c": 1, "d": "${env:"});
        assert_eq!(substituted(value).unwrap(), put_in);
        assert_eq!(substituted(json!("${env:NONE}")).unwrap_err().code, "config.variable_missing");
    }

    #[test]
    fn json_and_yaml_are_read() {
        let path = Path::new("file");
        assert_eq!(parse("{\"count\": 1}", path).unwrap(), json!({"count": 1}));
        assert_eq!(parse("count: 1\n", path).unwrap(), json!({"count": 1}));
        for broken in ["{\"password\": \"hunter2\"", "password: [hunter2"] {
            let reason = parse(broken, path).unwrap_err();
            assert_eq!(reason.code, "config.not_json");
            assert!(!reason.message.contains("hunter2"), "{}", reason.message);
        }
    }
}
