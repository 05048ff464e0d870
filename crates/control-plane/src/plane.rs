//! The front of the control plane: one value that holds the store, the key, the clock and the policy.

use crate::key::MasterKey;
use crate::policy::Policy;
use crate::store::Store;
use crate::wake::Wake;
use crate::{Database, Result, UserId};
use jiff::Timestamp;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// All that can be asked of the platform. Clones share one store.
#[derive(Clone)]
pub struct ControlPlane {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    key: MasterKey,
    clock: Clock,
    policy: Policy,
    bundled: Vec<String>,
    wake: Wake,
    /// The time when it was last looked at, in milliseconds; 0 before that.
    clock_seen: AtomicI64,
}

/// What a control plane is made of.
pub struct Setup {
    /// Where everything is kept.
    pub database: Database,
    /// What secrets are encrypted with.
    pub key: MasterKey,
    /// What this instance accepts.
    pub policy: Policy,
    /// What time it is.
    pub clock: Clock,
    /// The names of the connectors that are part of the program.
    pub bundled: Vec<String>,
}

/// Tells the time; tests give one of their own.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// That of the machine.
    #[must_use]
    pub fn system() -> Self {
        Self::of(Timestamp::now)
    }

    /// Whatever this tells.
    pub fn of(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }
}

/// Who changes something.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct By {
    /// The user; nobody when the platform does it on its own.
    pub user: Option<UserId>,
}

impl By {
    /// The platform itself.
    #[must_use]
    pub fn platform() -> Self {
        Self::default()
    }

    /// A person.
    #[must_use]
    pub fn user(user: UserId) -> Self {
        Self { user: Some(user) }
    }
}

/// Which part of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// The most rows.
    pub limit: u32,
    /// How many rows come before it.
    pub offset: u32,
}

impl Page {
    /// Everything.
    #[must_use]
    pub fn all() -> Self {
        Self { limit: u32::MAX, offset: 0 }
    }
}

impl ControlPlane {
    /// Opens the database; its tables are as [`migrate`](Self::migrate) left them.
    ///
    /// # Errors
    /// `database.unreachable`.
    pub async fn open(setup: Setup) -> Result<Self> {
        let store = Store::open(&setup.database).await?;
        let Setup { key, clock, policy, bundled, .. } = setup;
        Ok(Self {
            inner: Arc::new(Inner {
                store,
                key,
                clock,
                policy,
                bundled,
                wake: Wake::default(),
                clock_seen: AtomicI64::new(0),
            }),
        })
    }

    /// Brings the tables to this version; several processes may do it at once.
    ///
    /// # Errors
    /// `database.unreachable`; `database.too_new`, when a later version of Longshore has been here.
    pub async fn migrate(&self) -> Result<()> {
        self.store().migrate().await
    }

    /// Whether the tables are those of this version.
    ///
    /// # Errors
    /// `database.unreachable`.
    pub async fn is_migrated(&self) -> Result<bool> {
        self.store().is_migrated().await
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// `database.unreachable`.
    pub async fn ping(&self) -> Result<()> {
        self.store().ping().await
    }

    /// The time, in whole milliseconds as the database keeps it.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        crate::store::moment::whole((self.inner.clock.0)())
    }

    /// What this instance accepts.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.inner.policy
    }

    /// Hints within this process.
    #[must_use]
    pub fn wake(&self) -> &Wake {
        &self.inner.wake
    }

    /// The time when this was last asked; `None` the first time.
    pub(crate) fn clock_seen(&self, now: Timestamp) -> Option<Timestamp> {
        let seen = self.inner.clock_seen.swap(crate::store::moment::milliseconds(now), Ordering::Relaxed);
        (seen != 0).then(|| crate::store::moment::timestamp(seen))
    }

    pub(crate) fn store(&self) -> &Store {
        &self.inner.store
    }

    pub(crate) fn key(&self) -> &MasterKey {
        &self.inner.key
    }

    pub(crate) fn bundled(&self) -> &[String] {
        &self.inner.bundled
    }
}
