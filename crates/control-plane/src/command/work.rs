//! The side of workers: a command is claimed, kept by heartbeats, and answered.

use super::kept::{KeptInput, KeptOutput, read_input, write_log};
use super::{COMMAND_LEASE, ClaimedCommand, CommandInput, CommandOutput, CommandStatus, platform};
use crate::store::Change;
use crate::store::command::{self as rows, Claimed, Ending};
use crate::store::row::json;
use crate::{CommandId, ControlPlane, Error, LeaseStatus, LogLine, Result};
use jiff::Timestamp;
use longshore_protocol::{FailureKind, FailureReason};
use uuid::Uuid;

impl ControlPlane {
    /// Takes a command that waits for a worker, for [`COMMAND_LEASE`].
    ///
    /// # Errors
    /// `database.*`.
    pub async fn claim_command(&self, worker: &str) -> Result<Option<ClaimedCommand>> {
        loop {
            if !rows::is_any_claimable(self.store().reader(), self.now()).await? {
                return Ok(None);
            }
            let token = Uuid::new_v4();
            let mut tx = self.store().change().await?;
            let now = self.now();
            let claimed = rows::claim(&mut tx, self.store().dialect, token, worker, now, lease_from(now)).await?;
            tx.commit().await?;
            let Some(claimed) = claimed else { return Ok(None) };
            let id = claimed.id;
            match self.begin(claimed, token).await {
                Ok(begun) => return Ok(Some(begun)),
                // What cannot even be begun is an answer to whoever waits.
                Err(error @ Error::Database { .. }) => return Err(error),
                Err(error) => drop(self.finish_command(id, token, Err(error.into_reason()), Vec::new()).await?),
            }
        }
    }

    /// Says that a worker is still at it.
    ///
    /// # Errors
    /// `database.*`.
    pub async fn heartbeat_command(&self, id: CommandId, token: Uuid) -> Result<LeaseStatus> {
        let now = self.now();
        let mut tx = self.store().change().await?;
        let status = rows::heartbeat(&mut tx, id, token, now, lease_from(now)).await?;
        tx.commit().await?;
        Ok(status)
    }

    /// Ends a command, if it is still this worker's; whether it was.
    ///
    /// # Errors
    /// `database.*`.
    pub async fn finish_command(
        &self,
        id: CommandId,
        token: Uuid,
        answer: std::result::Result<CommandOutput, FailureReason>,
        log: Vec<LogLine>,
    ) -> Result<bool> {
        let now = self.now();
        let mut tx = self.store().change().await?;
        let Some(row) = rows::hold(&mut tx, id, token, now).await? else { return Ok(false) };
        let mut ending = Ending { status: CommandStatus::Succeeded, output: None, failure: None, log: write_log(&log) };
        let kept = match answer {
            Ok(output) => match self.keep_output(&mut tx, &row, output).await {
                Err(error @ Error::Database { .. }) => return Err(error),
                // An answer that cannot be used is a failure of the connector.
                kept => kept.map_err(Error::into_reason),
            },
            Err(reason) => Err(reason),
        };
        match kept {
            Ok(output) => ending.output = Some(output),
            Err(reason) => {
                let is_cancelled = reason.kind == FailureKind::Cancelled;
                ending.status = if is_cancelled { CommandStatus::Cancelled } else { CommandStatus::Failed };
                ending.failure = Some(json(&reason));
            }
        }
        let has_ended = rows::finish(&mut tx, id, ending, now).await?;
        tx.commit().await?;
        self.wake().tell_changed();
        Ok(has_ended)
    }

    /// What a worker needs to begin.
    async fn begin(&self, claimed: Claimed, token: Uuid) -> Result<ClaimedCommand> {
        if claimed.is_worn_out {
            let message = "each worker that took it was lost; the connector may need more memory than the machine has";
            return Err(platform(FailureKind::SystemError, "command.worker_lost", message.to_owned()));
        }
        let (input, hydrated) = match read_input(&claimed.input)? {
            KeptInput::Spec { reference, kind, refresh } => (CommandInput::Spec { reference, kind, refresh }, None),
            KeptInput::Check { actor_id } => (CommandInput::Check { actor_id }, Some(self.hydrate(actor_id).await?)),
            KeptInput::Discover { actor_id, .. } => {
                (CommandInput::Discover { actor_id }, Some(self.hydrate(actor_id).await?))
            }
            KeptInput::CheckUnsaved { definition_id, kind, workspace_id, configuration, of } => {
                let definition = self.definition(kind, definition_id).await?;
                let version = definition.version.clone();
                let hydrated = self.hydrated(definition, version, workspace_id, &configuration).await?;
                (CommandInput::CheckUnsaved { definition_id, kind, configuration, of }, Some(hydrated))
            }
        };
        Ok(ClaimedCommand { id: claimed.id, token, input, hydrated })
    }

    /// What is kept of an answer; a catalog has a table of its own.
    async fn keep_output(&self, change: &mut Change<'_>, input: &str, output: CommandOutput) -> Result<String> {
        let kept = match output {
            CommandOutput::Spec { spec, digest } => KeptOutput::Spec { spec, digest },
            CommandOutput::Check { succeeded, message } => KeptOutput::Check { succeeded, message },
            CommandOutput::Discover { catalog, .. } => match read_input(input)? {
                KeptInput::Discover { actor_id, version_id, configuration_hash } => {
                    let catalog_id =
                        self.keep_catalog(change, actor_id, version_id, &configuration_hash, &catalog).await?;
                    KeptOutput::Discover { catalog_id }
                }
                _ => return Err(crate::store::row::damaged("input")),
            },
        };
        Ok(json(&kept))
    }
}

fn lease_from(now: Timestamp) -> Timestamp {
    now + COMMAND_LEASE
}
