//! The configuration, as a user fills it in. The spec is made of it: a doc comment is the
//! description of a field, `order` its place in the form, and `airbyte_secret` hides its value.

use longshore_connector_kit::{JsonSchema, schemars};
use serde::Deserialize;

// TODO: what a user has to give, and the words that explain it
#[derive(Deserialize, JsonSchema)]
#[schemars(title = <%= title | tojson %>)]
pub struct Config {
    /// Where the API is, such as https://api.example.com/v1
    #[schemars(title = "URL", extend("order" = 0))]
    pub url: String,

<% if auth == "bearer" %>
    /// The access token of an account that may read
    #[schemars(title = "Token", extend("order" = 1, "airbyte_secret" = true))]
    pub token: String,

<% elif auth == "api_key" %>
    /// The API key of an account that may read
    #[schemars(title = "API key", extend("order" = 1, "airbyte_secret" = true))]
    pub api_key: String,

<% elif auth == "basic" %>
    /// The name of an account that may read
    #[schemars(title = "User", extend("order" = 1))]
    pub user: String,

    /// The password of that account
    #[schemars(title = "Password", extend("order" = 2, "airbyte_secret" = true))]
    pub password: String,

<% elif auth == "oauth2" %>
    /// The id of the client that was registered with the API
    #[schemars(title = "Client ID", extend("order" = 1))]
    pub client_id: String,

    /// The secret of that client
    #[schemars(title = "Client secret", extend("order" = 2, "airbyte_secret" = true))]
    pub client_secret: String,

<% endif %>
    /// What changed before this moment is left out, such as 2026-01-31T00:00:00Z
    #[schemars(title = "Start date", extend("format" = "date-time", "order" = 3))]
    pub start_date: Option<String>,
}
