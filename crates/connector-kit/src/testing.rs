//! Tests of connectors (feature `testing`, for `[dev-dependencies]`).
//!
//! [`Api`] is a web server on the loopback interface that answers what a test says: pages, 429, half an answer, nothing.
//! [`InProcess`] runs a source within the test; [`Program`] runs a source or a destination as its users do, can stop it
//! in the midst of its work, and kill it after the n-th echo. Both give a [`Run`]: the messages, with questions that tests
//! ask.
//!
//! ```no_run
//! use longshore_connector_kit::testing::{Api, Program, Reply, catalog};
//! use serde_json::json;
//!
//! let api = Api::start(|request| match request.query("page") {
//!     Some("1") => Reply::json(&json!([{"id": 1}, {"id": 2}])),
//!     _ => Reply::json(&json!([])),
//! });
//! let source = Program::new("target/debug/source-shop");
//! let config = json!({"url": api.url()});
//! let run = source.read(&config, &catalog("orders", "full_refresh"), None);
//! run.assert_success();
//! assert_eq!(run.records("orders").len(), 2);
//! ```
//!
//! Everything here panics when something is not as it should be: it is for tests.

mod api;
mod in_process;
mod messages;
mod program;
mod run;

pub use api::{Api, Received, Reply};
pub use in_process::InProcess;
pub use messages::{catalog, catalog_of, complete, generation, record, state};
pub use program::{Program, Running};
pub use run::Run;
