//! Compiles a project of Rust into one static program.

use super::elf::Elf;
use crate::Project;
use crate::failure::{config_failure, system_failure};
use crate::tool::{Call, Tools};
use longshore_images::Platform;
use longshore_protocol::FailureReason;
use serde_json::Value;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The separator of `CARGO_ENCODED_RUSTFLAGS`.
const UNIT: &str = "\u{1f}";

/// Compiles; answers the program's file.
pub(super) async fn compile(project: &Project, tools: &Tools, platform: &Platform) -> Result<PathBuf, FailureReason> {
    let target = target(project, tools, platform).await?;
    let root = workspace(project, tools).await?;
    let mut call = Call::new("cargo", project.dir(), ["build", "--release", "--target", &target]).asking();
    call.words.push("--message-format=json-render-diagnostics".into());
    if root.join("Cargo.lock").is_file() {
        call.words.push("--locked".into());
    }
    add_flags(&mut call, tools, &target, &root);
    let ended = tools.run(call).await?.or_failure("connector.build_failed", "the connector does not compile")?;
    let program = choose(project, &made(&ended.stdout))?;
    check(&program, platform)?;
    Ok(program)
}

/// musl where it is installed, since that is always static; else glibc, which can be.
async fn target(project: &Project, tools: &Tools, platform: &Platform) -> Result<String, FailureReason> {
    let machine = match platform.architecture.as_str() {
        "amd64" => "x86_64",
        "arm64" => "aarch64",
        other => return Err(no_target(platform, &format!("`{other}` is not known here"))),
    };
    let asked = tools.run(Call::new("rustc", project.dir(), ["--print", "sysroot"]).asking()).await?;
    let asked = asked.or_failure("connector.build_failed", "the Rust compiler does not answer")?;
    let installed = Path::new(asked.stdout.trim()).join("lib/rustlib");
    let targets = ["musl", "gnu"].map(|library| format!("{machine}-unknown-linux-{library}"));
    let advice = format!("install it with `rustup target add {}`", targets[0]);
    let found = targets.into_iter().find(|target| installed.join(target).join("lib").is_dir());
    found.ok_or_else(|| no_target(platform, &advice))
}

/// The folder of the workspace that the project belongs to.
async fn workspace(project: &Project, tools: &Tools) -> Result<PathBuf, FailureReason> {
    let words = ["metadata", "--no-deps", "--format-version", "1"];
    let asked = tools.run(Call::new("cargo", project.dir(), words).asking()).await?;
    let asked = asked.or_failure("connector.build_failed", "cargo does not understand the project")?;
    let metadata: Value = serde_json::from_str(&asked.stdout).unwrap_or_default();
    Ok(metadata["workspace_root"].as_str().map_or_else(|| project.dir().to_owned(), PathBuf::from))
}

/// Static, and without the folders of this machine, so that the same source gives the same program.
fn add_flags(call: &mut Call<'_>, tools: &Tools, target: &str, root: &Path) {
    let mut flags = vec!["-Ctarget-feature=+crt-static".to_owned()];
    let home = tools.variable("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(Path::new(tools.variable("HOME")?).join(".cargo")));
    let remapped = home.iter().map(|home| (home.as_path(), "/cargo")).chain([(root, "/source")]);
    flags.extend(remapped.map(|(from, to)| format!("--remap-path-prefix={}={to}", from.display())));
    // Cargo takes flags from one place alone; where a person has set the variable, ours go there too.
    let plain =
        tools.variable("RUSTFLAGS").map(|own| own.to_string_lossy().split_whitespace().collect::<Vec<_>>().join(UNIT));
    let encoded = tools.variable("CARGO_ENCODED_RUSTFLAGS").map(|own| own.to_string_lossy().into_owned());
    if let Some(own) = encoded.or(plain) {
        let all = format!("{own}{UNIT}{}", flags.join(UNIT));
        call.variables.push(("CARGO_ENCODED_RUSTFLAGS".into(), all.into()));
    } else {
        let list = Value::from(flags).to_string(); // a list of texts is written alike in JSON and TOML
        call.words.extend(["--config".into(), OsString::from(format!("target.{target}.rustflags={list}"))]);
    }
}

/// The programs that cargo says it made: name and file.
pub(crate) fn made(messages: &str) -> Vec<(String, PathBuf)> {
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let program = |message: Value| {
        let file = message["executable"].as_str()?;
        Some((message["target"]["name"].as_str()?.to_owned(), PathBuf::from(file)))
    };
    messages.filter(|message| message["reason"] == "compiler-artifact").filter_map(program).collect()
}

/// The one that is named like the connector, else the only one.
///
/// # Errors
/// `build.no_program`.
pub(crate) fn choose(project: &Project, programs: &[(String, PathBuf)]) -> Result<PathBuf, FailureReason> {
    let named = programs.iter().find(|(name, _)| name == project.connector_name());
    if let (Some((_, file)), _) | (None, [(_, file)]) = (named, programs) {
        return Ok(file.clone());
    }
    let names: Vec<&str> = programs.iter().map(|(name, _)| name.as_str()).collect();
    let found = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    let message = format!(
        "Cargo.toml makes no program that is named like the connector, `{0}` (it makes: {found}); add `[[bin]]` with \
         `name = \"{0}\"`",
        project.connector_name()
    );
    Err(config_failure("build.no_program", message))
}

fn check(program: &Path, platform: &Platform) -> Result<(), FailureReason> {
    let shown = program.display();
    let unreadable =
        |why: String| system_failure("build.not_static", format!("{shown} cannot be looked at: {why}; build again"));
    let elf = Elf::read(program).map_err(|error| unreadable(error.to_string()))?;
    let elf = elf.ok_or_else(|| unreadable("it is no program for Linux".to_owned()))?;
    if elf.architecture() != platform.architecture {
        let message = format!(
            "{shown} is for {}, not for {platform}; remove the linker and target from .cargo/config.toml",
            elf.architecture()
        );
        return Err(config_failure("build.wrong_machine", message));
    }
    if elf.is_static {
        return Ok(());
    }
    let message = format!(
        "{shown} is not static, so it would not start in a small image; run `rustup target add \
         x86_64-unknown-linux-musl`, or build with `--builder docker`"
    );
    Err(config_failure("build.not_static", message))
}

fn no_target(platform: &Platform, advice: &str) -> FailureReason {
    let message = format!("the Rust compiler of this project cannot build for {platform}: {advice}");
    config_failure("build.no_target", message)
}
