//! The rules of resuming.

use crate::rule::{Level, Rule};

pub(super) const RULES: &[Rule] =
    &[SUCCEEDS, NOTHING_LOST, NOTHING_REPEATED, FINAL_STATE, STATE_KEPT, STATE_AGAIN, STALE_STREAM, FULL_REFRESH];

pub(super) const SUCCEEDS: Rule = Rule {
    id: "resume.succeeds",
    level: Level::Must,
    title: "Accepts each of its own states",
    demand: "A read that is given a state which the source printed before MUST succeed.",
    reason: "A platform hands back the last state; a source that cannot read it fails in every sync from then on.",
    check: "Incremental reads go on from the states of a first one: each stream from one of its states, given as a platform gives them, as an array without statistics.",
    remedy: "Read the file after `--state` as a JSON array of states: the `stream_state` of each stream is what the source itself put there.",
};

pub(super) const NOTHING_LOST: Rule = Rule {
    id: "resume.nothing_lost",
    level: Level::Must,
    title: "Resuming from a checkpoint loses no record",
    demand: "A read that goes on from a state MUST yield every record that came behind that state in the read that printed it.",
    reason: "A sync that is interrupted goes on from its last state. Records that then do not come again are missing for ever, and nobody is told.",
    check: "The states of an incremental read are tried as starts of new reads: all of them, or the first, the last and some between when reads are slow. Every record behind the state must come, told by primary key, or by all of its values.",
    remedy: "Print a state only when all records that it covers are printed, and let it hold all that is needed to go on from there: a state in the middle is no sign that the stream is done.",
};

pub(super) const NOTHING_REPEATED: Rule = Rule {
    id: "resume.nothing_repeated",
    level: Level::Must,
    title: "Resuming repeats nothing from before the previous checkpoint",
    demand: "A read that goes on from a state MUST NOT yield unchanged records that came before the state before it.",
    reason: "A source that starts over never gets to the end of a large stream when it is interrupted, and writes the same rows twice.",
    check: "The same reads: no record may come that had come before the previous state of its stream. Records that share a cursor value with a state, and those with a newer one, may come.",
    remedy: "Begin where the state says, not at the beginning.",
};

pub(super) const FINAL_STATE: Rule = Rule {
    id: "resume.final_state",
    level: Level::Must,
    title: "Reading from the last state repeats nothing",
    demand: "A read from the last state of an earlier one MUST yield only records that are new, changed, or share the state's cursor value.",
    reason: "That is what an incremental sync is: one that yields all records again fills the destination with copies.",
    check: "A read goes on from the last state of every stream; no record may come that had come before it with an older cursor.",
    remedy: "Print a state at the end of a stream that covers all of its records, and read from there.",
};

pub(super) const STATE_KEPT: Rule = Rule {
    id: "resume.final_state_kept",
    level: Level::Must,
    title: "A read without new records keeps the state",
    demand: "A read that finds nothing new MUST NOT print a state that is empty or older than the one it was given.",
    reason: "The next sync would read everything again.",
    check: "The states of the read from the last states are compared with those: they must not be null or empty, and the cursor in them not older.",
    remedy: "Begin with the state that was given, and move it only forward.",
};

pub(super) const STATE_AGAIN: Rule = Rule {
    id: "resume.state_again",
    level: Level::Should,
    title: "A read without new records prints a state",
    demand: "A read SHOULD print at least one state for each stream, also when nothing is new.",
    reason: "A platform cannot tell a stream without news from one that was not read.",
    check: "The read from the last states prints a state for every stream, or a global one.",
    remedy: "Print the state at the end of each stream, changed or not.",
};

pub(super) const STALE_STREAM: Rule = Rule {
    id: "resume.unknown_stream_state",
    level: Level::Must,
    title: "State of a stream that is gone is ignored",
    demand: "A read MUST NOT fail because the state has an entry for a stream that is not in the catalog.",
    reason: "Streams are taken out of a connection, or vanish; their states remain.",
    check: "The read from the last states gets one entry more, of a stream that does not exist.",
    remedy: "Look up the states of the streams that are configured; leave the others alone.",
};

pub(super) const FULL_REFRESH: Rule = Rule {
    id: "resume.full_refresh",
    level: Level::Must,
    title: "A resumable full refresh goes on from its state",
    demand: "A full refresh of a stream with `is_resumable` that is given a state from the middle of an earlier one MUST yield all records that came behind it, and not start over.",
    reason: "A failed attempt of a full refresh is continued, not repeated: what the source leaves out is missing, and one that starts over never ends.",
    check: "A full refresh is read from a state in the middle of another one.",
    remedy: "Honour the state in full refresh too, or leave out `is_resumable`.",
};
