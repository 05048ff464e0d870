//! The connector that is judged, and where it runs.

use longshore_devkit::{Tools, Variables};
use longshore_protocol::FailureOrigin;
use longshore_runner::{ConnectorRef, Settings};
use std::time::Duration;

/// A connector under test.
pub struct Subject<'a> {
    /// Where connectors run.
    pub settings: &'a Settings,
    /// How it is started; never a project, which is prepared first.
    pub reference: &'a ConnectorRef,
    /// Whether it is a source or a destination.
    pub origin: FailureOrigin,
    /// The variables that connectors get.
    pub variables: Variables,
    /// Starts readers and commands of the author.
    pub tools: &'a Tools,
    /// Blackens the secrets of the configurations in what is shown.
    pub hide: &'a dyn Fn(&str) -> String,
    /// Is told what is done, one line each.
    pub progress: &'a dyn Fn(&str),
    /// How long it may be silent in `spec`, `check`, `discover`, `read`, or while it is written to, before it counts as hanging.
    pub silence: Duration,
}
