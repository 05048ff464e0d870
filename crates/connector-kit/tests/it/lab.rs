//! A source whose streams and client a test chooses by name, and an API that it reads.

use longshore_connector_kit::http::{
    Auth, Client, Cursor, CursorFormat, HttpSource, HttpStream, OAuth2, Paging, RateLimit, Reset, Retry, Slices,
};
use longshore_connector_kit::testing::{Api, InProcess, Received, Reply, Run, catalog};
use longshore_connector_kit::{Failure, JsonSchema, schemars};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

/// What a test chooses
#[derive(Deserialize, JsonSchema)]
pub(crate) struct Config {
    url: String,
    #[serde(default)]
    auth: String,
    #[serde(default)]
    stream: String,
    #[serde(default)]
    client: String,
    #[serde(default)]
    refresh_token: String,
}

pub(crate) struct Lab;

impl HttpSource for Lab {
    type Config = Config;
    const DOCUMENTATION_URL: &'static str = "https://example.com/docs";

    fn client(config: &Config) -> Result<Client, Failure> {
        let quick = Retry::default().first_wait(Duration::from_millis(1)).longest_wait(Duration::from_millis(20));
        let client = Client::new(&config.url).auth(auth(config)).retry(quick);
        Ok(match config.client.as_str() {
            "impatient" => client.retry(quick.give_up_after(Duration::from_millis(300))),
            "slow" => client.rate_limit(RateLimit::per_second(20.0)),
            "told" => client.rate_limit(
                RateLimit::as_told().remaining_header("X-Remaining").reset_header("X-Reset", Reset::Milliseconds),
            ),
            "short" => {
                client.timeout(Duration::from_millis(100)).retry(quick.give_up_after(Duration::from_millis(300)))
            }
            _ => client,
        })
    }

    fn streams(config: &Config) -> Result<Vec<HttpStream>, Failure> {
        Ok(vec![stream(&config.stream)])
    }
}

fn auth(config: &Config) -> Auth {
    let token_url = format!("{}/token", config.url);
    match config.auth.as_str() {
        "key header" => Auth::key_header("X-Api-Key", "s3cret"),
        "key query" => Auth::key_query("key", "s3cret&"),
        "bearer" => Auth::bearer("s3cret"),
        "basic" => Auth::basic("user", "s3cret"),
        "client credentials" => Auth::oauth2(OAuth2::client_credentials(&token_url, "id", "s3cret").scope("read all")),
        "client credentials, basic" => {
            Auth::oauth2(OAuth2::client_credentials(&token_url, "user", "s3cret").basic().parameter("audience", "a"))
        }
        "refresh token" => {
            let oauth = OAuth2::refresh_token(&token_url, "id", "s3cret", &config.refresh_token);
            Auth::oauth2(oauth.rotates_at("/refresh_token"))
        }
        _ => Auth::none(),
    }
}

