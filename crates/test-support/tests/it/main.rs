//! The lab itself: its registries are real for a client that nobody here wrote.

mod faults;
mod registry;
mod skopeo;
