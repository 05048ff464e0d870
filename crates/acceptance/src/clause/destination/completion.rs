//! Complete and incomplete streams. (stub)

use crate::clause::{Binds, Clause, Judge};
use crate::rule::Rule;

pub(crate) static CLAUSE: Clause =
    Clause { title: "Complete and incomplete streams", binds: Binds::Destinations, rules: RULES, judge: Judge::Runs(|_| Box::pin(async { Vec::new() })) };

const RULES: &[Rule] = &[];
