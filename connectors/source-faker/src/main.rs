//! The program `source-faker`; see the library.

fn main() -> std::process::ExitCode {
    longshore_source_faker::main(std::env::args_os().skip(1))
}
