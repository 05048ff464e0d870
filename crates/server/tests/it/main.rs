//! The HTTP server over a real control plane.

mod access;
mod clients;
mod config;
mod connections;
mod document;
mod instance;
mod jobs;
mod lists;
mod paths;
mod roles;
mod scripted;
mod sources;
mod tokens;
