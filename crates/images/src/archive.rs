//! Images as archives: what `docker save` writes and OCI layouts in a tar come in; archives for `docker load` go out.

mod export;
mod read;

use crate::failure::{config_failure, system_failure};
use crate::image::{Descriptor, Document, ImageConfig, Index, Manifest, media_type};
use crate::{Digest, ImageName, Images};
use longshore_protocol::FailureReason;
use read::{Contents, Layer};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::Read;

/// One image of an archive of Docker, as its `manifest.json` lists it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    config: String,
    #[serde(default)]
    repo_tags: Option<Vec<String>>,
    layers: Vec<String>,
}

/// The annotations by which archives name their images.
const NAMES: [&str; 2] = ["io.containerd.image.name", "org.opencontainers.image.ref.name"];

impl Images {
    /// Takes the images of an archive into the store: what `docker save` writes, or an OCI layout. An archive of one
    /// image may be given a name, which goes before those in it. It blocks for as long as it reads.
    ///
    /// # Errors
    /// `image.archive_unreadable`, `image.archive_unsafe`, `image.disk_full`.
    pub fn import(
        &self,
        archive: &mut dyn Read,
        name: Option<&ImageName>,
    ) -> Result<Vec<(ImageName, Descriptor)>, FailureReason> {
        let _hold = self.store.hold()?;
        let contents = read::read(&self.store, archive)?;
        let images = match contents.text("manifest.json") {
            Some(text) => self.of_docker(&contents, text)?,
            None => self.of_layout(&contents)?,
        };
        let named = named(images, name)?;
        for (name, root) in &named {
            self.store.name(name, root)?;
        }
        Ok(named)
    }

    fn of_docker(&self, contents: &Contents, text: &[u8]) -> Result<Vec<(Vec<String>, Descriptor)>, FailureReason> {
        let listed: Vec<Listed> = serde_json::from_slice(text).map_err(|error| unreadable(&error.to_string()))?;
        let image = |one: Listed| {
            let manifest = self.manifest_of_docker(contents, &one)?;
            let text = serde_json::to_vec(&manifest).map_err(|error| unreadable(&error.to_string()))?;
            self.store.add(&text)?;
            Ok((one.repo_tags.unwrap_or_default(), Descriptor::of(media_type::DOCKER_MANIFEST, &text)))
        };
        listed.into_iter().map(image).collect()
    }

    fn manifest_of_docker(&self, contents: &Contents, listed: &Listed) -> Result<Manifest, FailureReason> {
        let bytes = contents.bytes(&self.store, &listed.config)?;
        let config = ImageConfig::parse(&bytes, "the archive")?;
        self.store.add(&bytes)?;
        let layers = listed.layers.iter().map(|path| contents.layer(&self.store, path));
        let layers = layers.collect::<Result<Vec<Layer>, _>>()?;
        if layers.iter().map(|layer| &layer.diff_id).ne(&config.rootfs.diff_ids) {
            return Err(unreadable("its layers are not those of its configuration"));
        }
        let layer = |layer: Layer| Descriptor::new(media_type::DOCKER_LAYER_GZIP, layer.digest, layer.size);
        Ok(Manifest {
            schema_version: 2,
            media_type: Some(media_type::DOCKER_MANIFEST.to_owned()),
            artifact_type: None,
            config: Descriptor::of(media_type::DOCKER_CONFIG, &bytes),
            layers: layers.into_iter().map(layer).collect(),
            subject: None,
            annotations: BTreeMap::new(),
        })
    }

    fn of_layout(&self, contents: &Contents) -> Result<Vec<(Vec<String>, Descriptor)>, FailureReason> {
        let text = contents.text("index.json").filter(|_| contents.text("oci-layout").is_some());
        let text = text.ok_or_else(|| unreadable("it is neither what `docker save` writes nor an OCI layout"))?;
        let index: Index = serde_json::from_slice(text).map_err(|error| unreadable(&error.to_string()))?;
        let image = |mut root: Descriptor| {
            self.is_whole(&root, DEEPEST)?;
            let names = NAMES.iter().filter_map(|name| root.annotations.get(*name).cloned()).take(1).collect();
            root.annotations.clear();
            Ok((names, root))
        };
        index.manifests.into_iter().map(image).collect()
    }

    /// Refuses an image of which a part is not in the archive.
    fn is_whole(&self, part: &Descriptor, depth: usize) -> Result<(), FailureReason> {
        if !self.store.holds(part) {
            return Err(unreadable(&format!("it has no {}", part.digest)));
        }
        if depth == 0 || !(part.is_index() || part.is_manifest()) {
            return Ok(());
        }
        let bytes = self.store.read(&part.digest)?;
        let (document, _) = Document::parse(&bytes, Some(&part.media_type), "the archive")?;
        match document {
            // An archive need not have the images for all machines that its index names.
            Document::Index(index) => {
                let present: Vec<_> = index.manifests.iter().filter(|entry| self.store.has(&entry.digest)).collect();
                present.into_iter().try_for_each(|entry| self.is_whole(entry, depth - 1))
            }
            Document::Manifest(manifest) => manifest.blobs().into_iter().try_for_each(|blob| self.is_whole(blob, 0)),
        }
    }
}

/// How deep indexes may lie in indexes.
const DEEPEST: usize = 4;

/// Gives each image its names: the given one, or those that the archive says.
fn named(
    images: Vec<(Vec<String>, Descriptor)>,
    name: Option<&ImageName>,
) -> Result<Vec<(ImageName, Descriptor)>, FailureReason> {
    match (name, images.len()) {
        (_, 0) => return Err(unreadable("there is no image in it")),
        (Some(name), 1) => return Ok(images.into_iter().map(|(_, root)| (name.clone(), root)).collect()),
        (Some(_), count) => return Err(unreadable(&format!("it has {count} images, which cannot all have one name"))),
        (None, _) => {}
    }
    let mut named = Vec::new();
    for (names, root) in images {
        if names.is_empty() {
            return Err(unreadable(&format!("its image {} has no name; give it one", root.digest)));
        }
        for name in names {
            named.push((name.parse::<ImageName>()?, root.clone()));
        }
    }
    Ok(named)
}

fn unreadable(why: &str) -> FailureReason {
    let message = format!("the archive cannot be used: {why}; write it again, as `docker save IMAGE -o FILE` does");
    config_failure("image.archive_unreadable", message)
}

fn unsafe_entry(path: &str, why: &str) -> FailureReason {
    let message = format!("the archive's entry `{path}` {why}; nothing of it was used: ask whoever made it");
    system_failure("image.archive_unsafe", message)
}

/// The digest that the name of a content in a layout says.
fn digest_of_path(path: &str) -> Option<Digest> {
    format!("sha256:{}", path.strip_prefix("blobs/sha256/")?).parse().ok()
}
