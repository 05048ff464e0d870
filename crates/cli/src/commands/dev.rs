//! `longshore connector dev DIR`: runs a project's connector after each change, and shows what changed.

mod screen;
mod section;

use crate::args::dev::DevArgs;
use crate::commands::doctor::VARIABLES;
use crate::config;
use crate::config_file;
use crate::failure::Result;
use crate::print;
use crate::signals::{self, Signals};
use longshore_devkit::dev::{Dev, Happening};
use longshore_worker::secrets::Secrets;
use screen::Screen;
use std::cell::RefCell;
use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

/// Where a project has its configuration, the better place first.
const CONFIGURATIONS: [&str; 2] = ["secrets/config.json", "sample_config.json"];

/// Runs the command.
pub(crate) async fn run(args: DevArgs) -> Result<ExitCode> {
    let secrets = RefCell::new(Secrets::default());
    let mut settings = config::settings()?;
    if shows_screen(&args) {
        // Below the picture, until the next one.
        settings.notice = Box::new(|text| _ = console::Term::stdout().write_str(&format!("{text}\r\n")));
    }
    let read_config = || {
        let path = args.config.clone().or_else(|| config_of(&args.dir));
        let text = config_file::read(path.as_deref())?.text;
        secrets.borrow_mut().add(&text);
        Ok(text)
    };
    let dev = Dev {
        dir: &args.dir,
        settings: &settings,
        tool_environment: config::tool_environment(),
        variables: VARIABLES,
        config: &read_config,
        streams: args.streams.clone(),
        limit: args.limit,
    };
    let view = RefCell::new(View::new(&args));
    let tell = |happening: Happening| view.borrow_mut().show(&happening, &secrets.borrow());
    let mut signals = Signals::listen()?;
    let ended = tokio::select! {
        ended = run_to_the_end(&dev, &args, &tell) => ended,
        never = tick(&view, &secrets) => match never {},
        // Whatever runs ends with its handle.
        number = signals.next() => Ok(ExitCode::from(signals::exit_code(number))),
    };
    view.borrow().finish();
    ended
}

/// Lets the picture show how time goes by.
async fn tick(view: &RefCell<View>, secrets: &RefCell<Secrets>) -> Infallible {
    let mut seconds = tokio::time::interval(Duration::from_secs(1));
    loop {
        seconds.tick().await;
        if let View::Screen(screen) = &mut *view.borrow_mut() {
            screen.tick(&secrets.borrow());
        }
    }
}

async fn run_to_the_end(dev: &Dev<'_>, args: &DevArgs, tell: &dyn Fn(Happening)) -> Result<ExitCode> {
    if args.once {
        let healthy = dev.once(tell).await?;
        return Ok(if healthy { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    dev.watch(tell).await.map(|()| ExitCode::SUCCESS)
}

/// The configuration that a project has for trying it.
pub(crate) fn config_of(dir: &Path) -> Option<PathBuf> {
    CONFIGURATIONS.iter().map(|name| dir.join(name)).find(|path| path.is_file())
}

/// Whether there is a terminal for a picture that changes.
fn shows_screen(args: &DevArgs) -> bool {
    config::stdout_is_terminal() && !args.once && !args.json
}

/// How happenings are shown.
enum View {
    /// A picture that changes, on a terminal.
    Screen(Box<Screen>),
    /// Lines as they come.
    Lines,
    /// A document for each.
    Json,
}

impl View {
    fn new(args: &DevArgs) -> Self {
        match args.json {
            true => Self::Json,
            false if shows_screen(args) => Self::Screen(Box::new(Screen::new(&args.dir))),
            false => Self::Lines,
        }
    }

    /// Whoever closed our stdout does not look: the loop goes on until it is ended.
    fn show(&mut self, happening: &Happening, secrets: &Secrets) {
        match self {
            Self::Screen(screen) => screen.show(happening, secrets),
            Self::Json => {
                let text = serde_json::to_string(happening).unwrap_or_default();
                let _ = print::result(secrets.hide(&text));
            }
            Self::Lines => {
                for line in section::lines(happening, WIDTH) {
                    let _ = print::result(secrets.hide(&line));
                }
            }
        }
    }

    fn finish(&self) {
        if let Self::Screen(screen) = self {
            screen.finish();
        }
    }
}

/// How wide tables are where there is no terminal.
const WIDTH: usize = 120;
