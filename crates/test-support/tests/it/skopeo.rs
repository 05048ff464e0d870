//! skopeo, and an image for it to carry.

use longshore_test_support::registry::Registry;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};
use tempfile::TempDir;

/// A folder with an image of one layer.
pub(crate) struct Skopeo {
    folder: TempDir,
}

const CONFIG: &str =
    r#"{"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":["sha256:LAYER"]}}"#;

impl Skopeo {
    pub(crate) fn new() -> Self {
        let made = Self { folder: tempfile::tempdir().unwrap() };
        fs::create_dir(made.path("image")).unwrap();
        let layer = made.blob(&incompressible(100_000));
        let config = made.blob(CONFIG.replace("LAYER", &layer).as_bytes());
        let size = fs::metadata(made.path("image").join(&config)).unwrap().len();
        let manifest = format!(
            r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:{config}","size":{size}}},"layers":[{{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"sha256:{layer}","size":100000}}]}}"#
        );
        fs::write(made.path("image/manifest.json"), manifest).unwrap();
        fs::write(made.path("image/version"), "Directory Transport Version: 1.1\n").unwrap();
        made
    }

    pub(crate) fn push(&self, registry: &Registry, credentials: &str) -> Output {
        let to = format!("docker://{}/team/image:1", registry.host());
        self.copy("dest", registry, credentials, &format!("dir:{}", self.path("image").display()), &to)
    }

    pub(crate) fn pull(&self, registry: &Registry, host: &str, credentials: &str) -> Output {
        let (from, to) = (format!("docker://{host}/team/image:1"), self.path("pulled"));
        let _ = fs::remove_dir_all(&to);
        self.copy("src", registry, credentials, &from, &format!("dir:{}", to.display()))
    }

    fn copy(&self, side: &str, registry: &Registry, credentials: &str, from: &str, to: &str) -> Output {
        let mut command = Command::new("skopeo");
        command.args(["copy", "--insecure-policy"]);
        match registry.scheme() {
            "http" => command.arg(format!("--{side}-tls-verify=false")),
            _ => command.arg(format!("--{side}-cert-dir")).arg(registry.ca_file().parent().unwrap()),
        };
        if !credentials.is_empty() {
            command.args([&format!("--{side}-creds"), credentials]);
        }
        command.args([from, to]).output().expect("skopeo is there; as root: apt-get install skopeo")
    }

    /// A blob, by the digest that sha256sum says.
    fn blob(&self, content: &[u8]) -> String {
        let file = self.path("image/new");
        fs::write(&file, content).unwrap();
        let said = Command::new("sha256sum").arg(&file).output().unwrap().stdout;
        let digest = String::from_utf8(said).unwrap()[..64].to_owned();
        fs::rename(file, self.path("image").join(&digest)).unwrap();
        digest
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// Bytes that no compression makes fewer, as skopeo would try: the high bytes of a multiplicative generator.
fn incompressible(length: usize) -> Vec<u8> {
    let following = |number: &u64| Some(number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
    std::iter::successors(Some(1), following).map(|number: u64| number.to_be_bytes()[0]).take(length).collect()
}

#[track_caller]
pub(crate) fn assert_done(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[track_caller]
pub(crate) fn assert_refused(output: &Output, why: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains(why), "{said}");
}
