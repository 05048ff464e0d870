//! Every way of paging reads every record once, in order.

use crate::lab::{ids, item, page, read};
use longshore_connector_kit::testing::{Api, Received, Reply};
use serde_json::{Value, json};

const COUNT: usize = 8;

fn whole() -> Vec<u64> {
    (0..COUNT as u64).collect()
}

fn items(from: usize, size: usize) -> Vec<Value> {
    (from..COUNT.min(from + size)).map(item).collect()
}

/// Reads all, and gives what a parameter was in each request.
#[track_caller]
fn read_all(stream: &str, parameter: &str, answer: impl Fn(&Received) -> Reply + Send + Sync + 'static) -> Vec<String> {
    let api = Api::start(answer);
    let run = read(&api, json!({"stream": stream}));
    run.assert_success();
    assert_eq!(ids(&run), whole());
    let requests = api.requests();
    requests.iter().map(|request| request.query(parameter).unwrap_or("-").to_owned()).collect()
}

#[test]
fn page_numbers_end_with_an_empty_page() {
    assert_eq!(read_all("number", "page", |request| page(request, COUNT)), ["1", "2", "3", "4"]);
}

#[test]
fn page_numbers_may_begin_at_0_and_end_as_the_answer_says() {
    let answer = |request: &Received| {
        let from = request.number("page", 9) * 3;
        Reply::json(&json!({"data": items(from, 3), "pages": 3}))
    };
    assert_eq!(read_all("number from 0", "page", answer), ["0", "1", "2"]);
}

#[test]
fn a_short_page_is_the_last_one_only_when_that_is_declared() {
    assert_eq!(read_all("short page", "page", |request| page(request, COUNT)), ["1", "2", "3"]);
}

#[test]
fn several_pages_at_once_stay_in_order() {
    let pages = read_all("threads", "page", |request| page(request, COUNT));
    assert!(pages.len() >= 4, "{pages:?}");
}

#[test]
fn offsets_count_what_came_and_not_what_was_asked_for() {
    let answer = |request: &Received| Reply::json(&items(request.number("skip", 99), 3).into());
    assert_eq!(read_all("offset", "skip", answer), ["0", "3", "6", "8"]);
    let answer = |request: &Received| Reply::json(&json!({"total": 8, "data": items(request.number("skip", 99), 3)}));
    assert_eq!(read_all("offset, total", "skip", answer), ["0", "3", "6"]);
}

#[test]
fn cursors_end_with_null_an_empty_text_or_nothing() {
    for end in [json!(null), json!(""), json!(false)] {
        let answer = move |request: &Received| {
            let from = request.number("after", 0);
            let next = if from + 3 < COUNT { json!((from + 3).to_string()) } else { end.clone() };
            Reply::json(&json!({"next": next, "data": items(from, 3)}))
        };
        assert_eq!(read_all("cursor", "after", answer), ["-", "3", "6"]);
    }
}

#[test]
fn the_last_record_may_be_the_cursor() {
    let answer = |request: &Received| {
        let from = request.query("after").map_or(0, |id| id.parse::<usize>().unwrap() + 1);
        Reply::json(&json!({"more": from + 3 < COUNT, "data": items(from, 3)}))
    };
    assert_eq!(read_all("last record", "after", answer), ["-", "2", "5"]);
}

#[test]
fn next_addresses_lead_on_but_never_to_another_host() {
    let answer = |request: &Received| {
        let from = request.number("from", 0);
        let next = (from + 3 < COUNT).then(|| format!("https://elsewhere.invalid/items?limit=3&from={}", from + 3));
        Reply::json(&json!({"links": {"next": next}, "data": items(from, 3)}))
    };
    assert_eq!(read_all("next url", "from", answer), ["-", "3", "6"]);
}

#[test]
fn link_headers_lead_on() {
    let answer = |request: &Received| {
        let from = request.number("from", 0);
        let reply = Reply::json(&items(from, 3).into()).header("Link", "</items>; rel=\"first\"");
        let next = format!("</items?limit=3&from={}>; rel=\"prev\", <?limit=3&from={}>; rel=\"next\"", 0, from + 3);
        if from + 3 < COUNT { reply.header("Link", &next) } else { reply }
    };
    assert_eq!(read_all("link", "from", answer), ["-", "3", "6"]);
}

#[test]
fn the_place_of_a_page_may_be_in_the_body() {
    let api = Api::start(|request| {
        let from = request.json()["page"]["after"].as_u64().unwrap_or(0) as usize;
        let next = (from + 3 < COUNT).then_some(from + 3);
        let edges: Vec<_> = items(from, 3).into_iter().map(|item| json!({"node": item})).collect();
        Reply::json(&json!({"data": {"edges": edges, "next": next}}))
    });
    let run = read(&api, json!({"stream": "body"}));
    run.assert_success();
    assert_eq!(ids(&run), whole());
    assert_eq!(api.requests()[1].json(), json!({"query": "{ items { id } }", "page": {"size": 3, "after": 3}}));
}

#[test]
fn a_page_that_comes_after_itself_is_a_failure_and_not_a_circle() {
    let api = Api::start(|_| Reply::json(&json!({"next": "again", "data": [item(1)]})));
    read(&api, json!({"stream": "cursor"})).assert_failed("system_error", "after itself");
    assert_eq!(api.requests().len(), 2);
}

#[test]
fn an_answer_without_records_is_told_from_an_empty_one() {
    for (body, word) in [
        ("{}", "nothing at `/data`"),
        (r#"{"data": [1]}"#, "not an array of objects"),
        ("<html>", "stream items is not JSON"),
        ("", "stream items is not JSON"),
        ("7", "not an array of objects"),
        (r#"{"data": [{"id": 1}"#, "stream items: the answer is not valid JSON"),
        (r#"{"data": [{"id": 1},]}"#, "stream items: the answer is not valid JSON"),
    ] {
        let api = Api::start(move |_| Reply::text(200, body));
        let run = read(&api, json!({"stream": "cursor"}));
        run.assert_failed("system_error", word);
        assert_eq!(run.records("items").len(), 0);
    }
    for empty in [Reply::json(&json!({"data": null})), Reply::json(&json!({"data": []})), Reply::status(204)] {
        read(&Api::scripted(vec![empty]), json!({"stream": "cursor"})).assert_success();
    }
}

#[test]
fn records_can_be_added_to_changed_and_dropped() {
    let api = Api::start(|_| Reply::json(&json!([item(1), item(2), item(3)])));
    let run = read(&api, json!({"stream": "changed"}));
    assert_eq!(ids(&run), [1, 3]);
    assert_eq!(run.records("items")[0]["source"], "shop");
}

#[test]
fn a_schema_that_nobody_wrote_is_what_the_first_page_shows() {
    use crate::lab::{Lab, config};
    use longshore_connector_kit::testing::InProcess;
    let api = Api::start(|_| Reply::json(&json!([item(1)])));
    let streams = InProcess::<Lab>::new().discover(&config(&api, json!({"stream": "discovered"}))).streams();
    assert_eq!(streams[0]["json_schema"]["properties"]["id"]["type"], json!(["null", "integer"]));
}
