//! `longshore secrets name|list|write|check`.

use crate::args::secrets::{SecretsCommand, WriteArgs};
use crate::config;
use crate::failure::{self, Result, usage};
use crate::print::{self, note};
use crate::table::table;
use longshore_devkit::secrets::{self, Need, Origins, SecretName};
use longshore_devkit::{Project, Tools};
use longshore_images::Secret;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use tokio::runtime::Handle;

/// The workflows that hand secrets to connectors.
const WORKFLOWS: [&str; 2] = [".github/workflows/test-command.yml", ".github/workflows/publish-command.yml"];

/// Where a project keeps its spec, when it does so in a file.
const SPECS: [&str; 4] = ["spec.json", "spec.yaml", "src/spec.json", "src/spec.yaml"];

/// Runs what was asked for.
pub(crate) async fn run(command: SecretsCommand) -> Result<ExitCode> {
    // Git and vaults are waited for in the midst of code that does not wait.
    let done = tokio::task::spawn_blocking(move || match command {
        SecretsCommand::Name { connector, part, json } => name(&connector, part.as_deref(), json),
        SecretsCommand::List { dir, json } => list(&dir, json),
        SecretsCommand::Write(args) => write(&args),
        SecretsCommand::Check { dir, spec, json } => check(&dir, spec.as_deref(), json),
    });
    done.await.map_err(|error| failure::environment("platform.no_runtime", format!("cut off: {error}")))?
}

fn name(connector: &str, part: Option<&str>, json: bool) -> Result<ExitCode> {
    let name = SecretName::of(connector)?;
    let variable = part.map_or_else(|| name.variable(), |part| name.variable_of(part));
    let file = name.file_of(&variable).unwrap_or_default();
    let snippet = secrets::snippet([variable.as_str()], "");
    if json {
        let result = json!({"vault": name.vault(), "variable": variable, "file": file, "workflow": snippet.trim()});
        return print::result(result).map(|()| ExitCode::SUCCESS);
    }
    let rows =
        [("vault", name.vault().as_str()), ("variable", &variable), ("file", &file), ("workflow", snippet.trim())]
            .map(|(what, called)| vec![what.to_owned(), called.to_owned()]);
    print::result(table(&["where", "name"], rows.into(), &[])).map(|()| ExitCode::SUCCESS)
}

fn list(dir: &Path, json: bool) -> Result<ExitCode> {
    let project = Project::open(dir)?;
    let listed = secrets::list(dir, &secrets::needs_of(&project)?, |name| config::variable(name).is_some());
    if json {
        let all = listed.iter().map(|it| {
            json!({
                "variable": it.need.variable, "file": it.need.file, "vault": it.need.vault,
                "is_written": it.is_written, "is_in_environment": it.is_in_environment,
            })
        });
        return print::result(json!({"secrets": all.collect::<Vec<_>>()})).map(|()| ExitCode::SUCCESS);
    }
    let yes = |is: bool| if is { "yes" } else { "no" }.to_owned();
    let rows = listed.iter().map(|it| {
        vec![
            it.need.variable.clone(),
            format!("secrets/{}", it.need.file),
            yes(it.is_in_environment),
            yes(it.is_written),
        ]
    });
    print::result(table(&["variable", "file", "in the environment", "written"], rows.collect(), &[]))
        .map(|()| ExitCode::SUCCESS)
}

