//! Tests of the life of a connector before production, on projects in folders of their own.

mod build;
mod bump;
mod ci;
mod hooks;
mod index;
mod metadata;
mod new;
mod projects;
mod publish;
mod secrets;
mod start;
