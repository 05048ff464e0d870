//! Destinations with one planted defect each: which rule must fail.

use crate::trial::{Planted, Trial, expect_all, usual};
use std::time::Duration;

#[test]
fn what_is_wrong_with_the_protocol_is_found() {
    let areas = ["spec", "check", "write", "echo", "completion", "refusal", "tolerance", "output", "exit", "trace"];
    expect_all(PROTOCOL, &areas, Trial::destination);
}

#[test]
fn what_is_wrong_with_durability_is_found() {
    expect_all(DURABILITY, &["durability", "resources", "termination", "memory", "output"], Trial::destination);
}

#[test]
fn what_is_wrong_with_values_is_found() {
    expect_all(VALUES, &["write", "types", "text", "names", "namespaces", "rows"], Trial::destination);
}

#[test]
fn what_is_wrong_with_volume_is_found() {
    expect_all(VOLUME, &["write", "volume"], Trial::destination);
}

#[test]
fn what_is_wrong_with_modes_is_found() {
    expect_all(
        MODES,
        &["write", "modes", "generations", "evolution", "deduplication", "durability"],
        Trial::destination,
    );
}

/// With little patience for silence.
fn impatient(trial: &mut Trial) {
    trial.silence = Duration::from_secs(2);
}

const PROTOCOL: &[Planted] = &[
    ("NoModes", "spec.sync_modes", usual),
    ("UnknownMode", "spec.sync_modes", usual),
    ("EverythingAccepted", "check.invalid_config_fails", usual),
    ("CheckWrites", "check.changes_nothing", usual),
    ("FailsOnThreeStreams", "write.succeeds", usual),
    ("FailsWithoutRecords", "write.empty_sync", usual),
    ("ExitsThree", "exit.zero_on_success", usual),
    ("FailsWithZero", "refusal.unknown_stream", usual),
    ("FailsWithoutTrace", "trace.error_on_failure", usual),
    ("LastEchoMissing", "echo.last_state", usual),
    ("EchoReversed", "echo.order", usual),
    ("EchoRewritten", "echo.as_received", usual),
    ("EchoLosesContent", "echo.as_received", usual),
    ("EchoMadeUp", "echo.nothing_made_up", usual),
    ("EchoTwice", "echo.once", usual),
    ("StatsMissing", "echo.destination_stats_present", usual),
    ("StatsWrong", "echo.destination_stats", usual),
    ("GlobalNotEchoed", "echo.global", usual),
    ("EchoAtEnd", "echo.while_running", usual),
    ("IncompleteSucceeds", "completion.incomplete_fails", usual),
    ("AnyStatusCompletes", "completion.incomplete_fails", usual),
    ("SwapsIncomplete", "completion.incomplete_never_swaps", usual),
    ("IncompleteForgets", "completion.keeps_acknowledged", usual),
    ("UnknownStreamIgnored", "refusal.unknown_stream", usual),
    ("UnknownStateIgnored", "refusal.unknown_state", usual),
    ("BrokenLineIgnored", "refusal.broken_line", usual),
    ("WritesWithoutConfig", "refusal.invalid_config", usual),
    ("BreaksOnOthers", "tolerance.other_messages", usual),
    ("BreaksOnUnknownTypes", "tolerance.unknown_types", usual),
];

const DURABILITY: &[Planted] = &[
    ("EchoBeforeCommit", "durability.at_echo", usual),
    ("SigtermForgets", "durability.after_sigterm", usual),
    ("StaleLock", "durability.goes_on_after_kill", usual),
    ("DedupWithinRun", "durability.no_duplicates_after_resume", usual),
    ("DiskFullIgnored", "resources.disk_full", usual),
    ("DiskFullIsConfig", "resources.failure_type", usual),
    ("WaitsWithoutInput", "termination.closed_input_ends", impatient),
    ("IgnoresSigterm", "termination.sigterm_ends", usual),
    ("HangsAtEnd", "output.ends", impatient),
    ("KeepsEverything", "memory.bounded", usual),
];

