//! People, and their passwords.

use crate::event::Happened;
use crate::store::{Change, permission as permissions, session as sessions, user as rows};
use crate::{By, ControlPlane, Error, Page, PermissionKind, Result, UserId};
use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use jiff::Timestamp;
use longshore_protocol::{FailureKind, FailureOrigin, FailureReason};
use tokio::sync::Semaphore;

/// The fewest characters of a password that somebody chooses.
const FEWEST_CHARACTERS: usize = 8;

/// How many hashes are computed at the same time: each takes 19 MiB, and whoever logs in can be anybody.
static AT_ONCE: Semaphore = Semaphore::const_new(4);

/// The hash of a password that nobody has, with the parameters of all others.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bG9uZ3Nob3JlIG5vYm9keQ$bm8gcGFzc3dvcmQgaGFzIHRoaXMgaGFzaCBhdCBhbGw";

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
        rows::list(self.store().reader(), filter, page).await
    }

    /// A user.
    ///
    /// # Errors
    /// Not found; `database.*`.
    pub async fn user(&self, id: UserId) -> Result<User> {
        let found = rows::get(self.store().reader(), id).await?;
        found.ok_or_else(|| Error::not_found("user", id))
    }

    /// Adds a user, without any right.
    ///
    /// # Errors
    /// `user.email_invalid`, `user.email_taken`, `user.password_too_short`; `database.*`.
    pub async fn create_user(&self, by: By, new: NewUser) -> Result<User> {
        let hash = match &new.password {
            Some(password) => Some(hash_password(password).await?),
            None => None,
        };
        let mut change = self.store().change().await?;
        let user = self.add_user(&mut change, by, UserId::random(), &new, hash).await?;
        change.commit().await?;
        Ok(user)
    }

    /// Changes a user.
    ///
    /// # Errors
    /// Not found; `user.email_invalid`, `user.email_taken`; `database.*`.
    pub async fn change_user(&self, by: By, id: UserId, change: UserChange) -> Result<User> {
        let mut tx = self.store().change().await?;
        let found = rows::get(&mut *tx, id).await?;
        let mut user = found.ok_or_else(|| Error::not_found("user", id))?;
        if let Some(email) = change.email {
            user.email = valid_email(&email)?;
            if rows::is_taken(&mut tx, &user.email, id).await? {
                return Err(taken(&user.email));
            }
        }
        user.name = change.name.unwrap_or(user.name);
        rows::update(&mut tx, &user, self.now()).await?;
        self.note(&mut tx, by, Happened::new("user", id, "changed", &user.email)).await?;
        tx.commit().await?;
        Ok(user)
    }

    /// Deletes a user with all rights, applications and sessions.
    ///
    /// # Errors
    /// Not found; `permission.last_admin`; `database.*`.
    pub async fn delete_user(&self, by: By, id: UserId) -> Result<()> {
        let mut tx = self.store().change().await?;
        let found = rows::get(&mut *tx, id).await?;
        let user = found.ok_or_else(|| Error::not_found("user", id))?;
        let held = permissions::of_user(&mut *tx, id).await?;
        rows::delete(&mut tx, id, self.now()).await?;
        if held.iter().any(|permission| permission.kind == PermissionKind::InstanceAdmin) {
            self.need_admin(&mut tx).await?;
        }
        self.note(&mut tx, by, Happened::new("user", id, "deleted", &user.email)).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Gives a user another password, and ends all sessions of that user.
    ///
    /// # Errors
    /// Not found; `user.password_too_short`; `database.*`.
    pub async fn set_password(&self, by: By, id: UserId, password: &str) -> Result<()> {
        let user = self.user(id).await?;
        let hash = hash_password(password).await?;
        let mut tx = self.store().change().await?;
        rows::set_password(&mut tx, id, hash, self.now()).await?;
        sessions::delete_of_user(&mut tx, id).await?;
        self.note(&mut tx, by, Happened::new("user", id, "password_changed", &user.email)).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Whose address and password these are. It takes as long for somebody who does not exist.
    ///
    /// # Errors
    /// `database.*`.
    pub async fn verify_password(&self, email: &str, password: &str) -> Result<Option<UserId>> {
        let found = rows::by_email(self.store().reader(), &email.trim().to_lowercase()).await?;
        let (user, hash) = found.map_or((None, None), |(user, hash)| (Some(user), hash));
        // Somebody who does not exist takes the same time, or addresses could be tried out.
        let is_known = hash.is_some();
        let fits = is_password(password, hash.unwrap_or_else(|| NOBODY.to_owned())).await?;
        Ok(user.filter(|_| fits && is_known))
    }
}

impl ControlPlane {
    /// Adds a user whose password, if there is one, has been hashed before.
    pub(crate) async fn add_user(
        &self,
        change: &mut Change<'_>,
        by: By,
        id: UserId,
        new: &NewUser,
        hash: Option<String>,
    ) -> Result<User> {
        let email = valid_email(&new.email)?;
        let name = if new.name.trim().is_empty() { email.clone() } else { new.name.clone() };
        let user = User { id, email, name, created_at: self.now() };
        if !rows::insert(change, &user, hash).await? {
            return Err(taken(&user.email));
        }
        self.note(change, by, Happened::new("user", id, "created", &user.email)).await?;
        Ok(user)
    }
}

fn valid_email(text: &str) -> Result<String> {
    let email = text.trim().to_lowercase();
    let is_one = email.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty());
    if is_one && !email.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Ok(email);
    }
    Err(Error::invalid("user.email_invalid", "an address has the form NAME@HOST"))
}

fn taken(email: &str) -> Error {
    Error::conflict("user.email_taken", format!("there is a user {email} already"))
}

/// Slow by design, so it is done beside the threads that answer requests.
pub(crate) async fn hash_password(password: &str) -> Result<String> {
    if password.chars().count() < FEWEST_CHARACTERS {
        let message = format!("a password has at least {FEWEST_CHARACTERS} characters");
        return Err(Error::invalid("user.password_too_short", message));
    }
    let password = password.to_owned();
    let hash = beside(move || Argon2::default().hash_password(password.as_bytes())).await?;
    Ok(hash.map_err(|error| no_hash(&error.to_string()))?.to_string())
}

async fn is_password(password: &str, hash: String) -> Result<bool> {
    let password = password.to_owned();
    beside(move || {
        let hash = PasswordHash::new(&hash);
        hash.is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
    })
    .await
}

async fn beside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let _place = AT_ONCE.acquire().await.map_err(|error| no_hash(&error.to_string()))?;
    tokio::task::spawn_blocking(work).await.map_err(|error| no_hash(&error.to_string()))
}

fn no_hash(why: &str) -> Error {
    let message = format!("a password could not be hashed: {why}");
    FailureReason::new(FailureOrigin::Platform, FailureKind::SystemError, "user.password_not_hashed", message).into()
}
