//! How connectors are started, watched and ended, against real processes and a real Docker Engine.
//!
//! `behaviour` is the one list that both runners are held to; the other modules hold what only one of them can do.

mod behaviour;
mod docker;
mod image;
mod killed;
mod process;
mod pypi;
mod site;
