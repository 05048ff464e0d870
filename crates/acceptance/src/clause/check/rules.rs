//! The rules of `check`.

use crate::rule::{Level, Rule};

pub(super) const ONE_STATUS: Rule = Rule {
    id: "check.one_status",
    level: Level::Must,
    title: "check prints exactly one CONNECTION_STATUS",
    demand: "`check` MUST print exactly one CONNECTION_STATUS with the status SUCCEEDED or FAILED, unless it ends with an error.",
    reason: "Platforms take the first; without one nobody learns whether the configuration works.",
    check: "The CONNECTION_STATUS messages of every `check` are counted. None is all right where it printed an error trace, or \
            ended with another exit code than 0.",
    remedy: "Print one line: {\"type\": \"CONNECTION_STATUS\", \"connectionStatus\": {\"status\": \"SUCCEEDED\"}}.",
};

pub(super) const VALID_CONFIG_SUCCEEDS: Rule = Rule {
    id: "check.valid_config_succeeds",
    level: Level::Must,
    title: "check succeeds with a valid configuration",
    demand: "`check` MUST print SUCCEEDED for a configuration with which the connector works.",
    reason: "No platform lets anybody save a connection whose check fails.",
    check: "`check` is run with the configuration under test, and with each one that is declared as valid.",
    remedy: "Look at the message of the status or of the error trace; correct the connector or the configuration.",
};

pub(super) const INVALID_CONFIG_FAILS: Rule = Rule {
    id: "check.invalid_config_fails",
    level: Level::Must,
    title: "check fails with an invalid configuration",
    demand: "`check` MUST print FAILED, or end with an error, for a configuration with which the connector does not work.",
    reason: "A connection that cannot work is saved, and fails at night in place of in front of who can mend it.",
    check: "`check` is run with each configuration that the test configuration, or `--invalid-config`, declares as invalid.",
    remedy: "Try in `check` what a sync will need: sign in, and make one small request.",
};

pub(super) const REFUSES_WHAT_THE_SPEC_FORBIDS: Rule = Rule {
    id: "check.refuses_what_the_spec_forbids",
    level: Level::Should,
    title: "check refuses a configuration that breaks the spec",
    demand: "`check` SHOULD print FAILED, or end with an error, for a configuration that is not valid for the spec.",
    reason: "Not everything that starts a connector validates before; then a typing error is found in the middle of a sync.",
    check: "`check` is run with configurations that are made of the valid one: a required property left out, a value of \
            another type.",
    remedy: "Validate the configuration against the spec before it is used.",
};

pub(super) const FAILURE_MESSAGE: Rule = Rule {
    id: "check.failure_message",
    level: Level::Must,
    title: "A failed check says why",
    demand: "A `check` that fails MUST say why: in the `message` of its CONNECTION_STATUS, or in an error trace.",
    reason: "Whoever filled in the form learns that it is wrong, and not what.",
    check: "Every check that printed FAILED, or ended with an error, is searched for a message.",
    remedy: "Put what is wrong, and what to do about it, into `connectionStatus.message`.",
};

pub(super) const FAILED_IS_AN_ANSWER: Rule = Rule {
    id: "check.failed_is_an_answer",
    level: Level::Should,
    title: "A check that answers FAILED exits with 0",
    demand: "`check` SHOULD end with exit code 0 when it printed a CONNECTION_STATUS, FAILED included.",
    reason: "Some platforms take another exit code for a connector that is broken, and show that in place of the message.",
    check: "The exit code of every `check` that printed FAILED is looked at.",
    remedy: "Return normally after printing FAILED.",
};

pub(super) const BREAKS_WITH_TRACE: Rule = Rule {
    id: "check.breaks_with_trace",
    level: Level::Must,
    title: "check breaks with an error trace where that is declared",
    demand: "For a configuration that is declared to raise an exception, `check` MUST print an error TRACE with a message.",
    reason: "It is what the author said would come, and all that a platform can show.",
    check: "`check` is run with each configuration whose declared status is `exception`.",
    remedy: "Let the exception become an error trace, or declare the status `failed`.",
};

pub(super) const IGNORES_UNKNOWN_PROPERTIES: Rule = Rule {
    id: "check.ignores_unknown_properties",
    level: Level::Should,
    title: "check takes a configuration with an unknown property",
    demand: "`check` SHOULD succeed with a valid configuration that has one property more than the spec names, unless the spec \
             forbids that.",
    reason: "Platforms add properties, and configurations that were saved with another version have some that are gone.",
    check: "`check` is run with the configuration under test and one property more.",
    remedy: "Ignore properties that you do not know.",
};

pub(super) const UNREADABLE_CONFIG: Rule = Rule {
    id: "check.unreadable_config",
    level: Level::Must,
    title: "check does not succeed with an unreadable configuration",
    demand: "`check` MUST NOT print SUCCEEDED, hang, or end with exit code 0 and no answer when its configuration file is not \
             JSON.",
    reason: "A connector that goes on with what it could not read works with defaults that nobody chose.",
    check: "`check` is run with a file that holds no more than an opening brace.",
    remedy: "Report a file that cannot be read as FAILED, or as an error trace with another exit code than 0.",
};
