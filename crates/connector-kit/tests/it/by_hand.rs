//! A source that implements the contract itself, and asks with the same client.

use longshore_connector_kit::http::{Auth, Client};
use longshore_connector_kit::testing::{Api, InProcess, Reply, catalog};
use longshore_connector_kit::{ConfiguredStream, Failure, JsonSchema, Source, Stream, StreamOutput, schemars, stream};
use serde::Deserialize;
use serde_json::{Value, json};

/// An export
#[derive(Deserialize, JsonSchema)]
struct Config {
    url: String,
    token: String,
}

struct Export;

impl Source for Export {
    type Config = Config;
    type State = Value;
    const DOCUMENTATION_URL: &'static str = "https://example.com/docs";

    fn check(config: &Config) -> Result<(), Failure> {
        client(config).get("/me").send().map(drop)
    }

    fn discover(_: &Config) -> Result<Vec<Stream>, Failure> {
        Ok(vec![stream("rows", &json!({"type": "object"}), None, &[])])
    }

    fn read(
        config: &Config,
        _: &ConfiguredStream,
        state: Option<Value>,
        output: &mut StreamOutput<'_>,
    ) -> Result<(), Failure> {
        let after = state.map_or(0, |state| state["export"].as_u64().unwrap_or(0));
        let answer = client(config).post("/v2/export").query("after", after).json(&json!({"format": "json"})).send()?;
        for record in answer.elements("/rows")? {
            output.record_json(record)?;
        }
        let export: Value = answer.find("/id")?.and_then(|id| serde_json::from_str(id).ok()).unwrap_or_default();
        output.state(&json!({"export": export}))
    }
}

fn client(config: &Config) -> Client {
    Client::new(&config.url).auth(Auth::bearer(&config.token)).header("X-Client", "longshore")
}

#[test]
fn a_source_without_declarations_uses_the_parts() {
    let api = Api::start(|request| match request.path.as_str() {
        "/me" => Reply::json(&json!({"name": "shop"})),
        _ => Reply::text(200, r#"{"id": 8, "rows": [{"n": 1.10}, {"n": 2}]}"#),
    });
    let (source, config) = (InProcess::<Export>::new(), json!({"url": api.url(), "token": "t"}));
    assert!(source.check(&config).connection_status().0);
    let run = source.read(&config, &catalog("rows", "full_refresh"), None);
    run.assert_success();
    assert!(run.stdout.contains(r#""data":{"n": 1.10}"#));
    assert_eq!(run.last_state("rows"), Some(json!({"export": 8})));
    source.read(&config, &catalog("rows", "full_refresh"), run.to_resume().as_ref()).assert_success();
    let requests = api.requests();
    assert_eq!((requests[1].method.as_str(), requests[2].query("after")), ("POST", Some("8")));
    assert_eq!(requests[1].json(), json!({"format": "json"}));
    assert!(requests.iter().all(|request| request.header("x-client") == Some("longshore")));
}
