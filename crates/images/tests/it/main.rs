//! The crate against real registries of this machine, as Debian ships them, with faults put in between.

mod archive;
mod copy;
mod credentials;
mod credentials_keep;
mod credentials_place;
mod disk;
mod faults;
mod odd;
mod place;
mod processes;
mod provider_amazon;
mod provider_azure;
mod provider_google;
mod provider_server;
mod pull;
mod push;
mod rights;
