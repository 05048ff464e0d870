//! The command line: options of the wrapper, the words of the program, and the verb with its files.
//!
//! A program's own arguments may be anything, also words that look like ours. So the verb is looked for from the left as
//! the first one after which nothing but its files follows.

use crate::Failure;
use serde::Deserialize;
use std::ffi::OsString;
use std::path::PathBuf;

/// What the wrapper is asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verb {
    Spec,
    Check { config: PathBuf },
    Discover { config: PathBuf },
    Read { config: PathBuf, catalog: PathBuf, state: Option<PathBuf> },
    Write { config: PathBuf, catalog: PathBuf },
}

/// Which side of Singer a program is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Tap,
    Target,
}

/// The wrapper's own options.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) settings: Option<PathBuf>,
    pub(crate) spec: Option<PathBuf>,
    pub(crate) kind: Option<Kind>,
}

/// A whole command line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Invocation {
    pub(crate) words: Vec<OsString>,
    pub(crate) options: Options,
    pub(crate) verb: Verb,
}

/// # Errors
/// When there is no verb, no program, or an option that nobody knows; the message shows the usage.
pub(crate) fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Invocation, Failure> {
    let args: Vec<OsString> = args.into_iter().collect();
    let found = (0..args.len()).find_map(|at| Some((at, verb(&args[at], &args[at + 1..])?)));
    let (at, verb) = found.ok_or_else(|| usage("no verb with its files"))?;
    let (options, words) = options(&args[..at])?;
    if words.is_empty() {
        return Err(usage("no program"));
    }
    Ok(Invocation { words, options, verb })
}

fn verb(name: &OsString, rest: &[OsString]) -> Option<Verb> {
    let files = files(rest)?;
    let [config, catalog, state] = files;
    match (name.to_str()?, config, catalog, state) {
        ("spec", None, None, None) => Some(Verb::Spec),
        ("check", Some(config), None, None) => Some(Verb::Check { config }),
        ("discover", Some(config), None, None) => Some(Verb::Discover { config }),
        ("read", Some(config), Some(catalog), state) => Some(Verb::Read { config, catalog, state }),
        ("write", Some(config), Some(catalog), None) => Some(Verb::Write { config, catalog }),
        _ => None,
    }
}

/// `--config F`, `--catalog F`, `--state F`, in any order, and nothing else.
fn files(args: &[OsString]) -> Option<[Option<PathBuf>; 3]> {
    let mut files = [None, None, None];
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let text = arg.to_str()?;
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, PathBuf::from(value)),
            None => (text, PathBuf::from(args.next()?)),
        };
        let at = ["--config", "--catalog", "--state"].iter().position(|known| *known == name)?;
        files[at] = Some(value);
    }
    Some(files)
}

/// What an option of ours begins with behind the program, where everything else is the program's.
const AMONG_THE_WORDS: &str = "--longshore-";

/// Options stand before the program, before or after `--`; or anywhere, as `--longshore-settings`: a reference `singer:…`
/// begins with its program.
fn options(args: &[OsString]) -> Result<(Options, Vec<OsString>), Failure> {
    let (mut options, mut words) = (Options::default(), Vec::new());
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let text = arg.to_str().unwrap_or_default();
        let name = match text.strip_prefix(AMONG_THE_WORDS) {
            Some(name) => name,
            None if words.is_empty() && text == "--" => continue,
            None if words.is_empty() && text.starts_with("--") => &text[2..],
            None => {
                words.push(arg.clone());
                continue;
            }
        };
        let (name, value) = match name.split_once('=') {
            Some((name, value)) => (name, OsString::from(value)),
            None => (name, args.next().cloned().ok_or_else(|| usage(&format!("{text} needs a value")))?),
        };
        options.set(name, value)?;
    }
    Ok((options, words))
}

impl Options {
    fn set(&mut self, name: &str, value: OsString) -> Result<(), Failure> {
        match (name, value.to_str()) {
            ("settings", _) => self.settings = Some(value.into()),
            ("spec", _) => self.spec = Some(value.into()),
            ("kind", Some("tap")) => self.kind = Some(Kind::Tap),
            ("kind", Some("target")) => self.kind = Some(Kind::Target),
            ("kind", _) => return Err(usage("--kind is `tap` or `target`")),
            _ => return Err(usage(&format!("unknown option --{name}"))),
        }
        Ok(())
    }
}

fn usage(problem: &str) -> Failure {
    Failure::config(format!(
        "{problem}; usage: [--settings FILE] [--spec FILE] [--kind tap|target] -- PROGRAM ARGUMENT… followed by \
         spec | check --config F | discover --config F | read --config F --catalog F [--state F] | \
         write --config F --catalog F"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Invocation, Failure> {
        parse(line.split_whitespace().map(OsString::from))
    }

    #[test]
    fn the_words_of_a_program_may_be_anything() {
        let invocation =
            parsed("-- env read --config x tap --state read read --config c --catalog=k --state s").unwrap();
        assert_eq!(invocation.words.join(" ".as_ref()), "env read --config x tap --state read");
        let verb = Verb::Read { config: "c".into(), catalog: "k".into(), state: Some("s".into()) };
        assert_eq!(invocation.verb, verb);
        assert_eq!(parsed("tap-x spec").unwrap().verb, Verb::Spec);
    }

    #[test]
    fn options_stand_before_the_program_or_say_whose_they_are() {
        for line in [
            "--settings f --kind=target -- t spec",
            "-- --settings=f --kind target t spec",
            "-- t --longshore-settings f --longshore-kind=target spec",
        ] {
            let invocation = parsed(line).unwrap();
            let options = Options { settings: Some("f".into()), spec: None, kind: Some(Kind::Target) };
            assert_eq!((invocation.options, invocation.words.len()), (options, 1), "{line}");
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        for (line, word) in [
            ("-- tap read --config c", "no verb"),
            ("-- spec", "no program"),
            ("--color x -- tap spec", "--color"),
            ("", "usage"),
        ] {
            assert!(parsed(line).unwrap_err().message.contains(word), "{line}");
        }
    }
}
