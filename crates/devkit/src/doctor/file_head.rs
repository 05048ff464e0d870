//! What the first bytes of a program say: for which machine it is, and what shall run it.

/// What a file is to the kernel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Program {
    /// A compiled program: the machine in the words of images, or another system, and its loader when it is not static.
    Elf { machine: String, loader: Option<String> },
    /// A script: the words of its first line.
    Script { interpreter: String, argument: Option<String>, has_windows_end: bool },
    /// Nothing that the kernel knows how to run.
    Unknown { is_empty: bool },
}

/// The program header that names the loader.
const INTERPRETER: u32 = 3;

/// Reads the head.
pub(super) fn program(head: &[u8]) -> Program {
    if let Some(rest) = head.strip_prefix(b"#!") {
        return script(rest);
    }
    if let Some(system) = other_system(head) {
        return Program::Elf { machine: system.to_owned(), loader: None };
    }
    match head.strip_prefix(b"\x7fELF") {
        Some(_) if head.len() >= 20 => Program::Elf { machine: machine(head), loader: loader(head) },
        _ => Program::Unknown { is_empty: head.is_empty() },
    }
}

/// The system of a compiled program that is none of Linux, by how it begins.
fn other_system(head: &[u8]) -> Option<&'static str> {
    const MAC: &[u8] = b"\xcf\xfa\xed\xfe";
    let is_windows = head.starts_with(b"MZ") && head.contains(&0);
    head.starts_with(MAC).then_some("macOS").or(is_windows.then_some("Windows"))
}

fn script(rest: &[u8]) -> Program {
    let line = rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    let has_windows_end = line.ends_with('\r');
    let words = line.trim();
    let (interpreter, argument) = match words.split_once([' ', '\t']) {
        Some((interpreter, argument)) => (interpreter, Some(argument.trim().to_owned())),
        None => (words, None),
    };
    Program::Script { interpreter: interpreter.to_owned(), argument, has_windows_end }
}

fn machine(head: &[u8]) -> String {
    let [low, high] = if head[5] == 2 { [head[19], head[18]] } else { [head[18], head[19]] };
    match u16::from_le_bytes([low, high]) {
        3 => "386".to_owned(),
        21 => "ppc64le".to_owned(),
        22 => "s390x".to_owned(),
        40 => "arm".to_owned(),
        62 => "amd64".to_owned(),
        183 => "arm64".to_owned(),
        243 => "riscv64".to_owned(),
        other => format!("ELF machine {other}"),
    }
}

/// Of programs of 64 bits and little endian; others are for other machines anyhow.
fn loader(head: &[u8]) -> Option<String> {
    if (head[4], head[5]) != (2, 1) {
        return None;
    }
    let number = |at: usize, bytes: usize| -> Option<usize> {
        let slice = head.get(at..at.checked_add(bytes)?)?;
        Some(slice.iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte)))
    };
    let (start, size, count) = (number(32, 8)?, number(54, 2)?, number(56, 2)?);
    let headers = (0..count).map(|at| start.saturating_add(at * size));
    let header = headers.into_iter().find(|at| number(*at, 4) == Some(INTERPRETER as usize))?;
    let (offset, length) = (number(header.checked_add(8)?, 8)?, number(header.checked_add(32)?, 8)?);
    let path = head.get(offset..offset.checked_add(length)?)?;
    Some(String::from_utf8_lossy(path).trim_end_matches('\0').to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Program, program};

    #[test]
    fn first_lines_are_read_as_the_kernel_reads_them() {
        let script = |interpreter: &str, argument: Option<&str>, has_windows_end| Program::Script {
            interpreter: interpreter.to_owned(),
            argument: argument.map(str::to_owned),
            has_windows_end,
        };
        assert_eq!(program(b"#!/bin/sh\necho"), script("/bin/sh", None, false));
        assert_eq!(program(b"#! /usr/bin/env python3\r\n"), script("/usr/bin/env", Some("python3"), true));
        assert_eq!(program(b"echo hello\n"), Program::Unknown { is_empty: false });
        assert_eq!(program(b""), Program::Unknown { is_empty: true });
    }

    #[test]
    fn programs_name_their_machine_and_their_loader() {
        let shell = std::fs::read("/bin/sh").unwrap();
        let Program::Elf { machine, loader } = program(&shell) else { panic!("no program") };
        assert_eq!(machine, longshore_images::Platform::of_this_machine().architecture);
        assert!(loader.unwrap().contains("/ld-"));
        let busybox = program(&std::fs::read("/bin/busybox").unwrap());
        assert!(matches!(busybox, Program::Elf { loader: None, .. }), "{busybox:?}");
        let mut foreign = b"\x7fELF\x02\x01\x01".to_vec();
        foreign.resize(64, 0);
        foreign[18] = 183;
        assert_eq!(program(&foreign), Program::Elf { machine: "arm64".to_owned(), loader: None });
        let mac = program(b"\xcf\xfa\xed\xfe\x07\x00\x00\x01");
        assert_eq!(mac, Program::Elf { machine: "macOS".to_owned(), loader: None });
        assert!(matches!(program(b"MZ is how this text begins"), Program::Unknown { .. }));
        foreign[32..].fill(0xff);
        assert!(matches!(program(&foreign), Program::Elf { loader: None, .. }));
    }
}
