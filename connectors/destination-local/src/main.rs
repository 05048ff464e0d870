//! The program `destination-local`.

fn main() -> std::process::ExitCode {
    longshore_destination_local::main(std::env::args_os().skip(1))
}
