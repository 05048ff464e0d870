//! The program `destination-sqlite`.

fn main() -> std::process::ExitCode {
    longshore_destination_sqlite::main(std::env::args_os().skip(1))
}
