//! People, and their passwords.

use crate::{By, ControlPlane, Page, Result, UserId};
use jiff::Timestamp;

/// A person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The id.
    pub id: UserId,
    /// The address, in small letters; the name at login.
    pub email: String,
    /// How the person is called.
    pub name: String,
    /// When the person was added.
    pub created_at: Timestamp,
}

/// A person to be added. It may hold a password: no `Debug`.
#[derive(Clone, Default)]
pub struct NewUser {
    /// The address.
    pub email: String,
    /// How the person is called.
    pub name: String,
    /// The password; without one nobody logs in as this user.
    pub password: Option<String>,
}

/// What changes of a user.
#[derive(Debug, Clone, Default)]
pub struct UserChange {
    /// The address.
    pub email: Option<String>,
    /// The name.
    pub name: Option<String>,
}

/// Which users.
#[derive(Debug, Clone, Default)]
pub struct UserFilter {
    /// Only these.
    pub ids: Option<Vec<UserId>>,
    /// Only with these addresses.
    pub emails: Option<Vec<String>>,
}

impl ControlPlane {
    /// Users, the oldest first.
    ///
    /// # Errors
    /// `database.*`.
    pub async fn users(&self, filter: &UserFilter, page: Page) -> Result<Vec<User>> {
        let _ = (filter, page);
        unimplemented!()
    }

    /// A user.
    ///
    /// # Errors
    /// Not found; `database.*`.
    pub async fn user(&self, id: UserId) -> Result<User> {
        let _ = id;
        unimplemented!()
    }

    /// Adds a user, without any right.
    ///
    /// # Errors
    /// `user.email_invalid`, `user.email_taken`, `user.password_too_short`; `database.*`.
    pub async fn create_user(&self, by: By, new: NewUser) -> Result<User> {
        let _ = (by, new);
        unimplemented!()
    }

    /// Changes a user.
    ///
    /// # Errors
    /// Not found; `user.email_invalid`, `user.email_taken`; `database.*`.
    pub async fn change_user(&self, by: By, id: UserId, change: UserChange) -> Result<User> {
        let _ = (by, id, change);
        unimplemented!()
    }

    /// Deletes a user with all rights, applications and sessions.
    ///
    /// # Errors
    /// Not found; `permission.last_admin`; `database.*`.
    pub async fn delete_user(&self, by: By, id: UserId) -> Result<()> {
        let _ = (by, id);
        unimplemented!()
    }

    /// Gives a user another password, and ends all sessions of that user.
    ///
    /// # Errors
    /// Not found; `user.password_too_short`; `database.*`.
    pub async fn set_password(&self, by: By, id: UserId, password: &str) -> Result<()> {
        let _ = (by, id, password);
        unimplemented!()
    }

    /// Whose address and password these are. It takes as long for somebody who does not exist.
    ///
    /// # Errors
    /// `database.*`.
    pub async fn verify_password(&self, email: &str, password: &str) -> Result<Option<UserId>> {
        let _ = (email, password);
        unimplemented!()
    }
}
