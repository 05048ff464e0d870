//! The archive that Maven or Gradle makes of a project of Java.

use super::no_program;
use crate::Project;
use crate::commands::Words;
use ignore::WalkBuilder;
use longshore_protocol::FailureReason;
use sha2::{Digest, Sha256};
use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;

/// Archives beside the one that runs.
const BESIDE: [&str; 4] = ["-sources.jar", "-javadoc.jar", "-tests.jar", "-plain.jar"];

/// What makes the archive, by the project's own wrapper where it has one.
pub(super) fn compiler(project: &Project) -> Words {
    let (wrapper, program, words): (_, _, &[&str]) = match project.has("pom.xml") {
        true => ("mvnw", "mvn", &["--quiet", "--batch-mode", "package", "-DskipTests"]),
        false => ("gradlew", "gradle", &["--quiet", "assemble"]),
    };
    let program = if project.has(wrapper) { format!("./{wrapper}") } else { program.to_owned() };
    std::iter::once(program).chain(words.iter().map(|word| (*word).to_owned())).collect()
}

/// What an archive is made of.
const SOURCES: [&str; 4] = ["src", "pom.xml", "build.gradle", "build.gradle.kts"];

/// Says, beside the archive, what it was made of.
const STAMP: &str = ".longshore-compiled";

/// A digest of everything that the archive is made of: Maven takes seconds to find out that nothing has changed.
pub(super) fn fingerprint(project: &Project) -> String {
    let sources = SOURCES.map(|name| project.dir().join(name));
    let files = sources.iter().filter(|path| path.exists()).flat_map(|path| {
        let walk = WalkBuilder::new(path).standard_filters(false).sort_by_file_path(Ord::cmp).build();
        walk.flatten().map(ignore::DirEntry::into_path).collect::<Vec<_>>()
    });
    let mut hash = Sha256::new();
    for path in files.filter(|path| path.is_file()) {
        hash.update(path.as_os_str().as_encoded_bytes());
        // What cannot be read, the compiler tells.
        hash.update(fs::read(&path).unwrap_or_default());
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether there is an archive, and it was made of this.
pub(super) fn is_made_of(project: &Project, fingerprint: &str) -> bool {
    made(project).is_ok_and(|jar| fs::read_to_string(jar.with_file_name(STAMP)).is_ok_and(|found| found == fingerprint))
}

/// Notes what the archive was made of. Without the note it is only made once more.
pub(super) fn note(project: &Project, fingerprint: &str) {
    if let Ok(jar) = made(project) {
        let _ = fs::write(jar.with_file_name(STAMP), fingerprint);
    }
}

fn written(path: &PathBuf) -> SystemTime {
    fs::metadata(path).and_then(|file| file.modified()).unwrap_or(SystemTime::UNIX_EPOCH)
}

/// The newest archive that runs.
///
/// # Errors
/// `connector.no_program` when there is none.
pub(super) fn made(project: &Project) -> Result<PathBuf, FailureReason> {
    let dir = std::path::absolute(project.dir()).unwrap_or_else(|_| project.dir().to_owned());
    let folder = dir.join(if project.has("pom.xml") { "target" } else { "build/libs" });
    let found = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let runs = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        name.ends_with(".jar") && !name.starts_with("original-") && !BESIDE.iter().any(|end| name.ends_with(end))
    };
    found.filter(runs).max_by_key(written).ok_or_else(|| no_program(project))
}
