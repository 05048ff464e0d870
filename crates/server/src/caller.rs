//! Who asks, and what they may do: handlers take a [`Caller`] and say what they need.

use crate::auth;
use crate::problem::{Problem, Result};
use crate::settings::Server;
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use longshore_control_plane::{By, Error, Rights, Role, UserId, WorkspaceId};
use std::str::FromStr;

/// The user on whose behalf a request is made, and their rights.
pub(crate) struct Caller {
    pub(crate) user: UserId,
    pub(crate) rights: Rights,
}

impl FromRequestParts<Server> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self> {
        let user = auth::identify(server, parts).await?;
        if !server.settings.auth {
            return Ok(Self { user, rights: Rights::all() });
        }
        let rights = server.plane.rights(user).await?;
        // Nobody has no rights either: a token may outlive its user.
        if rights == Rights::default() {
            server.plane.user(user).await.map_err(of_nobody)?;
        }
        Ok(Self { user, rights })
    }
}

fn of_nobody(error: Error) -> Problem {
    match error {
        Error::NotFound { .. } => auth::expired(),
        other => other.into(),
    }
}

impl Caller {
    /// Who changes something.
    pub(crate) fn by(&self) -> By {
        By::user(self.user)
    }

    /// # Errors
    /// 403, when the caller has less than this role in the workspace.
    pub(crate) fn needs(&self, role: Role, workspace: WorkspaceId) -> Result<()> {
        if self.rights.include(role, workspace) {
            return Ok(());
        }
        Err(Problem::forbidden(format!("this needs the role {} in the workspace {workspace}", name(role))))
    }

    /// The same where a thing belongs to a workspace or to the whole instance.
    ///
    /// # Errors
    /// 403.
    pub(crate) fn needs_where(&self, role: Role, workspace: Option<WorkspaceId>) -> Result<()> {
        workspace.map_or_else(|| self.needs_instance_admin(), |workspace| self.needs(role, workspace))
    }

    /// # Errors
    /// 403, when the caller is not an administrator of the instance.
    pub(crate) fn needs_instance_admin(&self) -> Result<()> {
        if self.rights.instance_admin {
            return Ok(());
        }
        Err(Problem::forbidden("this needs an administrator of the instance"))
    }

    /// The workspaces of a list: those asked for, or all that the caller may read; nothing means every one.
    ///
    /// # Errors
    /// 403, when the caller may not read one of those asked for.
    pub(crate) fn readable(&self, asked: Vec<WorkspaceId>) -> Result<Option<Vec<WorkspaceId>>> {
        if asked.is_empty() {
            return Ok(self.rights.visible());
        }
        asked.iter().try_for_each(|workspace| self.needs(Role::Reader, *workspace))?;
        Ok(Some(asked))
    }
}

fn name(role: Role) -> &'static str {
    match role {
        Role::Reader => "reader",
        Role::Runner => "runner",
        Role::Editor => "editor",
        Role::Admin => "admin",
    }
}

/// The id in a path; of several, the last.
pub(crate) struct Id<T>(pub(crate) T);

/// The two ids in a path: of what is around, and of what is in it.
pub(crate) struct Ids<A, B>(pub(crate) A, pub(crate) B);

impl<T: FromStr, S: Send + Sync> FromRequestParts<S> for Id<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let params = params(parts, state).await?;
        params.iter().last().and_then(|(_, value)| value.parse().ok()).map(Self).ok_or_else(malformed)
    }
}

impl<A: FromStr, B: FromStr, S: Send + Sync> FromRequestParts<S> for Ids<A, B> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let params = params(parts, state).await?;
        let mut values = params.iter().map(|(_, value)| value);
        let around = values.next().and_then(|value| value.parse().ok()).ok_or_else(malformed)?;
        let within = values.next().and_then(|value| value.parse().ok()).ok_or_else(malformed)?;
        Ok(Self(around, within))
    }
}

async fn params<S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<RawPathParams> {
    RawPathParams::from_request_parts(parts, state).await.map_err(|_| malformed())
}

fn malformed() -> Problem {
    Problem::bad_place("", "the path holds something that is not an id")
}
