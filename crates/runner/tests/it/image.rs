//! Images for the tests, made from nothing: an archive with one layer, loaded through the engine's API.

use crate::site::{SCRIPT_READER, docker_host};
use bollard::query_parameters::ImportImageOptions;
use bollard::{API_DEFAULT_VERSION, Docker};
use futures_util::TryStreamExt;
use longshore_runner::ConnectorRef;
use serde_json::json;
use std::io::Write;
use std::process::{Command, Stdio};

const BUSYBOX: &str = "/bin/busybox";
const SECONDS: u64 = 60;

/// What one image holds and says.
#[derive(Default)]
pub(crate) struct Recipe<'a> {
    pub(crate) name: &'a str,
    pub(crate) files: &'a [(&'a str, &'a [u8])],
    pub(crate) entry_point: &'a [&'a str],
    pub(crate) environment: &'a [&'a str],
    pub(crate) architecture: Option<&'a str>,
    pub(crate) user: Option<&'a str>,
}

impl Recipe<'_> {
    /// Loads the image, which costs nothing when the engine has it already.
    pub(crate) async fn load(&self) -> ConnectorRef {
        let image = format!("longshore-test/{}:latest", self.name);
        let layer = archive(self.files.iter().map(|(path, content)| (*path, *content)));
        let here = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
        let config = json!({
            "architecture": self.architecture.unwrap_or(here),
            "os": "linux",
            "config": {"Entrypoint": self.entry_point, "Env": self.environment, "User": self.user.unwrap_or("")},
            "rootfs": {"type": "layers", "diff_ids": [format!("sha256:{}", sha256(&layer))]},
        });
        let manifest = json!([{"Config": "config.json", "RepoTags": [image], "Layers": ["layer.tar"]}]);
        let (config, manifest) = (config.to_string(), manifest.to_string());
        let files = [("manifest.json", manifest.as_bytes()), ("config.json", config.as_bytes()), ("layer.tar", &layer)];
        let body = bollard::body_full(archive(files.into_iter()).into());
        engine().await.import_image(ImportImageOptions::default(), body, None).try_collect::<Vec<_>>().await.unwrap();
        ConnectorRef::Docker { image }
    }
}

/// An image that reads its script from a file, and runs as an ordinary user.
pub(crate) async fn shell() -> ConnectorRef {
    let busybox = busybox();
    let applets = ["sh", "cat", "head", "tr", "env", "sort", "sleep", "kill", "yes", "dd"];
    let paths: Vec<String> = applets.iter().map(|applet| format!("bin/{applet}")).collect();
    let files: Vec<(&str, &[u8])> = paths.iter().map(|path| (path.as_str(), busybox.as_slice())).collect();
    let recipe = Recipe {
        name: "shell",
        files: &files,
        entry_point: &SCRIPT_READER,
        user: Some("1000:1000"),
        ..Recipe::default()
    };
    recipe.load().await
}

/// A static program that is whatever it is called.
pub(crate) fn busybox() -> Vec<u8> {
    std::fs::read(BUSYBOX).unwrap_or_else(|error| panic!("{BUSYBOX}: {error}; `cargo xtask test` installs it"))
}

/// The engine of the tests.
pub(crate) async fn engine() -> Docker {
    let host = docker_host().unwrap_or_else(|| "unix:///var/run/docker.sock".to_owned());
    let engine = match host.strip_prefix("unix://") {
        Some(path) => Docker::connect_with_unix(path, SECONDS, API_DEFAULT_VERSION),
        None => Docker::connect_with_http(&host, SECONDS, API_DEFAULT_VERSION),
    };
    let advice = format!("no Docker Engine at {host}; `cargo xtask test` starts one");
    engine.expect(&advice).negotiate_version().await.expect(&advice)
}

fn archive<'a>(files: impl Iterator<Item = (&'a str, &'a [u8])>) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (path, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o755);
        archive.append_data(&mut header, path, content).unwrap();
    }
    archive.into_inner().unwrap()
}

fn sha256(bytes: &[u8]) -> String {
    let mut tool = Command::new("sha256sum").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    tool.stdin.take().unwrap().write_all(bytes).unwrap();
    let output = String::from_utf8(tool.wait_with_output().unwrap().stdout).unwrap();
    output.split_whitespace().next().unwrap().to_owned()
}
