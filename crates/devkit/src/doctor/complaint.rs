//! What a program that could not run complains of on stderr: the words of loaders, shells and interpreters.

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
}

/// Words of a line, any of which say what it complains of.
type Sign = (&'static [&'static str], fn(String) -> Complaint);

/// What a line may say, in the order in which the more telling comes first.
const SIGNS: [Sign; 13] = [
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
    (&["not found"], Complaint::CommandMissing),
];

/// The codes by which shells say that a command is missing, and that it may not be executed.
const NOT_FOUND: i32 = 127;
const NOT_EXECUTABLE: i32 = 126;

/// Understands what a program said that ended with a code. None when nothing known is said.
pub(crate) fn read(said: &str, code: i32) -> Option<Complaint> {
    let found = SIGNS.iter().find_map(|(signs, complaint)| {
        let line = said.lines().find(|line| signs.iter().any(|sign| line.contains(sign)))?;
        Some(complaint(line.trim().to_owned()))
    });
    let last = || last_words(said).unwrap_or_else(|| format!("it ended with code {code}"));
    match (found, code) {
        (Some(Complaint::CannotWrite(line)), NOT_EXECUTABLE) => Some(Complaint::NotExecutable(line)),
        (Some(Complaint::CommandMissing(_)), code) if code != NOT_FOUND => None,
        (None, NOT_FOUND) => Some(Complaint::CommandMissing(last())),
        (None, NOT_EXECUTABLE) => Some(Complaint::NotExecutable(last())),
        (found, _) => found,
    }
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

    /// Its own words, and what mends it.
    pub(crate) fn sentence(&self, is_image: bool) -> String {
        let (words, in_image, here) = match self {
            Self::LibraryMissing(words) => (
                words,
                "install the package that has the library in the Dockerfile",
                "install the package that has the library (`ldd PROGRAM` lists all of them)",
            ),
            Self::LibraryTooOld(words) => (
                words,
                "base the image on a distribution as new as the one that it was compiled on",
                "compile it on this machine, or link it statically",
            ),
            Self::ModuleMissing(words) => (
                words,
                "add it to what the Dockerfile installs",
                "install what the connector needs (`pip install -r requirements.txt`, `npm ci`)",
            ),
            Self::RuntimeTooOld(words) => {
                (words, "base the image on a newer runtime", "install a newer runtime, or compile for the older one")
            }
            Self::FileMissing(words) => (
                words,
                "copy the file into the image, or correct ENTRYPOINT",
                "correct the path; a whole path is safest",
            ),
            Self::InterpreterMissing(words) => (
                words,
                "add the interpreter to the image",
                "install the interpreter, or correct the first line of the file",
            ),
            Self::CommandMissing(words) => {
                (words, "install the command in the Dockerfile", "install the command, or correct the script")
            }
            Self::WrongMachine(words) => {
                (words, "build the image for this machine (`docker build --platform`)", "build it for this machine")
            }
            Self::NotExecutable(words) => (words, "add `RUN chmod +x FILE` to the Dockerfile", "run `chmod +x FILE`"),
            Self::CannotWrite(words) => (
                words,
                "let it write below /tmp, or give its user the folder: `RUN chown USER FOLDER` in the Dockerfile",
                "let it write below /tmp, or give this user the folder",
            ),
            Self::OutOfMemory(words) => (words, "let it take less memory", "let it take less memory"),
        };
        match is_image {
            true => format!("{words}; {in_image}, and build the image again"),
            false => format!("{words}; {here}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{last_words, read};

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
    }

    #[test]
    fn other_words_are_left_to_the_reader() {
        assert_eq!(read("ValueError: stream not found", 1), None);
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
        assert_eq!(last_words(" \n"), None);
    }
}
