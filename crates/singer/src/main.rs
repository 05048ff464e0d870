//! The wrapper as a program of its own, for images that hold a tap or a target.

use std::process::ExitCode;

fn main() -> ExitCode {
    longshore_singer::run(std::env::args_os().skip(1))
}
