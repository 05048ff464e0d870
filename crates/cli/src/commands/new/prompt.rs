//! Asks a person at a terminal: a menu for the arrow keys, and a line with its default. Where the terminal moves no
//! cursor, menus have numbers.

use crate::config;
use crate::print::note;
use console::{Key, Term};
use dialoguer::Select;
use dialoguer::theme::ColorfulTheme;
use longshore_devkit::new::Asked;
use std::io::{self, BufRead, Write};

/// The person pressed Escape or Ctrl-C, or is gone.
#[derive(Debug)]
pub(super) struct Cancelled;

impl From<io::Error> for Cancelled {
    fn from(_: io::Error) -> Self {
        Self
    }
}

impl From<dialoguer::Error> for Cancelled {
    fn from(_: dialoguer::Error) -> Self {
        Self
    }
}

/// What stands before each line of a menu, and one column beside it.
const MARK_COLUMNS: usize = 3;

type Answer<T> = std::result::Result<T, Cancelled>;
/// Whether a line will do, or why not.
type Check<'a> = &'a dyn Fn(&str) -> std::result::Result<(), String>;

/// A terminal with a person at it.
pub(super) struct Prompt {
    /// None where it moves no cursor.
    term: Option<Term>,
}

/// Leaves the terminal as it was: a menu that is left by Ctrl-C has hidden the cursor.
pub(super) fn leave() {
    if config::stderr_is_terminal() && !is_dumb() {
        let _ = Term::stderr().show_cursor();
    }
}

fn is_dumb() -> bool {
    config::variable("TERM").is_none_or(|term| term == "dumb")
}

impl Prompt {
    /// None where nobody can be asked, or nobody wants to be.
    pub(super) fn of(yes: bool) -> Option<Self> {
        let has_person = config::stdin_is_terminal() && config::stderr_is_terminal();
        (has_person && !yes).then(|| Self { term: (!is_dumb()).then(Term::stderr) })
    }

    /// Asks a question of a template.
    pub(super) fn answer(&self, asked: &Asked<'_>) -> Answer<String> {
        let question = asked.question;
        if question.choices.is_empty() {
            return self.line(&question.ask, asked.default.as_deref(), &|answer| asked.check(answer));
        }
        let default = question.choices.iter().position(|choice| Some(choice) == asked.default.as_ref());
        let chosen = self.choose(&question.ask, &question.choices, default.unwrap_or(0))?;
        question.choices.get(chosen).cloned().ok_or(Cancelled)
    }

    /// One of several lines.
    pub(super) fn choose(&self, ask: &str, lines: &[String], default: usize) -> Answer<usize> {
        let Some(term) = &self.term else { return numbered(ask, lines, default) };
        let width = usize::from(term.size().1).saturating_sub(MARK_COLUMNS);
        // A line that wraps is two, and a menu that is drawn again over itself counts one.
        let lines = lines.iter().map(|line| cut(line, width));
        let theme = ColorfulTheme::default();
        let select = Select::with_theme(&theme).with_prompt(ask).items(lines).default(default);
        select.interact_on_opt(term)?.ok_or(Cancelled)
    }

    /// A line that passes its check; nothing typed means the default.
    pub(super) fn line(&self, ask: &str, default: Option<&str>, check: Check<'_>) -> Answer<String> {
        let shown = default.map(|default| format!(" [{default}]")).unwrap_or_default();
        loop {
            let typed = match &self.term {
                Some(term) => typed(term, &format!("{ask}{shown}: "))?,
                None => read_line(&format!("{ask}{shown}: "))?,
            };
            let answer = if typed.trim().is_empty() { default.unwrap_or_default() } else { typed.trim() };
            match check(answer) {
                Ok(()) => return Ok(answer.to_owned()),
                Err(why) => note(format_args!("  {why}")),
            }
        }
    }
}

fn cut(line: &str, columns: usize) -> String {
    let whole = line.chars().count() <= columns;
    if whole { line.to_owned() } else { line.chars().take(columns.saturating_sub(1)).chain(['…']).collect() }
}

/// A line, key by key: a terminal that reads lines itself would not tell of Escape.
fn typed(term: &Term, ask: &str) -> Answer<String> {
    let mut line = String::new();
    term.write_str(ask)?;
    loop {
        match term.read_key_raw()? {
            Key::Enter => break,
            Key::Escape | Key::CtrlC => {
                term.write_line("")?;
                return Err(Cancelled);
            }
            Key::Char('\u{4}') if line.is_empty() => return Err(Cancelled),
            Key::Backspace => term.clear_chars(usize::from(line.pop().is_some()))?,
            Key::Char('\u{15}') => {
                term.clear_chars(line.chars().count())?;
                line.clear();
            }
            Key::Char(letter) if !letter.is_control() => {
                line.push(letter);
                term.write_str(letter.encode_utf8(&mut [0; 4]))?;
            }
            _ => {}
        }
    }
    term.write_line("")?;
    Ok(line)
}

/// A menu that is answered by a number.
fn numbered(ask: &str, lines: &[String], default: usize) -> Answer<usize> {
    for (at, line) in lines.iter().enumerate() {
        note(format_args!("{:>3}  {line}", at + 1));
    }
    loop {
        let typed = read_line(&format!("{ask} (a number) [{}]: ", default + 1))?;
        let number = if typed.trim().is_empty() { Some(default + 1) } else { typed.trim().parse().ok() };
        match number.filter(|number| (1..=lines.len()).contains(number)) {
            Some(number) => return Ok(number - 1),
            None => note(format_args!("  a number from 1 to {} is wanted", lines.len())),
        }
    }
}

fn read_line(ask: &str) -> Answer<String> {
    // Nothing is held while the person thinks: a signal has something to say on stderr, too.
    io::stderr().write_all(ask.as_bytes())?;
    let mut line = String::new();
    if io::stdin().lock().read_line(&mut line)? == 0 || line.contains('\u{1b}') {
        return Err(Cancelled);
    }
    Ok(line)
}
