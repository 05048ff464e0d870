//! Every key that the test configuration of any generation has had, by the place where it stands, and why some have no
//! effect here.

use super::section::{Key, idle, key};

pub(super) const ROOT: &[Key] = &[
    key("connector_image"),
    key("base_path"),
    key("acceptance_tests"),
    key("tests"),
    key("test_strictness_level"),
    key("custom_environment_variables"),
    idle(
        "cache_discovered_catalog",
        "what is discovered is always kept for all rules, and discovered once more to compare",
    ),
];

pub(super) const SUITES: &[Key] = &[
    key("spec"),
    key("connection"),
    key("discovery"),
    key("basic_read"),
    key("full_refresh"),
    key("incremental"),
    key("connector_attributes"),
    idle(
        "connector_documentation",
        "documentation for people is not what a suite can prove; `connector lint` looks at it",
    ),
    key("client_container_config"),
];

pub(super) const SUITE: &[Key] = &[key("bypass_reason"), key("tests")];

const NAMED_CONFIG: &str = "a scenario is called by its file in reports";

pub(super) const SPEC: &[Key] = &[
    key("config_path"),
    key("config_dict"),
    idle("id", NAMED_CONFIG),
    key("spec_path"),
    key("timeout_seconds"),
    key("deployment_mode"),
    key("backward_compatibility_tests_config"),
    key("auth_default_method"),
];

pub(super) const CONNECTION: &[Key] = &[
    key("config_path"),
    key("config_dict"),
    idle("id", NAMED_CONFIG),
    key("invalid_config_path"),
    key("status"),
    key("timeout_seconds"),
    key("deployment_mode"),
];

pub(super) const DISCOVERY: &[Key] = &[
    key("config_path"),
    key("config_dict"),
    idle("id", NAMED_CONFIG),
    idle("configured_catalog_path", "`discover` takes no catalog"),
    key("timeout_seconds"),
    key("deployment_mode"),
    key("backward_compatibility_tests_config"),
    key("validate_primary_keys_data_type"),
];

pub(super) const BASIC_READ: &[Key] = &[
    key("config_path"),
    key("config_dict"),
    idle("id", NAMED_CONFIG),
    key("configured_catalog_path"),
    key("empty_streams"),
    key("expect_records"),
    key("ignored_fields"),
    key("validate_schema"),
    key("validate_stream_statuses"),
    key("validate_state_messages"),
    key("validate_primary_keys_data_type"),
    key("fail_on_extra_columns"),
    key("fail_on_extra_fields"),
    key("validate_data_points"),
    idle("validate_output_from_all_streams", "every stream must have records here, but those of `empty_streams`"),
    key("expect_trace_message_on_failure"),
    idle(
        "file_types",
        "which kinds of files a source reads is no fact of the protocol; name a catalog that reads each",
    ),
    key("timeout_seconds"),
    key("deployment_mode"),
    key("client_container_config"),
];

pub(super) const FULL_REFRESH: &[Key] = &[
    key("config_path"),
    key("config_dict"),
    idle("id", NAMED_CONFIG),
    key("configured_catalog_path"),
    key("ignored_fields"),
    key("timeout_seconds"),
    key("deployment_mode"),
    key("client_container_config"),
];

pub(super) const INCREMENTAL: &[Key] = &[
    key("config_path"),
    key("config_dict"),
    idle("id", NAMED_CONFIG),
    key("configured_catalog_path"),
    key("future_state"),
    key("future_state_path"),
    key("state_path"),
    idle("cursor_paths", "a cursor is found in a state by the name of the cursor field, or as its only timestamp"),
    key("threshold_days"),
    key("skip_comprehensive_incremental_tests"),
    key("timeout_seconds"),
    key("deployment_mode"),
    key("client_container_config"),
];

pub(super) const ATTRIBUTES: &[Key] = &[
    key("config_path"),
    key("config_dict"),
    idle("id", NAMED_CONFIG),
    key("streams_without_primary_key"),
    key("allowed_hosts"),
    idle("suggested_streams", "no rule demands that a connector suggests streams"),
    key("timeout_seconds"),
    key("deployment_mode"),
];

pub(super) const DOCUMENTATION: &[Key] =
    &[key("config_path"), key("config_dict"), key("id"), key("timeout_seconds"), key("deployment_mode")];

pub(super) const COMPATIBILITY: &[Key] = &[key("previous_connector_version"), key("disable_for_version")];

pub(super) const AUTH_DEFAULT_METHOD: &[Key] = &[key("oauth"), key("bypass_reason")];

pub(super) const EXPECT_RECORDS: &[Key] =
    &[key("path"), key("exact_order"), key("extra_fields"), key("extra_records"), key("bypass_reason")];

pub(super) const FUTURE_STATE: &[Key] = &[
    key("future_state_path"),
    key("missing_streams"),
    key("bypass_reason"),
    idle("cursor_format", "the cursor that comes back is compared with the one that was sent, whatever its format"),
];

pub(super) const CLIENT_CONTAINER: &[Key] = &[
    key("secrets_path"),
    key("client_container_dockerfile_path"),
    key("setup_command"),
    key("teardown_command"),
    idle(
        "between_syncs_command",
        "reads from one state are compared with each other, so the data must not change between them",
    ),
    key("final_teardown_command"),
];

pub(super) const BYPASS: &[Key] = &[key("bypass_reason")];
