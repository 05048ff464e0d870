//! Secrets: taken out of configurations before they are stored, put back when a connector is started.

use crate::configuration::outside_places;
use crate::event::Happened;
use crate::sealing::{self, Opened, Sealed};
use crate::store::secret::SecretRow;
use crate::store::{Change, actor as actors, secret as rows};
use crate::{Actor, ActorId, By, ControlPlane, Definition, Error, Result, Version, WorkspaceId, oauth};
use jiff::Timestamp;
use longshore_protocol::{FailureKind, FailureOrigin, FailureReason};
use serde_json::{Map, Value};

/// Where the JSON Schema of a configuration stands in a spec.
pub(crate) const SCHEMA: &str = "connectionSpecification";

/// What stands for a secret wherever a configuration is shown.
pub const MASK: &str = "**********";

/// A configuration with its secrets, as JSON. No `Debug`, no `Display`; only a worker looks into it.
#[derive(Clone)]
pub struct Configuration(String);

impl Configuration {
    /// Of its value.
    #[must_use]
    pub fn of(value: &Value) -> Self {
        Self(value.to_string())
    }

    /// Of its JSON.
    #[must_use]
    pub fn new(json: String) -> Self {
        Self(json)
    }

    /// The JSON, with its secrets.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// All that is needed to start a connector.
#[derive(Clone)]
pub struct Hydrated {
    /// Its configuration, with its secrets and with OAuth parameters of the instance.
    pub configuration: Configuration,
    /// The version to start.
    pub version: Version,
    /// What it is a version of.
    pub definition: Definition,
    /// JSON pointers of texts that name a secret elsewhere, which a worker fetches by [`outside_name`].
    pub references: Vec<String>,
}

/// The name of a secret that is kept elsewhere: of `${NAME}`, and of `secret_coordinate::NAME`.
#[must_use]
pub fn outside_name(text: &str) -> Option<&str> {
    let of_braces = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    let name = text.strip_prefix("secret_coordinate::").or(of_braces)?;
    (!name.is_empty() && !name.contains(['{', '}', '\n', '\0'])).then_some(name)
}

impl ControlPlane {
    /// The configuration of a source or destination as a connector gets it.
    ///
    /// # Errors
    /// Not found; `secret.unreadable`, when the key of the instance is another; `database.*`.
    pub async fn hydrate(&self, actor: ActorId) -> Result<Hydrated> {
        let found = self.found_actor(actor).await?;
        let (definition, version) = self.version_of_actor(&found).await?;
        self.hydrated(definition, version, found.workspace_id, &found.configuration).await
    }

    /// Keeps what a connector says its configuration has become: `given` is what it was started with, after secrets from
    /// elsewhere were put in. Only what it changed is changed, over whatever a person has changed meanwhile; OAuth parameters
    /// of the instance stay out.
    ///
    /// # Errors
    /// Not found; `configuration.invalid` when it is no JSON object; `database.*`.
    pub async fn keep_configuration(&self, actor: ActorId, given: &Configuration, new: Configuration) -> Result<()> {
        let invalid = || {
            Error::invalid("configuration.invalid", "what the connector says of its configuration is no JSON object")
        };
        let object = |configuration: &Configuration| serde_json::from_str::<Value>(configuration.expose()).ok();
        let given = object(given).filter(Value::is_object).ok_or_else(invalid)?;
        let new = object(&new).filter(Value::is_object).ok_or_else(invalid)?;
        let version = self.version_of_actor(&self.found_actor(actor).await?).await?.1;
        let spec: Value = serde_json::from_str(version.spec.get()).unwrap_or_default();
        let mut tx = self.store().change().await?;
        let mut found = self.locked_actor(&mut tx, actor).await?;
        let opened = self.opened(&mut tx, &found.configuration).await?;
        let before = opened.clear();
        let mut clear = before.clone();
        keep_changes(&mut clear, &given, &new);
        oauth::take_out(&spec, &mut clear, &before);
        let clear = opened.unmasked(&spec[SCHEMA], &clear)?;
        let sealed = opened.seal(Some(found.workspace_id), &spec[SCHEMA], &clear);
        if sealed.stored == found.configuration {
            return Ok(());
        }
        found.configuration = self.store_sealed(&mut tx, Some(found.workspace_id), sealed, None).await?;
        actors::update(&mut tx, &found).await?;
        let happened = Happened::new(found.kind.word(), actor, "configuration_changed_by_connector", &found.name);
        self.note(&mut tx, By::platform(), happened.within(Some(found.workspace_id))).await?;
        tx.commit().await?;
        Ok(())
    }
}

impl ControlPlane {
    /// A stored configuration as a connector gets it.
    pub(crate) async fn hydrated(
        &self,
        definition: Definition,
        version: Version,
        workspace: WorkspaceId,
        stored: &Value,
    ) -> Result<Hydrated> {
        self.admit(&definition, &version)?;
        let found = rows::get(self.store().reader(), &sealing::ids(stored)).await?;
        let mut clear = self.open_rows(stored, &found).clear();
        if let Some(id) = sealing::ids(&clear).first() {
            return Err(unreadable(id));
        }
        let references = outside_places(&clear);
        self.inject_oauth(&version, definition.id, workspace, &mut clear).await?;
        Ok(Hydrated { configuration: Configuration::of(&clear), version, definition, references })
    }

    /// A stored configuration with its secrets; one that cannot be opened is left out, so that it can be replaced.
    pub(crate) async fn opened(&self, change: &mut Change<'_>, stored: &Value) -> Result<Opened> {
        let found = rows::get(&mut **change, &sealing::ids(stored)).await?;
        Ok(self.open_rows(stored, &found))
    }

