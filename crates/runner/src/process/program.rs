//! Finds a program, and tells why one does not start.

use crate::{Launch, Settings};
use longshore_protocol::FailureReason;
use rustix::fs::{Access, access};
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// A program as a shell would find it: a name with a slash is a path, any other is looked up in PATH.
pub(super) fn find(settings: &Settings, launch: &Launch<'_>, name: &OsStr) -> Result<PathBuf, FailureReason> {
    if name.as_bytes().contains(&b'/') {
        return Ok(name.into());
    }
    look_up(settings.variable("PATH").unwrap_or_default(), name).ok_or_else(|| {
        let name = name.to_string_lossy();
        launch.config_failure(
            "program.not_found",
            format!(
                "no folder of PATH holds a program `{name}`; install it, or name it with its folder: `exec:./{name}`"
            ),
        )
    })
}

/// The first executable of that name; a file that is not executable only when there is nothing better.
pub(crate) fn look_up(path: &OsStr, name: &OsStr) -> Option<PathBuf> {
    let candidates = || std::env::split_paths(path).map(|folder| folder.join(name)).filter(|file| file.is_file());
    candidates().find(|file| access(file, Access::EXEC_OK).is_ok()).or_else(|| candidates().next())
}

/// What the error of a start means for the person who named the program.
pub(super) fn explain(launch: &Launch<'_>, path: &Path, error: &io::Error) -> FailureReason {
    let shown = path.display();
    let (code, message) = match error.raw_os_error().map(rustix::io::Errno::from_raw_os_error) {
        Some(rustix::io::Errno::NOENT) if !path.exists() => {
            ("program.not_found", format!("there is no program {shown}; look at the spelling and the folder"))
        }
        Some(rustix::io::Errno::NOENT) => no_interpreter(path),
        Some(rustix::io::Errno::ACCESS) if path.is_dir() => {
            ("program.is_folder", format!("{shown} is a folder; name the program in it"))
        }
        Some(rustix::io::Errno::ACCESS) => {
            ("program.not_executable", format!("{shown} may not be executed; allow it with `chmod +x {shown}`"))
        }
        Some(rustix::io::Errno::NOEXEC) => wrong_format(path),
        _ => return super::start_failed(launch, path, error),
    };
    launch.config_failure(code, message)
}

/// The kernel says "no such file" of a file that exists when it cannot find what shall run it.
fn no_interpreter(path: &Path) -> (&'static str, String) {
    let shown = path.display();
    match first_bytes(path).strip_prefix(b"#!") {
        Some(rest) => {
            let line = rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
            let interpreter = String::from_utf8_lossy(line);
            let interpreter = interpreter.trim_end_matches(' ');
            if let Some(plain) = interpreter.strip_suffix('\r') {
                let message = format!(
                    "the first line of {shown} ends as on Windows, so `{plain}\\r` is looked for; run `sed -i 's/\\r$//' {shown}`"
                );
                return ("program.windows_line_ends", message);
            }
            let message = format!(
                "{shown} shall be run by `{}`, which does not exist; install it, or correct the first line",
                interpreter.trim()
            );
            ("program.no_interpreter", message)
        }
        None => {
            ("program.no_loader", format!("{shown} needs a loader that does not exist here; `file {shown}` names it"))
        }
    }
}

fn wrong_format(path: &Path) -> (&'static str, String) {
    let shown = path.display();
    match elf_architecture(&first_bytes(path)) {
        Some(architecture) => (
            "program.wrong_architecture",
            format!(
                "{shown} is built for {architecture}, this machine is {}; build it for this machine",
                std::env::consts::ARCH
            ),
        ),
        None => (
            "program.no_first_line",
            format!("{shown} does not say what shall run it; begin it with a line such as `#!/bin/sh`"),
        ),
    }
}

/// The architecture in the header of an ELF file (`e_machine`, two bytes at 18).
fn elf_architecture(header: &[u8]) -> Option<String> {
    let machine = header.strip_prefix(b"\x7fELF")?.get(14..16)?;
    let is_big_endian = header.get(5) == Some(&2);
    let machine = if is_big_endian { [machine[1], machine[0]] } else { [machine[0], machine[1]] };
    Some(match u16::from_le_bytes(machine) {
        3 => "x86".to_owned(),
        21 => "ppc64".to_owned(),
        22 => "s390x".to_owned(),
        40 => "arm".to_owned(),
        62 => "x86_64".to_owned(),
        183 => "aarch64".to_owned(),
        243 => "riscv64".to_owned(),
        other => format!("an architecture unknown here (ELF machine {other})"),
    })
}

/// Enough of a file for its ELF header or its first line; nothing when it cannot be read.
fn first_bytes(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = File::open(path).and_then(|file| file.take(256).read_to_end(&mut bytes));
    bytes
}

#[cfg(test)]
mod tests {
    use super::elf_architecture;

    #[test]
    fn the_architecture_is_read_in_the_byte_order_of_the_file() {
        let mut header = b"\x7fELF\x02\x01\x01".to_vec();
        header.resize(20, 0);
        header[18] = 183;
        assert_eq!(elf_architecture(&header).as_deref(), Some("aarch64"));
        (header[5], header[18], header[19]) = (2, 0, 22);
        assert_eq!(elf_architecture(&header).as_deref(), Some("s390x"));
        assert_eq!(elf_architecture(b"#!/bin/sh"), None);
    }
}
