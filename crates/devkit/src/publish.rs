//! `connector publish`: from a project to an image that others can pull, and a definition that names it.
//!
//! The order is what makes it safe to cut anywhere. The image goes up by its digest, under no name; its spec is asked of
//! what the registry hands out; only then it gets the tag of its version, its bill of materials, `latest` if it is the
//! newest release, and last its entry in the index: an entry never leads to an image that cannot be pulled. Each step
//! looks first whether it is done, so that the same command again does what is missing.

mod decision;

use crate::failure::config_failure;
use crate::index::{Added, IndexAt, Release, entry_of_project};
use crate::sbom::SPDX_MEDIA_TYPE;
use crate::{Project, bump, changelog};
use decision::{Push, Taken};
use longshore_images::{Descriptor, Digest, ImageName, Images, Inspection, StoredImage};
use longshore_protocol::FailureReason;
use serde::Serialize;
use serde_json::Value;

/// The label by which an image says of which commit it is.
const REVISION: &str = "org.opencontainers.image.revision";

/// What the newest release is called besides its version.
const LATEST: &str = "latest";

/// Failures that say: there is nothing under that name yet.
const NOT_THERE: [&str; 2] = ["image.not_found", "image.repository_not_found"];

/// What Docker Hub, GHCR and others say of a repository that is not there yet, also to those who may make it.
const HIDDEN: &str = "registry.denied";

/// What publishing needs done by others.
pub trait Workshop {
    /// Tests the project, builds its image, and brings it into the store.
    fn build(&self) -> impl Future<Output = Result<StoredImage, FailureReason>>;
    /// What the connector of an image answers to `spec`: the object under `spec` in its message.
    fn spec(&self, image: &ImageName) -> impl Future<Output = Result<Value, FailureReason>>;
    /// The bill of materials of an image that was built here: an SPDX document.
    fn bill_of_materials(&self, image: &StoredImage) -> impl Future<Output = Result<Vec<u8>, FailureReason>>;
}

/// One publication.
pub struct Publication<'a, W> {
    /// What is published.
    pub project: &'a Project,
    /// The repository; its tag does not count.
    pub to: &'a ImageName,
    /// The store and the registries.
    pub images: &'a Images,
    /// The index that gets the definition, if one is to.
    pub index: Option<&'a IndexAt<'a>>,
    /// The commit of the project's sources, if they are those of a commit.
    pub revision: Option<String>,
    /// Whether a version that was published from other sources is left as it is, and is no failure.
    pub unless_published: bool,
    /// Who builds.
    pub workshop: &'a W,
}

/// What was published.
#[derive(Debug, Serialize)]
pub struct Published {
    /// The image at its version.
    pub image: String,
    /// The digest of its manifest.
    pub digest: Digest,
    /// What was done, in order.
    pub steps: Vec<Step>,
}

/// One step of a publication.
#[derive(Debug, Serialize)]
pub struct Step {
    /// Which.
    pub name: &'static str,
    /// What became of it.
    pub outcome: Outcome,
    /// More about it.
    pub detail: String,
}

/// What became of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was done now.
    Done,
    /// It had been done before.
    Already,
    /// It is not for this version, or nobody asked for it.
    NotNeeded,
}

