//! The executable end to end: what a person types, and what happens to the data.
//!
//! The program under test is the one of `LONGSHORE_BIN` (`cargo xtask test` names a release build), else the one that
//! cargo built beside these tests.

mod acceptance;
mod bundled_acceptance;
mod bytes;
mod configuration;
mod dev;
mod disks;
mod doctor;
mod faults;
mod first;
mod guides;
mod index;
mod kills;
mod lint;
mod manifest;
mod new;
mod place;
mod publish;
mod publish_kills;
mod registry_login;
mod registry_refusals;
mod registry_stage;
mod registry_transfers;
mod running;
mod script;
mod secrets;
mod signals;
mod state;
mod tables;
mod templates;
mod third_party;
mod third_party_acceptance;
mod usage;
mod verbs;
