//! What a program that could not run complains of on stderr: the words of loaders, shells and interpreters.

mod remedy;

/// What is missing or forbidden.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Complaint {
    /// A shared library that the program is linked with.
    LibraryMissing(String),
    /// The C library is older than the program was built for.
    LibraryTooOld(String),
    /// A package of the language.
    ModuleMissing(String),
    /// The runtime is older than the program was compiled for.
    RuntimeTooOld(String),
    /// The file that the interpreter was to run.
    FileMissing(String),
    /// What shall run a script.
    InterpreterMissing(String),
    /// A program that a script calls.
    CommandMissing(String),
    /// A program that is built for another machine.
    WrongMachine(String),
    /// A program that may not be executed.
    NotExecutable(String),
    /// A place where the connector may not write.
    CannotWrite(String),
    /// The runtime had too little memory.
    OutOfMemory(String),
    /// A variable of the environment that is not set.
    VariableMissing(String),
    /// Something on the network that does not answer.
    NetworkNeeded(String),
    /// The verb is none that the program takes.
    VerbUnknown(String),
}

/// Words of a line, any of which say what it complains of.
type Sign = (&'static [&'static str], fn(String) -> Complaint);

/// What a line may say, in the order in which the more telling comes first.
const SIGNS: [Sign; 16] = [
    (&["version `GLIBC", "version 'GLIBC", "version `CXXABI", "GLIBCXX_"], Complaint::LibraryTooOld),
    (
        &[
            "error while loading shared libraries",
            "Error loading shared library",
            "cannot open shared object file",
            "java.lang.UnsatisfiedLinkError",
        ],
        Complaint::LibraryMissing,
    ),
    (&["UnsupportedClassVersionError", "has been compiled by a more recent version"], Complaint::RuntimeTooOld),
    (
        &["can't open file", "Unable to access jarfile", "Could not open input file", "No such file or directory -- "],
        Complaint::FileMissing,
    ),
    (&["Cannot find module '/"], Complaint::FileMissing),
    (
        &[
            "ModuleNotFoundError",
            "No module named",
            "Cannot find module",
            "Cannot find package",
            "NoClassDefFoundError",
            "ClassNotFoundException",
            "Could not find or load main class",
            "no main manifest attribute",
            "cannot load such file",
            "Can't locate ",
        ],
        Complaint::ModuleMissing,
    ),
    (&["xec format error", "cannot execute binary file"], Complaint::WrongMachine),
    (&["OutOfMemoryError", "heap out of memory", "MemoryError", "Cannot allocate memory"], Complaint::OutOfMemory),
    (&["Read-only file system", "EROFS", "ReadOnlyFileSystem"], Complaint::CannotWrite),
    (
        &["bad interpreter", "required file not found", "env: can't execute", "env: \u{2018}", "env: '", "env: `"],
        Complaint::InterpreterMissing,
    ),
    (&["ermission denied", "EACCES", "AccessDeniedException", "Operation not permitted"], Complaint::CannotWrite),
    (&["can't open '", "cannot open "], Complaint::FileMissing),
    (
        &["parameter not set", "parameter null or not set", "unbound variable", "environment variable not found"],
        Complaint::VariableMissing,
    ),
    (
        &[
            "ame or service not known",
            "emporary failure in name resolution",
            "name resolution",
            "ould not resolve host",
            "getaddrinfo",
            "UnknownHostException",
            "onnection refused",
            "ECONNREFUSED",
            "etwork is unreachable",
            "Couldn't connect to server",
        ],
        Complaint::NetworkNeeded,
    ),
    (
        &[
            "unrecognized arguments",
            "unrecognized subcommand",
            "invalid choice: '",
            "nknown command",
            "arguments are required",
            "No such command",
        ],
        Complaint::VerbUnknown,
    ),
    (&["not found"], Complaint::CommandMissing),
];

/// What a program that says how it is used complains of, whatever its code.
pub(crate) fn usage(said: &str) -> Option<Complaint> {
    let line = said.lines().map(str::trim).find(|line| line.to_ascii_lowercase().starts_with("usage:"))?;
    Some(Complaint::VerbUnknown(line.to_owned()))
}

/// The codes by which shells say that a command is missing, and that it may not be executed.
const NOT_FOUND: i32 = 127;
const NOT_EXECUTABLE: i32 = 126;

