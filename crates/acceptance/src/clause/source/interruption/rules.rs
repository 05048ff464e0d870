//! The rules of interruption.

use crate::rule::{Level, Rule};

pub(super) const RULES: &[Rule] = &[KILL, TERM_ENDS, TERM_RESUME, WHOLE_MESSAGES];

pub(super) const KILL: Rule = Rule {
    id: "interruption.kill_and_resume",
    level: Level::Must,
    title: "Nothing is lost when it is killed and resumed",
    demand: "A source that is killed at any moment MUST have printed every record that a state it has printed covers: a read from that state completes what came before.",
    reason: "Machines stop and kernels kill. A state that is out before its records makes a platform skip them.",
    check: "The read is made again into a narrow pipe, killed with SIGKILL while it stands still, and gone on with from the last states that came out. What came before those states and what comes then must be all of an undisturbed read.",
    remedy: "Print records and states through the same buffer in the order in which they belong, and flush the records before a state.",
};

pub(super) const TERM_ENDS: Rule = Rule {
    id: "interruption.sigterm_ends",
    level: Level::Must,
    title: "Ends within 10 s after SIGTERM",
    demand: "A source MUST end within 10 seconds after SIGTERM.",
    reason: "That is how a sync is cancelled. Who goes on is killed, and holds up whoever waits.",
    check: "SIGTERM is sent in the middle of a read. After it half of what was still to come is read, and at most 1 MiB; then nobody reads any more.",
    remedy: "Do not ignore the signal; a handler that ends the program will do.",
};

pub(super) const TERM_RESUME: Rule = Rule {
    id: "interruption.sigterm_and_resume",
    level: Level::Must,
    title: "Nothing is lost when it is stopped and resumed",
    demand: "A source that ends because of SIGTERM MUST NOT leave a state that covers records which it did not print.",
    reason: "A source that prints its state on the way out and drops what is buffered makes a platform skip those records.",
    check: "As for SIGKILL, with SIGTERM: what came before the last states and what comes then must be all of an undisturbed read.",
    remedy: "On the way out print what is buffered before a state, or no state.",
};

pub(super) const WHOLE_MESSAGES: Rule = Rule {
    id: "interruption.whole_messages",
    level: Level::Should,
    title: "Prints only whole messages when it is stopped",
    demand: "A source that handles SIGTERM SHOULD print whole messages, and nothing else, until its end.",
    reason: "What is no message is lost, or noise in the log.",
    check: "Every line of the read that got SIGTERM is a message; the last one may be cut off when the signal itself ended the source.",
    remedy: "Flush standard output before you end, and print what is for people as LOG messages.",
};
