//! The program `destination-null`.

fn main() -> std::process::ExitCode {
    longshore_destination_null::main(std::env::args_os().skip(1))
}
