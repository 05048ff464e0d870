//! Proves that a connector keeps its contract: the suites for sources and destinations.
//!
//! Read it in this order: [`Rule`] is a sentence of the contract, [`Clause`] some that are proven together, one file of
//! `clause/` each. [`Plan`] says what a connector is judged with; `config` makes it of a test configuration. `bench` starts the connector
//! and keeps every run of it as a `take`; clauses share runs. [`run`] judges all of it, and [`Report`] says what came out.
//!
//! What this crate does **not** know: jobs, connections, the command line, the environment.

mod bench;
mod clause;
mod config;
pub mod contract;
mod finding;
mod messages;
mod plan;
mod reader;
mod report;
mod rule;
mod subject;
mod suite;
mod take;

pub use clause::{Binds, Clause, clauses};
pub use config::{complete, find as find_config, of_project, read as read_config};
pub use finding::{Finding, Status, own_test};
pub use plan::{CheckCase, CheckResult, ClientContainer, Expected, Plan, Strictness};
pub use reader::Reader;
pub use report::{Format, Report};
pub use rule::{Level, Rule};
pub use subject::Subject;
pub use suite::run;
