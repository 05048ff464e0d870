//! BATCH: records in files beside the stream. They are read, and removed once they are on their way: the tap leaves them
//! to its reader.

use crate::Failure;
use crate::lines::{Cut, Filled, Lines};
use flate2::read::MultiGzDecoder;
use serde::Deserialize;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

/// The `encoding` of a BATCH message.
#[derive(Debug, Deserialize)]
pub(super) struct Encoding {
    format: String,
    #[serde(default)]
    compression: Option<String>,
}

impl Encoding {
    /// # Errors
    /// When we cannot read such files.
    pub(super) fn is_gzip(&self) -> Result<bool, Failure> {
        let refused = |what: &str| {
            Failure::config(format!(
                "the tap sends batches as {what}, which the wrapper does not read; set `batch_config.encoding` of the tap \
                 to format `jsonl` with compression `gzip` or `none`, or leave `batch_config` out"
            ))
        };
        match (self.format.as_str(), self.compression.as_deref()) {
            ("jsonl", Some("gzip")) => Ok(true),
            ("jsonl", None | Some("none" | "")) => Ok(false),
            ("jsonl", Some(other)) => Err(refused(other)),
            (other, _) => Err(refused(other)),
        }
    }
}

/// The local file that an entry of a manifest names.
pub(super) fn path_of(address: &str) -> Result<PathBuf, Failure> {
    match address.split_once("://") {
        Some(("file", path)) => Ok(PathBuf::from(decoded(path))),
        None => Ok(PathBuf::from(address)),
        Some((scheme, _)) => Err(Failure::config(format!(
            "the tap writes its batches to {scheme}://, where the wrapper cannot read them; set \
             `batch_config.storage.root` of the tap to a local folder, as in file:///tmp/batches"
        ))),
    }
}

/// `%20` is a space.
fn decoded(path: &str) -> String {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = |digits: &[u8]| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok();
        match after.get(..2).and_then(hex).filter(|_| *first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Hands each line of a file to `take`.
pub(super) fn read_lines(
    path: &std::path::Path,
    gzip: bool,
    limit: usize,
    mut take: impl FnMut(Cut<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        Failure::system(format!("the batch {} cannot be read: {error}; its records are missing", path.display()))
    };
    let file = File::open(path).map_err(failed)?;
    let from: Box<dyn Read> = if gzip { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) };
    let mut lines = Lines::new(from, limit);
    loop {
        let filled = lines.fill().map_err(failed)?;
        while let Some(cut) = lines.next() {
            take(cut)?;
        }
        if filled == Filled::End {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifests_name_local_files() {
        assert_eq!(path_of("file:///tmp/a%20b.gz").unwrap(), PathBuf::from("/tmp/a b.gz"));
        assert_eq!(path_of("/tmp/100%").unwrap(), PathBuf::from("/tmp/100%"));
        assert!(path_of("s3://bucket/x").unwrap_err().message.contains("s3://"));
    }

    #[test]
    fn other_encodings_are_refused_with_what_to_set() {
        let encoding = |text: &str| serde_json::from_str::<Encoding>(text).unwrap().is_gzip();
        assert!(encoding(r#"{"format":"jsonl","compression":"gzip"}"#).unwrap());
        assert!(!encoding(r#"{"format":"jsonl"}"#).unwrap());
        assert!(encoding(r#"{"format":"parquet"}"#).unwrap_err().message.contains("batch_config"));
    }
}
