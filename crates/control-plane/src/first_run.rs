//! The first start: one user, one workspace, and credentials that are told once. There is no default password.

use crate::application::ClientPair;
use crate::key::random_text;
use crate::store::session as rows;
use crate::user::hash_password;
use crate::{
    By, ControlPlane, NewPermission, NewUser, Notifications, PermissionKind, Result, UserId, Workspace, WorkspaceId,
    ZERO,
};
use jiff::Timestamp;

/// The setting that says that it has been.
const DONE: &str = "first_run";

/// The name at login, where nobody chose one.
const FIRST_EMAIL: &str = "admin@localhost";

/// What is decided for the first user; the rest is made up. It holds secrets: no `Debug`.
#[derive(Default)]
pub struct FirstUser {
    /// The name at login.
    pub email: Option<String>,
    /// The password.
    pub password: Option<String>,
    /// The public half for programs.
    pub client_id: Option<String>,
    /// The secret half.
    pub client_secret: Option<String>,
}

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
    pub async fn first_run(&self, first: FirstUser) -> Result<Option<FirstCredentials>> {
        let FirstUser { email, password, client_id, client_secret } = first;
        if rows::setting(self.store().reader(), DONE).await?.is_some() {
            return Ok(None);
        }
        let email = email.unwrap_or_else(|| FIRST_EMAIL.to_owned());
        let password = password.unwrap_or_else(|| random_text(24));
        let hash = hash_password(&password).await?;
        let mut change = self.store().change().await?;
        if !rows::set_once(&mut change, DONE, &self.now().to_string()).await? {
            return Ok(None);
        }
        let by = By::user(UserId(ZERO));
        let user = NewUser { email, name: "Admin".to_owned(), password: None };
        let user = self.add_user(&mut change, By::platform(), UserId(ZERO), &user, Some(hash)).await?;
        let kind = PermissionKind::InstanceAdmin;
        let permission = NewPermission { user_id: user.id, workspace_id: None, kind };
        self.add_permission(&mut change, By::platform(), permission).await?;
        let workspace = first_workspace(self.now());
        self.add_workspace(&mut change, by, &workspace).await?;
        let pair = ClientPair { client_id, client_secret };
        let (application, client_secret) =
            self.add_application(&mut change, by, user.id, "First application", pair).await?;
        change.commit().await?;
        let client_id = application.client_id;
        Ok(Some(FirstCredentials { email: user.email, password, client_id, client_secret, workspace_id: workspace.id }))
    }
}

fn first_workspace(now: Timestamp) -> Workspace {
    Workspace {
        id: WorkspaceId::random(),
        name: "Default Workspace".to_owned(),
        email: None,
        notifications: Notifications::default(),
        created_at: now,
        updated_at: now,
        deleted_at: None,
    }
}
