//! The examples as their users run them: programs with arguments, files and stdout.

mod http_source;
mod server;
mod table_destination;
