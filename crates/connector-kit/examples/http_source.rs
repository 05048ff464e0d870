//! A source of one HTTP endpoint that answers with a JSON array of objects. This screen is all of it.

use longshore_connector_kit::{
    ConfiguredStream, Failure, JsonSchema, RawJson, Source, Stream, StreamOutput, run_source, schemars, stream,
};
use serde::Deserialize;
use serde_json::{Value, json};

/// Where the records are
#[derive(Deserialize, JsonSchema)]
struct Config {
    /// What to GET
    #[schemars(title = "URL", extend("order" = 0))]
    url: String,
    /// Sent as `Authorization: Bearer ...`
    #[schemars(title = "Token", extend("order" = 1, "airbyte_secret" = true))]
    token: String,
}

/// The objects of the array, each as the text that the server sent.
fn fetch(config: &Config) -> Result<Vec<RawJson>, Failure> {
    let request = ureq::get(&config.url).header("Authorization", format!("Bearer {}", config.token));
    let response = request.call().map_err(|error| match error {
        ureq::Error::StatusCode(400..500) => Failure::config(format!("check `url` and `token`: {error}")),
        error => Failure::transient(format!("the server cannot be asked: {error}; try again later")),
    })?;
    match serde_json::from_reader::<_, Vec<RawJson>>(response.into_body().into_reader()) {
        Ok(objects) if objects.iter().all(|object| object.get().starts_with('{')) => Ok(objects),
        Err(error) if error.is_io() => Err(Failure::transient(format!("the answer broke off: {error}; try again"))),
        _ => Err(Failure::config("check `url`: the answer is not an array of objects")),
    }
}

struct HttpSource;

impl Source for HttpSource {
    type Config = Config;
    type State = Value; // not looked at: everything is read each time
    const DOCUMENTATION_URL: &'static str = "https://example.com/docs";

    fn check(config: &Config) -> Result<(), Failure> {
        fetch(config).map(drop)
    }

    fn discover(_: &Config) -> Result<Vec<Stream>, Failure> {
        let schema = json!({"type": "object", "properties": {"id": {"type": "integer"}}});
        Ok(vec![stream("records", &schema, None, &["id"])])
    }

    fn read(config: &Config, _: &ConfiguredStream, _: Option<Value>, out: &mut StreamOutput) -> Result<(), Failure> {
        fetch(config)?.iter().try_for_each(|object| out.record_json(object.get()))
    }
}

fn main() -> std::process::ExitCode {
    run_source::<HttpSource>(std::env::args_os().skip(1))
}