const VALUES: &[Planted] = &[
    ("IntegersOf32Bits", "types.integers", usual),
    ("LargeIntegersRounded", "types.large_integers", usual),
    ("HugeNumbersClipped", "types.unbounded_numbers", usual),
    ("NumericTextsAsNumbers", "types.strings", usual),
    ("BinaryNulled", "types.binary", usual),
    ("NumbersRounded", "types.numbers", usual),
    ("FalseIsNull", "types.booleans", usual),
    ("DatesWithoutDay", "types.dates", usual),
    ("TimesWithoutFraction", "types.times", usual),
    ("ZonesIgnored", "types.timestamps", usual),
    ("ObjectsAsWord", "types.objects", usual),
    ("ArraysCut", "types.arrays", usual),
    ("NullsAsText", "types.nulls", usual),
    ("UnionsNulled", "types.unions", usual),
    ("UntypedNulled", "types.unknown", usual),
    ("NumbersAsText", "types.native", usual),
    ("UnfitNotNoted", "types.unfit_values", usual),
    ("UnfitFails", "types.unfit_values", usual),
    ("UnfitRowsLost", "types.unfit_values", usual),
    ("OneByteText", "text.unicode", usual),
    ("LineBreaksLost", "text.line_breaks", usual),
    ("EmptyIsNull", "text.empty_is_not_null", usual),
    ("Trimmed", "text.white_space", usual),
    ("CutAt255", "text.long", usual),
    ("BackslashesLost", "text.escapes", usual),
    ("ReservedLost", "names.reserved_words", usual),
    ("SpecialLost", "names.special_characters", usual),
    ("CaseCollides", "names.case", usual),
    ("LongNamesCut", "names.long", usual),
    ("StreamsCollide", "names.streams", usual),
    ("StreamCaseCollides", "names.stream_case", usual),
    ("LongStreamsCut", "names.streams", usual),
    ("NamespacesJoined", "namespaces.separate", usual),
    ("NamelessShared", "namespaces.default", usual),
    ("NamespacesIgnored", "namespaces.separate", usual),
    ("RawIdOfContent", "rows.raw_id_unique", usual),
    ("RawIdRepeats", "rows.raw_id_unique", usual),
    ("ExtractedNow", "rows.extracted_at", usual),
    ("GenerationIsZero", "rows.generation_id", usual),
    ("SyncIdMissing", "rows.sync_id", usual),
    ("ChangesDropped", "rows.changes_kept", usual),
    ("RowsTwice", "rows.once", usual),
    ("TailLost", "rows.complete", usual),
    ("RowLost", "rows.complete", usual),
];

const VOLUME: &[Planted] = &[
    ("BatchBoundaryLost", "volume.large_batch", usual),
    ("SixteenStreams", "volume.many_streams", usual),
    ("LargeRecordLost", "volume.large_record", usual),
];

const MODES: &[Planted] = &[
    ("AppendReplaces", "modes.append", usual),
    ("OverwriteAppends", "modes.overwrite", usual),
    ("OverwriteClearsAll", "modes.overwrite_leaves_others", usual),
    ("EmptyOverwriteKeeps", "modes.overwrite_without_records", usual),
    ("EmptyOverwriteKeeps", "modes.overwrite_without_records", usual),
    ("OverwriteClearsNamesakes", "modes.overwrite_leaves_others", usual),
    ("EmptyOverwriteKeeps", "generations.clear", usual),
    ("GenerationsIgnored", "generations.truncate", usual),
    ("MergeTruncates", "generations.merge", usual),
    ("TruncatesAtOnce", "generations.interrupted_truncate", usual),
    ("ResumedTruncateStartsAnew", "generations.resumed_truncate", usual),
    ("SilentStreamEmptied", "generations.resumed_truncate", usual),
    ("NewFieldLost", "evolution.new_field", usual),
    ("OverwriteKeepsSchema", "evolution.overwrite", usual),
    ("DroppedFieldFails", "evolution.dropped_field", usual),
    ("ChangedTypeFails", "evolution.changed_type", usual),
    ("UndeclaredFieldFails", "evolution.undeclared_field", usual),
    ("OldestWins", "deduplication.newest_wins", usual),
    ("LastComeWins", "deduplication.late_older_loses", usual),
    ("EqualCursorKeepsFirst", "deduplication.equal_cursor", usual),
    ("FirstWinsWithoutCursor", "deduplication.no_cursor", usual),
    ("FirstKeyOnly", "deduplication.composite_key", usual),
    ("KeysFolded", "deduplication.string_key", usual),
    ("DedupWithinRun", "deduplication.across_syncs", usual),
    ("DeletedMarked", "deduplication.deletion_removes", usual),
    ("DeletedStays", "deduplication.deletion", usual),
    ("NullCursorWins", "deduplication.null_cursor", usual),
];

/// All of them.
pub(crate) fn all() -> Vec<Planted> {
    [PROTOCOL, DURABILITY, VALUES, VOLUME, MODES].concat()
}
