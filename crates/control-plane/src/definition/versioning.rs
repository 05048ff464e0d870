//! Which version a definition uses: one that it has, or one whose spec is asked of the connector.

use super::{ActorKind, Definition, DefinitionOrigin, SPEC_PATIENCE};
use crate::reference::Reference;
use crate::spec::{JudgedSpec, judge};
use crate::store::{Change, version as versions};
use crate::{
    By, CommandInput, CommandOutput, ControlPlane, DefinitionId, Error, Result, Version, VersionId, WorkspaceId,
};
use jiff::Timestamp;
use longshore_protocol::RawJson;

/// What a connector answered to `spec`.
pub(crate) struct Answer {
    pub(crate) spec: RawJson,
    pub(crate) digest: Option<String>,
}

/// Which version a definition uses from now on.
pub(crate) enum Next {
    /// The one that it uses.
    Same,
    /// Another that it has.
    Known(Version),
    /// One that it has not; its number is given when it is stored.
    New(Version),
}

impl ControlPlane {
    /// Asks a connector for its spec.
    pub(super) async fn ask_spec(
        &self,
        by: By,
        workspace: Option<WorkspaceId>,
        reference: &Reference,
        kind: ActorKind,
    ) -> Result<Answer> {
        let input = CommandInput::Spec { reference: reference.text.clone(), kind, refresh: is_moving(&reference.tag) };
        let id = self.start_command(by, None, workspace, input).await?;
        let command = self.await_command(id, SPEC_PATIENCE).await?;
        match command.answer()? {
            CommandOutput::Spec { spec, digest } => Ok(Answer { spec, digest }),
            _ => Err(Error::invalid("definition.spec_invalid", "the answer is no spec")),
        }
    }

    /// The version of a tag: one that is known, unless the tag is one that moves.
    pub(super) async fn version_at(&self, by: By, definition: &Definition, tag: &str) -> Result<Next> {
        let reference = Reference::of(&definition.version.repository, tag, self.bundled())?;
        self.policy().admit(&reference)?;
        if !is_moving(&reference.tag) {
            if definition.version.tag == reference.tag {
                return Ok(Next::Same);
            }
            let known = self.definition_versions(definition.id).await?;
            if let Some(version) = known.into_iter().find(|version| version.tag == reference.tag) {
                return Ok(Next::Known(version));
            }
        }
        let answer = self.ask_spec(by, definition.workspace_id, &reference, definition.kind).await?;
        let judged = judge(&answer.spec, definition.kind, &reference.repository)?;
        let version = version_of(definition.id, &reference, answer, judged, self.now());
        let current = &definition.version;
        let is_same =
            current.tag == version.tag && current.digest == version.digest && current.spec.get() == version.spec.get();
        Ok(if is_same { Next::Same } else { Next::New(version) })
    }

    pub(crate) async fn use_version(
        &self,
        change: &mut Change<'_>,
        definition: &mut Definition,
        next: Next,
    ) -> Result<()> {
        match next {
            Next::Same => return Ok(()),
            Next::Known(version) => definition.version = version,
            Next::New(mut version) => {
                version.number = versions::next_number(change, definition.id).await?;
                versions::insert(change, &version).await?;
                definition.version = version;
            }
        }
        self.reseal_actors(change, definition.id, &definition.version).await
    }

    /// That the policy of today accepts a version of yesterday.
    pub(crate) fn admit(&self, definition: &Definition, version: &Version) -> Result<()> {
        match definition.origin {
            DefinitionOrigin::Bundled => Ok(()),
            DefinitionOrigin::Declarative => self.policy().admit(&Reference::of_manifest(version.number)),
            DefinitionOrigin::Custom => {
                self.policy().admit(&Reference::of(&version.repository, &version.tag, self.bundled())?)
            }
        }
    }

    /// The reference that a repository and a tag make, if it is accepted here.
    ///
    /// # Errors
    /// `definition.repository_invalid`, `definition.tag_missing`, `policy.*`.
    pub fn reference(&self, repository: &str, tag: &str) -> Result<String> {
        let reference = Reference::of(repository, tag, self.bundled())?;
        self.policy().admit(&reference)?;
        Ok(reference.text)
    }
}

/// A tag that is moved from image to image.
fn is_moving(tag: &str) -> bool {
    matches!(tag, "dev" | "latest")
}

pub(crate) fn version_of(
    definition_id: DefinitionId,
    reference: &Reference,
    answer: Answer,
    judged: JudgedSpec,
    created_at: Timestamp,
) -> Version {
    Version {
        id: VersionId::random(),
        definition_id,
        number: 1,
        reference: reference.text.clone(),
        repository: reference.repository.clone(),
        tag: reference.tag.clone(),
        digest: answer.digest,
        spec: answer.spec,
        manifest: None,
        protocol_version: judged.protocol_version,
        supports_refreshes: judged.supports_refreshes,
        created_at,
    }
}
