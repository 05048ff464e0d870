//! The clauses of the connector contract: one file each, with its rules and how they are proven.

pub(crate) mod destination;
pub(crate) mod every_run;
pub(crate) mod source;

mod check;
mod compatibility;
mod configuration;
mod image;
mod secrets;
mod spec;

use crate::bench::Bench;
use crate::finding::Finding;
use crate::rule::Rule;
use crate::take::Take;
use futures_util::future::LocalBoxFuture;
use std::rc::Rc;

/// Whom a clause binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binds {
    /// Sources and destinations.
    Both,
    /// Sources.
    Sources,
    /// Destinations.
    Destinations,
}

/// A clause: rules that are proven together.
pub struct Clause {
    /// Its heading in the contract.
    pub title: &'static str,
    /// Whom it binds.
    pub binds: Binds,
    /// Its rules.
    pub rules: &'static [Rule],
    /// How they are proven.
    pub(crate) judge: Judge,
}

/// How a clause is proven.
pub(crate) enum Judge {
    /// By runs of its own, and those that it shares with other clauses.
    Runs(for<'a> fn(&'a Bench<'a>) -> LocalBoxFuture<'a, Vec<Finding>>),
    /// By all runs that the others made, when they are done.
    Afterwards(fn(&Bench<'_>, &[Rc<Take>]) -> Vec<Finding>),
}

/// All clauses, in the order of the contract.
pub fn clauses() -> Vec<&'static Clause> {
    let common = [&spec::CLAUSE, &check::CLAUSE, &image::CLAUSE, &compatibility::CLAUSE];
    let afterwards = [&every_run::CLAUSE, &secrets::CLAUSE, &configuration::CLAUSE];
    common.into_iter().chain(source::clauses()).chain(destination::clauses()).chain(afterwards).collect()
}
