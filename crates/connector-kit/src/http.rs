//! Sources that read HTTP APIs (feature `http`).
//!
//! An API that answers with pages of JSON is an [`HttpSource`]: a [`Client`] that says where it is, how one signs in and
//! how fast one may ask, and a few [`HttpStream`]s that say what is where. Everything else is done here: paging, states
//! from which a run goes on, retries, rate limits, several requests at a time.
//!
//! ```
//! use longshore_connector_kit::{Failure, JsonSchema, schemars};
//! use longshore_connector_kit::http::{Auth, Client, Cursor, HttpSource, HttpStream, Paging, RateLimit};
//!
//! /// A shop
//! #[derive(serde::Deserialize, JsonSchema)]
//! struct Config {
//!     /// The key from the shop's settings
//!     #[schemars(title = "API key", extend("airbyte_secret" = true))]
//!     api_key: String,
//! }
//!
//! struct Shop;
//!
//! impl HttpSource for Shop {
//!     type Config = Config;
//!     const DOCUMENTATION_URL: &'static str = "https://example.com/docs";
//!
//!     fn client(config: &Config) -> Result<Client, Failure> {
//!         let client = Client::new("https://shop.example.com/api").auth(Auth::bearer(&config.api_key));
//!         Ok(client.rate_limit(RateLimit::per_second(10.0)))
//!     }
//!
//!     fn streams(_: &Config) -> Result<Vec<HttpStream>, Failure> {
//!         let orders = HttpStream::get("orders", "/v1/orders").records_at("/data").primary_key(["id"]);
//!         let orders = orders.paging(Paging::cursor("/next").into_query("cursor").size("limit", 100));
//!         Ok(vec![orders.incremental(Cursor::field("updated_at").into_query("updated_since"))])
//!     }
//! }
//! // fn main() -> std::process::ExitCode { run_source::<Shop>(std::env::args_os().skip(1)) }
//! ```
//!
//! A source that needs more implements [`crate::Source`] by hand and asks with the same [`Client`].
//!
//! Reading order: [`client`] and [`request`] (one request, tried until it is answered), `failure.rs` (what an answer means),
//! [`auth`], [`limit`], [`retry`]; then [`stream`] (the words of a declaration), [`paging`], [`cursor`], [`slices`]; then
//! `read.rs` (the loop), `parts.rs` (what it goes over), `crew.rs` (its threads), `page.rs` and [`state`].

pub mod answer;
mod ask;
pub mod auth;
pub mod client;
mod crew;
pub mod cursor;
mod failure;
pub mod limit;
mod link;
mod moment;
mod oauth;
mod page;
pub mod paging;
mod parts;
mod pointer;
mod read;
pub mod request;
pub mod retry;
mod schema;
pub mod slices;
pub mod source;
pub mod state;
pub mod stream;
mod template;
mod trust;
mod url;

pub use answer::Answer;
pub use auth::Auth;
pub use client::Client;
pub use cursor::{Cursor, CursorFormat};
pub use limit::{RateLimit, Reset};
pub use oauth::OAuth2;
pub use paging::Paging;
pub use request::Request;
pub use retry::Retry;
pub use slices::Slices;
pub use source::HttpSource;
pub use state::HttpState;
pub use stream::HttpStream;
