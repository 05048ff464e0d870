//! What lies beneath a static program when no other image does: a busybox with its links, a user, and folders that this
//! user may write. Platforms on Kubernetes start a connector by a shell inside of its image.

use super::BuildOptions;
use super::elf::Elf;
use crate::failure::config_failure;
use longshore_images::{Content, LayerBuilder, Owner, Platform};
use longshore_protocol::FailureReason;
use std::path::{Path, PathBuf};

/// Where Debian's package busybox-static and others put it.
const PLACES: [&str; 3] = ["/bin/busybox", "/usr/bin/busybox", "/sbin/busybox"];

/// The user of a connector.
pub(super) const USER: Owner = Owner { uid: 1000, gid: 1000 };

/// What a shell of a platform and a person who looks around need.
pub(super) const LINKS: [&str; 44] = [
    "[", "ash", "awk", "basename", "cat", "chmod", "cp", "cut", "date", "df", "dirname", "du", "echo", "env", "expr",
    "false", "find", "grep", "gunzip", "gzip", "head", "id", "kill", "ln", "ls", "mkdir", "mkfifo", "mv", "printf",
    "ps", "pwd", "rm", "rmdir", "sed", "sh", "sleep", "sort", "tail", "tar", "test", "touch", "tr", "true", "wc",
];

const PASSWD: &str = "root:x:0:0:root:/:/bin/sh\nairbyte:x:1000:1000:airbyte:/airbyte:/bin/sh\n";
const GROUP: &str = "root:x:0:\nairbyte:x:1000:\n";

/// The layer. Nothing of this machine but the busybox gets into it.
pub(super) fn layer(options: &BuildOptions<'_>, platform: &Platform) -> Result<LayerBuilder, FailureReason> {
    let busybox = find(options, platform)?;
    let mut layer = LayerBuilder::new(options.source_date);
    layer.file("bin/busybox", Content::File(busybox), 0o755, Owner::ROOT)?;
    for name in LINKS {
        layer.link(&format!("bin/{name}"), "busybox")?;
    }
    layer.file("etc/passwd", Content::Bytes(PASSWD.into()), 0o644, Owner::ROOT)?;
    layer.file("etc/group", Content::Bytes(GROUP.into()), 0o644, Owner::ROOT)?;
    layer.folder("tmp", 0o1777, Owner::ROOT)?;
    layer.folder("airbyte", 0o755, USER)?;
    Ok(layer)
}

fn find(options: &BuildOptions<'_>, platform: &Platform) -> Result<PathBuf, FailureReason> {
    let places = match &options.busybox {
        Some(place) => vec![place.clone()],
        None => PLACES.map(PathBuf::from).into(),
    };
    let mut problems = Vec::new();
    for place in places {
        match problem(&place, platform) {
            None => return Ok(place),
            Some(problem) => problems.push(format!("{}: {problem}", place.display())),
        }
    }
    let message = format!(
        "there is no static busybox for {platform} to build the image on; install it with `sudo apt-get install \
         busybox-static`, or name an image in metadata.yaml: connectorBuildOptions.baseImage"
    );
    Err(config_failure("build.no_base", message).with_detail(problems.join("\n")))
}

/// Why a busybox cannot be used.
fn problem(place: &Path, platform: &Platform) -> Option<String> {
    match Elf::read(place) {
        Err(error) => Some(error.to_string()),
        Ok(None) => Some("no program".to_owned()),
        Ok(Some(elf)) if elf.architecture() != platform.architecture => Some(format!("for {}", elf.architecture())),
        Ok(Some(elf)) => (!elf.is_static).then(|| "not static".to_owned()),
    }
}
