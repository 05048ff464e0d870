//! Definitions of connectors that are part of the program, put into the database at each start.

use super::versioning::{Answer, Next, version_of};
use super::{BundledDefinition, Definition, DefinitionOrigin};
use crate::policy::RefKind;
use crate::reference::Reference;
use crate::spec::judge;
use crate::store::{definition as rows, version as versions};
use crate::{ControlPlane, Result};

impl ControlPlane {
    /// Puts what is part of the program into the database; again and again, at each start.
    ///
    /// # Errors
    /// `database.*`.
    pub async fn put_bundled(&self, definition: BundledDefinition) -> Result<()> {
        let found = rows::get(self.store().reader(), definition.id).await?;
        if found.as_ref().is_some_and(|found| is_same(found, &definition)) {
            return Ok(());
        }
        let BundledDefinition { id, kind, name, reference: words, version: tag, spec, documentation_url } = definition;
        let reference =
            Reference { kind: RefKind::Bundled, text: words.clone(), repository: words, tag, registry: None };
        let judged = judge(&spec, kind, &reference.repository)?;
        let now = self.now();
        let mut version = version_of(id, &reference, Answer { spec, digest: None }, judged, now);
        version.supports_refreshes = true;
        let mut tx = self.store().change().await?;
        if rows::touch(&mut tx, kind, id, now).await? {
            let mut known = self.locked_definition(&mut tx, kind, id).await?;
            (known.name, known.documentation_url) = (name, documentation_url);
            self.use_version(&mut tx, &mut known, Next::New(version)).await?;
            rows::update(&mut tx, &known).await?;
        } else {
            let made = Definition {
                id,
                kind,
                name,
                workspace_id: None,
                origin: DefinitionOrigin::Bundled,
                documentation_url,
                icon: None,
                resource_requirements: None,
                version,
                created_at: now,
                updated_at: now,
                deleted_at: None,
            };
            // Another process that starts may have been faster.
            if rows::insert(&mut tx, &made).await? {
                versions::insert(&mut tx, &made.version).await?;
            }
        }
        tx.commit().await?;
        Ok(())
    }
}

fn is_same(found: &Definition, bundled: &BundledDefinition) -> bool {
    found.deleted_at.is_none()
        && found.name == bundled.name
        && found.documentation_url == bundled.documentation_url
        && found.version.reference == bundled.reference
        && found.version.tag == bundled.version
        && found.version.spec.get() == bundled.spec.get()
}
