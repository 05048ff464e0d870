//! Arguments of `registry` and `image`.

use clap::{Args as ClapArgs, Subcommand};
use longshore_images::{ImageName, Platform, RegistryOptions};
use std::path::PathBuf;

const REGISTRY_EXAMPLES: &str = "Examples:
  longshore registry login registry.example.com:5000 --username ci --password-stdin < password
  longshore registry login registry.example.com --ca-file team-ca.pem
  longshore registry check europe-west1-docker.pkg.dev/PROJECT/REPOSITORY/source-x:1.0.0
  longshore registry check 123456789012.dkr.ecr.eu-west-1.amazonaws.com/source-x --push
  longshore registry list

Credentials are looked for in LONGSHORE_REGISTRY_USERNAME and LONGSHORE_REGISTRY_PASSWORD (for the host in
LONGSHORE_REGISTRY), then where Docker and Podman keep theirs, then at the cloud provider itself.";

const SECRET_EXAMPLE: &str = "Example:
  longshore registry secret registry.example.com --namespace jobs | kubectl apply -f -";

/// What is done with registries.
#[derive(Debug, Subcommand)]
#[command(after_help = REGISTRY_EXAMPLES)]
pub(crate) enum RegistryCommand {
    /// Keep credentials for a registry, after trying them
    #[command(after_help = REGISTRY_EXAMPLES)]
    Login(LoginArgs),
    /// Forget the credentials of a registry
    #[command(after_help = REGISTRY_EXAMPLES)]
    Logout {
        /// The host, with its port if it has one
        registry: String,
    },
    /// The registries there are credentials for, and where these lie
    #[command(after_help = REGISTRY_EXAMPLES)]
    List {
        /// Print the result as one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Print a Kubernetes Secret with the credentials of registries, for `kubectl apply -f -`
    #[command(after_help = SECRET_EXAMPLE)]
    Secret {
        /// The hosts
        #[arg(required = true)]
        registries: Vec<String>,
        /// The name that JOB_KUBE_MAIN_CONTAINER_IMAGE_PULL_SECRET or imagePullSecrets will hold
        #[arg(long, default_value = "connector-registry")]
        name: String,
        /// The namespace in which connectors run
        #[arg(long)]
        namespace: Option<String>,
    },
    /// Prove that an image can be pulled, or pushed, before it has to be
    #[command(after_help = REGISTRY_EXAMPLES)]
    Check(CheckArgs),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct LoginArgs {
    /// The host, with its port if it has one
    pub(crate) registry: String,
    /// The user
    #[arg(long, short, value_name = "NAME")]
    pub(crate) username: Option<String>,
    /// Read the password from stdin; without this it is asked for, on a terminal
    #[arg(long)]
    pub(crate) password_stdin: bool,
    #[command(flatten)]
    pub(crate) trust: Trust,
    /// Ask this host first whenever an image of the registry is pulled
    #[arg(long, value_name = "HOST")]
    pub(crate) mirror: Vec<String>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct CheckArgs {
    /// The image, or only the registry
    #[arg(value_name = "REGISTRY_OR_IMAGE")]
    pub(crate) what: String,
    /// Prove the right to pull it; this is the default
    #[arg(long)]
    pub(crate) pull: bool,
    /// Prove the right to push it; nothing is left there
    #[arg(long)]
    pub(crate) push: bool,
    #[command(flatten)]
    pub(crate) trust: Trust,
    /// Print the result as one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

/// What has to be told about the registries of a command, since it is not guessed.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct Trust {
    /// PEM certificates of authorities that are trusted, besides those of this machine
    #[arg(long, value_name = "FILE", env = "LONGSHORE_CA_FILE")]
    pub(crate) ca_file: Option<PathBuf>,
    /// Speak HTTP without TLS: credentials and images go over the wire as they are
    #[arg(long)]
    pub(crate) plain_http: bool,
}

impl Trust {
    pub(crate) fn options(&self) -> RegistryOptions {
        RegistryOptions { plain_http: self.plain_http, ca_file: self.ca_file.clone(), mirrors: Vec::new() }
    }
}

const IMAGE_EXAMPLES: &str = "Examples:
  longshore image inspect registry.example.com/team/source-x:1.0.0
  longshore image pull registry.example.com/team/source-x:1.0.0
  longshore image push registry.example.com/team/source-x:1.0.0            # from the store, or from Docker
  longshore image push registry.example.com/team/source-x:1.0.0 --from source-x.tar
  longshore image copy docker.io/airbyte/source-faker:7.2.1 registry.example.com/mirror/source-faker:7.2.1";

/// What is done with images. No command of these needs Docker.
#[derive(Debug, Subcommand)]
#[command(after_help = IMAGE_EXAMPLES)]
pub(crate) enum ImageCommand {
    /// What an image holds: size, platforms, labels, entry point; nothing is downloaded but its description
    #[command(after_help = IMAGE_EXAMPLES)]
    Inspect {
        /// The image
        image: ImageName,
        #[command(flatten)]
        trust: Trust,
        /// Print the result as one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Download an image into the store; what is there already is not asked for again
    #[command(after_help = IMAGE_EXAMPLES)]
    Pull {
        /// The image
        image: ImageName,
        /// For which machine [default: this one]
        #[arg(long, value_name = "OS/ARCHITECTURE")]
        platform: Option<Platform>,
        /// Ask the registry what the tag means today, even when the store knows the tag
        #[arg(long)]
        refresh: bool,
        #[command(flatten)]
        trust: Trust,
        /// Print the result as one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Upload an image: from a file, from the store, or from the Docker Engine
    #[command(after_help = IMAGE_EXAMPLES)]
    Push {
        /// Where to
        image: ImageName,
        /// What: an archive of `docker save`, an OCI layout, or another name of an image [default: IMAGE itself]
        #[arg(long, value_name = "FILE|IMAGE")]
        from: Option<String>,
        /// For which machine it is built [default: this one]
        #[arg(long, value_name = "OS/ARCHITECTURE")]
        platform: Option<Platform>,
        #[command(flatten)]
        trust: Trust,
        /// Print the result as one JSON document
        #[arg(long)]
        json: bool,
    },
    /// The tags of a repository
    #[command(after_help = IMAGE_EXAMPLES)]
    Tags {
        /// The image; its tag does not count
        repository: ImageName,
        #[command(flatten)]
        trust: Trust,
        /// Print the result as one JSON document
        #[arg(long)]
        json: bool,
    },
    /// The images of the store
    #[command(after_help = IMAGE_EXAMPLES)]
    List {
        /// Print the result as one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Remove an image from the store
    #[command(after_help = IMAGE_EXAMPLES)]
    Remove {
        /// The image
        image: ImageName,
    },
    /// Copy an image with all its platforms from one registry to another
    #[command(after_help = IMAGE_EXAMPLES)]
    Copy {
        /// The image
        from: ImageName,
        /// Its new name
        to: ImageName,
        #[command(flatten)]
        trust: Trust,
        /// Print the result as one JSON document
        #[arg(long)]
        json: bool,
    },
}
