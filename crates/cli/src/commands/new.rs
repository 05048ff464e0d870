//! `longshore connector new`: makes a connector project from a template, or renews one.

mod made;
mod prompt;
mod renew;

use crate::args::new::NewArgs;
use crate::failure::{Result, environment, usage};
use crate::print;
use crate::signals::{self, Signals};
use crate::table::table;
use jiff::Zoned;
use longshore_devkit::new::{
    Asked, Given, ProjectName, Rendering, Template, Templates, default_answer, refuse_existing, resolve,
};
use longshore_protocol::FailureReason;
use prompt::{Cancelled, Prompt};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The signal of Ctrl-C, which a prompt sees as a key.
const SIGINT: u8 = 2;

/// Makes, shows or renews.
pub(crate) async fn run(args: NewArgs) -> Result<ExitCode> {
    let templates = match &args.templates {
        Some(folder) => Templates::bundled().with_folder(folder)?,
        None => Templates::bundled(),
    };
    if args.list {
        return list(&templates, args.json);
    }
    let given = given(&args)?;
    if let Some(dir) = &args.update {
        return renew::run(&args, dir, templates, given).await;
    }
    let desk = Desk { prompt: Prompt::of(args.yes), out: args.out.clone(), templates, given };
    let (rendering, dir) = match interruptible(move || desk.plan()).await? {
        Ok(planned) => planned,
        Err(code) => return Ok(code),
    };
    if !args.dry_run {
        rendering.write(&dir)?;
    }
    made::print(&rendering, &dir, &args).map(|()| ExitCode::SUCCESS)
}

/// Runs what asks a person, on a thread of its own; no value when the person changed their mind, but the exit code. A
/// signal ends only the asking: what is written afterwards is written whole.
async fn interruptible<T: Send + 'static>(
    asking: impl FnOnce() -> std::result::Result<T, Stop> + Send + 'static,
) -> Result<std::result::Result<T, ExitCode>> {
    let mut signals = Signals::listen()?;
    let done = tokio::select! {
        done = tokio::task::spawn_blocking(asking) => done,
        number = signals.next() => return Ok(Err(cancelled(number))),
    };
    match done {
        Ok(Ok(value)) => Ok(Ok(value)),
        Ok(Err(Stop::Cancelled)) => Ok(Err(cancelled(SIGINT))),
        Ok(Err(Stop::Failed(failure))) => Err(failure),
        Err(error) => Err(environment("platform.no_runtime", format!("the question broke off: {error}"))),
    }
}

fn cancelled(signal: u8) -> ExitCode {
    prompt::leave();
    print::note("cancelled; nothing was written");
    ExitCode::from(signals::exit_code(signal))
}

fn list(templates: &Templates, json: bool) -> Result<ExitCode> {
    let all = templates.list()?;
    if json {
        let all = all.iter().map(|it| {
            json!({
                "name": it.name, "version": it.version, "kind": it.kind.as_str(), "language": it.language,
                "title": it.title, "description": it.description, "questions": it.questions,
            })
        });
        return print::result(json!(all.collect::<Vec<_>>())).map(|()| ExitCode::SUCCESS);
    }
    let rows = all.into_iter().map(|it| vec![it.name, it.kind.as_str().to_owned(), it.language, it.description]);
    print::result(table(&["template", "kind", "language", "what it is for"], rows.collect(), &[]))
        .map(|()| ExitCode::SUCCESS)
}

/// What was given by file and flags.
fn given(args: &NewArgs) -> Result<Given> {
    let mut given = match &args.answers {
        Some(path) => Given::parse(&text(path)?, &path.display().to_string())?,
        None => Given::default(),
    };
    args.answer.iter().try_for_each(|flag| given.add_flag(flag))?;
    given.template = args.template.clone().or(given.template);
    given.name = args.name.clone().or(given.name);
    Ok(given)
}

