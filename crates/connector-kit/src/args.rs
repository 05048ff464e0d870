//! The command line that every connector has.

use crate::Failure;
use std::ffi::OsString;
use std::path::PathBuf;

/// What the connector is asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verb {
    /// Print the spec.
    Spec,
    /// Try the configuration.
    Check {
        /// `--config`
        config: PathBuf,
    },
    /// Print the catalog.
    Discover {
        /// `--config`
        config: PathBuf,
    },
    /// Emit records and states.
    Read {
        /// `--config`
        config: PathBuf,
        /// `--catalog`
        catalog: PathBuf,
        /// `--state`; absent when there is none
        state: Option<PathBuf>,
    },
    /// Take messages from stdin.
    Write {
        /// `--config`
        config: PathBuf,
        /// `--catalog`
        catalog: PathBuf,
    },
}

/// Parses the arguments after the program's name.
///
/// # Errors
/// When the verb is unknown, or an argument is missing or unknown; the message shows the usage.
pub fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Verb, Failure> {
    let mut args = args.into_iter().map(|a| a.to_string_lossy().into_owned());
    let verb = args.next().unwrap_or_default();
    let (mut config, mut catalog, mut state) = (None, None, None);
    while let Some(arg) = args.next() {
        let (name, value) = match arg.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (arg, None),
        };
        let slot = match name.as_str() {
            "--config" => &mut config,
            "--catalog" => &mut catalog,
            "--state" => &mut state,
            other => return Err(usage(&format!("unknown argument {other}"))),
        };
        *slot = Some(value.or_else(|| args.next()).ok_or_else(|| usage(&format!("{name} needs a file")))?);
    }
    let need = |value: Option<String>, name: &str| {
        value.map(PathBuf::from).ok_or_else(|| usage(&format!("`{verb}` needs {name} FILE")))
    };
    Ok(match verb.as_str() {
        "spec" => Verb::Spec,
        "check" => Verb::Check { config: need(config, "--config")? },
        "discover" => Verb::Discover { config: need(config, "--config")? },
        "read" => Verb::Read {
            config: need(config, "--config")?,
            catalog: need(catalog, "--catalog")?,
            state: state.map(PathBuf::from),
        },
        "write" => Verb::Write { config: need(config, "--config")?, catalog: need(catalog, "--catalog")? },
        other => return Err(usage(&format!("unknown command `{other}`"))),
    })
}

fn usage(problem: &str) -> Failure {
    Failure::config(format!(
        "{problem}; usage: spec | check --config F | discover --config F | read --config F --catalog F [--state F] | \
         write --config F --catalog F"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Verb, Failure> {
        parse(line.split_whitespace().map(OsString::from))
    }

    #[test]
    fn the_verbs_take_their_files() {
        assert_eq!(parsed("spec").unwrap(), Verb::Spec);
        assert_eq!(
            parsed("read --config c --catalog=k --state s").unwrap(),
            Verb::Read { config: "c".into(), catalog: "k".into(), state: Some("s".into()) }
        );
    }

    #[test]
    fn what_is_missing_is_named() {
        for (line, word) in
            [("read --config c", "--catalog"), ("check --config", "--config"), ("dance", "dance"), ("", "usage")]
        {
            assert!(parsed(line).unwrap_err().message.contains(word), "{line}");
        }
    }
}
