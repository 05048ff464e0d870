//! The steps of a connector that runs on this machine: installed if need be, its program found and judged.

use super::Doctor;
use super::chart::{Chart, Found};
use super::entrypoint::{self, Files, Place};
use crate::failure::config_failure;
use longshore_protocol::{FailureOrigin, FailureReason};
use longshore_runner::{ConnectorRef, FileHead, FileKind};
use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;

/// As much of a file as of one in an image.
const HEAD_BYTES: u64 = 64 * 1024;

/// The files of this machine.
struct Here {
    path: String,
    place: Place,
}

impl Files for Here {
    async fn head(&self, path: &str) -> Result<Option<FileHead>, FailureReason> {
        Ok(head(path))
    }

    fn path(&self) -> String {
        self.path.clone()
    }

    fn place(&self) -> &Place {
        &self.place
    }
}

/// A file that cannot be read is judged by what it is; starting it says more.
fn head(path: &str) -> Option<FileHead> {
    let metadata = fs::metadata(path).ok()?;
    let kind = match metadata.file_type() {
        kind if kind.is_dir() => FileKind::Folder,
        kind if kind.is_file() => FileKind::File,
        _ => FileKind::Other,
    };
    let mut bytes = Vec::new();
    if kind == FileKind::File {
        let _ = fs::File::open(path).and_then(|file| file.take(HEAD_BYTES).read_to_end(&mut bytes));
    }
    Some(FileHead { kind, mode: metadata.permissions().mode(), bytes })
}

/// A manifest is a file; without it there is no use in installing what would run it.
fn is_there(reference: &ConnectorRef) -> Result<(), FailureReason> {
    match reference {
        ConnectorRef::Manifest { file } if !file.is_file() => {
            let message = format!("there is no manifest {0}; look at it with `ls -l {0}`", file.display());
            Err(config_failure("manifest.unreadable", message))
        }
        _ => Ok(()),
    }
}

impl Doctor<'_> {
    /// From what the reference means to whether it can be run.
    pub(super) async fn local(
        &self,
        reference: &ConnectorRef,
        origin: FailureOrigin,
        chart: &mut Chart,
    ) -> Result<(), FailureReason> {
        let what = match reference {
            ConnectorRef::Bundled { .. } => "part of this program",
            ConnectorRef::Pypi { .. } => "a package of PyPI, in an environment of its own",
            ConnectorRef::Singer { .. } => "a Singer program of this machine, behind the wrapper",
            ConnectorRef::Manifest { .. } => "a manifest, run by the Python CDK",
            _ => "a program of this machine",
        };
        // Of a project these are known, and stay as they are.
        chart.judge("resolve", || {
            is_there(reference)?;
            Ok(Found::new((), what))
        })?;
        chart.skip(&["credentials"], "no registry is asked")?;
        let words = chart.step("pull", self.installed(reference, origin)).await?;
        let path = self.settings.base_environment.iter().rev().find(|(name, _)| name == "PATH");
        let path = path.map_or_else(String::new, |(_, value)| value.to_string_lossy().into_owned());
        let here = Here { path, place: Place { is_image: false, of: String::new() } };
        let located = entrypoint::locate(&here, words.first().map_or("", String::as_str)).await?;
        let machine = || {
            let machine = entrypoint::machine(&here.place, located.as_ref())?;
            Ok(Found::new((), machine.map_or_else(|| "no compiled program".to_owned(), |it| format!("built for {it}"))))
        };
        chart.judge("architecture", machine)?;
        let judge = async { Ok(Found::new((), entrypoint::judge(&here, &words, located).await?)) };
        chart.step("entrypoint", judge).await
    }

    /// The words to run; a Python connector is installed first.
    async fn installed(
        &self,
        reference: &ConnectorRef,
        origin: FailureOrigin,
    ) -> Result<Found<Vec<String>>, FailureReason> {
        let words = longshore_runner::local_words(self.settings, origin, reference).await?.unwrap_or_default();
        let words: Vec<String> = words.into_iter().map(|word| word.to_string_lossy().into_owned()).collect();
        let message = format!("`{}` is the program", words.first().map_or("", String::as_str));
        Ok(match reference {
            ConnectorRef::Pypi { .. } | ConnectorRef::Manifest { .. } => Found::new(words, message),
            _ => Found::skipped(words, "it is on this machine"),
        })
    }
}
