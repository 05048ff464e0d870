//! What an instance accepts: which kinds of references, from which registries.

use crate::reference::Reference;
use crate::{Error, Result};

/// The ways to name a connector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefKind {
    /// Part of the program.
    Bundled,
    /// An image.
    Docker,
    /// A Python package.
    Pypi,
    /// A local program.
    Exec,
    /// A local Singer program.
    Singer,
    /// A declarative manifest.
    Manifest,
    /// A folder with a project.
    Project,
}

impl RefKind {
    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Bundled => "bundled",
            Self::Docker => "docker",
            Self::Pypi => "pypi",
            Self::Exec => "exec",
            Self::Singer => "singer",
            Self::Manifest => "manifest",
            Self::Project => "project",
        }
    }
}

/// What an instance accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The ways to name a connector.
    pub kinds: Vec<RefKind>,
    /// The hosts of registries; any when absent.
    pub registries: Option<Vec<String>>,
    /// Webhooks may go to loopback and private addresses.
    pub private_addresses: bool,
}

impl Default for Policy {
    fn default() -> Self {
        let kinds = vec![RefKind::Bundled, RefKind::Docker, RefKind::Pypi, RefKind::Manifest];
        Self { kinds, registries: None, private_addresses: true }
    }
}

impl Policy {
    /// Whether a connector may be named like this.
    pub(crate) fn admit(&self, reference: &Reference) -> Result<()> {
        if !self.kinds.contains(&reference.kind) {
            let allowed: Vec<_> = self.kinds.iter().map(|kind| kind.word()).collect();
            let word = reference.kind.word();
            let message =
                format!("connectors of kind `{word}` are not accepted here; accepted are {}", allowed.join(", "));
            return Err(Error::invalid("policy.reference_not_allowed", message));
        }
        let (Some(allowed), Some(registry)) = (&self.registries, &reference.registry) else { return Ok(()) };
        if allowed.iter().any(|host| host == registry) {
            return Ok(());
        }
        let message =
            format!("images of the registry {registry} are not accepted here; accepted are {}", allowed.join(", "));
        Err(Error::invalid("policy.registry_not_allowed", message))
    }
}
