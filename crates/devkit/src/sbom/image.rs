//! The packages that are installed in an image, read from what package managers leave in its layers.

use super::Package;
use crate::failure::config_failure;
use flate2::read::MultiGzDecoder;
use longshore_images::{Descriptor, Manifest, Store, media_type};
use longshore_protocol::FailureReason;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, BufReader, Read};

/// The most that is read of one file; the lists of packages of whole systems have a tenth of it.
const MOST_BYTES: u64 = 64 << 20;

/// The packages installed in an image of the store, sorted; `manifest` is that of one machine.
///
/// # Errors
/// `sbom.layer_unreadable`, and the errors of [`Store::read`].
pub fn packages_of_image(store: &Store, manifest: &Descriptor) -> Result<Vec<Package>, FailureReason> {
    let broken = |what: &Descriptor, error: &io::Error| unreadable(&manifest.digest.to_string(), what, error);
    let read: Manifest =
        serde_json::from_slice(&store.read(&manifest.digest)?).map_err(|e| broken(manifest, &e.into()))?;
    let mut files = Files::default();
    for layer in &read.layers {
        let blob = File::open(store.blob_path(&layer.digest)).map_err(|error| broken(layer, &error))?;
        let blob = BufReader::new(blob);
        let added = match layer.media_type.as_str() {
            media_type::OCI_LAYER_GZIP | media_type::DOCKER_LAYER_GZIP => files.add(MultiGzDecoder::new(blob)),
            media_type::OCI_LAYER => files.add(blob),
            other => Err(io::Error::other(format!("layers of the kind {other} cannot be read"))),
        };
        added.map_err(|error| broken(layer, &error))?;
    }
    Ok(files.packages().into_iter().collect())
}

/// The files of an image that name packages, by path, as the layers leave them.
#[derive(Default)]
struct Files(BTreeMap<String, Vec<u8>>);

impl Files {
    /// Puts a layer on top: it adds, replaces and removes.
    fn add(&mut self, layer: impl Read) -> io::Result<()> {
        let mut archive = tar::Archive::new(layer);
        let mut added = BTreeMap::new();
        for entry in archive.entries()? {
            let mut entry = entry?;
            let path = entry.path()?.to_string_lossy().trim_start_matches("./").to_owned();
            let (folder, name) = path.rsplit_once('/').unwrap_or(("", &path));
            if name == ".wh..wh..opq" {
                self.remove(folder);
            } else if let Some(removed) = name.strip_prefix(".wh.") {
                self.remove(format!("{folder}/{removed}").trim_start_matches('/'));
            } else if names_packages(&path) && entry.header().entry_type().is_file() {
                let mut content = Vec::new();
                entry.by_ref().take(MOST_BYTES).read_to_end(&mut content)?;
                added.insert(path, content);
            }
        }
        self.0.extend(added);
        Ok(())
    }

    fn remove(&mut self, path: &str) {
        let below = format!("{path}/");
        self.0.retain(|file, _| file != path && !file.starts_with(&below));
    }

    fn packages(&self) -> BTreeSet<Package> {
        self.0.iter().flat_map(|(path, content)| read(path, &String::from_utf8_lossy(content))).collect()
    }
}

fn is_debian(path: &str) -> bool {
    path == "var/lib/dpkg/status" || path.starts_with("var/lib/dpkg/status.d/") && !path.ends_with(".md5sums")
}

fn is_alpine(path: &str) -> bool {
    matches!(path, "lib/apk/db/installed" | "usr/lib/apk/db/installed")
}

fn names_packages(path: &str) -> bool {
    is_debian(path) || is_alpine(path) || path.ends_with(".dist-info/METADATA") || is_of_node(path)
}

/// `…/node_modules/NAME/package.json` or `…/node_modules/@SCOPE/NAME/package.json`, and none further below.
fn is_of_node(path: &str) -> bool {
    let inner = path.strip_suffix("/package.json").and_then(|path| path.rsplit_once("node_modules/"));
    inner.is_some_and(|(_, name)| name.matches('/').count() == usize::from(name.starts_with('@')))
}

fn read(path: &str, text: &str) -> Vec<Package> {
    if is_debian(path) {
        stanzas(text).filter_map(|fields| of_debian(&fields)).collect()
    } else if is_alpine(path) {
        let package =
            |fields: Fields<'_>| Some(Package::new("apk/alpine", fields.get("P")?, fields.get("V")?, fields.get("L")));
        stanzas(text).filter_map(package).collect()
    } else if path.ends_with("METADATA") {
        stanzas(text).next().and_then(|fields| of_python(&fields)).into_iter().collect()
    } else {
        let package: Value = serde_json::from_str(text).unwrap_or_default();
        let found = || {
            Some(Package::new(
                "npm",
                package["name"].as_str()?,
                package["version"].as_str()?,
                package["license"].as_str(),
            ))
        };
        found().into_iter().collect()
    }
}

