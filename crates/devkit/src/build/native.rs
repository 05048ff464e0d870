//! The native builder: a static program on a small base, laid out as an image without an engine.

use super::busybox::{self, USER};
use super::{BuildOptions, Image, SPEC_TIMEOUT, labels, no_spec, program, spec_among};
use crate::Project;
use crate::failure::config_failure;
use crate::tool::Call;
use longshore_images::{
    Beneath, BuiltImage, Content, Descriptor, Document, ImageBuilder, ImageName, LayerBuilder, Platform, Store,
};
use longshore_protocol::FailureReason;
use serde_json::Value;
use std::path::Path;

const FOLDER: &str = "/airbyte";
const SEARCH_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

pub(super) async fn build(
    project: &Project,
    options: &BuildOptions<'_>,
    name: &ImageName,
    revision: Option<&str>,
    notes: &mut Vec<String>,
) -> Result<Image, FailureReason> {
    let _hold = options.store.hold()?;
    let platform = options.platform.clone().unwrap_or_else(Platform::of_this_machine);
    // What is missing beneath is told before minutes of compiling.
    let image = beneath(project, options, &platform)?;
    let program = program::compile(project, options.tools, &platform).await?;
    let asked = match &options.spec {
        Some(spec) => Some(spec.clone()),
        None => ask_spec(project, options, &platform, &program).await,
    };
    if asked.is_none() {
        notes.push(no_spec(&format!("exec:{}", program.display())));
    }
    let labels = labels(project, asked.as_ref(), revision);
    let built = finish(project, options, image.labels(&labels), &program)?;
    options.store.name(name, &built.manifest)?;
    Ok(Image { id: built.config.digest, manifest: Some(built.manifest), labels })
}

/// The image without the connector.
fn beneath(project: &Project, options: &BuildOptions<'_>, platform: &Platform) -> Result<ImageBuilder, FailureReason> {
    let image = ImageBuilder::new(platform.clone()).source_date(options.source_date);
    let Some(named) = &project.metadata().base_image else {
        let layer = busybox::layer(options, platform)?.finish(options.store)?;
        return Ok(image.layer(layer, "longshore connector build: busybox").variable("PATH", SEARCH_PATH));
    };
    let given = options.base.clone();
    let manifest = given.map_or_else(|| stored(options.store, named, platform), |base| Ok(Some(base)))?;
    let beneath = Beneath::read(options.store, &manifest.ok_or_else(|| base_not_there(named))?)?;
    match beneath.platform() {
        Some(found) if !platform.runs(&found) => Err(wrong_base(&found, platform)),
        _ => Ok(image.on(beneath)),
    }
}

/// The manifest of a base image that somebody has pulled before.
fn stored(store: &Store, named: &str, platform: &Platform) -> Result<Option<Descriptor>, FailureReason> {
    let Some(found) = store.find(&named.parse()?)? else { return Ok(None) };
    match Document::parse(&store.read(&found.digest)?, Some(&found.media_type), named)? {
        (Document::Index(index), _) => Ok(index.find(platform).filter(|entry| store.has(&entry.digest)).cloned()),
        (Document::Manifest(_), _) => Ok(Some(found)),
    }
}

fn finish(
    project: &Project,
    options: &BuildOptions<'_>,
    image: ImageBuilder,
    program: &Path,
) -> Result<BuiltImage, FailureReason> {
    let entrypoint = format!("{FOLDER}/{}", project.connector_name());
    let mut layer = LayerBuilder::new(options.source_date);
    layer.file(entrypoint.trim_start_matches('/'), Content::File(program.to_owned()), 0o755, USER)?;
    layer.folder(FOLDER.trim_start_matches('/'), 0o755, USER)?;
    let layer = layer.finish(options.store)?;
    let image = image.layer(layer, "longshore connector build").entrypoint(&[&entrypoint]).working_folder(FOLDER);
    let image = image.variable("AIRBYTE_ENTRYPOINT", &entrypoint).user(&format!("{}:{}", USER.uid, USER.gid));
    image.finish(options.store)
}

/// What the program answers to `spec`, where it runs on this machine.
async fn ask_spec(project: &Project, options: &BuildOptions<'_>, platform: &Platform, program: &Path) -> Option<Value> {
    if !Platform::of_this_machine().runs(platform) {
        return None;
    }
    let mut call = Call::new("", project.dir(), ["spec"]).asking();
    call.program = program.to_owned();
    let ended = tokio::time::timeout(SPEC_TIMEOUT, options.tools.run(call)).await.ok()?;
    let ended = ended.ok().filter(super::Ended::is_success)?;
    spec_among(&ended.stdout)
}

fn wrong_base(found: &Platform, wanted: &Platform) -> FailureReason {
    let message = format!(
        "connectorBuildOptions.baseImage is for {found}, and the connector is built for {wanted}; name an image of that \
         machine in metadata.yaml"
    );
    config_failure("build.wrong_machine", message)
}

fn base_not_there(name: &str) -> FailureReason {
    let message =
        format!("the base image {name} is not in the store of images; get it with `longshore image pull {name}`");
    config_failure("build.no_base", message)
}
