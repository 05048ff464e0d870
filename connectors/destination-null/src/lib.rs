//! Counts records and drops them.
