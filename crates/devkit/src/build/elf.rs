//! Reads the head of a program: for which machine it is, and whether it is static.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

const MAGIC: &[u8] = b"\x7fELF";
const IS_64_BIT: u8 = 2;
const IS_LITTLE_ENDIAN: u8 = 1;
const HEAD_BYTES: usize = 64;
/// The program header that names the loader of a program that is not static.
const INTERPRETER: u32 = 3;

/// What the head of a program says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Elf {
    machine: u16,
    pub(super) is_static: bool,
}

impl Elf {
    /// None when it is no program of 64 bits and little endian.
    pub(super) fn read(path: &Path) -> io::Result<Option<Self>> {
        let mut file = File::open(path)?;
        let mut head = [0; HEAD_BYTES];
        match file.read_exact(&mut head) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            read => read?,
        }
        if !head.starts_with(MAGIC) || (head[4], head[5]) != (IS_64_BIT, IS_LITTLE_ENDIAN) {
            return Ok(None);
        }
        let [start, size, count] = [number(&head[32..40]), number(&head[54..56]), number(&head[56..58])];
        let machine = u16::from_le_bytes([head[18], head[19]]);
        Ok(Some(Self { machine, is_static: !has_interpreter(&mut file, start, size, count)? }))
    }

    /// The architecture in the words of images.
    pub(super) fn architecture(self) -> &'static str {
        match self.machine {
            62 => "amd64",
            183 => "arm64",
            _ => "another machine",
        }
    }
}

fn has_interpreter(file: &mut File, start: u64, size: u64, count: u64) -> io::Result<bool> {
    for at in 0..count {
        let mut kind = [0; 4];
        file.seek(SeekFrom::Start(start.saturating_add(at * size).min(i64::MAX as u64)))?;
        file.read_exact(&mut kind)?;
        if u32::from_le_bytes(kind) == INTERPRETER {
            return Ok(true);
        }
    }
    Ok(false)
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::Elf;
    use longshore_images::Platform;
    use std::path::Path;

    #[test]
    fn static_programs_are_told_from_others() {
        let read = |path: &str| Elf::read(Path::new(path)).unwrap();
        let busybox = read("/bin/busybox").unwrap();
        assert!(busybox.is_static);
        assert_eq!(busybox.architecture(), Platform::of_this_machine().architecture);
        assert!(!read("/bin/sh").unwrap().is_static);
        assert_eq!(read("/etc/passwd"), None);
        assert_eq!(read("/dev/null"), None);
    }

    #[test]
    fn a_head_that_promises_more_than_there_is_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("cut");
        let mut head = b"\x7fELF\x02\x01".to_vec();
        head.resize(64, 0xff);
        std::fs::write(&path, head).unwrap();
        assert!(Elf::read(&path).is_err());
    }
}
