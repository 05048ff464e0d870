//! The crate against real registries of this machine, as Debian ships them, with faults put in between.

mod archive;
mod copy;
mod disk;
mod faults;
mod place;
mod pull;
mod push;
mod rights;
