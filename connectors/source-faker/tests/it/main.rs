//! The connector as its users run it: a program with arguments, files and stdout.

mod connector;

use connector::{Program, field_names, is, last_state, records, states};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const STREAMS: [&str; 3] = ["products", "users", "purchases"];

#[test]
fn the_spec_describes_every_key() {
    let spec = &Program::new(json!({})).messages("spec")[0]["spec"];
    let schema = &spec["connectionSpecification"];
    assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#");
    assert_eq!(schema.get("additionalProperties"), None, "platforms add properties of their own");
    assert_eq!(schema.get("required"), None);
    let properties = schema["properties"].as_object().unwrap();
    for (order, (name, property)) in properties.iter().enumerate() {
        assert_eq!(property["order"], order, "{name}");
        for word in ["title", "description", "type"] {
            assert!(property[word].is_string(), "{name} has no {word}");
        }
    }
    let defaults: Vec<(&str, Option<&Value>)> =
        properties.iter().map(|(name, property)| (name.as_str(), property.get("default"))).collect();
    assert_eq!(
        defaults,
        [
            ("count", Some(&json!(1000))),
            ("seed", Some(&json!(-1))),
            ("records_per_slice", Some(&json!(1000))),
            ("always_updated", Some(&json!(true))),
            ("parallelism", Some(&json!(4))),
            ("rate", None),
            ("record_size_bytes", None),
        ]
    );
}

#[test]
fn the_streams_are_those_of_the_python_connector() {
    let streams = Program::new(json!({})).streams();
    let names: Vec<&str> = streams.iter().map(|stream| stream["name"].as_str().unwrap()).collect();
    assert_eq!(names, STREAMS);
    for stream in &streams {
        assert_eq!(stream["supported_sync_modes"], json!(["full_refresh", "incremental"]));
        assert_eq!(stream["source_defined_cursor"], true);
        assert_eq!(stream["default_cursor_field"], json!(["updated_at"]));
        assert_eq!(stream["source_defined_primary_key"], json!([["id"]]));
        assert_eq!(stream["is_resumable"], true);
        assert_eq!(stream["json_schema"]["properties"]["updated_at"]["airbyte_type"], "timestamp_with_timezone");
    }
    let fields = |at: usize| field_names(&streams[at]["json_schema"]);
    assert_eq!(fields(0), ["id", "make", "model", "year", "price", "created_at", "updated_at"]);
    #[rustfmt::skip]
    assert_eq!(fields(1), [
        "id", "created_at", "updated_at", "name", "title", "age", "email", "telephone", "gender", "language",
        "academic_degree", "nationality", "occupation", "height", "blood_type", "weight", "address",
    ]);
    assert_eq!(
        field_names(&streams[1]["json_schema"]["properties"]["address"]),
        ["street_number", "street_name", "city", "state", "province", "postal_code", "country_code"]
    );
    #[rustfmt::skip]
    assert_eq!(fields(2), [
        "id", "user_id", "product_id", "created_at", "updated_at", "added_to_cart_at", "purchased_at", "returned_at",
    ]);
}

