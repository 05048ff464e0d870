//! Compiles the container shim (`shim/shim.rs`) with the compiler of this build; `src/docker/fifo.rs` embeds it.
//!
//! The shim is no package of its own: it is linked without a C library and without start files, which cargo cannot
//! ask for one binary of a workspace alone.

use std::env;
use std::path::PathBuf;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=shim/shim.rs");
    println!("cargo::rerun-if-changed=build.rs");
    let architecture = variable("CARGO_CFG_TARGET_ARCH");
    assert!(
        matches!(architecture.as_str(), "x86_64" | "aarch64"),
        "the container shim is written for x86_64 and aarch64; {architecture} needs its system calls in shim/shim.rs"
    );
    let shim = PathBuf::from(variable("OUT_DIR")).join("shim");
    let mut compiler = Command::new(variable("RUSTC"));
    compiler.args(["--edition", "2024", "--crate-name", "shim", "--crate-type", "bin", "--target"]);
    compiler.arg(variable("TARGET"));
    for option in ["panic=abort", "opt-level=s", "strip=symbols", "relocation-model=static"] {
        compiler.args(["-C", option]);
    }
    for option in ["-nostartfiles", "-nostdlib", "-static", "-Wl,--build-id=none"] {
        compiler.arg("-C").arg(format!("link-arg={option}"));
    }
    if let Ok(linker) = env::var("RUSTC_LINKER") {
        compiler.arg("-C").arg(format!("linker={linker}"));
    }
    compiler.arg("-o").arg(&shim).arg("shim/shim.rs");
    let status = compiler.status().expect("the compiler that builds this package starts");
    assert!(status.success(), "the container shim does not compile: {compiler:?}");
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|error| panic!("cargo sets {name} for build scripts: {error}"))
}
