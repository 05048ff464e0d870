//! Arguments of `export` and `apply`: a workspace as a file.

use super::instance::Instance;
use clap::Args;
use std::path::PathBuf;

pub(crate) const EXPORT_EXAMPLES: &str = "Examples:
  longshore export longshore.yaml
  longshore export --server https://staging.example.com | longshore apply - --server https://longshore.example.com --yes

The file names things by their names; ids are not in it. Secrets are `**********`: on the same instance they stay what they are; for
another, write `${env:NAME}` or a reference `${NAME}` in their place.";

pub(crate) const APPLY_EXAMPLES: &str = "Examples:
  longshore apply longshore.yaml              # shows what would change, and asks
  longshore apply longshore.yaml --yes        # in CI
  longshore apply longshore.yaml --dry-run
  longshore apply longshore.yaml --prune      # also removes what is not in the file

What the file does not say is left as it is. `${env:NAME}` in a configuration becomes the variable NAME of this shell; `${NAME}` is
left as it stands, and asked of the instance's vault when the connector starts. A secret that is there already is not compared, since
nobody can read it: --set-secrets writes those of the file again.";

/// Arguments of `export`.
#[derive(Debug, Args)]
#[command(after_help = EXPORT_EXAMPLES)]
pub(crate) struct ExportArgs {
    /// Where to; `-` is stdout
    #[arg(value_name = "FILE", default_value = "-")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) at: Instance,
}

/// Arguments of `apply`.
#[derive(Debug, Args)]
#[command(after_help = APPLY_EXAMPLES)]
pub(crate) struct ApplyArgs {
    /// What `export` wrote, or a person; `-` is stdin
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Do it without asking
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// Only show what would change; exit code 0
    #[arg(long, conflicts_with = "yes")]
    pub(crate) dry_run: bool,
    /// Remove what is not in the file
    #[arg(long)]
    pub(crate) prune: bool,
    /// Write secrets that the file holds, even where there is one already
    #[arg(long)]
    pub(crate) set_secrets: bool,
    #[command(flatten)]
    pub(crate) at: Instance,
}
