//! Embeds the templates of `connector new`, and the crates of this repository that its projects take along.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// Single files, and folders with all that is below them.
const EMBEDDED: [&str; 9] = [
    "Cargo.toml",
    "LICENSE",
    "crates/connector-kit/Cargo.toml",
    "crates/connector-kit/src",
    "crates/protocol/Cargo.toml",
    "crates/protocol/src",
    "crates/singer/Cargo.toml",
    "crates/singer/src",
    "templates",
];
/// What tools leave behind when somebody tries a template where it lies.
const LEFT_BEHIND: [&str; 5] = ["target", "node_modules", "__pycache__", ".venv", ".pytest_cache"];

fn main() -> io::Result<()> {
    let manifest_dir = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let root = manifest_dir.join("../..").canonicalize()?;
    let mut files = Vec::new();
    for place in EMBEDDED.map(|place| root.join(place)).iter().filter(|place| place.exists()) {
        println!("cargo:rerun-if-changed={}", place.display());
        collect(place, &mut files)?;
    }
    files.sort();
    let mut source = String::from("[\n");
    for file in &files {
        let name = file.strip_prefix(&root).map_err(io::Error::other)?;
        let _ = writeln!(source, "    ({name:?}, include_bytes!({file:?}).as_slice()),");
    }
    source.push_str("]\n");
    fs::write(PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("embedded.rs"), source)
}

fn collect(place: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if !place.is_dir() {
        files.push(place.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(place)? {
        let path = entry?.path();
        if !LEFT_BEHIND.iter().any(|name| path.ends_with(name)) {
            collect(&path, files)?;
        }
    }
    Ok(())
}
