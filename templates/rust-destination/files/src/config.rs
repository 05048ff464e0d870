//! The configuration, as a user fills it in. The spec is made of it: a doc comment is the
//! description of a field, `order` its place in the form, and `airbyte_secret` hides its value.

use longshore_connector_kit::{JsonSchema, schemars};
use serde::Deserialize;
use std::path::PathBuf;

// TODO: what a user has to give to reach your store, and the words that explain it
#[derive(Deserialize, JsonSchema)]
#[schemars(title = <%= title | tojson %>)]
pub struct Config {
    /// The folder that gets the files
    #[schemars(title = "Folder", extend("order" = 0))]
    pub path: PathBuf,
}