impl<W: Workshop> Publication<'_, W> {
    /// Publishes, or does what an earlier run left.
    ///
    /// # Errors
    /// `version.disagrees`, `image.tag_taken`, `connector.no_spec`, and all that can fail in a build, with a registry,
    /// and with an index.
    pub async fn run(&self) -> Result<Published, FailureReason> {
        let version = &self.project.metadata().docker_image_tag;
        bump::check_agreement(self.project)?;
        let name = self.to.with_tag(&version.to_string())?;
        self.check_index(&name).await?;
        let taken = self.first_look(&name).await?;
        if let Some(taken) = taken.as_ref().filter(|it| decision::is_of_another_commit(it, self.revision.as_deref())) {
            return self.left(&name, taken);
        }
        let image = self.workshop.build().await?;
        match decision::push(taken, &image.config.digest) {
            Push::Refused(taken) => self.left(&name, &taken),
            Push::Done(digest) => self.finish(name, &image, Some(digest)).await,
            Push::Needed => self.finish(name, &image, None).await,
        }
    }

    /// All steps after the build. `there` is the digest of this very image, when the tag has it already.
    async fn finish(
        &self,
        name: ImageName,
        image: &StoredImage,
        there: Option<Digest>,
    ) -> Result<Published, FailureReason> {
        let mut steps = vec![step("build", Outcome::Done, image.config.digest.to_string())];
        let is_there = there.is_some();
        let digest = self.push(&name, image, there, &mut steps).await?;
        let pushed = name.with_digest(digest.clone());
        // Whatever is in the store: the registry has to hand it out.
        let subject = self.images.resolve(&pushed, None).await?.root;
        let spec = self.spec(&pushed, &mut steps).await?;
        self.tag(&name, image, is_there, &mut steps).await?;
        self.attach(&pushed, &subject, image, &mut steps).await?;
        self.latest(&pushed, &digest, &mut steps).await?;
        self.enter(&name, &digest, &spec, &mut steps).await?;
        Ok(Published { image: name.to_string(), digest, steps })
    }

    /// Asks the index before anything is built whether it will take the definition.
    async fn check_index(&self, name: &ImageName) -> Result<(), FailureReason> {
        let Some(index) = self.index else { return Ok(()) };
        index.check(&entry_of_project(self.project, name, &Value::Null, &Release::default())?).await
    }

    /// What becomes of a version that is published already as another image.
    fn left(&self, name: &ImageName, taken: &Taken) -> Result<Published, FailureReason> {
        if !self.unless_published {
            return Err(tag_taken(name, taken));
        }
        let detail = format!("published before, as {}; all of it is left as it is", taken.digest);
        let steps = vec![step("push", Outcome::Already, detail)];
        Ok(Published { image: name.to_string(), digest: taken.digest.clone(), steps })
    }

    /// What is under a name before the first push. What is hidden then shows at the second look, after it.
    async fn first_look(&self, name: &ImageName) -> Result<Option<Taken>, FailureReason> {
        self.taken(name).await.or_else(|reason| if reason.code == HIDDEN { Ok(None) } else { Err(reason) })
    }

    /// What is under a name, if anything is.
    async fn taken(&self, name: &ImageName) -> Result<Option<Taken>, FailureReason> {
        match self.images.inspect(name).await {
            Ok(Inspection { digest, config, mut labels, .. }) => {
                Ok(Some(Taken { digest, config, revision: labels.remove(REVISION) }))
            }
            Err(reason) if NOT_THERE.contains(&reason.code.as_str()) => Ok(None),
            Err(reason) => Err(reason),
        }
    }

    /// Brings the image up, by its digest alone.
    async fn push(
        &self,
        name: &ImageName,
        image: &StoredImage,
        there: Option<Digest>,
        steps: &mut Vec<Step>,
    ) -> Result<Digest, FailureReason> {
        if let Some(digest) = there {
            steps.push(step("push", Outcome::Already, digest.to_string()));
            return Ok(digest);
        }
        let digest = image.manifest.digest.clone();
        self.images.push(image, &name.with_digest(digest.clone())).await?;
        steps.push(step("push", Outcome::Done, digest.to_string()));
        Ok(digest)
    }

    /// Asks the pushed image, and not the one that was built, so that what others will pull is what was looked at.
    async fn spec(&self, pushed: &ImageName, steps: &mut Vec<Step>) -> Result<Value, FailureReason> {
        let spec = self.workshop.spec(pushed).await?;
        if !spec.get("connectionSpecification").is_some_and(Value::is_object) {
            let message = format!(
                "the spec of {pushed} has no connectionSpecification; see it by `longshore connector spec docker:{pushed}`"
            );
            return Err(config_failure("connector.no_spec", message));
        }
        steps.push(step("spec", Outcome::Done, "asked of the pushed image".to_owned()));
        Ok(spec)
    }

    /// Gives the image the tag of its version, unless an earlier run did.
    async fn tag(
        &self,
        name: &ImageName,
        image: &StoredImage,
        is_there: bool,
        steps: &mut Vec<Step>,
    ) -> Result<(), FailureReason> {
        if is_there {
            steps.push(step("tag", Outcome::Already, name.to_string()));
            return Ok(());
        }
        // Somebody else may have been faster since we looked.
        if let Some(taken) = self.taken(name).await?.filter(|taken| taken.config != image.config.digest) {
            return Err(tag_taken(name, &taken));
        }
        self.images.push(image, name).await?;
        steps.push(step("tag", Outcome::Done, name.to_string()));
        Ok(())
    }

    /// Attaches the bill of materials to what was pushed: another build of the same may be packed another way.
    async fn attach(
        &self,
        pushed: &ImageName,
        subject: &Descriptor,
        image: &StoredImage,
        steps: &mut Vec<Step>,
    ) -> Result<(), FailureReason> {
        let document = self.workshop.bill_of_materials(image).await?;
        let attached = self.images.attach(subject, SPDX_MEDIA_TYPE, &document, pushed).await?;
        let outcome = if attached.is_new { Outcome::Done } else { Outcome::Already };
        steps.push(step("sbom", outcome, attached.digest.to_string()));
        Ok(())
    }

    async fn latest(&self, pushed: &ImageName, digest: &Digest, steps: &mut Vec<Step>) -> Result<(), FailureReason> {
        let name = self.to.with_tag(LATEST)?;
        let version = &self.project.metadata().docker_image_tag;
        if !decision::is_latest(version, &self.images.tags(&name).await?) {
            let why = if version.pre.is_empty() { "a newer release is there" } else { "a candidate is no release" };
            steps.push(step(LATEST, Outcome::NotNeeded, why.to_owned()));
            return Ok(());
        }
        let is_there = self.taken(&name).await?.is_some_and(|taken| taken.digest == *digest);
        if !is_there {
            self.images.copy(pushed, &name).await?;
        }
        steps.push(step(LATEST, if is_there { Outcome::Already } else { Outcome::Done }, name.to_string()));
        Ok(())
    }

    async fn enter(
        &self,
        name: &ImageName,
        digest: &Digest,
        spec: &Value,
        steps: &mut Vec<Step>,
    ) -> Result<(), FailureReason> {
        let Some(index) = self.index else {
            steps.push(step("index", Outcome::NotNeeded, "none was named; --index PLACE names one".to_owned()));
            return Ok(());
        };
        let changes = changelog(self.project)?;
        let release = Release { digest: Some(digest.as_str()), released_at: None, changelog: &changes };
        let entry = entry_of_project(self.project, name, spec, &release)?;
        let outcome = if index.add(&entry).await? == Added::Unchanged { Outcome::Already } else { Outcome::Done };
        steps.push(step("index", outcome, index.to_string()));
        Ok(())
    }
}

fn step(name: &'static str, outcome: Outcome, detail: String) -> Step {
    Step { name, outcome, detail }
}

fn tag_taken(name: &ImageName, taken: &Taken) -> FailureReason {
    let of = taken.revision.as_ref().map_or_else(String::new, |revision| format!(", of the commit {revision}"));
    let message = format!(
        "{name} is published already, as another image ({}{of}); a version is published once: `longshore connector bump \
         DIR patch` makes the next",
        taken.digest
    );
    config_failure("image.tag_taken", message)
}
