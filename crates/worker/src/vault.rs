//! Secrets that are kept elsewhere: where a configuration names one, what the configured command prints for that name is
//! put in its place, as late as possible, and kept nowhere.

use crate::failure::{self, Result};
use longshore_control_plane::{Configuration, outside_name};
use longshore_protocol::FailureReason;
use serde_json::Value;
use std::ffi::OsString;
use std::time::Duration;

/// The command of a vault.
pub(crate) struct Vault<'a> {
    pub(crate) environment: &'a [(OsString, OsString)],
    pub(crate) command: &'a [String],
    pub(crate) limit: Duration,
}

impl Vault<'_> {
    /// The configuration with what the vault keeps at these JSON pointers, and all of that: it is secret.
    ///
    /// # Errors
    /// `secret.no_command`, `secret.command_failed`.
    pub(crate) async fn fill(
        &self,
        configuration: &Configuration,
        pointers: &[String],
    ) -> Result<(Configuration, Vec<String>)> {
        let mut found = Vec::new();
        let mut value = match serde_json::from_str::<Value>(configuration.expose()) {
            Ok(value) if !pointers.is_empty() => value,
            _ => return Ok((configuration.clone(), found)), // byte for byte
        };
        for pointer in pointers {
            if let Some(place) = value.pointer_mut(pointer)
                && let Some(name) = place.as_str().and_then(outside_name)
            {
                let secret = self.read(name).await?;
                found.push(secret.clone());
                *place = Value::String(secret);
            }
        }
        Ok((Configuration::of(&value), found))
    }

    async fn read(&self, name: &str) -> Result<String> {
        if self.command.is_empty() {
            let message = format!(
                "the configuration refers to the secret `{name}` of a vault, and this worker has no command that reads one; \
                 start it with `--secret-command`"
            );
            return Err(failure::usage("secret.no_command", message));
        }
        let words: Vec<String> = self.command.iter().cloned().chain([name.to_owned()]).collect();
        match longshore_runner::value_of(self.environment, &words, self.limit).await {
            Ok(answered) if answered.succeeded => Ok(answered.value),
            Ok(answered) => Err(failed(name, "it ended with a failure").with_detail(answered.stderr.trim())),
            Err(error) => Err(failed(name, &error.to_string())),
        }
    }
}

fn failed(name: &str, why: &str) -> FailureReason {
    let message = format!("the command that reads secrets of the vault gave none for `{name}`: {why}");
    failure::environment("secret.command_failed", message)
}
