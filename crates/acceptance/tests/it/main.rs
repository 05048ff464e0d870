//! The suites on connectors that are known: sound ones, ones with a planted defect, and ones that do not behave at all.
//!
//! The programs are in `mutants/`; a defect is an entry of an enum there, and a row of a table here: which rule must fail.

mod coverage;
mod destination_defects;
mod sound;
mod source_defects;
mod trial;
mod unruly;
