//! A source of a paged HTTP API, as it is written with the kit.

use longshore_connector_kit::http::{Auth, Client, Cursor, HttpSource, HttpStream, Paging};
use longshore_connector_kit::{Failure, JsonSchema, run_source, schemars};
use serde::Deserialize;
use serde_json::json;

/// Orders of a shop
#[derive(Deserialize, JsonSchema)]
struct Config {
    /// Where the API is, such as https://shop.example.com/api
    #[schemars(title = "URL", extend("order" = 0))]
    url: String,
    /// From the shop's settings
    #[schemars(title = "Token", extend("order" = 1, "airbyte_secret" = true))]
    token: String,
    /// Orders that changed before are left out, such as 2026-01-31T00:00:00Z
    #[schemars(title = "Start", extend("order" = 2))]
    start: Option<String>,
}

struct Shop;

impl HttpSource for Shop {
    type Config = Config;
    const DOCUMENTATION_URL: &'static str = "https://example.com/docs";

    fn client(config: &Config) -> Result<Client, Failure> {
        Ok(Client::new(&config.url).auth(Auth::bearer(&config.token)))
    }

    fn streams(config: &Config) -> Result<Vec<HttpStream>, Failure> {
        let orders = HttpStream::get("orders", "/orders").records_at("/data").primary_key(["id"]);
        let orders = orders.paging(Paging::cursor("/next").into_query("cursor").size("limit", 1000));
        let cursor = Cursor::field("updated_at").into_query("updated_since").start(config.start.as_deref());
        Ok(vec![orders.incremental(cursor).schema(json!({"type": "object", "properties": {
            "id": {"type": "integer"},
            "updated_at": {"type": "string", "format": "date-time"},
            "total": {"type": ["null", "number"]},
            "customer": {"type": ["null", "string"]},
        }}))])
    }
}

fn main() -> std::process::ExitCode {
    run_source::<Shop>(std::env::args_os().skip(1))
}
