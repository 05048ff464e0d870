//! The examples as programs.

use longshore_connector_kit::testing::Program;
use std::path::Path;

/// Cargo builds the examples of a package before it runs its tests, next to the folder of the test programs.
pub(crate) fn example(name: &str) -> Program {
    let test = std::env::current_exe().unwrap();
    Program::new(test.parent().and_then(Path::parent).unwrap().join("examples").join(name))
}
