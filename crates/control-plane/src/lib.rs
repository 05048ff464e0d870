//! The rules of the platform, and its store.
//!
//! [`ControlPlane`] is the front: each resource has a file here with its types, its rules and its methods, and a file below
//! `store/` with its SQL. What this crate does **not** know: HTTP, how a connector is started, how records are moved, and
//! the environment.

mod actor;
mod application;
mod attempt;
mod backup;
mod command;
mod configuration;
mod connection;
mod counts;
mod declarative;
mod definition;
mod discover;
mod event;
mod failure;
mod first_run;
mod generation;
mod id;
mod job;
mod key;
mod lease;
mod log;
mod notification;
mod oauth;
mod permission;
mod plane;
mod policy;
mod reference;
mod retention;
mod retry;
mod schedule;
mod schema;
mod sealing;
mod secret;
mod session;
mod spec;
mod state;
mod store;
mod streams;
mod tag;
mod user;
mod version;
mod wake;
mod workspace;

pub use actor::{Actor, ActorChange, ActorFilter, ConfigurationChange, NewActor, shown_configuration};
pub use application::Application;
pub use attempt::{Attempt, AttemptStatus, AttemptStream, Dropped, StreamRunStatus};
pub use backup::BackupContent;
pub use command::{
    COMMAND_LEASE, CheckResult, ClaimedCommand, Command, CommandInput, CommandKind, CommandOutput, CommandStatus,
};
pub use connection::{
    Connection, ConnectionChange, ConnectionFilter, ConnectionStatus, NamespaceDefinition, NewConnection,
};
pub use counts::Counts;
pub use definition::{
    ActorKind, BundledDefinition, Definition, DefinitionChange, DefinitionFilter, DefinitionOrigin, NewDefinition,
};
pub use discover::{Discovered, FetchedCatalog};
pub use event::{Event, EventFilter};
pub use failure::{Error, Problem, Result};
pub use first_run::{FirstCredentials, FirstUser};
pub use id::*;
pub use job::{Job, JobFilter, JobKind, JobOrder, JobStatus, JobTime, RefreshKind, StartJob, StreamRequest, Trigger};
pub use key::MasterKey;
pub use lease::{AttemptEnd, Checkpoint, ClaimedJob, EndStatus, Lease, LeaseStatus, PlannedStream};
pub use log::LogLine;
pub use notification::ClaimedNotification;
pub use permission::{NewPermission, Permission, PermissionFilter, PermissionKind, Rights, Role};
pub use plane::{By, Clock, ControlPlane, Page, Setup};
pub use policy::{Policy, RefKind};
pub use retention::{Retention, Swept};
pub use retry::{Failures, Next};
pub use schedule::{Schedule, TimeUnit};
pub use schema::{CatalogDiff, FieldTransform, SchemaChange, SchemaPolicy, StreamTransform, TransformKind, diff};
pub use secret::{Configuration, Hydrated, MASK, outside_name};
pub use state::{ConnectionState, StoredStreamState};
pub use store::Database;
pub use streams::{
    StreamSelection, StreamWish, Streams, default_selection, modes_in_common, modes_of_name, name_of_modes, resolve,
};
pub use tag::Tag;
pub use user::{NewUser, User, UserChange, UserFilter};
pub use version::{SpecChange, SpecChangeKind, Version, spec_changes};
pub use wake::{POLL, Wake};
pub use workspace::{NewWorkspace, Notification, Notifications, Workspace, WorkspaceChange, WorkspaceFilter};
