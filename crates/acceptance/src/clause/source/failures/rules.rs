//! The rules of failures.

use crate::rule::{Level, Rule};

pub(super) const RULES: &[Rule] = &[UNKNOWN, NO_COMPLETE, INCOMPLETE, OTHERS, INVALID_CONFIG];

pub(super) const UNKNOWN: Rule = Rule {
    id: "failure.unknown_stream_fails",
    level: Level::Must,
    title: "An unknown stream is not passed over in silence",
    demand: "A read of a stream that does not exist MUST end with another exit code than 0, or say that the stream is INCOMPLETE.",
    reason: "A stream that vanished at its source looks like one without news, and nobody finds out.",
    check: "A stream that does not exist is put between two that do.",
    remedy: "Look up each configured stream; for one that you do not know print its status INCOMPLETE and an error trace, and end with exit code 1.",
};

pub(super) const NO_COMPLETE: Rule = Rule {
    id: "failure.no_complete_status",
    level: Level::Must,
    title: "A failed stream is never COMPLETE",
    demand: "A source MUST NOT say COMPLETE of a stream that it could not read.",
    reason: "COMPLETE makes a destination put what it has in the place of the old rows.",
    check: "The same read: there is no COMPLETE of the stream that does not exist.",
    remedy: "Print COMPLETE only when all records of the stream are out.",
};

pub(super) const INCOMPLETE: Rule = Rule {
    id: "failure.incomplete_status",
    level: Level::Should,
    title: "A failed stream is said to be INCOMPLETE",
    demand: "A source that tells the status of its streams SHOULD say INCOMPLETE of one that it could not read.",
    reason: "A platform shows which stream failed, not only that one did.",
    check: "The same read, for sources that print STREAM_STATUS at all.",
    remedy: "Print a TRACE with STREAM_STATUS INCOMPLETE for the stream before going on or ending.",
};

pub(super) const OTHERS: Rule = Rule {
    id: "failure.other_streams_delivered",
    level: Level::Should,
    title: "One failed stream does not stop the others",
    demand: "A source SHOULD read the other streams when one of them fails.",
    reason: "One bad table should not keep ninety-nine good ones from being synced.",
    check: "The same read: the streams before and behind the one that does not exist yield all of their records.",
    remedy: "Catch the failure of a stream, say INCOMPLETE, go on with the next one, and end with exit code 1.",
};

pub(super) const INVALID_CONFIG: Rule = Rule {
    id: "failure.invalid_config",
    level: Level::Must,
    title: "A read with a wrong configuration fails",
    demand: "A read with a configuration that does not work MUST end with another exit code than 0.",
    reason: "A sync whose password has expired would be green and empty.",
    check: "Each configuration that is declared to fail in `check` is read with; if none of them is against the spec, one more that is, and that `check` refuses.",
    remedy: "End with exit code 1 and an error trace of type config_error.",
};
