//! Commands: a spec, check or discover that somebody waits for, carried out by a worker.

mod kept;
mod start;
mod work;

use crate::store::command as rows;
use crate::wake::POLL;
use crate::{
    ActorId, ActorKind, By, CatalogId, CommandId, ControlPlane, DefinitionId, Error, Hydrated, LogLine, Result,
    WorkspaceId,
};
use jiff::Timestamp;
use kept::{KeptOutput, read_log, read_output};
use longshore_protocol::{FailureKind, FailureOrigin, FailureReason, RawJson};
use serde_json::Value;
use std::pin::pin;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// How long a check may take; connectors have shorter limits of their own.
const CHECK_PATIENCE: Duration = Duration::from_secs(45 * 60);

/// After this long without any worker that takes it, nobody will.
const PATIENCE_WITH_WORKERS: Duration = Duration::from_secs(120);

/// How long the secrets of a configuration that is not saved are kept.
const UNSAVED_LIFETIME: Duration = Duration::from_secs(2 * 60 * 60);

/// What is asked. A check before saving holds secrets: no `Debug`.
#[derive(Clone)]
pub enum CommandInput {
    /// What a connector needs.
    Spec {
        /// Which one.
        reference: String,
        /// What it should be.
        kind: ActorKind,
        /// Its image is fetched anew.
        refresh: bool,
    },
    /// Whether a source or destination works.
    Check {
        /// Which one.
        actor_id: ActorId,
    },
    /// Whether a configuration would work.
    CheckUnsaved {
        /// Of what.
        definition_id: DefinitionId,
        /// Of what.
        kind: ActorKind,
        /// The configuration.
        configuration: Value,
        /// Where masked values come from.
        of: Option<ActorId>,
    },
    /// What a source offers.
    Discover {
        /// Which one.
        actor_id: ActorId,
    },
}

/// The words for [`CommandInput`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CommandKind {
    /// What a connector needs.
    Spec,
    /// Whether a configuration works.
    Check,
    /// What a source offers.
    Discover,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CommandStatus {
    /// No worker has taken it.
    Pending,
    /// A worker is at it.
    Running,
    /// There is an output.
    Succeeded,
    /// There is a failure.
    Failed,
    /// Somebody cancelled it.
    Cancelled,
}

impl CommandKind {
    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Spec => "spec",
            Self::Check => "check",
            Self::Discover => "discover",
        }
    }

    pub(crate) fn of_word(word: &str) -> Option<Self> {
        [Self::Spec, Self::Check, Self::Discover].into_iter().find(|kind| kind.word() == word)
    }
}

impl CommandStatus {
    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    pub(crate) fn of_word(word: &str) -> Option<Self> {
        let all = [Self::Pending, Self::Running, Self::Succeeded, Self::Failed, Self::Cancelled];
        all.into_iter().find(|status| status.word() == word)
    }

    /// Whether nothing more comes.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled)
    }
}

