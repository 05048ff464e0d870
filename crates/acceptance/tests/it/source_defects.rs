//! Sources with one planted defect each: which rule must fail.

use crate::trial::{Planted, Trial, expect_all, mutant, usual};
use serde_json::Value;
use std::process::Command;
use std::time::Duration;

#[test]
fn what_is_wrong_with_a_spec_is_found() {
    expect_all(SPEC, &["spec", "compatibility", "config", "check"], Trial::source);
}

#[test]
fn what_is_wrong_with_a_check_or_a_discovery_is_found() {
    expect_all(
        CHECK_AND_DISCOVER,
        &["spec", "check", "discover", "compatibility", "read", "exit", "trace"],
        Trial::source,
    );
}

#[test]
fn what_is_wrong_with_the_output_is_found() {
    expect_all(
        OUTPUT,
        &["check", "discover", "read", "state", "failure", "output", "exit", "trace", "secrets"],
        Trial::source,
    );
}

#[test]
fn what_is_wrong_with_a_read_is_found() {
    expect_all(
        READ,
        &["discover", "read", "full_refresh", "incremental", "state", "failure", "selection", "output"],
        Trial::source,
    );
}

#[test]
fn what_is_wrong_with_states_is_found() {
    expect_all(STATES, &["read", "incremental", "state", "status", "output"], Trial::source);
}

#[test]
fn what_is_wrong_with_resuming_is_found() {
    expect_all(
        RESUME,
        &["read", "state", "resume", "selection", "future_state", "interruption", "memory"],
        Trial::source,
    );
}

/// With the spec of the sound source as the author's file.
fn with_spec_file(trial: &mut Trial) {
    let program = env!("CARGO_BIN_EXE_longshore-mutant");
    let printed = Command::new(program).args(["source", "spec"]).output().unwrap().stdout;
    trial.plan.spec = Some(serde_json::from_slice::<Value>(&printed).unwrap()["spec"].clone());
}

/// With the sound source as the version before.
fn with_previous(trial: &mut Trial) {
    trial.plan.previous = Some(mutant("source", None));
}

/// Without a state of the future from the author.
fn without_future_state(trial: &mut Trial) {
    trial.plan.future_state = None;
}

/// With more records than a pipe holds, and a reader.
fn with_many_records(trial: &mut Trial) {
    let config = trial.plan.config.take().unwrap_or_default();
    trial.plan.config = Some(config.replace("\"count\":205", "\"count\":5000"));
}

/// With little patience for silence.
fn impatient(trial: &mut Trial) {
    trial.silence = Duration::from_secs(2);
}

/// When not every field need have a value.
fn without_values(trial: &mut Trial) {
    trial.plan.every_field_has_values = false;
}

const SPEC: &[Planted] = &[
    ("SpecTwice", "spec.one_message", usual),
    ("SpecSchemaInvalid", "spec.schema_valid", usual),
    ("SpecOfProtocolOne", "spec.protocol_version", usual),
    ("SpecWithoutDocumentation", "spec.documentation_url", usual),
    ("SpecDrifted", "spec.matches_file", with_spec_file),
    ("SpecChanges", "spec.stable", usual),
    ("SpecRefusesConfig", "spec.config_fits", usual),
    ("SecretNotMarked", "spec.secrets_marked", usual),
    ("SecretObject", "spec.secrets_can_be_held", usual),
    ("SpecForbidsMore", "spec.additional_properties", usual),
    ("RequiredUnknown", "spec.required_exist", usual),
    ("DefaultUnfit", "spec.defaults_fit", usual),
    ("OrderTwice", "spec.order_distinct", usual),
    ("DateWithoutPattern", "spec.date_pattern", usual),
    ("EnumRepeats", "spec.enum_distinct", usual),
    ("OneOfWithoutConst", "spec.one_of_shape", usual),
    ("TypeList", "spec.property_types", usual),
    ("ObjectWithoutProperties", "spec.objects_have_properties", usual),
    ("ArrayWithoutItems", "spec.array_items", usual),
    ("ComplexKeyword", "spec.no_complex_keywords", usual),
    ("SpecWithRef", "spec.no_refs", usual),
    ("GroupNested", "spec.groups", usual),
    ("DisplayTypeOfText", "spec.display_type", usual),
    ("OauthPathUnknown", "spec.oauth_paths", usual),
    ("OauthNotFirst", "spec.oauth_default", usual),
    ("CertificateNotMarked", "spec.doubtful_secrets_marked", usual),
    ("RequiredAdded", "compatibility.spec", with_previous),
    ("SpecRefusesConfig", "compatibility.config", with_previous),
];

