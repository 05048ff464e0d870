//! Where the API is, and what streams it has.

use crate::config::Config;
use longshore_connector_kit::Failure;
<% if auth == "oauth2" %>
use longshore_connector_kit::http::{
<% if paging == "none" %>
    Auth, Client, Cursor, HttpSource, HttpStream, OAuth2, RateLimit,
<% else %>
    Auth, Client, Cursor, HttpSource, HttpStream, OAuth2, Paging, RateLimit,
<% endif %>
};
<% elif auth == "none" and paging == "none" %>
use longshore_connector_kit::http::{Client, Cursor, HttpSource, HttpStream, RateLimit};
<% elif auth == "none" %>
use longshore_connector_kit::http::{Client, Cursor, HttpSource, HttpStream, Paging, RateLimit};
<% elif paging == "none" %>
use longshore_connector_kit::http::{Auth, Client, Cursor, HttpSource, HttpStream, RateLimit};
<% else %>
use longshore_connector_kit::http::{
    Auth, Client, Cursor, HttpSource, HttpStream, Paging, RateLimit,
};
<% endif %>
use serde_json::json;

/// The source.
pub struct Connector;

impl HttpSource for Connector {
    type Config = Config;

    // TODO: the page that explains how to set the connector up
    const DOCUMENTATION_URL: &'static str = "https://example.com/docs";

    fn client(config: &Config) -> Result<Client, Failure> {
<% if auth == "bearer" %>
        let auth = Auth::bearer(&config.token);
<% elif auth == "api_key" %>
        // TODO: the header in which the key is sent
        let auth = Auth::key_header("X-Api-Key", &config.api_key);
<% elif auth == "basic" %>
        let auth = Auth::basic(&config.user, &config.password);
<% elif auth == "oauth2" %>
        // TODO: where the API gives tokens
        let token_url = format!("{}/oauth/token", config.url);
        let auth = Auth::oauth2(OAuth2::client_credentials(
            &token_url,
            &config.client_id,
            &config.client_secret,
        ));
<% endif %>
        // TODO: how fast the API may be asked, such as RateLimit::per_second(10.0). As it is, the
        // connector slows down when an answer 429 says so.
        let limit = RateLimit::as_told();
<% if auth == "none" %>
        Ok(Client::new(&config.url).rate_limit(limit))
<% else %>
        Ok(Client::new(&config.url).auth(auth).rate_limit(limit))
<% endif %>
    }

    fn streams(config: &Config) -> Result<Vec<HttpStream>, Failure> {
        Ok(vec![<%= stream %>(config)])
    }
}

// TODO: the paths, parameters and fields of your API; one function for each stream
fn <%= stream %>(config: &Config) -> HttpStream {
    let changed = Cursor::field("updated_at")
        .into_query("updated_since")
        .start(config.start_date.as_deref());
    HttpStream::get("<%= stream %>", "/<%= stream %>")
        .records_at("/data")
        .primary_key(["id"])
<% if paging == "page" %>
        .paging(Paging::page_number("page").size("per_page", 100))
<% elif paging == "offset" %>
        .paging(Paging::offset("offset").size("limit", 100))
<% elif paging == "cursor" %>
        .paging(Paging::cursor("/next").into_query("cursor"))
<% elif paging == "next_url" %>
        .paging(Paging::next_url("/next"))
<% elif paging == "link" %>
        .paging(Paging::link_header())
<% endif %>
        .incremental(changed)
        .schema(json!({
            "type": "object",
            "properties": {
                "id": {"type": "integer"},
                "name": {"type": ["null", "string"]},
                "updated_at": {"type": "string", "format": "date-time"},
            },
        }))
}