/// Understands what a program said that ended with a code. None when nothing known is said.
pub(crate) fn read(said: &str, code: i32) -> Option<Complaint> {
    let found = SIGNS.iter().find_map(|(signs, complaint)| {
        let mut lines = said
            .lines()
            .filter(|line| !line.starts_with("note: "))
            .filter(|line| signs.iter().any(|sign| line.contains(sign)))
            .peekable();
        let first = *lines.peek()?;
        // Below a trace, what is indented is code that only mentions it.
        let line = lines.find(|line| !line.starts_with([' ', '\t'])).unwrap_or(first);
        Some(complaint(line.trim().to_owned()))
    });
    let found = found.or_else(|| variable(said)).or_else(|| usage(said));
    let last = || last_words(said).unwrap_or_else(|| format!("it ended with code {code}"));
    match (found, code) {
        (Some(Complaint::CannotWrite(line)), NOT_EXECUTABLE) => Some(Complaint::NotExecutable(line)),
        (Some(Complaint::CommandMissing(_)), code) if code != NOT_FOUND => None,
        (None, NOT_FOUND) => Some(Complaint::CommandMissing(last())),
        (None, NOT_EXECUTABLE) => Some(Complaint::NotExecutable(last())),
        (found, _) => found,
    }
}

/// A variable that a program of Python looked for in its environment: the trace says so, its last line only names it.
fn variable(said: &str) -> Option<Complaint> {
    let name = last_words(said)?.strip_prefix("KeyError: ")?.trim_matches('\'').to_owned();
    said.contains("environ").then(|| Complaint::VariableMissing(format!("the variable {name} is not set")))
}

/// The last line that says something: the reason of a stack trace stands there, or before its frames.
pub(crate) fn last_words(said: &str) -> Option<String> {
    let is_frame = |line: &&str| {
        let line = line.trim();
        line.is_empty()
            || line.starts_with("at ")
            || line.starts_with("File \"")
            || line.starts_with("... ")
            || line.starts_with("Node.js v")
            || line.starts_with("note: ")
            || matches!(line, "}" | "{" | "]" | ")")
    };
    let line = said.lines().rev().find(|line| !is_frame(line))?;
    let words: String = line.trim().chars().take(200).collect();
    Some(words)
}

impl Complaint {
    /// The stable code, which for some depends on where the program is.
    pub(crate) fn code(&self, is_image: bool) -> &'static str {
        match (self, is_image) {
            (Self::LibraryMissing(_), _) => "connector.library_missing",
            (Self::LibraryTooOld(_), _) => "connector.library_too_old",
            (Self::ModuleMissing(_), _) => "connector.module_missing",
            (Self::RuntimeTooOld(_), _) => "connector.runtime_too_old",
            (Self::CommandMissing(_), _) => "connector.command_missing",
            (Self::CannotWrite(_), _) => "connector.cannot_write",
            (Self::OutOfMemory(_), _) => "connector.out_of_memory",
            (Self::VariableMissing(_), _) => "connector.variable_missing",
            (Self::NetworkNeeded(_), _) => "connector.network_needed",
            (Self::VerbUnknown(_), _) => "connector.verb_unknown",
            (Self::FileMissing(_), true) => "image.entrypoint_not_found",
            (Self::FileMissing(_), false) => "program.not_found",
            (Self::InterpreterMissing(_), true) => "image.no_interpreter",
            (Self::InterpreterMissing(_), false) => "program.no_interpreter",
            (Self::WrongMachine(_), true) => "image.wrong_architecture",
            (Self::WrongMachine(_), false) => "program.wrong_architecture",
            (Self::NotExecutable(_), true) => "image.entrypoint_not_executable",
            (Self::NotExecutable(_), false) => "program.not_executable",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Complaint, last_words, read};

