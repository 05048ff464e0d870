//! One side of a run: a connector made ready, with the configuration that it gets.

use crate::answer::ask_with;
use crate::connector::{RunNumber, config_file, launch_of};
use crate::desk::Desk;
use crate::failure::Result;
use crate::journal::Journal;
use crate::keeper::Keeper;
use crate::limits::limits;
use crate::ready::Ready;
use crate::settings::WorkerSettings;
use crate::vault::Vault;
use longshore_control_plane::{ActorId, ActorKind, Configuration, Hydrated};
use longshore_protocol::spec::CheckStatus;
use longshore_protocol::{ConnectionStatus, FailureKind, FailureOrigin, FailureReason, LogLevel, Message};
use longshore_runner::{ConnectorRef, InputFile, Launch, Limits, Settings, Verb};
use serde_json::Value;

/// A source or a destination, ready to be started.
pub(crate) struct Side {
    pub(crate) origin: FailureOrigin,
    pub(crate) ready: Ready,
    pub(crate) configuration: Configuration,
    pub(crate) supports_refreshes: bool,
    requirements: Vec<Value>,
    run: RunNumber,
}

/// Where a side is run.
pub(crate) struct Machine<'a> {
    pub(crate) desk: &'a Desk,
    pub(crate) settings: &'a WorkerSettings,
    pub(crate) runner: &'a Settings,
    pub(crate) journal: &'a Journal,
    pub(crate) run: RunNumber,
}

impl Machine<'_> {
    /// Makes a side ready; its secrets are not logged from now on. `actor` is where its own limits are written.
    ///
    /// # Errors
    /// `reference.*`, `secret.*`.
    pub(crate) async fn side(&self, hydrated: &Hydrated, actor: Option<ActorId>) -> Result<Side> {
        let kind = hydrated.definition.kind;
        let origin = match kind {
            ActorKind::Source => FailureOrigin::Source,
            ActorKind::Destination => FailureOrigin::Destination,
        };
        let configuration = self.fill(hydrated).await.map_err(|reason| FailureReason { origin, ..reason })?;
        let ready = Ready::of(self.settings, self.runner, &hydrated.version).await;
        let requirements = hydrated.definition.resource_requirements.clone().into_iter();
        let requirements = requirements.chain(self.allocation(kind, actor).await).collect();
        Ok(Side {
            origin,
            ready: ready.map_err(|reason| FailureReason { origin, ..reason })?,
            configuration,
            supports_refreshes: hydrated.version.supports_refreshes,
            requirements,
            run: self.run,
        })
    }

    async fn fill(&self, hydrated: &Hydrated) -> Result<Configuration> {
        self.journal.keep_secret(|secrets| {
            if let Ok(spec) = serde_json::from_str(hydrated.version.spec.get()) {
                secrets.learn(&spec);
            }
            secrets.add(hydrated.configuration.expose());
        });
        let (command, limit) = (self.settings.secret_command.as_slice(), self.settings.timing.secret_limit);
        let vault = Vault { environment: &self.settings.secret_environment, command, limit };
        let (configuration, found) = vault.fill(&hydrated.configuration, &hydrated.references).await?;
        self.journal.keep_secret(|secrets| found.iter().for_each(|secret| secrets.add_value(secret)));
        Ok(configuration)
    }

    /// What is written at the source or destination itself. Without it the limits of its definition hold.
    async fn allocation(&self, kind: ActorKind, actor: Option<ActorId>) -> Option<Value> {
        let id = actor?;
        let actor = self.desk.ask(move |plane| async move { plane.actor(kind, id).await }).await.ok()?;
        actor.resource_allocation
    }

    /// Asks a side whether its configuration works. A new configuration that it sets itself goes to `keeper`.
    ///
    /// # Errors
    /// Why it gave no answer.
    pub(crate) async fn check(&self, side: &Side, keeper: Option<&Keeper>) -> Result<ConnectionStatus> {
        self.ask(side, Verb::Check, keeper, |message| match message {
            Message::ConnectionStatus(status) => Some(status),
            _ => None,
        })
        .await
    }

    /// Asks for one answer; what the connector says beside it is logged.
    ///
    /// # Errors
    /// Why it gave no answer.
    pub(crate) async fn ask<T>(
        &self,
        side: &Side,
        verb: Verb,
        keeper: Option<&Keeper>,
        wanted: impl Fn(Message) -> Option<T>,
    ) -> Result<T> {
        let files = match verb {
            Verb::Spec => Vec::new(),
            _ => vec![config_file(side.configuration.expose())],
        };
        let answer = ask_with(self.runner, side.launch(verb, files)).await?;
        answer.log(side.origin, self.journal);
        let (found, new) = answer.expect(&side.ready.reference, side.origin, verb, wanted)?;
        if let (Some(new), Some(keeper)) = (new, keeper) {
            self.journal.keep_secret(|secrets| secrets.add(new.get()));
            keeper.keep(new.get());
        }
        Ok(found)
    }
}

impl Side {
    /// A connector that is asked what it needs: whose side it is on is not known yet, and it gets no configuration.
    pub(crate) fn bare(reference: ConnectorRef) -> Self {
        Self {
            origin: FailureOrigin::Platform,
            ready: Ready::plain(reference),
            configuration: Configuration::new("{}".to_owned()),
            supports_refreshes: false,
            requirements: Vec::new(),
            run: RunNumber::default(),
        }
    }

    /// One run of it.
    pub(crate) fn launch(&self, verb: Verb, files: Vec<InputFile>) -> Launch<'_> {
        let launch = launch_of(self.run, &self.ready.reference, self.origin, verb, files);
        // A local process is held to nothing, and need not be told so each time.
        let limits = match self.ready.is_container() {
            true => limits(&self.requirements, verb),
            false => Limits::default(),
        };
        Launch { limits, ..launch }
    }

    /// What a failed check says.
    pub(crate) fn check_failed(&self, status: &ConnectionStatus) -> Option<FailureReason> {
        if status.status == CheckStatus::Succeeded {
            return None;
        }
        let why = status.message.clone().unwrap_or_else(|| "it does not say why".to_owned());
        let message = format!("the {} does not work with its configuration: {why}", self.origin);
        Some(FailureReason::new(self.origin, FailureKind::ConfigError, "connector.check_failed", message))
    }
}

impl crate::answer::Answer {
    /// Notes what a connector said beside its answer.
    fn log(&self, origin: FailureOrigin, journal: &Journal) {
        for message in &self.messages {
            if let Message::Log(log) = message
                && log.level >= LogLevel::Info
            {
                journal.note(origin, log.level, &log.message);
            }
        }
        self.stderr.lines().filter(|line| !line.trim().is_empty()).for_each(|line| {
            journal.note(origin, LogLevel::Error, line);
        });
    }
}
