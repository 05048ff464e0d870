//! Arguments of `secrets` and `ci`.

use clap::{Args as ClapArgs, Subcommand};
use std::path::PathBuf;

const SECRETS_EXAMPLES: &str = "Examples:
  longshore secrets name source-google-adwords
  longshore secrets list connectors/source-x
  longshore secrets write connectors/source-x                       # from the environment
  longshore secrets write connectors/source-x --from-command 'vault kv get -field=config {vault}'
  longshore secrets check connectors/source-x";

/// What is done with the credentials of a connector's tests.
#[derive(Debug, Subcommand)]
#[command(after_help = SECRETS_EXAMPLES)]
pub(crate) enum SecretsCommand {
    /// What a connector's secrets are called: in a vault, in the environment, in a workflow
    #[command(after_help = SECRETS_EXAMPLES)]
    Name {
        /// The connector: its name, its folder, or its image
        connector: String,
        /// Which of several secrets
        #[arg(long)]
        part: Option<String>,
        /// Print the result as one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Which secrets a connector needs, and which of them are here
    #[command(after_help = SECRETS_EXAMPLES)]
    List {
        /// The connector project
        dir: PathBuf,
        /// Print the result as one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Write a connector's secrets into its folder secrets/, which git ignores
    #[command(after_help = SECRETS_EXAMPLES)]
    Write(WriteArgs),
    /// Whether secrets fit the spec, are not in git, and are used in both workflows
    #[command(after_help = SECRETS_EXAMPLES)]
    Check {
        /// The connector project
        dir: PathBuf,
        /// The connector's spec, as `longshore connector spec` prints it [default: a spec.json or spec.yaml of the project]
        #[arg(long, value_name = "FILE")]
        spec: Option<PathBuf>,
        /// Print the result as one JSON document
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, ClapArgs)]
pub(crate) struct WriteArgs {
    /// The connector project
    pub(crate) dir: PathBuf,
    /// A folder with the files, for what the environment does not have
    #[arg(long, value_name = "DIR")]
    pub(crate) from_dir: Option<PathBuf>,
    /// A vault's command that prints a secret; {vault}, {variable} and {file} stand for its names
    #[arg(long, value_name = "COMMAND")]
    pub(crate) from_command: Option<String>,
    /// Go on without the secrets that are nowhere, and name them
    #[arg(long)]
    pub(crate) allow_missing: bool,
    /// The connector's spec, as `longshore connector spec` prints it [default: a spec.json or spec.yaml of the project]
    #[arg(long, value_name = "FILE")]
    pub(crate) spec: Option<PathBuf>,
    /// Print the commands by which GitHub Actions hides the values in its logs
    #[arg(long)]
    pub(crate) mask: bool,
}

const CI_EXAMPLES: &str = "Examples:
  longshore ci init                    # GitHub Actions, in this repository
  longshore ci init --gitlab
  longshore ci init --environment test-secrets --default-branch trunk
  git diff --name-only origin/main | longshore ci changed --files -";

/// What a connector repository's CI needs.
#[derive(Debug, Subcommand)]
#[command(after_help = CI_EXAMPLES)]
pub(crate) enum CiCommand {
    /// Write the workflow files: tests, comment commands, publishing
    #[command(after_help = CI_EXAMPLES)]
    Init(InitArgs),
    /// Decide whether the command in a comment is run, and on which commit; the written workflows call this
    #[command(after_help = CI_EXAMPLES)]
    Comment(CommentArgs),
    /// The status comment of a run, in Markdown; the written workflows call this
    #[command(after_help = CI_EXAMPLES)]
    Status {
        /// What `ci comment` printed
        #[arg(long, value_name = "FILE")]
        decision: PathBuf,
        /// What GitHub answers about the run's jobs
        #[arg(long, value_name = "FILE")]
        jobs: PathBuf,
        /// The page of the run
        #[arg(long, value_name = "URL")]
        run_url: String,
    },
    /// The connectors that a change touches
    #[command(after_help = CI_EXAMPLES)]
    Changed {
        /// The changed paths, one a line; `-` for stdin
        #[arg(long, value_name = "FILE")]
        files: PathBuf,
        /// Print a JSON list
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, ClapArgs)]
pub(crate) struct InitArgs {
    /// The repository
    #[arg(default_value = ".")]
    pub(crate) dir: PathBuf,
    /// For GitLab instead of GitHub
    #[arg(long)]
    pub(crate) gitlab: bool,
    /// The command that installs Longshore in a job [default: cargo install of this version]
    #[arg(long, value_name = "COMMAND")]
    pub(crate) install: Option<String>,
    /// The environment whose secrets the tests get [default: more-secrets]
    #[arg(long, value_name = "NAME")]
    pub(crate) environment: Option<String>,
    /// The environment that publishing waits for [default: publish]
    #[arg(long, value_name = "NAME")]
    pub(crate) publish_environment: Option<String>,
    /// The branch that is published from [default: main]
    #[arg(long, value_name = "BRANCH")]
    pub(crate) default_branch: Option<String>,
    /// Replace files that were changed
    #[arg(long)]
    pub(crate) force: bool,
    /// Print the result as one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

/// Answers of GitHub's API, each in a file: what a comment says never is a word of a command line.
#[derive(Debug, ClapArgs)]
pub(crate) struct CommentArgs {
    /// The event: $GITHUB_EVENT_PATH
    #[arg(long, value_name = "FILE")]
    pub(crate) event: PathBuf,
    /// pulls/N
    #[arg(long, value_name = "FILE")]
    pub(crate) pull: PathBuf,
    /// collaborators/AUTHOR/permission
    #[arg(long, value_name = "FILE")]
    pub(crate) permission: PathBuf,
    /// pulls/N/reviews
    #[arg(long, value_name = "FILE")]
    pub(crate) reviews: PathBuf,
    /// git/trees/SHA:connectors
    #[arg(long, value_name = "FILE")]
    pub(crate) connectors: PathBuf,
    /// git/trees/SHA:bases
    #[arg(long, value_name = "FILE")]
    pub(crate) bases: PathBuf,
    /// The page of the run
    #[arg(long, value_name = "URL")]
    pub(crate) run_url: String,
    /// Where the answer to the comment is written, in Markdown
    #[arg(long, value_name = "FILE")]
    pub(crate) reply: PathBuf,
}
