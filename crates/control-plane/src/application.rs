//! Applications: pairs of client id and client secret, with which a program acts as a user.

use crate::event::Happened;
use crate::key::{fingerprint, random_text};
use crate::store::{Change, application as rows};
use crate::{ApplicationId, By, ControlPlane, Error, Result, UserId};
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

/// The two halves; what is not given is made up.
#[derive(Default)]
pub(crate) struct ClientPair {
    pub(crate) client_id: Option<String>,
    pub(crate) client_secret: Option<String>,
}

impl ControlPlane {
    /// Makes a pair. The text is its secret, which is nowhere else from here on.
    ///
    /// # Errors
    /// User not found; `application.name_missing`; `database.*`.
    pub async fn create_application(&self, by: By, user: UserId, name: &str) -> Result<(Application, String)> {
        self.user(user).await?;
        let mut change = self.store().change().await?;
        let made = self.add_application(&mut change, by, user, name, ClientPair::default()).await?;
        change.commit().await?;
        Ok(made)
    }

    /// The pairs of a user.
    ///
    /// # Errors
    /// `database.*`.
    pub async fn applications(&self, user: UserId) -> Result<Vec<Application>> {
        rows::of_user(self.store().reader(), user).await
    }

    /// One pair.
    ///
    /// # Errors
    /// Not found; `database.*`.
    pub async fn application(&self, id: ApplicationId) -> Result<Application> {
        let found = rows::get(self.store().reader(), id).await?;
        found.ok_or_else(|| Error::not_found("application", id))
    }

    /// Deletes a pair.
    ///
    /// # Errors
    /// Not found; `database.*`.
    pub async fn delete_application(&self, by: By, id: ApplicationId) -> Result<()> {
        let application = self.application(id).await?;
        let mut change = self.store().change().await?;
        rows::delete(&mut change, id).await?;
        self.note(&mut change, by, Happened::new("application", id, "deleted", &application.name)).await?;
        change.commit().await?;
        Ok(())
    }

    /// As whom a pair acts.
    ///
    /// # Errors
    /// `database.*`.
    pub async fn verify_client(&self, client_id: &str, client_secret: &str) -> Result<Option<UserId>> {
        let found = rows::by_client(self.store().reader(), client_id.trim()).await?;
        // Hashes are compared, so that the time tells nothing about the secret.
        let given = fingerprint(client_secret.trim());
        Ok(found.filter(|(_, kept)| *kept == given).map(|(user, _)| user))
    }
}

impl ControlPlane {
    pub(crate) async fn add_application(
        &self,
        change: &mut Change<'_>,
        by: By,
        user_id: UserId,
        name: &str,
        pair: ClientPair,
    ) -> Result<(Application, String)> {
        if name.trim().is_empty() {
            return Err(Error::invalid("application.name_missing", "an application has a name"));
        }
        let id = ApplicationId::random();
        let client_id = pair.client_id.unwrap_or_else(|| ApplicationId::random().to_string());
        let secret = pair.client_secret.unwrap_or_else(|| random_text(32));
        let application = Application { id, user_id, name: name.trim().to_owned(), client_id, created_at: self.now() };
        rows::insert(change, &application, fingerprint(&secret)).await?;
        self.note(change, by, Happened::new("application", id, "created", &application.name)).await?;
        Ok((application, secret))
    }
}