fn stream(kind: &str) -> HttpStream {
    let items = HttpStream::get("items", "/items").primary_key(["id"]).schema(json!({"type": "object"}));
    let at = Cursor::field("at").into_query("since");
    let numbered = || Paging::page_number("page").size("limit", 3);
    match kind {
        "number" => items.paging(numbered()),
        "number from 0" => items.paging(numbered().first(0).total("/pages")).records_at("/data"),
        "short page" => items.paging(numbered().short_page_ends()),
        "threads" => items.paging(numbered()).threads(4),
        "offset" => items.paging(Paging::offset("skip").size("limit", 100)),
        "offset, total" => items.paging(Paging::offset("skip").size("limit", 3).total("/total")).records_at("/data"),
        "cursor" => items.paging(Paging::cursor("/next").into_query("after").size("limit", 3)).records_at("/data"),
        "last record" => {
            items.paging(Paging::last_record("/id").into_query("after").has_more("/more")).records_at("/data")
        }
        "next url" => items.paging(Paging::next_url("/links/next")).records_at("/data").query("limit", 3),
        "link" => items.paging(Paging::link_header()).query("limit", 3),
        "body" => HttpStream::post("items", "/search")
            .body(json!({"query": "{ items { id } }", "page": {"size": 3}}))
            .records_at("/data/edges/*/node")
            .paging(Paging::cursor("/data/next").into_body("/page/after").size_in_body("/page/size", 3)),
        "body, incremental" => HttpStream::post("items", "/search")
            .body(json!({"query": "newer than {cursor}"}))
            .incremental(Cursor::field("at").into_body("/filter/since").format(CursorFormat::EpochSeconds)),
        "incremental" => items.paging(numbered()).incremental(at.start("2026-01-01T00:00:00Z")),
        "ascending" => items.paging(numbered()).incremental(at.ascending()),
        "lookback" => items.incremental(at.lookback(Duration::from_secs(3600)).format(CursorFormat::EpochSeconds)),
        "filter" => items.incremental(Cursor::field("at").filter_here().start("2026-01-01T04:00:00Z")),
        "windows" => {
            let cursor = at.until_into_query("until").start("2026-01-01T00:00:00Z").end("2026-01-01T10:00:00Z");
            items
                .paging(numbered())
                .incremental(cursor)
                .slices(Slices::windows(Duration::from_secs(4 * 3600)))
                .threads(3)
        }
        "epoch windows" => {
            let cursor =
                at.until_into_query("until").format(CursorFormat::EpochSeconds).lookback(Duration::from_secs(60));
            let cursor = cursor.start("2026-01-01").end("2026-01-03");
            items.incremental(cursor).slices(Slices::days(1))
        }
        "list" => sliced(Slices::list("shelf", ["a", "b/c", "d"])).threads(3),
        "list, incremental" => sliced(Slices::list("shelf", ["a", "b/c", "d"])).incremental(at),
        "parent" => {
            let shelves = HttpStream::get("shelves", "/shelves").paging(numbered()).threads(3);
            sliced(Slices::of_parent("shelf", shelves, "/name")).threads(2)
        }
        "discovered" => HttpStream::get("items", "/items"),
        "changed" => {
            items.add("source", "shop").map(|record| Ok((!record.contains("\"id\":2")).then(|| record.to_owned())))
        }
        _ => items,
    }
}

fn sliced(slices: Slices) -> HttpStream {
    let items = HttpStream::get("items", "/shelves/{shelf}/items").schema(json!({"type": "object"}));
    items.paging(Paging::page_number("page").size("limit", 3)).slices(slices).add("shelf", "{shelf}").missing_is_empty()
}

/// Runs a verb of the source with these choices.
pub(crate) fn config(api: &Api, choices: Value) -> Value {
    let mut config = json!({"url": api.url()});
    for (name, value) in choices.as_object().unwrap() {
        config[name] = value.clone();
    }
    config
}

pub(crate) fn read(api: &Api, choices: Value) -> Run {
    read_from(api, choices, "full_refresh", None)
}

pub(crate) fn read_from(api: &Api, choices: Value, sync_mode: &str, state: Option<&Value>) -> Run {
    InProcess::<Lab>::new().read(&config(api, choices), &catalog("items", sync_mode), state)
}

/// The ids of the records that a run emitted.
pub(crate) fn ids(run: &Run) -> Vec<u64> {
    run.records("items").iter().map(|record| record["id"].as_u64().unwrap()).collect()
}

/// An item for each hour of a year's first day.
pub(crate) fn item(id: usize) -> Value {
    json!({"id": id, "at": format!("2026-01-01T{:02}:00:00Z", id % 24)})
}

/// A page of `count` items, as the query asks for it; none without a request for a page.
pub(crate) fn page(request: &Received, count: usize) -> Reply {
    let limit = request.number("limit", 3).min(3);
    let from = (request.number("page", 1) - 1) * limit;
    Reply::json(&(from..count.min(from + limit)).map(item).collect())
}
