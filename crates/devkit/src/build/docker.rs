//! The Docker builder: what `docker build .` makes, with labels and a tag.

use super::{BuildOptions, Image, SPEC_TIMEOUT, context, labels, no_spec, spec_among};
use crate::Project;
use crate::commands::Commands;
use crate::failure::{config_failure, system_failure};
use crate::tool::{Call, Ended};
use longshore_images::{Digest, ImageName};
use longshore_protocol::{FailureKind, FailureOrigin, FailureReason};
use serde_json::Value;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::time::timeout;

pub(super) const FILE: &str = "Dockerfile";
const DEFAULT_HOST: &str = "unix:///var/run/docker.sock";

/// Whether this builder can be used: there are a Dockerfile, a client and an engine.
pub(super) async fn check(project: &Project, options: &BuildOptions<'_>) -> Result<(), FailureReason> {
    if !project.has(FILE) {
        return Err(no_dockerfile(project));
    }
    let answer = run(project, options, ["version", "--format", "{{.Server.Version}}"], true).await?;
    if answer.is_success() { Ok(()) } else { Err(unavailable(options, &answer.tail)) }
}

pub(super) async fn build(
    project: &Project,
    options: &BuildOptions<'_>,
    commands: &Commands,
    name: &ImageName,
    revision: Option<&str>,
    notes: &mut Vec<String>,
) -> Result<Image, FailureReason> {
    context::refuse_secrets(project)?;
    let labels_with = |spec: Option<&Value>| labels(project, spec, revision);
    let found = labels_with(options.spec.as_ref());
    let id = build_once(project, options, commands, name, &found).await?;
    let told = Image { id, manifest: None, labels: found };
    if options.spec.is_some() {
        return Ok(told);
    }
    // The connector is in the image, so it can say what it supports only after a first build; the second changes
    // nothing but labels, and everything else is in the engine's cache.
    let Some(spec) = ask_spec(project, options, &told.id).await? else {
        notes.push(no_spec(&format!("docker:{name}")));
        return Ok(told);
    };
    let labels = labels_with(Some(&spec));
    let id = build_once(project, options, commands, name, &labels).await?;
    Ok(Image { id, manifest: None, labels })
}

async fn build_once(
    project: &Project,
    options: &BuildOptions<'_>,
    commands: &Commands,
    name: &ImageName,
    labels: &BTreeMap<String, String>,
) -> Result<Digest, FailureReason> {
    let folder = tempfile::tempdir().map_err(|error| no_id(&error.to_string()))?;
    let id_file = folder.path().join("id");
    let mut words: Vec<OsString> = ["build", "--tag"].map(OsString::from).into();
    words.extend([name.to_string().into(), "--iidfile".into(), id_file.clone().into_os_string()]);
    if let Some(platform) = &options.platform {
        words.extend(["--platform".into(), platform.to_string().into()]);
    }
    words.extend(labels.iter().flat_map(|(name, value)| ["--label".into(), format!("{name}={value}").into()]));
    words.extend(commands.docker_build.iter().map(OsString::from));
    words.push(".".into());
    let ended = run(project, options, words, false).await?;
    ended.or_failure("connector.build_failed", "the image cannot be built")?;
    read_id(&id_file)
}

fn read_id(file: &Path) -> Result<Digest, FailureReason> {
    let text = fs::read_to_string(file).map_err(|error| no_id(&error.to_string()))?;
    text.trim().parse().map_err(|error| no_id(&format!("{error}")))
}

/// What the connector in the image answers to `spec`, without any network.
async fn ask_spec(project: &Project, options: &BuildOptions<'_>, id: &Digest) -> Result<Option<Value>, FailureReason> {
    static ASKED: AtomicU64 = AtomicU64::new(0);
    let container = format!("longshore-spec-{}-{}", std::process::id(), ASKED.fetch_add(1, Ordering::Relaxed));
    let words = ["run", "--rm", "--name", &container, "--network", "none", id.as_str(), "spec"];
    let Ok(ended) = timeout(SPEC_TIMEOUT, run(project, options, words, true)).await else {
        // The client has ended, and what it started has not.
        run(project, options, ["rm", "--force", "--volumes", &container], true).await?;
        return Ok(None);
    };
    let ended = ended?;
    let spec = if ended.is_success() { spec_among(&ended.stdout) } else { None };
    if spec.is_none() && !has_entrypoint(project, options, id).await? {
        return Err(no_entrypoint(project));
    }
    Ok(spec)
}

/// Whether the image says what to run, as Docker has it or as platforms do.
async fn has_entrypoint(project: &Project, options: &BuildOptions<'_>, id: &Digest) -> Result<bool, FailureReason> {
    let words = ["image", "inspect", "--format", "{{len .Config.Entrypoint}} {{.Config.Env}}", id.as_str()];
    let said = run(project, options, words, true).await?.stdout;
    Ok(!said.starts_with("0 ") || said.contains("AIRBYTE_ENTRYPOINT="))
}

async fn run<W: Into<OsString>>(
    project: &Project,
    options: &BuildOptions<'_>,
    words: impl IntoIterator<Item = W>,
    is_question: bool,
) -> Result<Ended, FailureReason> {
    let mut call = Call::new("docker", project.dir(), words);
    call.variables.extend(options.docker_host.iter().map(|host| ("DOCKER_HOST".into(), host.into())));
    options.tools.run(if is_question { call.asking() } else { call }).await
}

fn no_dockerfile(project: &Project) -> FailureReason {
    let message = format!(
        "{} has no Dockerfile, so Docker cannot build it; write one, or, for a project of Rust, run `longshore connector \
         build {} --builder native`",
        project.dir().display(),
        project.dir().display()
    );
    config_failure("build.no_dockerfile", message)
}

fn no_entrypoint(project: &Project) -> FailureReason {
    let dir = project.dir().display();
    let message = format!(
        "the image does not say what to run, so no platform can start it; add a line like `ENTRYPOINT [\"/connector\"]` to \
         {dir}/{FILE}"
    );
    config_failure("image.no_entrypoint", message)
}

fn unavailable(options: &BuildOptions<'_>, answer: &str) -> FailureReason {
    let host = options.docker_host.as_deref().unwrap_or(DEFAULT_HOST);
    let (code, message) = if answer.contains("permission denied") {
        let advice = "become a member of its group with `sudo usermod -aG docker $USER` and log in again";
        ("docker.permission_denied", format!("this user may not talk to the Docker Engine at {host}; {advice}"))
    } else {
        let advice = "start it with `sudo systemctl start docker`, set DOCKER_HOST, or build with `--builder native`";
        ("docker.unavailable", format!("no Docker Engine answers at {host}; {advice}"))
    };
    FailureReason::new(FailureOrigin::Platform, FailureKind::TransientError, code, message).with_detail(answer)
}

fn no_id(why: &str) -> FailureReason {
    let message = format!("docker built the image and did not say its id: {why}; run `docker build .` and look at it");
    system_failure("build.no_id", message)
}
