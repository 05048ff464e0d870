//! The first start: one user, one workspace, and credentials that are told once. There is no default password.

use crate::{ControlPlane, Result, WorkspaceId};

/// What is told once. It holds secrets: no `Debug`.
pub struct FirstCredentials {
    /// The address of the first user.
    pub email: String,
    /// The password of the first user.
    pub password: String,
    /// The public half for programs.
    pub client_id: String,
    /// The secret half.
    pub client_secret: String,
    /// The workspace that was made.
    pub workspace_id: WorkspaceId,
}

impl ControlPlane {
    /// Makes the first user, an admin of the instance, with the first workspace. Only the first time there is an answer,
    /// whoever else asks at the same time.
    ///
    /// # Errors
    /// `user.email_invalid`, `user.password_too_short`; `database.*`.
    pub async fn first_run(&self, email: Option<String>, password: Option<String>) -> Result<Option<FirstCredentials>> {
        let _ = (email, password);
        unimplemented!()
    }
}
