//! Stream statuses. (stub)

use crate::clause::{Binds, Clause, Judge};
use crate::rule::Rule;

pub(crate) static CLAUSE: Clause =
    Clause { title: "Stream statuses", binds: Binds::Sources, rules: RULES, judge: Judge::Runs(|_| Box::pin(async { Vec::new() })) };

const RULES: &[Rule] = &[];
