//! The rules for every run.

use crate::rule::{Level, Rule};

pub(super) const RULES: &[Rule] = &[
    ONLY_MESSAGES,
    VALID_MESSAGES,
    ALLOWED_TYPES,
    COMPLETE_LINES,
    NOT_ON_STDERR,
    ENDS,
    ZERO_ON_SUCCESS,
    NONZERO_ON_FAILURE,
    ERROR_ON_FAILURE,
    FAILURE_TYPE,
    FAILURE_TYPE_GIVEN,
];

pub(super) const ONLY_MESSAGES: Rule = Rule {
    id: "output.only_messages",
    level: Level::Must,
    title: "stdout holds nothing but messages",
    demand: "Every line of the standard output MUST be one message: a JSON object in UTF-8 with a `type`. Blank lines are \
             passed over.",
    reason: "Platforms drop other lines, and a message that shares its line with them: records are lost without an error.",
    check: "Every line of every run is read as JSON. A line that was cut off when the suite ended the run does not count.",
    remedy: "Print messages only, one per line. Send everything else to stderr, or wrap it in LOG messages; look for `print` \
             in libraries. NaN and Infinity are no JSON.",
};

pub(super) const VALID_MESSAGES: Rule = Rule {
    id: "output.valid_messages",
    level: Level::Must,
    title: "Messages have what their type requires",
    demand: "Every message MUST have a known `type`, the payload of that type under its name, and there all required fields \
             with their JSON types.",
    reason: "Platforms drop messages that lack a field: a record, a state or a status is gone without an error.",
    check: "Every message of every run is compared with the protocol; what is in the data of records and within states is \
            judged elsewhere.",
    remedy: "Compare the message with the protocol: {\"type\": \"RECORD\", \"record\": {\"stream\": …, \"data\": {…}, \
             \"emitted_at\": …}}.",
};

pub(super) const ALLOWED_TYPES: Rule = Rule {
    id: "output.allowed_types",
    level: Level::Must,
    title: "Each verb prints its own types of messages",
    demand: "A connector MUST print only what the verb is for: `spec` SPEC, `check` CONNECTION_STATUS, `discover` CATALOG, `read` \
             RECORD and STATE, `write` STATE; LOG, TRACE and CONTROL everywhere, but ESTIMATE and STREAM_STATUS from sources \
             only.",
    reason: "Platforms ignore them at best; records from a destination are counted twice.",
    check: "The type of every message of every run is looked at.",
    remedy: "Print the message in the verb that it belongs to.",
};

pub(super) const COMPLETE_LINES: Rule = Rule {
    id: "output.complete_lines",
    level: Level::Should,
    title: "The last line of stdout ends",
    demand: "The standard output SHOULD end with a line feed.",
    reason: "Readers that split at line feeds never see the last message, which is often the last state.",
    check: "The last byte of every run that ended by itself is looked at.",
    remedy: "Print a line feed behind every message, and flush before the connector ends.",
};

pub(super) const NOT_ON_STDERR: Rule = Rule {
    id: "output.not_on_stderr",
    level: Level::Must,
    title: "Messages are printed on stdout",
    demand: "Messages other than LOG MUST be printed on the standard output, never on stderr.",
    reason: "Platforms take stderr for log lines and never read it, so the message is lost.",
    check: "The lines of stderr of every run are read as messages.",
    remedy: "Write messages to stdout.",
};

pub(super) const ENDS: Rule = Rule {
    id: "output.ends",
    level: Level::Must,
    title: "Every run ends",
    demand: "A connector MUST end when it has done what it was asked for, and not fall silent or print without end before.",
    reason: "A sync that hangs blocks all later ones until somebody notices.",
    check: "A run that prints and reads nothing for too long, that goes on after it closed its output, or that prints \
            more than a suite keeps, is ended and counts.",
    remedy: "Set timeouts on requests; end threads and connections; log progress from time to time in long steps.",
};

pub(super) const ZERO_ON_SUCCESS: Rule = Rule {
    id: "exit.zero_on_success",
    level: Level::Must,
    title: "Success is exit code 0",
    demand: "A connector that did what it was asked for MUST end with exit code 0.",
    reason: "Platforms take any other code for a failure, even when all data and states arrived, and try again.",
    check: "The exit code of every run that printed its answer, or all of its data, and no error trace is looked at.",
    remedy: "Return 0. Look for exceptions while connections are closed at the end.",
};

pub(super) const NONZERO_ON_FAILURE: Rule = Rule {
    id: "exit.nonzero_on_failure",
    level: Level::Must,
    title: "Failure is another exit code than 0",
    demand: "A `discover`, `read` or `write` that failed MUST end with another exit code than 0.",
    reason: "Platforms take 0 for success: what is missing is never asked for again.",
    check: "Every run that printed an error trace, or `discover` without a CATALOG, must not end with 0. A `check` may: FAILED \
            is its answer.",
    remedy: "Exit with 1 after an error trace.",
};

pub(super) const ERROR_ON_FAILURE: Rule = Rule {
    id: "trace.error_on_failure",
    level: Level::Must,
    title: "A failed run prints an error trace",
    demand: "A connector that fails MUST print a TRACE of type ERROR with a message.",
    reason: "It is the only thing of a failure that platforms show; without it there is an exit code and nothing else.",
    check: "Every run that ended with another exit code than 0 is searched for an error trace with a message. A `check` may \
            print FAILED in its place.",
    remedy: "Catch what is thrown at the top of the program and print {\"type\": \"TRACE\", \"trace\": {\"type\": \"ERROR\", \
             \"emitted_at\": …, \"error\": {\"message\": …, \"failure_type\": …}}} before you exit.",
};

pub(super) const FAILURE_TYPE: Rule = Rule {
    id: "trace.failure_type",
    level: Level::Must,
    title: "failure_type of error traces is known",
    demand: "The `failure_type` of an error trace MUST be `system_error`, `config_error` or `transient_error`.",
    reason: "Platforms decide by it whether to try again; one that they do not know makes the trace invalid, and it is dropped.",
    check: "Every error trace of every run is looked at.",
    remedy: "Write config_error for what the user can mend, transient_error for what mends itself, system_error for the rest.",
};

pub(super) const FAILURE_TYPE_GIVEN: Rule = Rule {
    id: "trace.failure_type_given",
    level: Level::Should,
    title: "Error traces have a failure_type",
    demand: "An error trace SHOULD have a `failure_type`.",
    reason: "Without one it counts as a fault of the connector, and platforms try again where nothing can come of it.",
    check: "Every error trace of every run is looked at.",
    remedy: "Write config_error for what the user can mend, transient_error for what mends itself, system_error for the rest.",
};
