//! The HTTP APIs that existing clients speak: the public API `/api/public/v1` and the part of the Config API `/api/v1` that
//! real clients use.
//!
//! A request goes from left to right: [`path`] tidies its path, [`request`] gives it an id and catches panics, [`router`] finds
//! its handler, [`caller`] says who asks, [`json`], [`query`] and [`page`] read what is asked, a file of `api/` answers or returns
//! a [`problem`]. Nothing here starts a process or knows SQL.
mod api;
mod auth;
mod caller;
mod health;
mod json;
mod metrics;
mod openapi;
mod page;
mod path;
mod problem;
mod query;
mod request;
mod router;
mod serve;
mod settings;

pub use openapi::document;
pub use router::app;
pub use serve::serve;
pub use settings::ServerSettings;
