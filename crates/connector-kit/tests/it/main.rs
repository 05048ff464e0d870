//! Connectors made with the kit: the examples as their users run them, and small ones within the tests.

mod auth;
mod by_hand;
mod example;
mod files;
mod http_source;
mod lab;
mod limits;
mod paging;
mod resume;
mod slices;
mod sql;
mod stop;
mod table_destination;
mod tls;