const CHECK_AND_DISCOVER: &[Planted] = &[
    ("TwoStatuses", "check.one_status", usual),
    ("NoStatus", "check.one_status", usual),
    ("ValidConfigRefused", "check.valid_config_succeeds", usual),
    ("EverythingAccepted", "check.invalid_config_fails", usual),
    ("ForbiddenAccepted", "check.refuses_what_the_spec_forbids", usual),
    ("FailureWithoutMessage", "check.failure_message", usual),
    ("FailedCheckExitsOne", "check.failed_is_an_answer", usual),
    ("BreaksWithoutTrace", "check.breaks_with_trace", usual),
    ("UnknownPropertyRefused", "check.ignores_unknown_properties", usual),
    ("UnreadableConfigAccepted", "check.unreadable_config", usual),
    ("CatalogTwice", "discover.one_catalog", usual),
    ("CatalogEmpty", "discover.has_streams", usual),
    ("StreamTwice", "discover.unique_names", usual),
    ("SchemaInvalid", "discover.schema_valid", usual),
    ("SchemaOfArray", "discover.schema_is_object", usual),
    ("NoSyncModes", "discover.sync_modes", usual),
    ("UnknownSyncMode", "discover.sync_modes", usual),
    ("CursorNotDeclared", "discover.cursor_declared", usual),
    ("CursorNotInSchema", "discover.cursor_in_schema", usual),
    ("KeyNotInSchema", "discover.primary_key_in_schema", usual),
    ("KeyIsObject", "discover.primary_key_scalar", usual),
    ("SchemaWithRef", "discover.no_refs", usual),
    ("SchemaWithAllOf", "discover.no_composition", usual),
    ("SchemaForbidsMore", "discover.additional_properties", usual),
    ("UnknownDataType", "discover.data_types", usual),
    ("CatalogChanges", "discover.stable", without_values),
    ("DiscoverWithoutConfig", "discover.fails_on_invalid_config", usual),
    ("ForbiddenDiscovered", "discover.fails_on_invalid_config", usual),
    ("FlagIsText", "discover.flags", usual),
    ("SchemaWithoutProperties", "discover.schema_has_properties", usual),
    ("FieldGone", "compatibility.catalog", with_previous),
    ("StreamGone", "compatibility.catalog", with_previous),
];

const OUTPUT: &[Planted] = &[
    ("PlainText", "output.only_messages", usual),
    ("BinaryOutput", "output.only_messages", usual),
    ("LogWithoutLevel", "output.valid_messages", usual),
    ("CatalogInRead", "output.allowed_types", usual),
    ("LastLineWithoutEnd", "output.complete_lines", usual),
    ("RecordsOnStderr", "output.not_on_stderr", usual),
    ("ExitsThree", "exit.zero_on_success", usual),
    ("FailsWithZero", "exit.nonzero_on_failure", usual),
    ("FailsWithoutTrace", "trace.error_on_failure", usual),
    ("TraceOfUnknownKind", "trace.failure_type", usual),
    ("FailureTypeMissing", "trace.failure_type_given", usual),
    ("NeverEnds", "output.ends", impatient),
    ("SecretInLog", "secrets.not_in_output", usual),
    ("SecretInBase64", "secrets.not_in_output", usual),
    ("SecretInUrl", "secrets.not_in_output", usual),
    ("SecretOnStderr", "secrets.not_in_output", usual),
];

