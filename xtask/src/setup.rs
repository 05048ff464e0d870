//! What the tests need from the machine: looked for, and installed through apt when it is missing and we are root.
//!
//! A part that cannot be had ends the run with the command that gets it. Nothing is ever skipped for want of it.

use crate::command::{command, run as run_command, succeeds};
use crate::places::has_program;
use anyhow::{Result, bail};
use std::path::Path;

/// One thing that the tests need.
struct Need {
    what: &'static str,
    is_there: fn() -> bool,
    packages: &'static [&'static str],
}

const NEEDS: [Need; 9] = [
    Need {
        what: "a Docker Engine (real containers)",
        is_there: || ["dockerd", "docker", "containerd", "runc"].into_iter().all(has_program),
        packages: &["docker.io"],
    },
    Need {
        what: "debootstrap (the base of the test images)",
        is_there: || has_program("debootstrap") && Path::new("/usr/share/keyrings/debian-archive-keyring.gpg").exists(),
        packages: &["debootstrap", "debian-archive-keyring"],
    },
    Need {
        what: "a static busybox (images without anything else)",
        // `ldd` fails for a program that needs no libraries.
        is_there: || Path::new("/bin/busybox").exists() && !succeeds(&mut command("ldd", ["/bin/busybox"])),
        packages: &["busybox-static"],
    },
    Need {
        what: "Python with venv and pip (connectors from PyPI)",
        is_there: || succeeds(&mut command("python3", ["-c", "import venv, ensurepip"])),
        packages: &["python3", "python3-venv"],
    },
    Need {
        what: "a registry (real pushes and pulls)",
        is_there: || has_program("docker-registry"),
        packages: &["docker-registry"],
    },
    Need {
        what: "skopeo (a client of registries that nobody here wrote)",
        is_there: || has_program("skopeo"),
        packages: &["skopeo"],
    },
    Need {
        what: "PostgreSQL (readers of what destinations write)",
        is_there: || Path::new("/usr/lib/postgresql").exists(),
        packages: &["postgresql"],
    },
    Need {
        what: "Node and npm (connectors in TypeScript)",
        is_there: || has_program("node") && has_program("npm"),
        packages: &["nodejs", "npm"],
    },
    Need {
        what: "a JDK, Maven, and the libraries that connectors in Java use",
        is_there: || {
            has_program("javac") && has_program("mvn") && JAVA_ARTEFACTS.iter().all(|path| Path::new(path).exists())
        },
        packages: &JAVA_PACKAGES,
    },
];

/// What the pom.xml of the templates names, as Debian packs it.
pub(crate) const JAVA_PACKAGES: [&str; 11] = [
    "openjdk-17-jdk-headless",
    "maven",
    "junit5",
    "libh2-java",
    "libjackson2-databind-java",
    "libmaven-compiler-plugin-java",
    "libmaven-jar-plugin-java",
    "libmaven-resources-plugin-java",
    "libmaven-shade-plugin-java",
    "libpostgresql-jdbc-java",
    "libsurefire-java",
];
/// One part of each of these packages.
const JAVA_ARTEFACTS: [&str; 9] = [
    "/usr/share/maven-repo/org/junit/jupiter/junit-jupiter",
    "/usr/share/maven-repo/com/h2database/h2",
    "/usr/share/maven-repo/com/fasterxml/jackson/core/jackson-databind",
    "/usr/share/maven-repo/org/apache/maven/plugins/maven-compiler-plugin",
    "/usr/share/maven-repo/org/apache/maven/plugins/maven-jar-plugin",
    "/usr/share/maven-repo/org/apache/maven/plugins/maven-resources-plugin",
    "/usr/share/maven-repo/org/apache/maven/plugins/maven-shade-plugin",
    "/usr/share/maven-repo/org/postgresql/postgresql",
    "/usr/share/maven-repo/org/apache/maven/plugins/maven-surefire-plugin",
];

/// Makes sure of every need.
///
/// # Errors
/// When something is missing and cannot be installed; the message holds the command that installs it.
pub(crate) fn run() -> Result<()> {
    let missing: Vec<&Need> = NEEDS.iter().filter(|need| !(need.is_there)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    for need in &missing {
        eprintln!("missing: {}", need.what);
    }
    let packages: Vec<&str> = missing.iter().flat_map(|need| need.packages).copied().collect();
    let by_hand = format!("apt-get update && apt-get install -y --no-install-recommends {}", packages.join(" "));
    if !rustix::process::geteuid().is_root() {
        bail!("the tests need more than is installed; run this as root, then again what you ran:\n    {by_hand}");
    }
    install(&packages).map_err(|error| error.context(format!("cannot install by `{by_hand}`")))?;
    match missing.iter().find(|need| !(need.is_there)()) {
        None => Ok(()),
        Some(need) => bail!("{} is not there even after `{by_hand}`", need.what),
    }
}

fn install(packages: &[&str]) -> Result<()> {
    let quietly = |arguments: &[&str]| {
        run_command(command("apt-get", arguments).env("DEBIAN_FRONTEND", "noninteractive").env("NEEDRESTART_MODE", "a"))
    };
    quietly(&["update", "-q"])?;
    quietly(&[&["install", "-q", "-y", "--no-install-recommends"], packages].concat())
}