fn of_debian(fields: &Fields<'_>) -> Option<Package> {
    let is_installed = fields.get("Status").is_none_or(|status| status.ends_with(" installed"));
    let mut package = Package::new("deb/debian", fields.get("Package")?, fields.get("Version")?, None);
    if let Some(machine) = fields.get("Architecture") {
        package.purl = format!("{}?arch={machine}", package.purl);
    }
    is_installed.then_some(package)
}

fn of_python(fields: &Fields<'_>) -> Option<Package> {
    let name = fields.get("Name")?.to_ascii_lowercase().replace(['_', '.'], "-");
    let license = fields.get("License-Expression").or_else(|| fields.get("License"));
    let license = license.filter(|license| *license != "UNKNOWN");
    Some(Package::new("pypi", &name, fields.get("Version")?, license))
}

/// The lines `Key: value` of one paragraph; a line that begins with a space belongs to the one before.
struct Fields<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Fields<'a> {
    fn get(&self, key: &str) -> Option<&'a str> {
        self.0.iter().find(|(name, _)| *name == key).map(|(_, value)| *value)
    }
}

fn stanzas(text: &str) -> impl Iterator<Item = Fields<'_>> {
    let lines: Vec<&str> = text.lines().collect();
    let paragraphs: Vec<Vec<&str>> = lines.split(|line| line.trim().is_empty()).map(<[_]>::to_vec).collect();
    paragraphs.into_iter().filter(|lines| !lines.is_empty()).map(|lines| {
        let fields = lines.into_iter().filter(|line| !line.starts_with(' ')).filter_map(|line| line.split_once(':'));
        Fields(fields.map(|(key, value)| (key, value.trim())).collect())
    })
}

fn unreadable(image: &str, what: &Descriptor, error: &io::Error) -> FailureReason {
    let message = format!("the packages of the image {image} cannot be read: {}: {error}; pull it again", what.digest);
    config_failure("sbom.layer_unreadable", message)
}

#[cfg(test)]
mod tests {
    use super::Files;

    fn layer(files: &[(&str, &str)]) -> Vec<u8> {
        let mut archive = tar::Builder::new(Vec::new());
        for (path, text) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(text.len() as u64);
            header.set_mode(0o644);
            archive.append_data(&mut header, path, text.as_bytes()).unwrap();
        }
        archive.into_inner().unwrap()
    }

    fn purls(layers: &[&[(&str, &str)]]) -> Vec<String> {
        let mut files = Files::default();
        layers.iter().for_each(|it| files.add(layer(it).as_slice()).unwrap());
        files.packages().into_iter().map(|package| package.purl).collect()
    }

    #[test]
    fn every_package_manager_is_read() {
        let found = purls(&[&[
            (
                "var/lib/dpkg/status",
                "Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nVersion: 2.36-9+deb12u1\nDescription: x\n \
                 Version: 9\n\nPackage: gone\nStatus: deinstall ok config-files\nVersion: 1\n",
            ),
            ("lib/apk/db/installed", "P:musl\nV:1.2.4-r2\nL:MIT\n\n"),
            ("x/site-packages/a_b-1.0.dist-info/METADATA", "Name: A_b\nVersion: 1.0\nLicense: MIT\n\nVersion: 9\n"),
            ("app/node_modules/@s/p/package.json", r#"{"name":"@s/p","version":"1.0.0","license":"MIT"}"#),
            ("app/node_modules/p/test/package.json", r#"{"name":"not-this","version":"1.0.0"}"#),
        ]]);
        assert_eq!(
            found,
            [
                "pkg:npm/%40s/p@1.0.0",
                "pkg:pypi/a-b@1.0",
                "pkg:deb/debian/libc6@2.36-9%2Bdeb12u1?arch=amd64",
                "pkg:apk/alpine/musl@1.2.4-r2",
            ]
        );
    }

    #[test]
    fn upper_layers_replace_and_remove() {
        let metadata = |version: &str| format!("Name: a\nVersion: {version}\n\n");
        let (one, two) = (metadata("1"), metadata("2"));
        let (a, b) = ("s/a-1.dist-info/METADATA", "s/b-1.dist-info/METADATA");
        assert_eq!(purls(&[&[(a, &one), (b, &two)], &[("s/.wh.a-1.dist-info", "")]]), ["pkg:pypi/a@2"]);
        assert_eq!(purls(&[&[(a, &one)], &[(a, &two)]]), ["pkg:pypi/a@2"]);
        assert!(purls(&[&[(a, &one)], &[("s/.wh..wh..opq", "")]]).is_empty());
    }
}
