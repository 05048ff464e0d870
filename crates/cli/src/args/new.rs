//! Arguments of `connector new|todo|checklist`: beginning a project, and what is left to do in it.

use clap::Args as ClapArgs;
use std::path::PathBuf;

pub(super) const NEW_EXAMPLES: &str = "Examples:
  longshore connector new                            # asks for everything
  longshore connector new rust-source my-api
  longshore connector new singer-tap github --answer tap_package=tap-github --yes
  longshore connector new --answers answers.yaml --out connectors/source-my-api
  longshore connector new --list
  longshore connector new --update connectors/source-my-api --dry-run

A file of answers is YAML or JSON:
  template: rust-source
  name: my-api
  license: MIT                 # and each key that `--list --json` shows";

/// Arguments of `connector new`.
#[derive(Debug, ClapArgs)]
#[command(after_help = NEW_EXAMPLES)]
pub(crate) struct NewArgs {
    /// The template; `--list` shows them
    #[arg(conflicts_with_all = ["list", "update"])]
    pub(crate) template: Option<String>,
    /// The connector's name, with or without `source-` or `destination-`
    #[arg(conflicts_with_all = ["list", "update"])]
    pub(crate) name: Option<String>,
    /// The folder of the project [default: ./source-NAME or ./destination-NAME]
    #[arg(long, value_name = "DIR", conflicts_with_all = ["list", "update"])]
    pub(crate) out: Option<PathBuf>,
    /// The answer to a question; once for each
    #[arg(long = "answer", value_name = "KEY=VALUE", conflicts_with = "list")]
    pub(crate) answer: Vec<String>,
    /// A file of answers, YAML or JSON, `-` for stdin; flags win over it
    #[arg(long, value_name = "FILE", conflicts_with = "list")]
    pub(crate) answers: Option<PathBuf>,
    /// Ask nothing: take every default, and with --update go on beside uncommitted changes
    #[arg(long, conflicts_with = "list")]
    pub(crate) yes: bool,
    /// Show what would be written, and write nothing
    #[arg(long, conflicts_with = "list")]
    pub(crate) dry_run: bool,
    /// Show the templates
    #[arg(long, conflicts_with = "update")]
    pub(crate) list: bool,
    /// Bring the newest version of its template into a project that was made before
    #[arg(long, value_name = "DIR")]
    pub(crate) update: Option<PathBuf>,
    /// A folder of templates beside those of this program
    #[arg(long, value_name = "DIR")]
    pub(crate) templates: Option<PathBuf>,
    /// Print the result as one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

pub(super) const TODO_EXAMPLES: &str = "Examples:
  longshore connector todo connectors/source-x
  longshore connector todo . --json | jq length";

/// Arguments of `connector todo`.
#[derive(Debug, ClapArgs)]
#[command(after_help = TODO_EXAMPLES)]
pub(crate) struct TodoArgs {
    /// The connector project
    #[arg(default_value = ".")]
    pub(crate) dir: PathBuf,
    /// Print the result as one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

pub(super) const CHECKLIST_EXAMPLES: &str = "Examples:
  longshore connector checklist connectors/source-x
  longshore connector checklist . --run              # also starts the connector and runs its unit tests
  longshore connector checklist . --run --write      # ticks the boxes of CHECKLIST.md";

/// Arguments of `connector checklist`.
#[derive(Debug, ClapArgs)]
#[command(after_help = CHECKLIST_EXAMPLES)]
pub(crate) struct ChecklistArgs {
    /// The connector project
    #[arg(default_value = ".")]
    pub(crate) dir: PathBuf,
    /// Also judge what needs the connector to be built and started, and its unit tests to be run
    #[arg(long)]
    pub(crate) run: bool,
    /// Tick the boxes of CHECKLIST.md: what is done, and nothing else that was judged
    #[arg(long)]
    pub(crate) write: bool,
    /// Print the result as one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}