const READ: &[Planted] = &[
    ("BreaksDown", "read.succeeds", usual),
    ("StreamWithoutRecords", "read.every_stream_has_records", usual),
    ("UnselectedRecords", "read.only_selected_streams", usual),
    ("NamespaceLost", "read.only_selected_streams", usual),
    ("RecordWithoutTime", "read.emitted_at", usual),
    ("SecondsForMilliseconds", "read.emitted_at", usual),
    ("DataIsArray", "read.data_is_object", usual),
    ("IntegerAsText", "read.schema", usual),
    ("NestedNumber", "read.schema", usual),
    ("UndeclaredField", "read.undeclared_fields", usual),
    ("ForeignFields", "read.shares_fields", usual),
    ("FieldNeverFilled", "read.every_field_has_values", usual),
    ("KeyIsNull", "read.primary_key_present", usual),
    ("KeyTwice", "read.primary_key_unique", usual),
    ("RecordTwice", "read.no_duplicates", usual),
    ("RecordsChange", "full_refresh.same_records", usual),
    ("RecordUnexpected", "read.expected_records", usual),
    ("IncrementalSkips", "incremental.same_as_full_refresh", usual),
    ("CursorMissing", "incremental.cursor_present", usual),
    ("StateGoesBack", "incremental.cursor_monotone", usual),
    ("UnknownStreamIgnored", "failure.unknown_stream_fails", usual),
    ("UnknownStreamComplete", "failure.no_complete_status", usual),
    ("UnknownStreamLeftOpen", "failure.incomplete_status", usual),
    ("FailsAtOnce", "failure.other_streams_delivered", usual),
    ("ReadWithoutConfig", "failure.invalid_config", usual),
    ("ForbiddenRead", "failure.invalid_config", usual),
    ("SingleStreamIsCut", "selection.one_stream", usual),
    ("BreaksOnFewerFields", "selection.fewer_fields", usual),
    ("BreaksOnFewerUserFields", "selection.fewer_fields", usual),
];

const STATES: &[Planted] = &[
    ("StateIsText", "state.valid", usual),
    ("LegacyState", "state.no_legacy", usual),
    ("MixedStates", "state.one_type", usual),
    ("StreamWithoutState", "state.for_every_stream", usual),
    ("FullRefreshWithoutState", "state.for_every_full_refresh", usual),
    ("EmptyStates", "state.not_empty", usual),
    ("LateRecords", "state.covers_all_records", usual),
    ("ForeignState", "state.known_streams", usual),
    ("CountMissing", "state.record_count_present", usual),
    ("CountsAddUp", "state.record_count", usual),
    ("CountTooLow", "state.record_count", usual),
    ("NoStatuses", "status.sent", usual),
    ("NoRunning", "status.running", usual),
    ("RunningBeforeStarted", "status.order", usual),
    ("CompleteTooEarly", "status.order", usual),
    ("NeverComplete", "status.complete", usual),
];

const RESUME: &[Planted] = &[
    ("ResumeBreaks", "resume.succeeds", usual),
    ("NoStateAgain", "resume.state_again", usual),
    ("StateAhead", "resume.nothing_lost", usual),
    ("SkipsOneOnResume", "resume.nothing_lost", usual),
    ("StateIgnored", "resume.nothing_repeated", usual),
    ("LooksBack", "resume.nothing_repeated", usual),
    ("FinalStateIgnored", "resume.final_state", usual),
    ("FinalStateLost", "resume.final_state_kept", usual),
    ("PageLost", "resume.full_refresh", usual),
    ("UnknownStateBreaks", "resume.unknown_stream_state", usual),
    ("BreaksOnEmptyState", "selection.empty_state", usual),
    ("FutureStateReadsAll", "future_state.no_records", usual),
    ("FutureStateReset", "future_state.state_kept", usual),
    ("FutureStateReadsAll", "future_state.derived_no_records", without_future_state),
    ("FutureStateReset", "future_state.derived_state_kept", without_future_state),
    ("StaleLock", "interruption.kill_and_resume", usual),
    ("IgnoresSigterm", "interruption.sigterm_ends", usual),
    ("StateAtSigterm", "interruption.sigterm_and_resume", usual),
    ("HalfLineAtSigterm", "interruption.whole_messages", usual),
    ("GoesOnWithoutReader", "interruption.closed_output_ends", usual),
    ("RunsAhead", "memory.bounded", with_many_records),
];

/// All of them.
pub(crate) fn all() -> Vec<Planted> {
    [SPEC, CHECK_AND_DISCOVER, OUTPUT, READ, STATES, RESUME].concat()
}
