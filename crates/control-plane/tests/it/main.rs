//! The behaviours of the control plane, each on SQLite and on a real Postgres.

mod actor;
mod command;
mod connection;
mod definition;
mod due;
mod identity;
mod job;
mod joined;
mod place;
mod record;
mod worker;
