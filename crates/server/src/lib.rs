//! The HTTP APIs that existing clients speak.
