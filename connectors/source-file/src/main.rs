//! The program `source-file`; see the library.

fn main() -> std::process::ExitCode {
    longshore_source_file::main(std::env::args_os().skip(1))
}
