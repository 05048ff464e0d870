//! Tags: labels of connections.

use crate::event::Happened;
use crate::store::{self, Change};
use crate::{By, ControlPlane, Error, Result, TagId, WorkspaceId};
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

const LONGEST_NAME: usize = 30;

impl ControlPlane {
    /// Makes a tag.
    ///
    /// # Errors
    /// `tag.invalid`, `tag.already_exists`.
    pub async fn create_tag(&self, by: By, workspace_id: WorkspaceId, name: &str, color: &str) -> Result<Tag> {
        self.workspace(workspace_id).await?;
        let (name, color) = (valid_name(name)?, valid_color(color)?);
        let tag = Tag { id: TagId::random(), workspace_id, name, color, created_at: self.now() };
        let mut change = self.store().change().await?;
        if !store::tag::insert(&mut change, &tag).await? {
            return Err(taken(&tag.name));
        }
        self.note_tag(&mut change, by, &tag, "created").await?;
        change.commit().await?;
        Ok(tag)
    }

    /// A tag.
    ///
    /// # Errors
    /// When there is none.
    pub async fn tag(&self, id: TagId) -> Result<Tag> {
        store::tag::get(self.store().reader(), id).await?.ok_or_else(|| Error::not_found("tag", id))
    }

    /// The tags of these workspaces; of all when absent.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tags(&self, workspaces: Option<&[WorkspaceId]>) -> Result<Vec<Tag>> {
        store::tag::list(self.store().reader(), workspaces).await
    }

    /// Gives a tag another name, another colour, or both.
    ///
    /// # Errors
    /// As when it is made.
    pub async fn change_tag(&self, by: By, id: TagId, name: Option<&str>, color: Option<&str>) -> Result<Tag> {
        let mut change = self.store().change().await?;
        let tag = store::tag::get(&mut *change, id).await?;
        let mut tag = tag.ok_or_else(|| Error::not_found("tag", id))?;
        if let Some(name) = name {
            tag.name = valid_name(name)?;
        }
        if let Some(color) = color {
            tag.color = valid_color(color)?;
        }
        if !store::tag::update(&mut change, &tag).await? {
            return Err(taken(&tag.name));
        }
        self.note_tag(&mut change, by, &tag, "changed").await?;
        change.commit().await?;
        Ok(tag)
    }

    /// Deletes a tag, and takes it off its connections.
    ///
    /// # Errors
    /// When there is none.
    pub async fn delete_tag(&self, by: By, id: TagId) -> Result<()> {
        let mut change = self.store().change().await?;
        let tag = store::tag::get(&mut *change, id).await?;
        let tag = tag.ok_or_else(|| Error::not_found("tag", id))?;
        store::tag::delete(&mut change, id).await?;
        self.note_tag(&mut change, by, &tag, "deleted").await?;
        change.commit().await?;
        Ok(())
    }

    async fn note_tag(&self, change: &mut Change<'_>, by: By, tag: &Tag, action: &str) -> Result<()> {
        let what = Happened::new("tag", tag.id, action, &tag.name).within(Some(tag.workspace_id));
        self.note(change, by, what).await
    }
}

fn valid_name(name: &str) -> Result<String> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        return Err(Error::invalid("tag.invalid", format!("a tag has a name of 1 to {LONGEST_NAME} characters")));
    }
    Ok(name.to_owned())
}

fn valid_color(color: &str) -> Result<String> {
    let digits = color.strip_prefix('#').unwrap_or(color);
    if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(Error::invalid("tag.invalid", "a tag has a colour of six hexadecimal digits, such as FF8800"));
    }
    Ok(color.to_owned())
}

fn taken(name: &str) -> Error {
    Error::conflict("tag.already_exists", format!("there is a tag `{name}` in this workspace already"))
}
