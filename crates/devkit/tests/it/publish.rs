//! Publishing of an image that is built at once, to a real registry.

use crate::projects::project;
use longshore_devkit::index::{Filter, IndexAt};
use longshore_devkit::{Outcome, Project, Publication, Published, Workshop};
use longshore_images::{Digest, ImageBuilder, ImageName, Images, NoProgress, Platform, RegistryOptions, StoredImage};
use longshore_protocol::FailureReason;
use longshore_test_support::registry::{Options, Registry};
use serde_json::{Value, json};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

fn images(dir: &std::path::Path) -> Images {
    let settings = longshore_images::Settings {
        store_dir: dir.join("store"),
        docker_config: dir.join("config.json"),
        podman_auth: Vec::new(),
        given: BTreeMap::new(),
        registries: BTreeMap::new(),
        all_registries: RegistryOptions { plain_http: true, ..RegistryOptions::default() },
        certificate_dirs: Vec::new(),
        environment: Arc::new(Vec::new()),
        notice: Arc::new(|_| ()),
        progress: Arc::new(NoProgress),
    };
    Images::new(settings).unwrap()
}

/// Builds an empty image at once, another one for another commit.
struct Shop<'a> {
    images: &'a Images,
    revision: &'a str,
    builds: Cell<usize>,
}

impl Workshop for Shop<'_> {
    async fn build(&self) -> Result<StoredImage, FailureReason> {
        self.builds.set(self.builds.get() + 1);
        let labels = BTreeMap::from([("org.opencontainers.image.revision".to_owned(), self.revision.to_owned())]);
        let built = ImageBuilder::new(Platform::of_this_machine()).labels(&labels).finish(self.images.store())?;
        let (manifest, config) = (built.manifest, built.config);
        Ok(StoredImage { name: "local/x:1".parse()?, root: manifest.clone(), manifest, config, layers: Vec::new() })
    }

    async fn spec(&self, _: &ImageName) -> Result<Value, FailureReason> {
        Ok(json!({"connectionSpecification": {}}))
    }

    async fn bill_of_materials(&self, _: &StoredImage) -> Result<Vec<u8>, FailureReason> {
        Ok(b"{}".to_vec())
    }
}

struct Stage {
    dir: tempfile::TempDir,
    project: (tempfile::TempDir, Project),
    registry: Registry,
    images: Images,
}

impl Stage {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let images = images(dir.path());
        Self { project: project(&[]), registry: Registry::start(Options::default()), images, dir }
    }

    /// What publishing of a commit gives, and how often it built.
    fn publish(
        &self,
        revision: &str,
        unless_published: bool,
        index: &str,
    ) -> (Result<Published, FailureReason>, usize) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let index = IndexAt::open(index, &self.images).unwrap();
        let workshop = Shop { images: &self.images, revision, builds: Cell::new(0) };
        let publication = Publication {
            project: &self.project.1,
            to: &format!("{}/team/source-x", self.registry.host()).parse().unwrap(),
            images: &self.images,
            index: Some(&index),
            revision: Some(revision.to_owned()),
            unless_published,
            workshop: &workshop,
        };
        (runtime.block_on(publication.run()), workshop.builds.get())
    }

    fn index(&self) -> String {
        self.dir.path().join("index").display().to_string()
    }
}

fn digest(published: (Result<Published, FailureReason>, usize)) -> Digest {
    published.0.unwrap().digest
}

#[test]
fn a_version_of_another_commit_is_refused_before_it_is_built_or_left_as_it_is() {
    let stage = Stage::new();
    let first = digest(stage.publish("a", false, &stage.index()));
    let (again, _) = stage.publish("a", true, &stage.index());
    let again = again.unwrap();
    let already: Vec<_> = again.steps.iter().filter(|it| it.outcome == Outcome::Already).map(|it| it.name).collect();
    assert_eq!((&again.digest, already), (&first, vec!["push", "tag", "sbom", "latest", "index"]));
    let (refused, builds) = stage.publish("b", false, &stage.index());
    assert_eq!((refused.unwrap_err().code.as_str(), builds), ("image.tag_taken", 0));
    let (left, builds) = stage.publish("b", true, &stage.index());
    assert_eq!((left.unwrap().digest, builds), (first, 0));
}

#[test]
fn an_index_that_will_not_take_it_is_told_before_anything_is_built() {
    let stage = Stage::new();
    let other = stage.index();
    std::fs::create_dir(&other).unwrap();
    let id = stage.project.1.metadata().definition_id.clone();
    let taken = json!({"sources": [{"sourceDefinitionId": id, "name": "Y", "dockerRepository": "team/source-y"}]});
    std::fs::write(stage.dir.path().join("index/index.json"), taken.to_string()).unwrap();
    for (index, code) in [(other.as_str(), "index.conflict"), ("https://localhost/index.json", "index.read_only")] {
        let (refused, builds) = stage.publish("a", false, index);
        assert_eq!((refused.unwrap_err().code.as_str(), builds), (code, 0));
    }
    let asked = stage.registry.requests();
    assert!(asked.iter().all(|it| it.method == "GET" || it.method == "HEAD"), "{asked:?}");
}

#[test]
fn an_index_in_a_registry_gets_the_definition_once() {
    let stage = Stage::new();
    let index = format!("oci:{}/team/index", stage.registry.host());
    digest(stage.publish("a", false, &index));
    digest(stage.publish("a", false, &index));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let index = runtime.block_on(IndexAt::open(&index, &stage.images).unwrap().read()).unwrap();
    let listed = index.list(&Filter::default());
    assert_eq!(listed.iter().map(|it| it.tag()).collect::<Vec<_>>(), ["1.2.3"]);
}
