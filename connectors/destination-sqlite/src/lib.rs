//! Typed tables in a SQLite file.
