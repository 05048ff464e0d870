//! Set-up, test, bench, generate: one file per task.
fn main() {}
