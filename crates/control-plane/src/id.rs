//! Ids: a type for each thing, so that one is never taken for another.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new one.
            #[must_use]
            pub fn random() -> Self {
                Self(Uuid::new_v4())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::from_str(text).map(Self)
            }
        }
    )*};
}

ids! {
    /// Of a workspace.
    WorkspaceId,
    /// Of a user.
    UserId,
    /// Of a pair of client id and client secret.
    ApplicationId,
    /// Of a right of a user.
    PermissionId,
    /// Of a kind of connector.
    DefinitionId,
    /// Of a version of a definition.
    VersionId,
    /// Of a source or a destination.
    ActorId,
    /// Of a catalog that a source has told.
    CatalogId,
    /// Of a connection.
    ConnectionId,
    /// Of a spec, check or discover that somebody waits for.
    CommandId,
    /// Of a label of connections.
    TagId,
}

/// Of a job: a running number, as clients expect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobId(pub i64);

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The organization that an instance has, and the user that it begins with: clients know it as zero.
pub const ZERO: Uuid = Uuid::nil();
