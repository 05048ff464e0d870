//! Projects for tests: files written into a folder, or a copy of one of tests/projects.

use longshore_devkit::{Project, Tools};
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

/// A metadata.yaml at version 1.2.3.
pub(crate) const METADATA: &str = "metadataSpecVersion: \"1.0\"\n\
data:\n  name: X\n  definitionId: 0d5f1a3e-6b7c-4c58-9f0a-2f6f2b6c9f10 # never changes\n  connectorType: source\n  \
dockerRepository: team/source-x\n  dockerImageTag: 1.2.3 # the version\n";

/// A project of these files beside [`METADATA`].
pub(crate) fn project(files: &[(&str, &str)]) -> (TempDir, Project) {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("metadata.yaml"), METADATA).unwrap();
    for (file, text) in files {
        let path = dir.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let project = Project::open(dir.path()).unwrap();
    (dir, project)
}

/// A copy of one of tests/projects, with the machine's static busybox where its Dockerfile looks for it.
pub(crate) fn copy(name: &str) -> (TempDir, Project) {
    let dir = tempfile::tempdir().unwrap();
    copy_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/projects").join(name), dir.path());
    if dir.path().join("Dockerfile").exists() {
        fs::copy("/bin/busybox", dir.path().join("busybox")).unwrap();
    }
    let project = Project::open(dir.path()).unwrap();
    (dir, project)
}

/// A copy of `source-shell` under a name of its own, since tests share one engine.
pub(crate) fn shell(name: &str) -> (TempDir, Project) {
    let (dir, _) = copy("source-shell");
    for file in ["metadata.yaml", "Dockerfile"] {
        let path = dir.path().join(file);
        let text = fs::read_to_string(&path).unwrap().replace("team/source-shell", &format!("team/source-{name}"));
        fs::write(path, text).unwrap();
    }
    let project = Project::open(dir.path()).unwrap();
    (dir, project)
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let place = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy_folder(&entry.path(), &place),
            false => fs::copy(entry.path(), place).map(|_| ()).unwrap(),
        }
    }
}

/// The tools of this machine, and what they print.
pub(crate) fn tools() -> (Tools, Arc<Mutex<Vec<String>>>) {
    let printed = Arc::new(Mutex::new(Vec::new()));
    let lines = Arc::clone(&printed);
    // Where this test itself is built is nothing to the projects.
    let is_ours =
        |name: &str| name == "CARGO_TARGET_DIR" || name.starts_with("CARGO_PKG") || name == "CARGO_MANIFEST_DIR";
    let environment = std::env::vars_os().filter(|(name, _)| !is_ours(&name.to_string_lossy())).collect();
    (Tools { environment, notice: Arc::new(move |line| lines.lock().unwrap().push(line.to_owned())) }, printed)
}
