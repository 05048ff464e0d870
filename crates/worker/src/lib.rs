//! Claims jobs and runs them.
//!
//! Start reading in `sync.rs`: an attempt from its claim to its end. Around it:
//!
//! * [`Worker`] (`work.rs`) claims jobs and commands while it has room for them; each runs on a thread of its own.
//! * `command.rs` carries out a spec, check or discover that somebody waits for; `seed.rs` those of the connectors inside
//!   this program.
//! * `ready.rs`, `vault.rs`, `limits.rs` and `side.rs` make a connector ready: which image, with which secrets, how much of
//!   the machine. `keeper.rs` keeps configurations that it sets itself.
//! * `pulse.rs` keeps a lease alive and tells a run when to end; `journal.rs` keeps its log; `desk.rs` is its way to the
//!   control plane.
//! * `notify.rs` tells the outside.
//!
//! What the command line needs as well is public: [`connector`] starts a connector for the engine, [`answer`] asks it for
//! one answer, [`images`] brings images to the Docker Engine, [`secrets`] blackens.
//!
//! What this crate does **not** know: SQL, HTTP servers, terminals, and the environment of this process.

pub mod answer;
mod command;
pub mod connector;
mod desk;
mod failure;
pub mod images;
mod journal;
mod keeper;
mod limits;
mod notify;
mod pulse;
mod ready;
pub mod secrets;
mod seed;
mod settings;
mod side;
mod sync;
mod vault;
mod work;

pub use settings::{BundledConnector, MakeRunnerSettings, Timing, WorkerSettings, default_slots};
pub use work::Worker;
