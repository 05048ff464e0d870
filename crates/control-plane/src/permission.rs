//! Who may do what.

use crate::event::Happened;
use crate::store::{Change, permission as rows, user as rows_of_users};
use crate::{By, ControlPlane, Error, Page, PermissionId, Result, UserId, WorkspaceId};
use jiff::Timestamp;
use serde_json::json;
use std::collections::BTreeMap;

/// What somebody may do in a workspace; each includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Look.
    Reader,
    /// Start and cancel jobs.
    Runner,
    /// Change sources, destinations, connections, definitions.
    Editor,
    /// Change who may do what.
    Admin,
}

/// The words of clients for rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum PermissionKind {
    InstanceAdmin,
    OrganizationAdmin,
    OrganizationEditor,
    OrganizationRunner,
    OrganizationReader,
    OrganizationMember,
    WorkspaceOwner,
    WorkspaceAdmin,
    WorkspaceEditor,
    WorkspaceRunner,
    WorkspaceReader,
}

const WORDS: [(PermissionKind, &str, Option<Role>); 11] = [
    (PermissionKind::InstanceAdmin, "instance_admin", Some(Role::Admin)),
    (PermissionKind::OrganizationAdmin, "organization_admin", Some(Role::Admin)),
    (PermissionKind::OrganizationEditor, "organization_editor", Some(Role::Editor)),
    (PermissionKind::OrganizationRunner, "organization_runner", Some(Role::Runner)),
    (PermissionKind::OrganizationReader, "organization_reader", Some(Role::Reader)),
    (PermissionKind::OrganizationMember, "organization_member", None),
    (PermissionKind::WorkspaceOwner, "workspace_owner", Some(Role::Admin)),
    (PermissionKind::WorkspaceAdmin, "workspace_admin", Some(Role::Admin)),
    (PermissionKind::WorkspaceEditor, "workspace_editor", Some(Role::Editor)),
    (PermissionKind::WorkspaceRunner, "workspace_runner", Some(Role::Runner)),
    (PermissionKind::WorkspaceReader, "workspace_reader", Some(Role::Reader)),
];

impl PermissionKind {
    /// Its word, such as `workspace_admin`.
    #[must_use]
    pub fn word(self) -> &'static str {
        WORDS.iter().find(|(kind, ..)| *kind == self).map_or("", |(_, word, _)| word)
    }

    /// The kind of a word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        WORDS.iter().find(|(_, known, _)| *known == word).map(|(kind, ..)| *kind)
    }

    /// What it lets somebody do; a member of the organization is only known.
    #[must_use]
    pub fn role(self) -> Option<Role> {
        WORDS.iter().find(|(kind, ..)| *kind == self).and_then(|(.., role)| *role)
    }

    /// Whether it holds in one workspace only.
    #[must_use]
    pub fn is_of_workspace(self) -> bool {
        self.word().starts_with("workspace_")
    }
}

/// A right of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    /// Its id.
    pub id: PermissionId,
    /// Whose it is.
    pub user_id: UserId,
    /// Where it holds; everywhere when absent.
    pub workspace_id: Option<WorkspaceId>,
    /// What it is.
    pub kind: PermissionKind,
    /// When it was given.
    pub created_at: Timestamp,
}

/// A right to be given.
#[derive(Debug, Clone, Copy)]
pub struct NewPermission {
    /// Whom.
    pub user_id: UserId,
    /// Where it holds; everywhere when absent.
    pub workspace_id: Option<WorkspaceId>,
    /// What it is.
    pub kind: PermissionKind,
}

/// Which rights.
#[derive(Debug, Clone, Copy, Default)]
pub struct PermissionFilter {
    /// Only of this user.
    pub user: Option<UserId>,
    /// Only in this workspace.
    pub workspace: Option<WorkspaceId>,
}

/// All that a user may do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rights {
    /// Everything, everywhere.
    pub instance_admin: bool,
    /// What holds in every workspace (rights in the organization).
    pub everywhere: Option<Role>,
    /// What holds in some.
    pub workspaces: BTreeMap<WorkspaceId, Role>,
}

impl Rights {
    /// Those of an admin of the instance, and of everybody where authentication is off.
    #[must_use]
    pub fn all() -> Self {
        Self { instance_admin: true, everywhere: Some(Role::Admin), workspaces: BTreeMap::new() }
    }

    fn add(&mut self, permission: &Permission) {
        let Some(role) = permission.kind.role() else { return };
        match permission.workspace_id {
            _ if permission.kind == PermissionKind::InstanceAdmin => self.instance_admin = true,
            None => self.everywhere = self.everywhere.max(Some(role)),
            Some(workspace) => {
                let held = self.workspaces.entry(workspace).or_insert(role);
                *held = role.max(*held);
            }
        }
    }

    /// What they allow in a workspace.
    #[must_use]
    pub fn role_in(&self, workspace: WorkspaceId) -> Option<Role> {
        if self.instance_admin {
            return Some(Role::Admin);
        }
        self.workspaces.get(&workspace).copied().max(self.everywhere)
    }

    /// Whether they include a role there.
    #[must_use]
    pub fn include(&self, role: Role, workspace: WorkspaceId) -> bool {
        self.role_in(workspace) >= Some(role)
    }