    #[track_caller]
    fn code(said: &str, exit: i32) -> &'static str {
        read(said, exit).unwrap_or_else(|| panic!("{said}")).code(false)
    }

    #[test]
    fn the_words_of_loaders_and_interpreters_are_known() {
        let library =
            "./run: error while loading shared libraries: libpq.so.5: cannot open shared object file: No such file";
        assert_eq!(code(library, 127), "connector.library_missing");
        assert_eq!(
            code("Error loading shared library libpq.so.5: No such file or directory (needed by /run)", 127),
            "connector.library_missing"
        );
        assert_eq!(
            code("/run: /lib/libc.so.6: version `GLIBC_2.38' not found (required by /run)", 1),
            "connector.library_too_old"
        );
        assert_eq!(
            code(
                "Traceback (most recent call last):\n  File \"m.py\", line 1\nModuleNotFoundError: No module named 'requests'",
                1
            ),
            "connector.module_missing"
        );
        assert_eq!(code("/usr/bin/python3: No module named source_x", 1), "connector.module_missing");
        assert_eq!(
            code("ImportError: libxml2.so.2: cannot open shared object file: No such file or directory", 1),
            "connector.library_missing"
        );
        assert_eq!(code("Error: Cannot find module 'express'\nRequire stack:", 1), "connector.module_missing");
        assert_eq!(code("Error: Cannot find module '/app/index.js'", 1), "program.not_found");
        assert_eq!(
            code("python3: can't open file '/app/main.py': [Errno 2] No such file or directory", 2),
            "program.not_found"
        );
        assert_eq!(code("Error: Unable to access jarfile x.jar", 1), "program.not_found");
        assert_eq!(code("sh: 0: cannot open /run.sh: No such file", 2), "program.not_found");
        assert_eq!(
            code("Exception in thread \"main\" java.lang.NoClassDefFoundError: a/B", 1),
            "connector.module_missing"
        );
        assert_eq!(code("java.lang.UnsupportedClassVersionError: A has been compiled", 1), "connector.runtime_too_old");
        assert_eq!(code("env: \u{2018}python3\u{2019}: No such file or directory", 127), "program.no_interpreter");
        assert_eq!(code("/run.sh: line 3: jq: command not found", 127), "connector.command_missing");
        assert_eq!(code("", 127), "connector.command_missing");
        assert_eq!(code("sh: /x: Permission denied", 126), "program.not_executable");
        assert_eq!(code("/bin/sh: 1: ./x: Exec format error", 126), "program.wrong_architecture");
        assert_eq!(code("PermissionError: [Errno 13] Permission denied: '/data'", 1), "connector.cannot_write");
        assert_eq!(code("touch: /state: Read-only file system", 1), "connector.cannot_write");
        assert_eq!(code("java.lang.OutOfMemoryError: Java heap space", 1), "connector.out_of_memory");
        let environ = "  File \"m.py\", line 3, in <module>\n    os.environ[\"URL\"]\nKeyError: 'URL'";
        assert_eq!(code(environ, 1), "connector.variable_missing");
        assert_eq!(code("./run: 2: URL: parameter not set", 2), "connector.variable_missing");
        assert_eq!(
            code("urllib.error.URLError: <urlopen error [Errno 111] Connection refused>", 1),
            "connector.network_needed"
        );
        assert_eq!(
            code("x: error: argument verb: invalid choice: 'spec' (choose from 'run')", 2),
            "connector.verb_unknown"
        );
        assert_eq!(code("Usage: x [OPTIONS]", 2), "connector.verb_unknown");
        assert!(matches!(
            read("    raise MemoryError()\nMemoryError: 1 GB", 1),
            Some(Complaint::OutOfMemory(words)) if words == "MemoryError: 1 GB"
        ));
    }

    #[test]
    fn other_words_are_left_to_the_reader() {
        assert_eq!(read("ValueError: stream not found", 1), None);
        assert_eq!(read("KeyError: 'host'", 1), None);
        assert_eq!(
            read("no row\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace", 101),
            None
        );
        assert_eq!(read("", 1), None);
    }

    #[test]
    fn the_reason_of_a_trace_is_its_last_word() {
        let python = "Traceback (most recent call last):\n  File \"m.py\", line 1, in <module>\nValueError: no\n";
        assert_eq!(last_words(python).as_deref(), Some("ValueError: no"));
        assert_eq!(
            last_words("java.lang.Error: no\n\tat a.B.c(B.java:1)\n\t... 3 more").as_deref(),
            Some("java.lang.Error: no")
        );
        let rust = "thread 'main' panicked at a.rs:1:5:\nno row\nnote: run with `RUST_BACKTRACE=1`\n";
        assert_eq!(last_words(rust).as_deref(), Some("no row"));
        assert_eq!(last_words(" \n"), None);
    }
}
