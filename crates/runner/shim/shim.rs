//! The first program inside a connector's container: it joins the connector to Longshore's FIFOs and becomes it.
//!
//! Longshore mounts a folder at `/longshore` that holds this program, the files of the run, and the FIFOs `stdout`,
//! `stderr`, `status` and, for a destination, `stdin`. The shim opens them in place of what the engine gave it and
//! executes the image's own entry point, `shim PROGRAM ARGUMENT…`. When the connector runs, `status` closes without
//! a word, because the kernel closes it on exec. When it cannot run, two bytes say why: a step (`o` open, `e` exec,
//! `i` the interpreter of a script is missing) and the error number. `src/docker/fifo.rs` reads them.
//!
//! It needs nothing from the image, neither a shell nor a C library, so it is made of system calls alone. FIFOs are
//! opened without waiting for the other side: when Longshore was killed in between, opening fails or the connector
//! sees the end of its input at once, and nothing stays behind.

#![no_std]
#![no_main]
#![no_builtins] // Otherwise the compiler turns loops into calls of memcpy and strlen, which are not here.

use core::arch::{asm, naked_asm};
use core::ffi::CStr;
use core::mem::MaybeUninit;
use core::slice;

#[cfg(target_arch = "x86_64")]
mod number {
    pub const WRITE: usize = 1;
    pub const FCNTL: usize = 72;
    pub const EXECVE: usize = 59;
    pub const EXIT_GROUP: usize = 231;
    pub const OPENAT: usize = 257;
    pub const FACCESSAT: usize = 269;
    pub const DUP3: usize = 292;
}

#[cfg(target_arch = "aarch64")]
mod number {
    pub const WRITE: usize = 64;
    pub const FCNTL: usize = 25;
    pub const EXECVE: usize = 221;
    pub const EXIT_GROUP: usize = 94;
    pub const OPENAT: usize = 56;
    pub const FACCESSAT: usize = 48;
    pub const DUP3: usize = 24;
}

const READ_ONLY: usize = 0;
const WRITE_ONLY: usize = 1;
const NON_BLOCKING: usize = 0o4000;
const CLOSE_ON_EXEC: usize = 0o2_000_000;
const CURRENT_FOLDER: usize = -100_isize as usize;
const SET_FLAGS: usize = 4;
const NO_ENTRY: isize = -2;
const NO_ACCESS: isize = -13;
const NOT_A_FOLDER: isize = -20;
const DEFAULT_PATH: &[u8] = b"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The longest path that the kernel takes, its closing zero included.
const LONGEST_PATH: usize = 4096;

/// A list of C strings that ends with a null pointer: arguments or environment.
type Strings = *const *const u8;

#[unsafe(naked)]
#[unsafe(no_mangle)]
#[cfg(target_arch = "x86_64")]
unsafe extern "C" fn _start() -> ! {
    naked_asm!("mov rdi, rsp", "and rsp, -16", "call {main}", "ud2", main = sym main)
}

#[unsafe(naked)]
#[unsafe(no_mangle)]
#[cfg(target_arch = "aarch64")]
unsafe extern "C" fn _start() -> ! {
    naked_asm!("mov x0, sp", "bl {main}", "brk #1", main = sym main)
}

extern "C" fn main(stack: *const usize) -> ! {
    // SAFETY: at the start of a program the kernel leaves here: the number of arguments, the arguments, a null, the
    // environment, a null. The first argument is the shim itself.
    let (arguments, environment) = unsafe {
        let strings: Strings = stack.add(1).cast();
        (strings.add(1), strings.add(*stack + 1))
    };
    let status = open(c"/longshore/status", WRITE_ONLY);
    if status < 0 {
        exit(126); // Longshore is gone; nobody is left to be told.
    }
    let opened = join(c"/longshore/stdin", READ_ONLY, 0, true)
        .and_then(|()| join(c"/longshore/stdout", WRITE_ONLY, 1, false))
        .and_then(|()| join(c"/longshore/stderr", WRITE_ONLY, 2, false));
    let (step, error) = match opened {
        Ok(()) => execute(arguments, environment),
        Err(error) => (b'o', error),
    };
    let report = [step, error.unsigned_abs() as u8];
    call(number::WRITE, [status as usize, report.as_ptr() as usize, report.len(), 0]);
    exit(if error == NO_ENTRY { 127 } else { 126 })
}