fn text(path: &Path) -> Result<String> {
    let read =
        if path == Path::new("-") { std::io::read_to_string(std::io::stdin()) } else { std::fs::read_to_string(path) };
    read.map_err(|error| {
        let shown = path.display();
        usage(
            "connector.answers_unreadable",
            format!("cannot read the answers {shown}: {error}; look at it with `ls -l {shown}`"),
        )
    })
}

/// Why nothing was made.
enum Stop {
    Cancelled,
    Failed(FailureReason),
}

impl From<FailureReason> for Stop {
    fn from(failure: FailureReason) -> Self {
        Self::Failed(failure)
    }
}

impl From<Cancelled> for Stop {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

/// Where a project is asked for.
struct Desk {
    templates: Templates,
    /// None where nobody can be asked.
    prompt: Option<Prompt>,
    given: Given,
    out: Option<PathBuf>,
}

impl Desk {
    fn plan(&self) -> std::result::Result<(Rendering, PathBuf), Stop> {
        let template = self.template()?;
        let name = self.name(&template)?;
        let dir = self.out.clone().unwrap_or_else(|| PathBuf::from(&name.connector));
        refuse_existing(&dir)?;
        let rendering = self.render(&template, name, &dir)?;
        Ok((rendering, dir))
    }

    fn template(&self) -> std::result::Result<Template, Stop> {
        if let Some(name) = &self.given.template {
            return Ok(self.templates.find(name)?);
        }
        let all = self.templates.list()?;
        let Some(prompt) = &self.prompt else {
            let near = self.given.misspelled("template").map(|key| format!(" (is `{key}` meant?)")).unwrap_or_default();
            let message = format!(
                "no template was named{near}, and nobody can be asked; name one, such as `longshore connector new \
                 rust-source NAME`; `longshore connector new --list` shows them"
            );
            return Err(usage("connector.template_missing", message).into());
        };
        let lines: Vec<String> = all.iter().map(|it| format!("{:<26} {}", it.title, it.description)).collect();
        let chosen = prompt.choose("Template", &lines, 0)?;
        all.into_iter().nth(chosen).ok_or(Stop::Cancelled)
    }

    fn name(&self, template: &Template) -> std::result::Result<ProjectName, Stop> {
        let parse = |typed: &str| ProjectName::parse(typed, template.kind, template.is_singer());
        if let Some(typed) = &self.given.name {
            return Ok(parse(typed)?);
        }
        let Some(prompt) = &self.prompt else {
            let near = self.given.misspelled("name").map(|key| format!(" (is `{key}` meant?)")).unwrap_or_default();
            let message = format!(
                "the connector has no name{near}, and nobody can be asked; give one, such as `longshore connector new \
                {} my-api`",
                template.name
            );
            return Err(usage("connector.name_missing", message).into());
        };
        let typed = prompt.line("Name, such as google-analytics", None, &|typed| {
            let name = parse(typed).map_err(|failure| failure.message)?;
            let default = self.out.is_none().then(|| PathBuf::from(name.connector));
            default.map_or(Ok(()), |dir| refuse_existing(&dir)).map_err(|failure| failure.message)
        })?;
        Ok(parse(&typed)?)
    }

    fn render(&self, template: &Template, name: ProjectName, dir: &Path) -> std::result::Result<Rendering, Stop> {
        let mut cancelled = false;
        let mut ask = |asked: &Asked<'_>| match &self.prompt {
            None => default_answer(asked),
            Some(prompt) => prompt.answer(asked).map_err(|Cancelled| {
                cancelled = true;
                usage("connector.answer_missing", "cancelled")
            }),
        };
        let answers = resolve(template, name, &self.given.answers, Zoned::now().year(), &mut ask);
        if cancelled {
            return Err(Stop::Cancelled);
        }
        let dir_name =
            std::path::absolute(dir).ok().and_then(|dir| Some(dir.file_name()?.to_string_lossy().into_owned()));
        let answers = answers?;
        let dir_name = dir_name.unwrap_or_else(|| answers.name.connector.clone());
        Ok(self.templates.render(template, &answers, &dir_name)?)
    }
}
