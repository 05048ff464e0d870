//! What moving an image costs: pushed to and pulled from a real registry, beside `skopeo copy` with the same image.
//!
//! Every run has a registry of its own with an empty storage, so that nothing is there already.

use crate::Arguments;
use crate::contest::{Contestant, hold};
use crate::measure::{Cost, measure};
use anyhow::{Result, anyhow};
use longshore_images::{Content, ImageBuilder, ImageName, LayerBuilder, Owner, Platform, Store};
use longshore_protocol::FailureReason;
use longshore_test_support::registry::{Options, Registry};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::Command;

const LAYERS: u64 = 3;
const IMAGE: &str = "team/image:1";

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let sample = Sample::make(folder.path(), arguments.megabytes)?;
    for tls in [false, true] {
        let over = if tls { "over TLS" } else { "over plain HTTP" };
        hold(
            &format!("push of an image {over}, beside skopeo"),
            arguments.runs,
            &[
                sample.contestant("skopeo copy", move |it| it.skopeo_push(tls)),
                sample.contestant("longshore image push", move |it| it.longshore_push(&arguments.longshore, tls)),
            ],
        )?;
        hold(
            &format!("pull of an image {over}, beside skopeo"),
            arguments.runs,
            &[
                sample.contestant("skopeo copy", move |it| it.skopeo_pull(tls)),
                sample.contestant("longshore image pull", move |it| it.longshore_pull(&arguments.longshore, tls)),
            ],
        )?;
    }
    Ok(())
}

/// An image of random bytes: in a store of ours, and as an OCI layout for the peer, which a store is.
struct Sample {
    home: PathBuf,
    bytes: u64,
}

impl Sample {
    fn make(home: &Path, megabytes: u64) -> Result<Self> {
        let store = Store::open(&home.join(".cache/longshore/images")).map_err(told)?;
        let mut image = ImageBuilder::new(Platform::of_this_machine());
        let each = megabytes * 1_000_000 / LAYERS;
        for number in 0..LAYERS {
            let noise = home.join(format!("noise-{number}"));
            io::copy(&mut File::open("/dev/urandom")?.take(each), &mut File::create(&noise)?)?;
            let mut layer = LayerBuilder::new(0);
            layer.file("noise", Content::File(noise), 0o644, Owner::ROOT).map_err(told)?;
            image = image.layer(layer.finish(&store).map_err(told)?, "bench");
        }
        let built = image.finish(&store).map_err(told)?;
        let name: ImageName = IMAGE.parse().map_err(told)?;
        store.name(&name, &built.manifest).map_err(told)?;
        Ok(Self { home: home.to_owned(), bytes: LAYERS * each })
    }

    fn contestant<'a>(&'a self, name: &str, run: impl Fn(&Self) -> Result<Cost> + 'a) -> Contestant<'a> {
        Contestant { name: name.to_owned(), records: 0, bytes: self.bytes, run: Box::new(move || run(self)) }
    }

    fn layout(&self) -> String {
        format!("oci:{}:docker.io/{IMAGE}", self.home.join(".cache/longshore/images").display())
    }

    fn skopeo_push(&self, tls: bool) -> Result<Cost> {
        let registry = registry(tls);
        self.skopeo(&registry, &self.layout(), &remote(&registry))
    }

    fn skopeo_pull(&self, tls: bool) -> Result<Cost> {
        let registry = self.filled(tls)?;
        let target = tempfile::tempdir_in(&self.home)?;
        self.skopeo(&registry, &remote(&registry), &format!("oci:{}:1", target.path().display()))
    }

    fn longshore_push(&self, program: &Path, tls: bool) -> Result<Cost> {
        let registry = registry(tls);
        self.longshore(program, &registry, &self.home, &["push", "--from", IMAGE])
    }

    fn longshore_pull(&self, program: &Path, tls: bool) -> Result<Cost> {
        let registry = self.filled(tls)?;
        let home = tempfile::tempdir_in(&self.home)?;
        self.longshore(program, &registry, home.path(), &["pull"])
    }

    /// A registry that has the image.
    fn filled(&self, tls: bool) -> Result<Registry> {
        let registry = registry(tls);
        self.skopeo(&registry, &self.layout(), &remote(&registry))?;
        Ok(registry)
    }

    fn skopeo(&self, registry: &Registry, from: &str, to: &str) -> Result<Cost> {
        let mut skopeo = Command::new("skopeo");
        skopeo.args(["--insecure-policy", "copy"]).env("HOME", &self.home);
        let side = if to.starts_with("docker:") { "dest" } else { "src" };
        match registry.scheme() {
            "https" => skopeo.arg(format!("--{side}-cert-dir")).arg(registry.ca_file().with_file_name("")),
            _ => skopeo.arg(format!("--{side}-tls-verify=false")),
        };
        Ok(measure(skopeo.args([from, to]))?.0)
    }

    fn longshore(&self, program: &Path, registry: &Registry, home: &Path, words: &[&str]) -> Result<Cost> {
        let mut longshore = Command::new(program);
        longshore.env_clear().env("HOME", home).arg("image").args(words).arg(format!("{}/{IMAGE}", registry.host()));
        match registry.scheme() {
            "https" => longshore.arg("--ca-file").arg(registry.ca_file()),
            _ => longshore.arg("--plain-http"),
        };
        Ok(measure(&mut longshore)?.0)
    }
}

fn registry(tls: bool) -> Registry {
    Registry::start(Options { tls, ..Options::default() })
}

fn remote(registry: &Registry) -> String {
    format!("docker://{}/{IMAGE}", registry.host())
}

fn told(failure: FailureReason) -> anyhow::Error {
    anyhow!("{}: {}", failure.code, failure.message)
}
