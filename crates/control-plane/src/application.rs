//! Applications: pairs of client id and client secret, with which a program acts as a user.

use crate::{ApplicationId, By, ControlPlane, Result, UserId};
use jiff::Timestamp;

/// A pair; the secret is told once, when it is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    /// Its id.
    pub id: ApplicationId,
    /// As whom it acts.
    pub user_id: UserId,
    /// What it is for.
    pub name: String,
    /// The public half.
    pub client_id: String,
    /// When it was made.
    pub created_at: Timestamp,
}

impl ControlPlane {
    /// Makes a pair. The text is its secret, which is nowhere else from here on.
    ///
    /// # Errors
    /// User not found; `application.name_missing`; `database.*`.
    pub async fn create_application(&self, by: By, user: UserId, name: &str) -> Result<(Application, String)> {
        let _ = (by, user, name);
        unimplemented!()
    }

    /// The pairs of a user.
    ///
    /// # Errors
    /// `database.*`.
    pub async fn applications(&self, user: UserId) -> Result<Vec<Application>> {
        let _ = user;
        unimplemented!()
    }

    /// One pair.
    ///
    /// # Errors
    /// Not found; `database.*`.
    pub async fn application(&self, id: ApplicationId) -> Result<Application> {
        let _ = id;
        unimplemented!()
    }

    /// Deletes a pair.
    ///
    /// # Errors
    /// Not found; `database.*`.
    pub async fn delete_application(&self, by: By, id: ApplicationId) -> Result<()> {
        let _ = (by, id);
        unimplemented!()
    }

    /// As whom a pair acts.
    ///
    /// # Errors
    /// `database.*`.
    pub async fn verify_client(&self, client_id: &str, client_secret: &str) -> Result<Option<UserId>> {
        let _ = (client_id, client_secret);
        unimplemented!()
    }
}
