//! Writing an image as an archive that `docker load` takes.

use super::Listed;
use crate::digest::Hashing;
use crate::image::Descriptor;
use crate::{ImageName, Images, StoredImage};
use longshore_protocol::FailureReason;
use std::collections::HashSet;
use std::io::{self, Read, Write};
use tar::{Builder, Header};

impl Images {
    /// Writes an image as an archive of Docker, with these names in it. It blocks for as long as it writes.
    ///
    /// # Errors
    /// `image.store_damaged`, and `image.export_failed` when `out` takes no more.
    pub fn export(&self, image: &StoredImage, names: &[ImageName], out: &mut dyn Write) -> Result<(), FailureReason> {
        let _hold = self.store.hold()?;
        let mut archive = Builder::new(out);
        let config = self.store.read(&image.config.digest)?;
        append(&mut archive, &config_path(image), config.len() as u64, config.as_slice()).map_err(|it| failed(&it))?;
        let mut written = HashSet::new();
        for layer in image.layers.iter().filter(|layer| written.insert(&layer.digest)) {
            self.append_layer(&mut archive, layer)?;
        }
        let listed = [Listed {
            config: config_path(image),
            repo_tags: Some(names.iter().map(ToString::to_string).collect()),
            layers: image.layers.iter().map(layer_path).collect(),
        }];
        let text = serde_json::to_vec(&listed).unwrap_or_default(); // strings are always JSON
        append(&mut archive, "manifest.json", text.len() as u64, text.as_slice()).map_err(|it| failed(&it))?;
        archive.finish().map_err(|error| failed(&error))
    }

    fn append_layer(&self, archive: &mut Builder<&mut dyn Write>, layer: &Descriptor) -> Result<(), FailureReason> {
        let mut content = Hashing::new(self.store.open_blob(&layer.digest)?);
        let appended = append(archive, &layer_path(layer), layer.size, &mut content);
        match appended {
            Ok(()) if content.finish().1 == layer.digest => Ok(()),
            Ok(()) => Err(self.store.discard(&layer.digest)),
            Err(error) => Err(failed(&error)),
        }
    }
}

fn config_path(image: &StoredImage) -> String {
    format!("{}.json", image.config.digest.hex())
}

fn layer_path(layer: &Descriptor) -> String {
    format!("{}/layer.tar", layer.digest.hex())
}

fn append(archive: &mut Builder<&mut dyn Write>, path: &str, size: u64, content: impl Read) -> io::Result<()> {
    let mut header = Header::new_gnu();
    header.set_size(size);
    header.set_mode(0o644);
    archive.append_data(&mut header, path, content)
}

fn failed(error: &io::Error) -> FailureReason {
    let message = format!("the archive of the image cannot be written: {error}; run the command again");
    crate::failure::system_failure("image.export_failed", message)
}