/// Puts a FIFO in the place of a standard stream. An optional one that does not exist leaves the stream as it is.
fn join(path: &CStr, access: usize, stream: usize, optional: bool) -> Result<(), isize> {
    let fifo = open(path, access);
    if fifo == NO_ENTRY && optional {
        return Ok(());
    }
    check(fifo)?;
    check(call(number::FCNTL, [fifo as usize, SET_FLAGS, access, 0]))?;
    check(call(number::DUP3, [fifo as usize, stream, 0, 0]))
}

fn open(path: &CStr, access: usize) -> isize {
    let flags = access | NON_BLOCKING | CLOSE_ON_EXEC;
    call(number::OPENAT, [CURRENT_FOLDER, path.as_ptr() as usize, flags, 0])
}

fn check(result: isize) -> Result<(), isize> {
    if result < 0 { Err(result) } else { Ok(()) }
}

/// Becomes the connector. Comes back only when that fails, with the step and the error.
fn execute(arguments: Strings, environment: Strings) -> (u8, isize) {
    // SAFETY: both lists come from the kernel and end with a null pointer.
    let (program, path) = unsafe { (bytes(*arguments), search_path(environment)) };
    if program.is_empty() {
        return (b'e', NO_ENTRY);
    }
    if program.iter().any(|byte| *byte == b'/') {
        return execute_file(b"", program, arguments, environment);
    }
    let mut failure = (b'e', NO_ENTRY);
    for folder in path.split(|byte| *byte == b':') {
        match execute_file(folder, program, arguments, environment) {
            (b'e', NO_ENTRY | NOT_A_FOLDER) => {}
            (b'e', NO_ACCESS) => failure = (b'e', NO_ACCESS),
            other => return other,
        }
    }
    failure
}

fn execute_file(folder: &[u8], name: &[u8], arguments: Strings, environment: Strings) -> (u8, isize) {
    let mut path = [const { MaybeUninit::<u8>::uninit() }; LONGEST_PATH]; // Zeroing it would be a call of memset.
    let slash: &[u8] = if folder.is_empty() { b"" } else { b"/" };
    if folder.len() + name.len() + 2 > LONGEST_PATH {
        return (b'e', NO_ENTRY);
    }
    for (place, byte) in path.iter_mut().zip(folder.iter().chain(slash).chain(name).chain(b"\0")) {
        place.write(*byte);
    }
    let file = path.as_ptr() as usize;
    let error = call(number::EXECVE, [file, arguments as usize, environment as usize, 0]);
    let exists = call(number::FACCESSAT, [CURRENT_FOLDER, file, 0, 0]) == 0;
    (if error == NO_ENTRY && exists { b'i' } else { b'e' }, error)
}

/// The value of PATH, or what programs take when there is none.
///
/// # Safety
/// `environment` must end with a null pointer.
unsafe fn search_path(mut environment: Strings) -> &'static [u8] {
    // SAFETY: the loop ends at the null pointer.
    unsafe {
        while !(*environment).is_null() {
            if let [b'P', b'A', b'T', b'H', b'=', path @ ..] = bytes(*environment) {
                return path;
            }
            environment = environment.add(1);
        }
    }
    DEFAULT_PATH
}

/// The bytes of a C string without its closing zero; a null pointer has none.
///
/// # Safety
/// `text` must be null, or a C string that lives as long as the program.
unsafe fn bytes(text: *const u8) -> &'static [u8] {
    if text.is_null() {
        return &[];
    }
    let mut length = 0;
    // SAFETY: every byte up to the closing zero belongs to the string.
    unsafe {
        while *text.add(length) != 0 {
            length += 1;
        }
        slice::from_raw_parts(text, length)
    }
}

fn exit(code: usize) -> ! {
    loop {
        call(number::EXIT_GROUP, [code, 0, 0, 0]);
    }
}

#[cfg(target_arch = "x86_64")]
fn call(number: usize, arguments: [usize; 4]) -> isize {
    let result;
    let [a, b, c, d] = arguments;
    // SAFETY: every caller gives the kernel what the call of that number takes; it clobbers rcx and r11 only.
    unsafe {
        asm!("syscall", inlateout("rax") number => result, in("rdi") a, in("rsi") b, in("rdx") c, in("r10") d,
            lateout("rcx") _, lateout("r11") _, options(nostack));
    }
    result
}

#[cfg(target_arch = "aarch64")]
fn call(number: usize, arguments: [usize; 4]) -> isize {
    let result;
    let [a, b, c, d] = arguments;
    // SAFETY: every caller gives the kernel what the call of that number takes.
    unsafe {
        asm!("svc 0", in("x8") number, inlateout("x0") a => result, in("x1") b, in("x2") c, in("x3") d,
            options(nostack));
    }
    result
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    exit(126)
}