fn write(args: &WriteArgs) -> Result<ExitCode> {
    let project = Project::open(&args.dir)?;
    let spec = spec(&args.dir, args.spec.as_deref())?;
    if spec.is_none() {
        note("note: no spec was found, so the secrets are not compared with it; --spec FILE names one");
    }
    let outside = Outside::of(&args.dir);
    let environment = |name: &str| config::variable(name).and_then(|value| value.into_string().ok()).map(Secret::new);
    let program = |need: &Need| outside.vault(args.from_command.as_deref().unwrap_or_default(), need);
    let program: &secrets::Program<'_> = &program;
    let origins = Origins {
        environment: &environment,
        folder: args.from_dir.as_deref(),
        program: args.from_command.is_some().then_some(program),
        may_lack: args.allow_missing,
    };
    let needs = secrets::needs_of(&project)?;
    let written = secrets::write(&args.dir, &needs, &origins, spec.as_ref(), &|words| outside.git(words))?;
    if args.mask {
        for path in &written {
            let config = std::fs::read(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
            let masks = secrets::masks(spec.as_ref(), &config.unwrap_or(Value::Null));
            secrets::mask_commands(&masks).into_iter().try_for_each(print::result)?;
        }
    }
    written.iter().for_each(|path| note(format_args!("wrote {}", path.display())));
    let is_written = |need: &&Need| written.iter().any(|path| path.ends_with(&need.file));
    needs.iter().filter(|need| !is_written(need)).for_each(|need| note(format_args!("there is no {}", need.variable)));
    Ok(ExitCode::SUCCESS)
}

fn check(dir: &Path, spec_file: Option<&Path>, json: bool) -> Result<ExitCode> {
    let project = Project::open(dir)?;
    let outside = Outside::of(dir);
    let root =
        outside.git(&["rev-parse", "--show-toplevel"]).map_or_else(|| dir.to_owned(), |top| PathBuf::from(top.trim()));
    let workflows =
        WORKFLOWS.iter().filter_map(|name| Some(((*name).to_owned(), std::fs::read_to_string(root.join(name)).ok()?)));
    let spec = spec(dir, spec_file)?;
    let workflows: Vec<_> = workflows.collect();
    let findings =
        secrets::check(dir, &secrets::needs_of(&project)?, spec.as_ref(), &workflows, &|words| outside.git(words));
    if json {
        let all: Vec<_> = findings.iter().map(|it| json!({"variable": it.variable, "failure": it.failure})).collect();
        print::result(json!({"passed": all.is_empty(), "findings": all}))?;
    } else if findings.is_empty() {
        print::result("all secrets are well kept")?;
    }
    let codes = findings.iter().map(|finding| failure::print(&finding.failure));
    Ok(codes.reduce(|_, last| last).unwrap_or(ExitCode::SUCCESS))
}

/// The connector's spec: of the file that was named, else of a file of the project. A whole message is taken, too.
fn spec(dir: &Path, named: Option<&Path>) -> Result<Option<Value>> {
    let found = SPECS.iter().map(|name| dir.join(name)).find(|path| path.is_file());
    let Some(path) = named.map(Path::to_owned).or(found) else { return Ok(None) };
    let unreadable = |why: String| usage("file.unreadable", format!("cannot read the spec {}: {why}", path.display()));
    let text = std::fs::read_to_string(&path).map_err(|error| unreadable(error.to_string()))?;
    let is_json = path.extension().is_some_and(|it| it == "json");
    let message =
        text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()).find(|it| it["type"] == "SPEC");
    let spec = match message {
        Some(mut message) => message["spec"].take(),
        None if is_json => serde_json::from_str(&text).map_err(|error| unreadable(error.to_string()))?,
        None => serde_saphyr::from_str(&text).map_err(|error| unreadable(error.to_string()))?,
    };
    Ok(Some(spec))
}

/// Programs that are asked: git, and vaults.
struct Outside<'a> {
    tools: Tools,
    dir: &'a Path,
}

impl<'a> Outside<'a> {
    fn of(dir: &'a Path) -> Self {
        Self { tools: Tools { environment: config::tool_environment(), notice: Arc::new(|line| note(line)) }, dir }
    }

    fn git(&self, words: &[&str]) -> Option<String> {
        // What git says of a folder that is no repository interests nobody.
        Handle::current().block_on(self.tools.quiet().answer("git", self.dir, words)).ok()?
    }

    fn vault(&self, command: &str, need: &Need) -> Result<Option<Secret>> {
        let words = secrets::command_words(command, need)?;
        let Some((program, words)) = words.split_first() else { return Ok(None) };
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        let printed = Handle::current().block_on(self.tools.answer(program, self.dir, &words))?;
        Ok(printed.filter(|text| !text.trim().is_empty()).map(Secret::new))
    }
}
