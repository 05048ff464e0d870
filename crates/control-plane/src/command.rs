//! Commands: a spec, check or discover that somebody waits for, carried out by a worker.

use crate::{
    ActorId, ActorKind, By, CatalogId, CommandId, ControlPlane, DefinitionId, Hydrated, LeaseStatus, LogLine, Result,
    WorkspaceId,
};
use jiff::Timestamp;
use longshore_protocol::{FailureReason, RawJson};
use serde_json::Value;
use std::time::Duration;
use uuid::Uuid;

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

impl CommandStatus {
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
        let _ = (by, id, workspace, input);
        unimplemented!()
    }

    /// A command, with its answer if it has one.
    ///
    /// # Errors
    /// Not found; `database.*`.
    pub async fn command(&self, id: CommandId) -> Result<Command> {
        let _ = id;
        unimplemented!()
    }

    /// Waits until a command has ended.
    ///
    /// # Errors
    /// Not found; `command.timeout`, `command.no_worker`; `database.*`.
    pub async fn await_command(&self, id: CommandId, within: Duration) -> Result<Command> {
        let _ = (id, within);
        unimplemented!()
    }

    /// Cancels a command; one that has ended stays as it is.
    ///
    /// # Errors
    /// Not found; `database.*`.
    pub async fn cancel_command(&self, id: CommandId) -> Result<()> {
        let _ = id;
        unimplemented!()
    }

    /// Takes a command that waits for a worker, for [`COMMAND_LEASE`].
    ///
    /// # Errors
    /// `database.*`.
    pub async fn claim_command(&self, worker: &str) -> Result<Option<ClaimedCommand>> {
        let _ = worker;
        unimplemented!()
    }

    /// Says that a worker is still at it.
    ///
    /// # Errors
    /// `database.*`.
    pub async fn heartbeat_command(&self, id: CommandId, token: Uuid) -> Result<LeaseStatus> {
        let _ = (id, token);
        unimplemented!()
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
        let _ = (id, token, answer, log);
        unimplemented!()
    }

    /// Asks whether a source or destination works, and waits for the answer.
    ///
    /// # Errors
    /// Not found; `command.*`; `database.*`. A connector that fails is an answer.
    pub async fn check_actor(&self, by: By, actor: ActorId) -> Result<CheckResult> {
        let _ = (by, actor);
        unimplemented!()
    }
}
