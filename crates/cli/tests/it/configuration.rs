//! Configurations: what is wrong in them is named by its field, for each bundled connector; variables and stdin.

use crate::place::{Place, Ran};

/// A configuration that a connector must refuse, and the field that its message must name.
struct Wrong {
    connector: &'static str,
    config: &'static str,
    field: &'static str,
}

const WRONG: [Wrong; 10] = [
    Wrong { connector: "source-faker", config: r#"{"count":"many"}"#, field: "`count`" },
    Wrong { connector: "source-faker", config: r#"{"count":5,"always_updated":"yes"}"#, field: "`always_updated`" },
    Wrong { connector: "source-faker", config: r#"{"records_per_slice":0}"#, field: "`records_per_slice`" },
    Wrong { connector: "source-faker", config: r#"{"rate":-1}"#, field: "`rate`" },
    Wrong { connector: "source-file", config: "{}", field: "`path`" },
    Wrong { connector: "source-file", config: r#"{"path":["a"]}"#, field: "`path`" },
    Wrong { connector: "source-file", config: r#"{"path":"a.csv","format":"xml"}"#, field: "`format`" },
    Wrong { connector: "destination-sqlite", config: r#"{"path":7}"#, field: "`path`" },
    Wrong { connector: "destination-local", config: r#"{"path":{}}"#, field: "`path`" },
    Wrong { connector: "destination-local", config: r#"{"format":"xml"}"#, field: "`format`" },
];

#[test]
fn a_check_names_the_wrong_field() {
    let place = Place::new();
    for Wrong { connector, config, field } in WRONG {
        let config = place.file("config.json", config);
        let ran = place.run(["connector", "check", connector, "--config", &config]);
        let status = ran.stdout.lines().find(|line| line.contains("CONNECTION_STATUS")).unwrap_or_default();
        assert!(status.contains("FAILED") && status.contains(field), "{connector} {field}: {ran:?}");
    }
}

#[test]
fn a_sync_names_the_wrong_field_and_ends_with_2() {
    let place = Place::new();
    for Wrong { connector, config, field } in WRONG {
        let config = place.file("config.json", config);
        let ran = if connector.starts_with("source") {
            place.sync(connector, "destination-null", &["--source-config", &config])
        } else {
            place.sync("source-faker", connector, &["--destination-config", &config])
        };
        let failure = ran.result()["failure"].clone();
        assert_eq!(ran.code, 2, "{connector} {field}: {ran:?}");
        assert_eq!(failure["kind"], "config_error", "{ran:?}");
        assert!(failure["message"].as_str().unwrap().contains(field), "{connector} {field}: {ran:?}");
    }
}

/// Platforms add keys of their own, so none is a failure; a typing error is not passed over in silence either.
#[test]
fn a_key_that_a_connector_does_not_know_is_warned_of() {
    let place = Place::new();
    for (connector, config, key) in [
        ("source-faker", r#"{"cuont":5}"#, "`cuont`"),
        ("source-file", r#"{"path":"a.csv","formt":"csv"}"#, "`formt`"),
        ("destination-sqlite", r#"{"file":"x"}"#, "`file`"),
        ("destination-local", r#"{"folder":"x"}"#, "`folder`"),
        ("destination-null", r#"{"anything":1}"#, "`anything`"),
    ] {
        place.file("a.csv", "a\n1\n");
        let config = place.file("config.json", config);
        let ran = place.run(["connector", "check", connector, "--config", &config]);
        let is_warning = |line: &&str| line.contains(r#""WARN""#) && line.contains(key);
        assert!(ran.stdout.lines().any(|line| is_warning(&line)), "{connector} {key}: {ran:?}");
        assert!(ran.stdout.contains("SUCCEEDED"), "{connector} {key}: {ran:?}");
    }
}

#[test]
fn a_file_that_is_not_an_object_is_refused() {
    let place = Place::new();
    for text in ["{", "[]", "7", "{\"count\":1}}"] {
        let config = place.file("config.json", text);
        let ran = place.sync("source-faker", "destination-null", &["--source-config", &config]);
        ran.expect("failed", "config.not_json");
        assert!(ran.stderr.contains("config.json"), "{ran:?}");
    }
}

#[test]
fn a_string_may_refer_to_variables() {
    let place = Place::new();
    let config = place.file("sqlite.json", r#"{"path":"${FOLDER}/${NAME}.db"}"#);
    let mut command = place.sync_command("source-faker", "destination-sqlite", &["--destination-config", &config]);
    std::fs::create_dir(place.path("made up")).unwrap();
    Ran::of(command.env("FOLDER", "made up").env("NAME", "a \"b\" \\ c")).expect_success();
    assert!(place.path("made up/a \"b\" \\ c.db").exists());

    let ran = place.sync("source-faker", "destination-sqlite", &["--destination-config", &config]);
    ran.expect("failed", "config.variable_missing");
    assert!(ran.code == 2 && ran.stderr.contains("export FOLDER="), "{ran:?}");
}

#[test]
fn a_configuration_may_come_from_stdin() {
    let place = Place::new();
    let words = ["connector", "check", "source-faker", "--config", "-"];
    let refused = Ran::from(place.run_with_input(words, br#"{"count":"many"}"#));
    assert!(refused.stdout.contains("`count`"), "{refused:?}");
    let words = ["sync", "--source", "source-faker", "--source-config", "-", "--destination", "destination-null"];
    let moved = Ran::from(place.run_with_input(words, br#"{"count":10}"#));
    assert!(moved.code == 0 && moved.stdout.contains("30 records"), "{moved:?}");
}
