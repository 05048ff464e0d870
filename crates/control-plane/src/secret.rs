//! Secrets: taken out of configurations before they are stored, put back when a connector is started.

use crate::{ActorId, ControlPlane, Definition, Result, Version};
use serde_json::Value;

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
        let _ = actor;
        unimplemented!()
    }

    /// Keeps what a connector says its configuration has become: `given` is what it was started with, after secrets from
    /// elsewhere were put in. Only what it changed is changed, over whatever a person has changed meanwhile; OAuth parameters
    /// of the instance stay out.
    ///
    /// # Errors
    /// Not found; `configuration.invalid` when it is no JSON object; `database.*`.
    pub async fn keep_configuration(&self, actor: ActorId, given: &Configuration, new: Configuration) -> Result<()> {
        let _ = (actor, given, new);
        unimplemented!()
    }
}
