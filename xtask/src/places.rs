//! Where things are: the checkout, the compiler's output, and the cache that outlives both.

use anyhow::{Context, Result};
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Folders with the tools of root, which not every root has in its path.
const ROOT_TOOLS: [&str; 3] = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/// The root of the workspace.
pub(crate) fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// A program of a release build. Cargo has put this one at `TARGET/PROFILE/xtask`, and the other one beside its profile.
pub(crate) fn release_program(name: &str) -> Result<PathBuf> {
    let own = env::current_exe().context("cannot find this program's own file")?;
    let target = own.parent().and_then(Path::parent).context("this program is not in a target folder")?;
    Ok(target.join("release").join(name))
}

/// A program of a debug build.
pub(crate) fn debug_program(name: &str) -> Result<PathBuf> {
    let own = env::current_exe().context("cannot find this program's own file")?;
    Ok(own.parent().context("this program is not in a target folder")?.join(name))
}

/// What may be made again but is worth keeping: Docker images, downloads, benchmark data.
pub(crate) fn cache() -> Result<PathBuf> {
    let home = || Some(PathBuf::from(env::var_os("HOME")?).join(".cache"));
    let cache = env::var_os("XDG_CACHE_HOME").map(PathBuf::from).or_else(home);
    Ok(cache.context("neither XDG_CACHE_HOME nor HOME says where a cache may be")?.join("longshore"))
}

/// The search path of every program that is started here: the caller's, and the tools of root behind it.
pub(crate) fn search_path() -> OsString {
    let given = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&given).chain(ROOT_TOOLS.map(PathBuf::from));
    env::join_paths(folders).unwrap_or(given)
}

/// Whether a program is there.
pub(crate) fn has_program(name: &str) -> bool {
    env::split_paths(&search_path()).any(|folder| folder.join(name).is_file())
}
