//! The behaviours of the control plane, each on SQLite and on a real Postgres.