    /// The workspaces that may be looked at; `None` for all of them.
    #[must_use]
    pub fn visible(&self) -> Option<Vec<WorkspaceId>> {
        let sees_all = self.instance_admin || self.everywhere.is_some();
        (!sees_all).then(|| self.workspaces.keys().copied().collect())
    }
}

impl ControlPlane {
    /// All that a user may do; nothing for a user who is not there.
    ///
    /// # Errors
    /// `database.*`.
    pub async fn rights(&self, user: UserId) -> Result<Rights> {
        if rows_of_users::get(self.store().reader(), user).await?.is_none() {
            return Ok(Rights::default());
        }
        let mut rights = Rights::default();
        for permission in rows::of_user(self.store().reader(), user).await? {
            rights.add(&permission);
        }
        Ok(rights)
    }

    /// Rights, the oldest first.
    ///
    /// # Errors
    /// `database.*`.
    pub async fn permissions(&self, filter: &PermissionFilter, page: Page) -> Result<Vec<Permission>> {
        rows::list(self.store().reader(), filter, page).await
    }

    /// A right.
    ///
    /// # Errors
    /// Not found; `database.*`.
    pub async fn permission(&self, id: PermissionId) -> Result<Permission> {
        let found = rows::get(self.store().reader(), id).await?;
        found.ok_or_else(|| Error::not_found("permission", id))
    }

    /// Gives a right.
    ///
    /// # Errors
    /// User or workspace not found; `permission.scope_invalid`, `permission.exists`; `database.*`.
    pub async fn create_permission(&self, by: By, new: NewPermission) -> Result<Permission> {
        self.user(new.user_id).await?;
        if let Some(workspace) = new.workspace_id {
            self.need_workspace(workspace).await?;
        }
        let mut change = self.store().change().await?;
        let permission = self.add_permission(&mut change, by, new).await?;
        change.commit().await?;
        Ok(permission)
    }

    /// Makes a right another one, at the same place.
    ///
    /// # Errors
    /// Not found; `permission.scope_invalid`, `permission.last_admin`; `database.*`.
    pub async fn change_permission(&self, by: By, id: PermissionId, kind: PermissionKind) -> Result<Permission> {
        let mut change = self.store().change().await?;
        let mut permission = self.found_permission(&mut change, id).await?;
        fits(kind, permission.workspace_id)?;
        let was_admin = permission.kind == PermissionKind::InstanceAdmin;
        permission.kind = kind;
        rows::set_kind(&mut change, id, kind).await?;
        if was_admin {
            self.need_admin(&mut change).await?;
        }
        self.note(&mut change, by, happened(&permission, "changed")).await?;
        change.commit().await?;
        Ok(permission)
    }

    /// Takes a right away.
    ///
    /// # Errors
    /// Not found; `permission.last_admin`; `database.*`.
    pub async fn delete_permission(&self, by: By, id: PermissionId) -> Result<()> {
        let mut change = self.store().change().await?;
        let permission = self.found_permission(&mut change, id).await?;
        rows::delete(&mut change, id).await?;
        if permission.kind == PermissionKind::InstanceAdmin {
            self.need_admin(&mut change).await?;
        }
        self.note(&mut change, by, happened(&permission, "deleted")).await?;
        change.commit().await?;
        Ok(())
    }
}

impl ControlPlane {
    pub(crate) async fn add_permission(
        &self,
        change: &mut Change<'_>,
        by: By,
        new: NewPermission,
    ) -> Result<Permission> {
        let NewPermission { user_id, workspace_id, kind } = new;
        fits(kind, workspace_id)?;
        let held = rows::of_user(&mut **change, user_id).await?;
        if held.iter().any(|one| one.workspace_id == workspace_id && one.kind == kind) {
            let message = format!("the user {user_id} has the right {} there already", kind.word());
            return Err(Error::conflict("permission.exists", message));
        }
        let id = PermissionId::random();
        let permission = Permission { id, user_id, workspace_id, kind, created_at: self.now() };
        rows::insert(change, &permission).await?;
        self.note(change, by, happened(&permission, "created")).await?;
        Ok(permission)
    }

    /// That there is still an admin of the instance in what this change has made of it.
    pub(crate) async fn need_admin(&self, change: &mut Change<'_>) -> Result<()> {
        if rows::count_admins(change).await? > 0 {
            return Ok(());
        }
        Err(Error::conflict("permission.last_admin", "the instance would be left without an admin"))
    }

    async fn found_permission(&self, change: &mut Change<'_>, id: PermissionId) -> Result<Permission> {
        rows::get(&mut **change, id).await?.ok_or_else(|| Error::not_found("permission", id))
    }
}

/// Rights in a workspace name one; others name none.
fn fits(kind: PermissionKind, workspace: Option<WorkspaceId>) -> Result<()> {
    if kind.is_of_workspace() == workspace.is_some() {
        return Ok(());
    }
    let where_to = if kind.is_of_workspace() { "a workspace" } else { "the whole instance, not a workspace" };
    Err(Error::invalid("permission.scope_invalid", format!("{} is a right in {where_to}", kind.word())))
}

fn happened(permission: &Permission, action: &'static str) -> Happened<'static> {
    let mut happened = Happened::new("permission", permission.id, action, "").within(permission.workspace_id);
    happened.summary = json!({ "user": permission.user_id, "kind": permission.kind.word() });
    happened
}
