//! What a test has: folders, settings that point at them, and images to push.

use longshore_images::{
    Credentials, Descriptor, ImageName, Images, Patience, Platform, Secret, Settings, StoredImage, media_type,
};
use longshore_images::{Digest, NoProgress, RegistryOptions};
use longshore_test_support::registry::{Registry, User};
use serde_json::json;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A machine of its own.
pub(crate) struct Place {
    dir: tempfile::TempDir,
    /// The hosts that a user of [`Place::with_user`] is known at.
    hosts: Vec<String>,
    pub(crate) settings: Settings,
    notices: Arc<Mutex<Vec<String>>>,
}

impl Place {
    /// A machine that trusts a registry in the way that it needs.
    pub(crate) fn for_registry(registry: &Registry) -> Self {
        let is_plain = registry.scheme() == "http";
        let ca_file = (!is_plain).then(|| registry.ca_file().to_owned());
        let place = Self::new(RegistryOptions { plain_http: is_plain, ca_file, mirrors: Vec::new() });
        Self { hosts: vec![registry.host()], ..place }
    }

    pub(crate) fn new(all_registries: RegistryOptions) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let notices = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&notices);
        let settings = Settings {
            store_dir: dir.path().join("images"),
            docker_config: dir.path().join("config.json"),
            podman_auth: Vec::new(),
            given: [].into(),
            registries: [].into(),
            all_registries,
            certificate_dirs: Vec::new(),
            environment: Arc::new(Vec::new()),
            notice: Arc::new(move |line| told.lock().unwrap().push(line.to_owned())),
            progress: Arc::new(NoProgress),
        };
        Self { dir, hosts: Vec::new(), settings, notices }
    }

    /// A user is known at this host, too.
    pub(crate) fn at(mut self, host: String) -> Self {
        self.hosts.push(host);
        self
    }

    /// With credentials of a user.
    pub(crate) fn with_user(self, user: &User) -> Self {
        let password = Secret::new(user.password.clone());
        self.with_credentials(&Credentials::Basic { username: user.name.clone(), password })
    }

    pub(crate) fn with_credentials(mut self, credentials: &Credentials) -> Self {
        let given = self.hosts.iter().map(|host| (host.clone(), credentials.clone()));
        self.settings.given = given.collect();
        self
    }

    pub(crate) fn with_password(self, name: &str, password: &str) -> Self {
        self.with_user(&User::new(name, password))
    }

    pub(crate) fn images(&self) -> Images {
        Images::new(self.settings.clone()).unwrap().with_patience(patience())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn notices(&self) -> Vec<String> {
        self.notices.lock().unwrap().clone()
    }
}

/// Little of it, so that what never comes is known soon.
pub(crate) fn patience() -> Patience {
    Patience {
        connect: Duration::from_secs(5),
        silence: Duration::from_secs(5),
        first_pause: Duration::from_millis(5),
        tries: 4,
    }
}

pub(crate) fn name(host: &str, rest: &str) -> ImageName {
    format!("{host}/{rest}").parse().unwrap()
}

pub(crate) fn here() -> Platform {
    Platform::of_this_machine()
}

/// Another processor than this machine's.
pub(crate) fn elsewhere() -> Platform {
    let other = if here().architecture == "arm64" { "amd64" } else { "arm64" };
    Platform { architecture: other.to_owned(), ..here() }
}

/// Bytes that nothing compresses, always the same for a seed.
pub(crate) fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        bytes.extend(next());
    }
    bytes.truncate(length);
    bytes
}

/// Puts an image of some layers into a store, under a name.
pub(crate) fn seed(images: &Images, name: &ImageName, platform: &Platform, layers: &[Vec<u8>]) -> StoredImage {
    let store = images.store();
    let diff_ids: Vec<Digest> = layers.iter().map(|layer| Digest::of(layer)).collect();
    let config = json!({
        "architecture": platform.architecture, "os": platform.os, "created": "2026-01-01T00:00:00Z",
        "config": {"Entrypoint": ["/bin/x"], "Cmd": ["spec"], "Env": ["PATH=/bin", "TOKEN=hunter2"],
            "Labels": {"io.airbyte.name": "airbyte/source-x"}, "User": "1000"},
        "rootfs": {"type": "layers", "diff_ids": diff_ids},
    })
    .to_string();
    store.add(config.as_bytes()).unwrap();
    let layers: Vec<Descriptor> = layers
        .iter()
        .map(|layer| {
            store.add(layer).unwrap();
            Descriptor::of(media_type::OCI_LAYER_GZIP, layer)
        })
        .collect();
    let config = Descriptor::of(media_type::OCI_CONFIG, config.as_bytes());
    let manifest =
        json!({"schemaVersion": 2, "mediaType": media_type::OCI_MANIFEST, "config": config, "layers": layers});
    let manifest = manifest.to_string();
    store.add(manifest.as_bytes()).unwrap();
    let manifest = Descriptor::of(media_type::OCI_MANIFEST, manifest.as_bytes());
    store.name(name, &manifest).unwrap();
    StoredImage { name: name.clone(), root: manifest.clone(), manifest, config, layers }
}

/// Pushes an image of some layers from a machine that is forgotten afterwards.
pub(crate) async fn pushed(place: Place, name: &ImageName, layers: &[Vec<u8>]) -> StoredImage {
    let images = place.images();
    let image = seed(&images, name, &here(), layers);
    images.push(&image, name).await.unwrap();
    image
}