/// A spec, check or discover that somebody waits for.
#[derive(Debug, Clone)]
pub struct Command {
    /// Its id.
    pub id: CommandId,
    /// What it asks.
    pub kind: CommandKind,
    /// Where it belongs.
    pub workspace_id: Option<WorkspaceId>,
    /// The source or destination it asks.
    pub actor_id: Option<ActorId>,
    /// How far it is.
    pub status: CommandStatus,
    /// The answer.
    pub output: Option<CommandOutput>,
    /// Why there is no answer.
    pub failure: Option<FailureReason>,
    /// What the connector logged.
    pub log: Vec<LogLine>,
    /// When it was asked.
    pub created_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

impl Command {
    /// The answer of one that has ended.
    ///
    /// # Errors
    /// What the connector failed with; `command.cancelled`.
    pub fn answer(self) -> Result<CommandOutput> {
        if let Some(output) = self.output {
            return Ok(output);
        }
        let cancelled = || platform(FailureKind::Cancelled, "command.cancelled", "somebody cancelled it".to_owned());
        Err(self.failure.map_or_else(cancelled, Error::from))
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub enum CommandOutput {
    /// To `spec`.
    Spec {
        /// The whole connector specification.
        spec: RawJson,
        /// The digest of the image that answered.
        digest: Option<String>,
    },
    /// To `check`.
    Check {
        /// Whether it works.
        succeeded: bool,
        /// Why not.
        message: Option<String>,
    },
    /// To `discover`.
    Discover {
        /// The catalog of the protocol.
        catalog: RawJson,
        /// Where it is kept; a worker leaves it out.
        catalog_id: Option<CatalogId>,
    },
}

/// A command that a worker has taken. It holds secrets: no `Debug`.
pub struct ClaimedCommand {
    /// Its id.
    pub id: CommandId,
    /// What proves that it is still this worker's.
    pub token: Uuid,
    /// What is asked.
    pub input: CommandInput,
    /// What to start, of all but `spec`.
    pub hydrated: Option<Hydrated>,
}

/// What a check came to.
#[derive(Debug, Clone)]
pub struct CheckResult {
    /// Whether it works.
    pub succeeded: bool,
    /// Why not.
    pub message: Option<String>,
    /// Why the connector did not even answer.
    pub failure: Option<FailureReason>,
    /// The command, with its log.
    pub command: Command,
}

/// How long a worker may be silent before its command is another's.
pub const COMMAND_LEASE: Duration = Duration::from_secs(30);

impl ControlPlane {
    /// Asks for something; a worker will carry it out. With an id that is there already, that one is meant.
    ///
    /// # Errors
    /// Actor or definition not found; `configuration.invalid`, `policy.*`; `database.*`.
    pub async fn start_command(
        &self,
        by: By,
        id: Option<CommandId>,
        workspace: Option<WorkspaceId>,
        input: CommandInput,
    ) -> Result<CommandId> {
        let id = id.unwrap_or_else(CommandId::random);
        let _ = by;
        if rows::status(self.store().reader(), id).await?.is_some() {
            return Ok(id);
        }
        let mut tx = self.store().change().await?;
        let prepared = self.prepare_command(&mut tx, id, workspace, input).await?;
        rows::insert(&mut tx, &prepared, self.now()).await?;
        tx.commit().await?;
        self.wake().tell_work();
        Ok(id)
    }

    /// A command, with its answer if it has one.
    ///
    /// # Errors
    /// Not found; `database.*`.
    pub async fn command(&self, id: CommandId) -> Result<Command> {
        let found = rows::get(self.store().reader(), id).await?;
        let found = found.ok_or_else(|| Error::not_found("command", id))?;
        let output = match found.output.as_deref().map(read_output).transpose()? {
            Some(kept) => Some(self.whole_output(kept).await?),
            None => None,
        };
        Ok(Command {
            id,
            kind: found.kind,
            workspace_id: found.workspace_id,
            actor_id: found.actor_id,
            status: found.status,
            output,
            failure: found.failure.and_then(|text| serde_json::from_str(&text).ok()),
            log: read_log(&found.log),
            created_at: found.created_at,
            ended_at: found.ended_at,
        })
    }

    /// Waits until a command has ended.
    ///
    /// # Errors
    /// Not found; `command.timeout`, `command.no_worker`; `database.*`.
    pub async fn await_command(&self, id: CommandId, within: Duration) -> Result<Command> {
        let begun = Instant::now();
        loop {
            let mut changed = pin!(self.wake().changed.notified());
            // From here on nothing is missed.
            changed.as_mut().enable();
            let status =
                rows::status(self.store().reader(), id).await?.ok_or_else(|| Error::not_found("command", id))?;
            if status.is_final() {
                return self.command(id).await;
            }
            let is_left = status == CommandStatus::Pending && begun.elapsed() >= PATIENCE_WITH_WORKERS;
            if is_left || begun.elapsed() >= within {
                self.cancel_command(id).await?;
                return Err(if is_left { no_worker() } else { timeout(within) });
            }
            // An elapsed time only means to look again.
            let _ = tokio::time::timeout(POLL.min(within - begun.elapsed().min(within)), changed).await;
        }
    }

    /// Cancels a command; one that has ended stays as it is.
    ///
    /// # Errors
    /// Not found; `database.*`.
    pub async fn cancel_command(&self, id: CommandId) -> Result<()> {
        let mut tx = self.store().change().await?;
        rows::get(&mut *tx, id).await?.ok_or_else(|| Error::not_found("command", id))?;
        let has_ended = rows::cancel(&mut tx, id, self.now()).await?;
        tx.commit().await?;
        if has_ended {
            self.wake().tell_changed();
        }
        Ok(())
    }

    /// Asks whether a source or destination works, and waits for the answer.
    ///
    /// # Errors
    /// Not found; `command.*`; `database.*`. A connector that fails is an answer.
    pub async fn check_actor(&self, by: By, actor: ActorId) -> Result<CheckResult> {
        let id = self.start_command(by, None, None, CommandInput::Check { actor_id: actor }).await?;
        let command = self.await_command(id, CHECK_PATIENCE).await?;
        let failure = command.failure.clone();
        let (succeeded, message) = match &command.output {
            Some(CommandOutput::Check { succeeded, message }) => (*succeeded, message.clone()),
            _ => (false, failure.as_ref().map(|reason| reason.message.clone())),
        };
        Ok(CheckResult { succeeded, message, failure, command })
    }
}

impl ControlPlane {
    async fn whole_output(&self, kept: KeptOutput) -> Result<CommandOutput> {
        Ok(match kept {
            KeptOutput::Spec { spec, digest } => CommandOutput::Spec { spec, digest },
            KeptOutput::Check { succeeded, message } => CommandOutput::Check { succeeded, message },
            KeptOutput::Discover { catalog_id } => {
                CommandOutput::Discover { catalog: self.raw_catalog(catalog_id).await?, catalog_id: Some(catalog_id) }
            }
        })
    }
}

fn no_worker() -> Error {
    let message = "no worker takes commands; start one by `longshore worker`, or everything by `longshore up`";
    platform(FailureKind::TransientError, "command.no_worker", message.to_owned())
}

fn timeout(within: Duration) -> Error {
    let message = format!("there is no answer after {} seconds; it was cancelled", within.as_secs());
    platform(FailureKind::TransientError, "command.timeout", message)
}

fn platform(kind: FailureKind, code: &str, message: String) -> Error {
    FailureReason::new(FailureOrigin::Platform, kind, code, message).into()
}