#[test]
fn records_have_the_fields_and_types_of_their_schema() {
    let program = Program::new(json!({"count": 100, "seed": 5}));
    for stream in program.streams() {
        let properties = &stream["json_schema"]["properties"];
        let run = program.read(stream["name"].as_str().unwrap(), "full_refresh", None);
        assert_eq!(records(&run).len(), 100);
        for row in records(&run) {
            for (name, value) in serde_json::from_str::<Value>(row).unwrap().as_object().unwrap() {
                let expected = &properties[name]["type"];
                let fits = match expected.get(1).unwrap_or(expected).as_str().unwrap() {
                    "integer" | "number" => value.is_number(),
                    "object" => field_names(value) == field_names(&properties[name]),
                    _ => value.is_string(),
                };
                assert!(fits, "{name}: {value}");
            }
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_whatever_the_slices() {
    let run = |stream: &str, config: Value| Program::new(config).read(stream, "incremental", None);
    for stream in STREAMS {
        let first = run(stream, json!({"count": 500, "seed": 42}));
        let sliced = run(stream, json!({"count": 500, "seed": 42, "records_per_slice": 7, "parallelism": 1}));
        assert!(records(&first) == records(&sliced), "{stream}");
    }
    let random = run("users", json!({"count": 500}));
    for other in [json!({"count": 500}), json!({"count": 500, "seed": 43})] {
        assert!(records(&random) != records(&run("users", other)), "-1 means another seed in every run");
    }
}

/// Kills a run after each of its states and goes on from there.
fn every_state_resumes(stream: &str, mode: &str, config: &Value) {
    let program = Program::new(config.clone());
    let whole = program.read(stream, mode, None);
    let fixed = config.get("seed").is_some();
    for k in 0..states(&whole).len() {
        let killed = program.kill_after_state(stream, mode, k);
        let resumed = program.read(stream, mode, Some(&last_state(&killed)));
        let joined = [records(&killed), records(&resumed)].concat();
        assert_eq!(joined.len(), records(&whole).len(), "{stream}, resumed after state {k}");
        assert!(!fixed || joined == records(&whole), "{stream}, resumed after state {k}");
        let (first, second) = (last_state(&killed), last_state(&resumed));
        for key in ["seed", "updated_at"] {
            assert_eq!(first[key], second[key], "{stream}, resumed after state {k}");
        }
    }
}

#[test]
fn a_killed_run_of_users_resumes_from_every_state() {
    every_state_resumes("users", "full_refresh", &json!({"count": 5000, "seed": 1, "records_per_slice": 100}));
}

#[test]
fn a_killed_run_of_purchases_resumes_from_every_state() {
    let config = json!({"count": 5008, "seed": 2, "records_per_slice": 100, "always_updated": false});
    every_state_resumes("purchases", "incremental", &config);
}

#[test]
fn a_killed_run_of_products_resumes_from_every_state() {
    every_state_resumes("products", "full_refresh", &json!({"seed": 3, "records_per_slice": 9}));
}

#[test]
fn a_killed_run_with_a_random_seed_goes_on_with_that_seed() {
    every_state_resumes("users", "full_refresh", &json!({"count": 300, "records_per_slice": 50}));
}

#[test]
fn an_incremental_sync_updates_all_records_or_none() {
    let config = |count: u64, always: bool| json!({"count": count, "seed": 9, "always_updated": always});
    let first = Program::new(config(30, true)).read("users", "incremental", None);
    let state = last_state(&first);

    let again = Program::new(config(30, true)).read("users", "incremental", Some(&state));
    let changed = records(&first).join("\n").replace("2026-01-01T00:00:00", "2026-01-02T00:00:00");
    assert_eq!(records(&again).join("\n"), changed);

    let never = Program::new(config(30, false)).read("users", "incremental", Some(&state));
    assert_eq!(records(&never), [""; 0]);
    assert_eq!(last_state(&never), state);

    let grown = Program::new(config(35, false)).read("users", "incremental", Some(&state));
    let whole = Program::new(config(35, false)).read("users", "incremental", None);
    assert_eq!(records(&grown), records(&whole)[30..]);
}

#[test]
fn purchases_refer_to_users_and_products_that_exist() {
    for count in [1, 7, 57, 300] {
        let run = Program::new(json!({"count": count, "seed": 4})).read("purchases", "full_refresh", None);
        for row in records(&run) {
            let row: Value = serde_json::from_str(row).unwrap();
            assert!((1..=count).contains(&row["user_id"].as_i64().unwrap()));
            assert!((1..=count.min(100)).contains(&row["product_id"].as_i64().unwrap()));
            let times =
                ["created_at", "added_to_cart_at", "purchased_at", "returned_at"].map(|name| row[name].as_str());
            assert!(times.iter().flatten().is_sorted(), "{row}");
        }
    }
}

#[test]
fn nothing_is_a_size_too() {
    for stream in STREAMS {
        let run = Program::new(json!({"count": 0, "seed": 1})).read(stream, "incremental", None);
        assert_eq!(records(&run), [""; 0]);
        assert_eq!(last_state(&run)["loop_offset"], 0);
    }
}

#[test]
fn an_estimate_counts_what_this_run_will_emit() {
    let program = Program::new(json!({"count": 50, "seed": 1, "records_per_slice": 20}));
    let whole = program.read("users", "full_refresh", None);
    let resumed = program.read("users", "full_refresh", Some(&states(&whole)[1]));
    for (run, expected) in [(whole, 50), (resumed, 30)] {
        let line = run.iter().find(|line| is(line, "TRACE") && line.contains("ESTIMATE")).unwrap();
        let trace: Value = serde_json::from_str(line).unwrap();
        let estimate = &trace["trace"]["estimate"];
        assert_eq!(estimate["row_estimate"], expected);
        let bytes: usize = records(&run).iter().map(|row| row.len()).sum();
        let estimated = estimate["byte_estimate"].as_u64().unwrap() as usize;
        assert!(estimated.abs_diff(bytes) < bytes / 5, "{estimated} for {bytes}");
    }
}

#[test]
fn records_are_filled_up_to_the_size_asked_for() {
    let program = Program::new(json!({"count": 20, "seed": 1, "record_size_bytes": 2000}));
    for stream in program.streams() {
        assert_eq!(stream["json_schema"]["properties"]["padding"], json!({"type": "string"}));
        let run = program.read(stream["name"].as_str().unwrap(), "full_refresh", None);
        assert!(records(&run).iter().all(|row| row.len().abs_diff(2000) < 100));
    }
}

#[test]
fn a_rate_is_kept_and_does_not_keep_a_signal_waiting() {
    let started = Instant::now();
    let run = Program::new(json!({"count": 41, "seed": 1, "rate": 400})).read("users", "full_refresh", None);
    assert_eq!(records(&run).len(), 41);
    assert!(started.elapsed() >= Duration::from_millis(90), "{:?}", started.elapsed());

    let slow = Program::new(json!({"count": 10, "seed": 1, "rate": 0.001}));
    assert_eq!(slow.terminate_after_first_record("users"), Some(143));
}

#[test]
fn a_wrong_configuration_names_the_key() {
    for (config, word) in [
        (json!({"count": -1}), "`count`"),
        (json!({"count": "many"}), "`count`"),
        (json!({"seed": 1.5}), "`seed`"),
        (json!({"records_per_slice": 0}), "`records_per_slice`"),
        (json!({"parallelism": 0}), "`parallelism`"),
        (json!({"always_updated": "no"}), "`always_updated`"),
        (json!({"rate": 0}), "`rate`"),
        (json!({"rate": -3}), "`rate`"),
        (json!({"record_size_bytes": -3}), "`record_size_bytes`"),
    ] {
        let answer = Program::new(config.clone()).messages("check");
        let status = &answer.last().unwrap()["connectionStatus"];
        assert_eq!(status["status"], "FAILED", "{config}");
        assert!(status["message"].as_str().unwrap().contains(word), "{config}: {status}");
        assert_eq!(answer[0]["trace"]["error"]["failure_type"], "config_error", "{config}");
    }
    assert_eq!(Program::new(json!({})).messages("check")[0]["connectionStatus"]["status"], "SUCCEEDED");
}
