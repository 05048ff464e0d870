//! All dialects of the test configuration, and what can be wrong with one.

use super::read;
use crate::plan::{CheckCase, CheckResult, ClientContainer, Plan, Strictness, covers};
use longshore_devkit::Project;
use longshore_protocol::{FailureReason, StreamDescriptor};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::time::Duration;

fn folder(dialect: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/configs").join(dialect)
}

fn plan(dialect: &str) -> Plan {
    let path = super::find(&folder(dialect)).unwrap();
    read(&path, None, None).unwrap_or_else(|failure| panic!("{failure}"))
}

/// Reads a test configuration that is written into a new folder, beside a few files.
fn plan_of(text: &str) -> Result<Plan, FailureReason> {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("acceptance-test-config.yml");
    std::fs::write(&file, text).unwrap();
    std::fs::write(dir.path().join("config.json"), r#"{"key": "abcdefgh"}"#).unwrap();
    std::fs::write(dir.path().join("list.json"), "[1]").unwrap();
    std::fs::write(dir.path().join("broken.json"), r#"{"key": "abcdefgh""#).unwrap();
    read(&file, None, None)
}

/// What reading it fails with: the code, and the message without the folder.
fn failure(text: &str) -> (String, String) {
    let Err(failure) = plan_of(text) else { panic!("this can be read: {text}") };
    let message = failure.message.split_once("acceptance-test-config.yml").map_or(failure.message.as_str(), |it| it.1);
    (failure.code.clone(), message.to_owned())
}

fn cases(plan: &Plan) -> Vec<(&str, CheckResult)> {
    plan.checks.iter().map(|CheckCase { origin, expects, .. }| (origin.as_str(), *expects)).collect()
}

fn bypassed(plan: &Plan) -> Vec<&str> {
    plan.bypasses.keys().map(String::as_str).collect()
}

#[test]
fn the_last_form_is_understood_key_by_key() {
    let plan = plan("cat-3.9");
    assert_eq!(plan.strictness, Strictness::High);
    assert_eq!(plan.image.as_deref(), Some("registry.example.com:5000/team/source-weather:dev"));
    assert!(plan.config.as_deref().unwrap().contains("12345678901234567890123"), "numbers stay as they are written");
    assert_eq!(
        cases(&plan),
        [
            ("integration_tests/other_config.json", CheckResult::Succeeds),
            ("integration_tests/invalid_config.json", CheckResult::Fails),
            ("integration_tests/broken_config.json", CheckResult::Breaks),
        ]
    );
    let spec = plan.spec.unwrap();
    assert_eq!(spec["connectionSpecification"]["required"], json!(["station"]));
    assert_eq!(spec["documentationUrl"], "https://example.com/weather");
    assert_eq!(plan.previous.unwrap().to_string(), "docker:registry.example.com:5000/team/source-weather:1.2.3");
    assert_eq!(plan.silence, Some(Duration::from_secs(600)), "two hours for a run are no reason to wait so long");
    let environment = [("USE_CACHE", "true"), ("RETRIES", "3"), ("DEPLOYMENT_MODE", "OSS")];
    assert_eq!(plan.environment, environment.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let bypasses: Vec<_> = plan.bypasses.iter().map(|(rule, why)| (rule.as_str(), why.as_str())).collect();
    assert_eq!(
        bypasses,
        [
            ("discover.primary_key_scalar", "validate_primary_keys_data_type is false"),
            ("failure.unknown_stream_fails", "expect_trace_message_on_failure is false"),
            ("metadata.allowed_hosts", "any host"),
            ("read.schema", "validate_schema is false"),
            ("read.shares_fields", "validate_schema is false"),
            ("read.undeclared_fields", "validate_schema is false"),
            ("resume", "skip_comprehensive_incremental_tests is true"),
            ("spec.oauth_default", "most people have a key"),
            ("state", "validate_state_messages is false"),
            ("trace.error_on_failure", "expect_trace_message_on_failure is false"),
        ]
    );
}

#[test]
fn streams_records_and_states_of_the_last_form_are_read() {
    let plan = plan("cat-3.9");
    assert_eq!(plan.catalog.unwrap().streams[0].stream.name, "readings");
    assert_eq!(plan.incremental_catalog.unwrap().streams.len(), 1);
    assert_eq!(plan.empty_streams["storms"], "there were none");
    assert!(plan.empty_streams.contains_key("floods"));
    let expected = plan.expected.unwrap();
    assert!(expected.exact_order && expected.extra_fields && expected.extra_records);
    let north = StreamDescriptor { namespace: Some("north".to_owned()), name: "readings".to_owned() };
    assert_eq!(expected.records, [(StreamDescriptor::named("readings"), json!({"id": 1})), (north, json!({"id": 2}))]);
    let fields: Vec<&str> = plan.ignored_fields["readings"].iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(fields, ["station/uptime", "seen_at"]);
    assert!(plan.undeclared_fields_allowed && plan.every_field_has_values);
    let states = plan.future_state.unwrap();
    assert_eq!(states[1]["stream"]["stream_state"], json!({"id": 9}));
    assert_eq!(plan.no_future_state["storms"], "there are none");
    assert_eq!(plan.no_primary_key["readings"], "the service has none");
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let container = ClientContainer {
        secrets_path: Some("/integration_tests/secrets/config.json".to_owned()),
        dockerfile_path: Some(folder("cat-3.9").join("integration_tests/seed/Dockerfile")),
        setup_command: words(&["python", "seed.py", "setup"]),
        teardown_command: words(&["python", "seed.py", "teardown"]),
        final_teardown_command: words(&["python", "seed.py", "final"]),
    };
    assert_eq!(plan.client_container, Some(container));
}

#[test]
fn keys_without_effect_are_told_with_line_and_reason() {
    let notes = plan("cat-3.9").notes;
    for (begin, end) in [
        ("`acceptance_tests.connector_documentation` (line ", "`connector lint` looks at it"),
        (
            "`acceptance_tests.basic_read.tests[0].file_types` (line 61) has no effect: ",
            "name a catalog that reads each",
        ),
        ("`acceptance_tests.connector_attributes.tests[0].suggested_streams` (line ", "suggests streams"),
        ("`acceptance_tests.incremental.tests[0].future_state.cursor_format` (line ", "whatever its format"),
        ("`acceptance_tests.spec.tests[1].config_path` (line ", "of the one with which everything is tried"),
        ("`acceptance_tests.spec.tests[1].spec_path` (line ", "in which everything runs"),
        ("`acceptance_tests.spec.tests[1].deployment_mode` (line ", "is used for everything"),
        ("`acceptance_tests.discovery.tests[0].deployment_mode` (line ", "is used for everything"),
        ("`acceptance_tests.discovery.tests[0].backward_compatibility_tests_config.previous_conn", "`--previous REF`"),
        (
            "`acceptance_tests.spec.tests[0].backward_compatibility_tests_config.disable_for_version`",
            "which version this is",
        ),
        ("`integration_tests/other_config.json` (line ", "the first configuration, `integration_tests/config.json`"),
    ] {
        assert!(notes.iter().any(|note| note.starts_with(begin) && note.ends_with(end)), "{begin}\n{notes:#?}");
    }
    assert_eq!(notes.len(), 11, "{notes:#?}");
}

#[test]
fn high_strictness_says_what_is_missing() {
    assert_eq!(
        plan("cat-3.9").unmet,
        [
            "`floods` in `acceptance_tests.basic_read.tests[0].empty_streams` has no bypass_reason",
            "`acceptance_tests.basic_read.tests[0].configured_catalog_path` leaves streams out; every stream that is \
             discovered must be read",
            "`acceptance_tests.basic_read.tests[0].validate_schema` is false",
            "`seen_at` in `acceptance_tests.full_refresh.tests[0].ignored_fields.readings` has no bypass_reason",
        ]
    );
    assert_eq!(
        plan("cdk").unmet,
        ["`acceptance_tests.basic_read.tests[0].expect_records` has neither a path nor a bypass_reason"]
    );
    assert_eq!(plan("destination").unmet, [] as [&str; 0]);
    let missing = plan("standard-test").unmet;
    assert!(
        missing.contains(&"the suite `full_refresh` has neither tests nor a bypass_reason".to_owned()),
        "{missing:?}"
    );
}

#[test]
fn the_form_until_2022_is_understood() {
    let plan = plan("sat-0.1");
    assert_eq!(plan.strictness, Strictness::Low);
    assert_eq!(cases(&plan), [("integration_tests/invalid_config.json", CheckResult::Fails)]);
    assert_eq!(plan.empty_streams.keys().collect::<Vec<_>>(), ["floods", "storms"]);
    let lookback = ["resume.final_state", "resume.nothing_repeated"];
    assert_eq!(
        bypassed(&plan),
        ["read.schema", "read.shares_fields", "read.undeclared_fields", lookback[0], lookback[1]]
    );
    assert_eq!(plan.bypasses["resume.final_state"], plan.bypasses["resume.nothing_repeated"]);
    let expected = plan.expected.unwrap();
    assert!(!expected.exact_order && !expected.extra_fields && !expected.extra_records);
    let states = plan.future_state.unwrap();
    assert_eq!(
        states[0],
        json!({"type": "STREAM", "stream": {"stream_descriptor": {"name": "readings"}, "stream_state": {"id": 99999999}}})
    );
    assert!(plan.notes[0].starts_with("`cache_discovered_catalog` (line 3) has no effect: "), "{:?}", plan.notes);
    assert!(plan.notes[1].starts_with("`tests.incremental[0].cursor_paths` (line "), "{:?}", plan.notes);
    assert_eq!(plan.ignored_fields["readings"][0].0, "seen_at");
    assert!(plan.spec.is_some());
}

#[test]
fn the_first_form_is_understood() {
    let plan = plan("standard-test");
    assert_eq!(cases(&plan), [("sample_files/invalid_config.json", CheckResult::Fails)]);
    assert_eq!(plan.future_state.unwrap().len(), 2);
    assert_eq!(plan.notes.len(), 3, "{:#?}", plan.notes);
}

#[test]
fn the_form_of_the_successor_is_understood() {
    let plan = plan("cdk");
    assert_eq!(plan.config.as_deref(), Some(r#"{"station":"north","days":3}"#));
    assert_eq!(cases(&plan), [("acceptance_tests.connection.tests[1].config_dict", CheckResult::Fails)]);
    assert_eq!(plan.checks[0].config, r#"{"station":null,"days":3}"#);
    assert_eq!(bypassed(&plan), ["full_refresh", "future_state", "incremental", "resume"]);
    assert_eq!(plan.bypasses["resume"], "there is nothing incremental");
}

#[test]
fn what_is_bypassed_is_a_rule_or_an_area() {
    let suites =
        ["spec", "connection", "discovery", "basic_read", "full_refresh", "incremental", "connector_attributes"];
    let left_out: String = suites.iter().map(|suite| format!("  {suite}: {{bypass_reason: none}}\n")).collect();
    let left_out = plan_of(&format!("acceptance_tests:\n{left_out}")).unwrap_or_else(|failure| panic!("{failure}"));
    let rules: Vec<&str> = crate::clauses().iter().flat_map(|clause| clause.rules).map(|rule| rule.id).collect();
    for plan in [left_out, plan("cat-3.9"), plan("sat-0.1"), plan("cdk")] {
        for word in plan.bypasses.keys() {
            assert!(rules.iter().any(|rule| covers(word, rule)), "`{word}` is no rule");
        }
    }
}

#[test]
fn a_configuration_from_elsewhere_takes_the_place_of_absent_secrets() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("acceptance-test-config.yml");
    std::fs::write(&file, "acceptance_tests: {connection: {tests: [{status: succeed}]}, spec: {tests: [{}]}}").unwrap();
    let plan = read(&file, None, Some("{}".to_owned())).unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(plan.config.as_deref(), Some("{}"));
    assert_eq!(read(&file, None, None).err().unwrap().code, "test.secrets_missing");

    let of_secrets = "tests: {connection: [{status: succeed}, {config_path: secrets/invalid.json, status: failed}]}";
    std::fs::write(&file, of_secrets).unwrap();
    let plan = read(&file, None, Some("{}".to_owned())).unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!((plan.checks.len(), plan.notes.len()), (0, 1));
}

#[test]
fn a_dummy_that_is_made_to_fit_the_spec_is_tried_with_nothing() {
    let plan = plan_of("tests: {spec: [{config_path: config.json, deployment_mode: cloud, timeout_seconds: 5}]}");
    let plan = plan.unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!((plan.config, plan.environment.len()), (None, 0));
    assert_eq!(plan.silence, Some(Duration::from_secs(60)));
}

#[test]
fn the_newest_configuration_that_a_connector_sent_is_used() {
    let dir = tempfile::tempdir().unwrap();
    let kept = dir.path().join("secrets/updated_configurations");
    std::fs::create_dir_all(&kept).unwrap();
    std::fs::write(dir.path().join("secrets/config.json"), r#"{"token": 1}"#).unwrap();
    for time in [900, 1000] {
        std::fs::write(kept.join(format!("config|{time}.json")), format!(r#"{{"token": {time}}}"#)).unwrap();
    }
    std::fs::write(kept.join("other|2000.json"), r#"{"token": 2000}"#).unwrap();
    let file = dir.path().join("acceptance-test-config.yml");
    std::fs::write(&file, "tests: {connection: [{}]}").unwrap();
    let plan = read(&file, None, None).unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(plan.config.as_deref(), Some(r#"{"token": 1000}"#));
}

#[test]
fn absent_secrets_say_how_to_make_them() {
    let (code, message) = failure("acceptance_tests:\n  connection:\n    tests:\n      - status: succeed\n");
    assert_eq!(code, "test.secrets_missing");
    assert!(message.contains("`acceptance_tests.connection.tests[0].config_path` (line 4)"), "{message}");
    assert!(message.contains("secrets/config.json") && message.contains("`longshore secrets write "), "{message}");
}

#[test]
fn what_means_nothing_is_refused_with_its_line() {
    for (text, wanted) in [
        ("acceptance_test: {}", ":1: there is no key `acceptance_test`; did you mean `acceptance_tests`?"),
        (
            "acceptance_tests:\n  basic_read:\n    tests:\n      - config_path: config.json\n        empty_stream: []\n",
            ":5: there is no key `acceptance_tests.basic_read.tests[0].empty_stream`; did you mean `empty_streams`?",
        ),
        (
            "acceptance_tests:\n  basic_read:\n    test: []\n",
            ":3: there is no key `acceptance_tests.basic_read.test`; did you mean `tests`?",
        ),
        (
            "tests:\n  connection:\n    - config_path: config.json\n      zzz: 1\n",
            ":4: there is no key `tests.connection[0].zzz`; known here are config_path, config_dict, id, \
             invalid_config_path, status, timeout_seconds, deployment_mode",
        ),
        (
            "acceptance_tests:\n  connection:\n    tests:\n      - {config_path: config.json, status: fail}\n",
            ":4: `acceptance_tests.connection.tests[0].status` must be succeed, failed or exception",
        ),
        (
            "acceptance_tests: {spec: yes}",
            ":1: `acceptance_tests.spec` must be an object with `tests` or a `bypass_reason`",
        ),
        ("acceptance_tests: [spec]", ":1: `acceptance_tests` must be keys with values"),
        (
            "tests: {spec: []}\nacceptance_tests: {}\n",
            ":1: `tests` is the old name of `acceptance_tests`; write all suites below `acceptance_tests`",
        ),
        (
            "acceptance_tests: {spec: {bypass_reason: no, tests: [{}]}}",
            ":1: `acceptance_tests.spec` has tests and a bypass_reason; leave one of them out",
        ),
        (
            "connector_image: x\ntest_strictness_level: highest\nacceptance_tests: {}\n",
            ":2: `test_strictness_level` must be low or high",
        ),
    ] {
        assert_eq!(failure(text), ("test.config_invalid".to_owned(), wanted.to_owned()), "{text}");
    }
    let (code, message) = failure("acceptance_tests:\n  spec: [\n");
    assert_eq!(code, "test.config_invalid");
    assert!(message.starts_with(":3: ") || message.starts_with(":2: "), "{message}");
    assert_eq!(failure("").0, "test.config_invalid");
}

#[test]
fn files_that_are_absent_or_broken_are_named() {
    let read = |keys: &str| failure(&format!("tests: {{basic_read: [{{config_path: config.json, {keys}}}]}}"));
    let (code, message) = read("configured_catalog_path: none.json");
    assert_eq!(code, "test.file_missing");
    assert!(message.contains("`tests.basic_read[0].configured_catalog_path` (line 1)"), "{message}");
    assert_eq!(read("expect_records: {path: none.jsonl}").0, "test.file_missing");
    assert_eq!(read("configured_catalog_path: list.json").0, "test.file_invalid");
    let (code, message) = read("configured_catalog_path: broken.json");
    assert_eq!(code, "test.file_invalid");
    assert!(!message.contains("abcdefgh"), "{message}");
    let (code, message) = read("expect_records: {path: config.json}");
    assert_eq!(code, "test.file_invalid");
    assert!(message.contains("line 1: a record needs the name of its `stream`"), "{message}");
    assert_eq!(failure("tests: {connection: [{config_path: list.json}]}").0, "test.file_invalid");
    assert_eq!(failure("tests: {connection: [{config_path: none.json}]}").0, "test.file_missing");
    assert_eq!(failure("tests: {spec: [{config_path: config.json, spec_path: config.json}]}").0, "test.file_invalid");
    let future = "tests: {incremental: [{config_path: config.json, future_state_path: list.json}]}";
    assert_eq!(failure(future).0, "test.file_invalid");
}

#[test]
fn a_project_without_test_configuration_has_the_scenarios_of_its_metadata() {
    let dir = tempfile::tempdir().unwrap();
    let metadata = "
data:
  name: Weather
  definitionId: 7a3ff4de-0000-4000-8000-000000000001
  connectorType: source
  dockerRepository: team/source-weather
  dockerImageTag: 2.0.0
  connectorTestSuitesOptions:
    - suite: unitTests
    - suite: smokeTests
      scenarios:
        - {name: wrong, config_settings: {station: nowhere}, expect_failure: true}
        - {name: default, config_file: config.json, config_settings: {station: south}, only_streams: [readings]}
        - {name: other, config_file: config.json}
";
    std::fs::write(dir.path().join("metadata.yaml"), metadata).unwrap();
    std::fs::write(dir.path().join("config.json"), r#"{"station": "north", "days": 3}"#).unwrap();
    let plan =
        super::of_project(Project::open(dir.path()).unwrap(), None).unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(plan.config.as_deref(), Some(r#"{"station":"south","days":3}"#));
    assert_eq!(cases(&plan), [("wrong", CheckResult::Fails), ("other", CheckResult::Succeeds)]);
    assert_eq!(plan.notes.len(), 1, "{:#?}", plan.notes);

    let disabled =
        "acceptance_tests: {spec: {tests: [{backward_compatibility_tests_config: {disable_for_version: 2.0.0}}]}}";
    let file = dir.path().join("acceptance-test-config.yml");
    std::fs::write(&file, disabled).unwrap();
    let plan =
        read(&file, Some(Project::open(dir.path()).unwrap()), None).unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(plan.bypasses["compatibility.spec"], "disable_for_version is 2.0.0, which is this version");
}

#[test]
fn a_plan_without_configuration_is_completed_by_the_spec() {
    let spec = json!({"connectionSpecification": {"type": "object", "required": ["count"],
        "properties": {"count": {"type": "integer", "default": 10}}}});
    let mut plan = Plan::default();
    super::complete(&mut plan, &spec);
    assert_eq!(plan.config.as_deref(), Some(r#"{"count":10}"#));
    assert!(plan.config_is_derived && plan.checks.iter().all(|case| case.is_derived) && !plan.checks.is_empty());
    assert_eq!(plan.notes.len(), 1);

    let mut plan = Plan::default();
    super::complete(&mut plan, &json!({"connectionSpecification": {"required": ["a"], "properties": {"a": {}}}}));
    assert_eq!((plan.config, plan.checks.len(), plan.config_is_derived), (None, 0, false));
    let why = plan.no_config.unwrap();
    assert!(why.starts_with("there is no configuration, and none can be made of the spec: `a` has neither"), "{why}");
}
