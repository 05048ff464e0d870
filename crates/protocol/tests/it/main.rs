//! Golden messages: every type and every field of the protocol is read, and written again with nothing lost.
//!
//! `golden/<type>.jsonl` holds messages of one type. Numbers that have a type here (counts, times) stand there as this
//! crate writes them; all others are odd on purpose and must come out digit by digit.

mod golden;
mod typed;