    fn open_rows(&self, stored: &Value, found: &[SecretRow]) -> Opened {
        let open = |row: &SecretRow| {
            let text = self.key().open(&row.id, &row.ciphertext).ok()?;
            Some((row.id.clone(), serde_json::from_str(&text).ok()?))
        };
        Opened { stored: stored.clone(), secrets: found.iter().filter_map(open).collect() }
    }

    /// Stores the secrets of a configuration, and deletes those it has no more; what is left to be stored.
    pub(crate) async fn store_sealed(
        &self,
        change: &mut Change<'_>,
        workspace: Option<WorkspaceId>,
        sealed: Sealed,
        expires_at: Option<Timestamp>,
    ) -> Result<Value> {
        let seal = |(id, value): &(String, Value)| {
            Ok(SecretRow { id: id.clone(), ciphertext: self.key().seal(id, &value.to_string())? })
        };
        let added = sealed.added.iter().map(seal).collect::<Result<Vec<_>>>()?;
        rows::delete(change, &sealed.dropped).await?;
        rows::insert(change, workspace, &added, self.now(), expires_at).await?;
        Ok(sealed.stored)
    }

    /// Takes out what another version calls a secret and the last one did not; whether there was any.
    pub(crate) async fn reseal(&self, change: &mut Change<'_>, actor: &mut Actor, version: &Version) -> Result<bool> {
        let spec: Value = serde_json::from_str(version.spec.get()).unwrap_or_default();
        let opened = self.opened(change, &actor.configuration).await?;
        let clear = opened.clear();
        if !sealing::ids(&clear).is_empty() {
            // Some cannot be opened; they are typed anew, and sealed by then.
            return Ok(false);
        }
        let sealed = opened.seal(Some(actor.workspace_id), &spec[SCHEMA], &clear);
        if sealed.stored == actor.configuration {
            return Ok(false);
        }
        actor.configuration = self.store_sealed(change, Some(actor.workspace_id), sealed, None).await?;
        Ok(true)
    }

    /// What a source or destination is, and the version that it uses.
    pub(crate) async fn version_of_actor(&self, actor: &Actor) -> Result<(Definition, Version)> {
        let definition = self.definition(actor.kind, actor.definition_id).await?;
        let version = match actor.version_id {
            Some(pinned) if pinned != definition.version.id => self.version(pinned).await?,
            _ => definition.version.clone(),
        };
        Ok((definition, version))
    }
}

/// Carries over what `new` changes against `given`, key by key. Where somebody else has changed the same key meanwhile, theirs
/// stays; a name of a secret elsewhere is no such change, since the connector was given what is behind it.
fn keep_changes(current: &mut Value, given: &Value, new: &Value) {
    let (Some(current), Some(given), Some(new)) = (current.as_object_mut(), given.as_object(), new.as_object()) else {
        return;
    };
    for (key, value) in new {
        match (current.get_mut(key), given.get(key)) {
            (_, Some(before)) if before == value => {}
            (Some(now), Some(before)) if now.is_object() && before.is_object() && value.is_object() => {
                keep_changes(now, before, value);
            }
            (now, before) if is_untouched(now.as_deref(), before) => {
                current.insert(key.clone(), value.clone());
            }
            _ => {}
        }
    }
    remove_gone(current, given, new);
}

fn is_untouched(now: Option<&Value>, before: Option<&Value>) -> bool {
    now == before || now.and_then(Value::as_str).is_some_and(|text| outside_name(text).is_some())
}

fn remove_gone(current: &mut Map<String, Value>, given: &Map<String, Value>, new: &Map<String, Value>) {
    for (key, before) in given.iter().filter(|(key, _)| !new.contains_key(*key)) {
        if current.get(key) == Some(before) {
            current.shift_remove(key);
        }
    }
}

fn unreadable(id: &str) -> Error {
    let message = format!(
        "the secret {id} cannot be opened: it is gone, or the key of the instance is not the one it was stored with"
    );
    FailureReason::new(FailureOrigin::Platform, FailureKind::ConfigError, "secret.unreadable", message).into()
}

#[cfg(test)]
mod tests {
    use super::{keep_changes, outside_name};
    use serde_json::json;

    #[test]
    fn only_what_the_connector_changed_is_changed() {
        let given =
            json!({ "token": "old", "key": "from the vault", "host": "a", "gone": 1, "in": { "x": 1, "y": 1 } });
        let new = json!({ "token": "new", "key": "from the vault", "host": "a", "in": { "x": 2, "y": 1 }, "more": 1 });
        let mut current =
            json!({ "token": "old", "key": "${KEY}", "host": "edited", "gone": 1, "in": { "x": 1, "y": 9 } });
        keep_changes(&mut current, &given, &new);
        let kept = json!({ "token": "new", "key": "${KEY}", "host": "edited", "in": { "x": 2, "y": 9 }, "more": 1 });
        assert_eq!(current, kept);
    }

    #[test]
    fn what_a_person_changed_meanwhile_stays() {
        let mut current = json!({ "token": "typed" });
        keep_changes(&mut current, &json!({ "token": "old" }), &json!({ "token": "rotated" }));
        assert_eq!(current, json!({ "token": "typed" }));
    }

    #[test]
    fn only_a_whole_text_names_a_secret_elsewhere() {
        assert_eq!(outside_name("${NAME}"), Some("NAME"));
        assert_eq!(outside_name("secret_coordinate::a/b"), Some("a/b"));
        for text in ["NAME", "${}", "${A}${B}", "x${A}", "secret_coordinate::", "${A"] {
            assert_eq!(outside_name(text), None, "{text}");
        }
    }
}
