//! The check. (stub)

use super::{Binds, Clause, Judge};
use crate::rule::Rule;

pub(crate) static CLAUSE: Clause =
    Clause { title: "The check", binds: Binds::Both, rules: RULES, judge: Judge::Runs(|_| Box::pin(async { Vec::new() })) };

const RULES: &[Rule] = &[];
