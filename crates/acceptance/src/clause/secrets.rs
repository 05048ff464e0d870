//! Secrets. (stub)

use super::{Binds, Clause, Judge};
use crate::rule::Rule;

pub(crate) static CLAUSE: Clause =
    Clause { title: "Secrets", binds: Binds::Both, rules: RULES, judge: Judge::Afterwards(|_, _| Vec::new()) };

const RULES: &[Rule] = &[];
