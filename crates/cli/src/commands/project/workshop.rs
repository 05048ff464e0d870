//! Where a connector is built, and asked for its spec.

use crate::args::project::{BuildOptions as Args, BuilderArg};
use crate::config;
use crate::connector::{spec_of, spec_of_image};
use crate::failure::{Result, usage};
use crate::print::note;
use longshore_devkit::{BuildOptions, Builder, Built, Project, Tools, Workshop};
use longshore_images::{Descriptor, Freshness, ImageName, Images, Platform, StoredImage, copy_file};
use longshore_protocol::FailureReason;
use longshore_runner::{ConnectorRef, EngineImages, Settings};
use longshore_worker::images::save;
use serde_json::Value;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// One project with what builds it.
pub(super) struct Shop<'a> {
    project: &'a Project,
    images: &'a Arc<Images>,
    args: &'a Args,
    settings: Settings,
    tools: Tools,
    /// Whether the image was laid out without an engine.
    is_native: AtomicBool,
}

impl<'a> Shop<'a> {
    pub(super) fn new(project: &'a Project, images: &'a Arc<Images>, args: &'a Args) -> Result<Self> {
        let tools = Tools { environment: config::tool_environment(), notice: Arc::new(|line| note(line)) };
        let settings = config::settings_told(args.trust.options())?;
        Ok(Self { project, images, args, settings, tools, is_native: AtomicBool::new(false) })
    }

    /// The commit of the sources, if nothing of them was changed since.
    pub(super) async fn revision(&self) -> Option<String> {
        longshore_devkit::revision(self.project, &self.tools).await
    }

    /// Tests and builds.
    pub(super) async fn make(&self) -> Result<Built> {
        let options = BuildOptions {
            skip_tests: self.args.skip_tests,
            builder: match self.args.builder {
                None => Builder::Auto,
                Some(BuilderArg::Docker) => Builder::Docker,
                Some(BuilderArg::Native) => Builder::Native,
            },
            platform: self.args.platform.clone(),
            store: self.images.store(),
            docker_host: self.settings.docker_host.clone(),
            base: self.base().await?,
            busybox: None,
            spec: None,
            source_date: config::source_date()?,
            tools: &self.tools,
        };
        longshore_devkit::build(self.project, &options).await
    }

    /// The image that a native build is laid on; a Dockerfile names its own.
    async fn base(&self) -> Result<Option<Descriptor>> {
        let Some(named) = &self.project.metadata().base_image else { return Ok(None) };
        if !matches!(self.args.builder, Some(BuilderArg::Native)) && self.project.dir().join("Dockerfile").exists() {
            return Ok(None);
        }
        let platform = self.platform();
        let base = self.images.pull(&named.parse()?, &platform, Freshness::Stored).await?;
        Ok(Some(base.manifest))
    }

    fn platform(&self) -> Platform {
        self.args.platform.clone().unwrap_or_else(Platform::of_this_machine)
    }

    /// The program of an image that is static, run as it is.
    async fn ask_without_engine(&self, image: &ImageName) -> Result<Value> {
        let pulled = self.images.pull(image, &self.platform(), Freshness::Stored).await?;
        let config = self.images.config(&pulled)?;
        let program = config.config.entrypoint.first().ok_or_else(|| {
            usage("image.no_entrypoint", format!("the image {image} does not say what to run; add an ENTRYPOINT"))
        })?;
        let unwritable = |error: std::io::Error| {
            usage("file.unwritable", format!("cannot unpack the connector of {image}: {error}"))
        };
        let folder = tempfile::tempdir_in(&self.settings.work_dir).map_err(unwritable)?;
        let path = folder.path().join("connector");
        let mut file = std::fs::File::create(&path).map_err(unwritable)?;
        copy_file(self.images.store(), &pulled.layers, program, &mut file)?;
        drop(file); // a program that is open for writing cannot be started
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o700)).map_err(unwritable)?;
        let words = vec![path.to_string_lossy().into_owned()];
        spec_of(&self.settings, &ConnectorRef::Exec { words }).await
    }
}

impl Workshop for Shop<'_> {
    async fn build(&self) -> std::result::Result<StoredImage, FailureReason> {
        let built = self.make().await?;
        let image = if built.manifest.is_some() {
            self.images.stored(&built.image, &self.platform())?
        } else {
            let engine = EngineImages::connect(&self.settings).await?;
            Some(save(self.images, &built.image, &self.platform(), &engine).await?)
        };
        self.is_native.store(built.manifest.is_some(), Ordering::Relaxed);
        image.ok_or_else(|| usage("image.not_here", format!("{} was built, and is not in the store", built.image)))
    }

    async fn spec(&self, image: &ImageName) -> std::result::Result<Value, FailureReason> {
        match EngineImages::connect(&self.settings).await {
            Err(_) if self.is_native.load(Ordering::Relaxed) => self.ask_without_engine(image).await,
            Err(reason) => Err(reason),
            Ok(_) => spec_of_image(&self.settings, image).await,
        }
    }

    async fn bill_of_materials(&self, image: &StoredImage) -> std::result::Result<Vec<u8>, FailureReason> {
        let mut packages = longshore_devkit::packages_of_project(self.project, &self.tools).await?;
        packages.extend(longshore_devkit::packages_of_image(self.images.store(), &image.manifest)?);
        let version = self.project.metadata().docker_image_tag.to_string();
        let name = self.project.connector_name();
        Ok(longshore_devkit::spdx_document(name, &version, &packages, config::source_date()?))
    }
}
