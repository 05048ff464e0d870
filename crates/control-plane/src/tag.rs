//! Tags: labels of connections.

use crate::{By, ControlPlane, Result, TagId, WorkspaceId};
use jiff::Timestamp;

/// A label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// Its id.
    pub id: TagId,
    /// Where it is.
    pub workspace_id: WorkspaceId,
    /// At most 30 characters; once in a workspace.
    pub name: String,
    /// Six hexadecimal digits, as they were sent.
    pub color: String,
    /// When it was made.
    pub created_at: Timestamp,
}

impl ControlPlane {
    /// Makes a tag.
    ///
    /// # Errors
    /// `tag.invalid`, `tag.already_exists`.
    pub async fn create_tag(&self, by: By, workspace_id: WorkspaceId, name: &str, color: &str) -> Result<Tag> {
        let _ = (by, workspace_id, name, color);
        unimplemented!()
    }

    /// A tag.
    ///
    /// # Errors
    /// When there is none.
    pub async fn tag(&self, id: TagId) -> Result<Tag> {
        let _ = id;
        unimplemented!()
    }

    /// The tags of these workspaces; of all when absent.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tags(&self, workspaces: Option<&[WorkspaceId]>) -> Result<Vec<Tag>> {
        let _ = workspaces;
        unimplemented!()
    }

    /// Gives a tag another name, another colour, or both.
    ///
    /// # Errors
    /// As when it is made.
    pub async fn change_tag(&self, by: By, id: TagId, name: Option<&str>, color: Option<&str>) -> Result<Tag> {
        let _ = (by, id, name, color);
        unimplemented!()
    }

    /// Deletes a tag, and takes it off its connections.
    ///
    /// # Errors
    /// When there is none.
    pub async fn delete_tag(&self, by: By, id: TagId) -> Result<()> {
        let _ = (by, id);
        unimplemented!()
    }
}
