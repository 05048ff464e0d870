//! The one executable: longshore. A file per command.
fn main() {}
