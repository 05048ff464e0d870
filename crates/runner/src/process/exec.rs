//! The step from our copy of ourselves to the connector's program.
//!
//! The standard library takes that step with `execvp`, which hands a file that the kernel refuses to a shell: a
//! program for another machine would be read as a script and fail in an odd way. Longshore promises that there is no
//! shell, so the step is taken here, with a system call that says what is wrong.

use rustix::process::{Pid, Signal, getpid, getppid, set_parent_process_death_signal};
use std::ffi::{CString, OsString, c_char};
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::ptr;

/// A program, its arguments and its whole environment, laid out beforehand: nothing may be allocated after the fork.
pub(super) struct Exec {
    program: CString,
    arguments: Strings,
    environment: Strings,
    longshore: Pid,
}

impl Exec {
    /// # Errors
    /// When a word holds a zero byte, which no program can be given.
    pub(super) fn new(
        program: &Path,
        arguments: impl IntoIterator<Item = OsString>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> io::Result<Self> {
        let variables = environment.into_iter().map(|(mut variable, value)| {
            variable.push("=");
            variable.push(value);
            variable
        });
        Ok(Self {
            program: CString::new(program.as_os_str().as_bytes())?,
            arguments: Strings::new(arguments)?,
            environment: Strings::new(variables)?,
            longshore: getpid(),
        })
    }

    /// Lets a command become this program instead of its own, once its pipes and its group are in place.
    #[expect(unsafe_code, reason = "code between fork and exec has no safe interface")]
    pub(super) fn replace_exec_of(self, command: &mut Command) {
        // SAFETY: `run` makes system calls only, and allocates nothing.
        unsafe { command.pre_exec(move || Err(self.run())) };
    }

    /// Becomes the program; comes back only with the reason why not.
    #[expect(unsafe_code, reason = "exec has no safe interface")]
    fn run(&self) -> io::Error {
        // The kernel shall kill the connector when the thread that starts it ends, in whatever way. It may have ended
        // before the kernel was asked.
        if let Err(error) = set_parent_process_death_signal(Some(Signal::KILL)) {
            return error.into();
        }
        if getppid() != Some(self.longshore) {
            return io::ErrorKind::BrokenPipe.into();
        }
        // SAFETY: all three are C strings, and lists of them that end with a null pointer.
        unsafe { libc::execve(self.program.as_ptr(), self.arguments.pointers(), self.environment.pointers()) };
        io::Error::last_os_error()
    }
}

/// Strings as the kernel takes them: a list of pointers with a null at its end.
struct Strings {
    pointers: Vec<*const c_char>,
    /// What the pointers point to.
    _strings: Vec<CString>,
}

// SAFETY: the pointers lead into strings that are owned here and never change.
#[expect(unsafe_code, reason = "pointers are not known to be safe to share")]
unsafe impl Send for Strings {}
// SAFETY: as above.
#[expect(unsafe_code, reason = "pointers are not known to be safe to share")]
unsafe impl Sync for Strings {}

impl Strings {
    fn new(words: impl IntoIterator<Item = OsString>) -> io::Result<Self> {
        let strings: Vec<CString> =
            words.into_iter().map(|word| CString::new(word.into_vec())).collect::<Result<_, _>>()?;
        let pointers = strings.iter().map(|string| string.as_ptr()).chain([ptr::null()]).collect();
        Ok(Self { pointers, _strings: strings })
    }

    fn pointers(&self) -> *const *const c_char {
        self.pointers.as_ptr()
    }
}
