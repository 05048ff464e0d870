//! A scenario file: words about it, the plan, two scripts, and what must come of them.
//!
//! ```text
//! # What this shows.
//! stream users incremental | full_refresh     a configured stream; `namespace:name` where it has a namespace
//! select users id,name                        keeps these fields only
//! namespace destination | custom FORMAT       names at the destination
//! prefix TEXT
//! silence SECONDS                             the timeouts; the clock is the test's own and jumps
//! settle SECONDS
//! store fails at N                            the N-th commit fails
//! cancel on EVENT
//! source:                                     as `longshore_test_support::source` tells
//! destination:                                as `longshore_test_support::destination` tells
//! expected:
//! ```

use longshore_engine::plan::NamespaceDefinition;
use longshore_engine::{NameMapping, PlannedStream, SyncPlan, Timeouts};
use longshore_protocol::ConfiguredStream;
use longshore_test_support::{Destination, Source, short};
use serde_json::json;
use std::time::Duration;

/// One scenario.
pub(crate) struct Scenario {
    /// The file up to and with the line `expected:`.
    pub(crate) head: String,
    pub(crate) plan: SyncPlan,
    pub(crate) timeouts: Timeouts,
    /// Which commit the store fails at, counted from 1.
    pub(crate) store_fails_at: Option<usize>,
    pub(crate) cancel_on: Option<String>,
    pub(crate) source: Source,
    pub(crate) destination: Destination,
    pub(crate) expected: String,
}

impl Scenario {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let split = |text: &str, at: &str| {
            let (before, after) = text.split_once(&format!("\n{at}:\n")).ok_or_else(|| format!("no {at}:"))?;
            Ok::<_, String>((before.to_owned(), after.to_owned()))
        };
        let (head, expected) = split(text, "expected")?;
        let (settings, scripts) = split(&head, "source")?;
        let (source, destination) = match scripts.strip_prefix("destination:") {
            Some(destination) => (String::new(), destination.to_owned()),
            None => split(&format!("{scripts}\n"), "destination")?,
        };
        let mut scenario = Self {
            head: format!("{head}\nexpected:\n"),
            plan: SyncPlan { streams: Vec::new(), ..plan() },
            timeouts: timeouts(),
            store_fails_at: None,
            cancel_on: None,
            source: Source::parse(&source)?,
            destination: Destination::parse(&destination)?,
            expected,
        };
        for line in settings.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            scenario.set(line).ok_or_else(|| format!("no setting: {line}"))?;
        }
        Ok(scenario)
    }

    fn set(&mut self, line: &str) -> Option<()> {
        let (word, rest) = line.split_once(' ')?;
        let seconds = || rest.parse().map(Duration::from_secs).ok();
        match word {
            "stream" => {
                let (name, mode) = rest.split_once(' ')?;
                self.plan.streams.push(stream(name, mode));
            }
            "select" => {
                let (name, fields) = rest.split_once(' ')?;
                let name = short::stream(name);
                let planned = self.plan.streams.iter_mut().find(|planned| planned.descriptor() == name)?;
                planned.selected_fields = Some(fields.split(',').map(str::to_owned).collect());
            }
            "namespace" => {
                self.plan.names.namespace = match rest.split_once(' ') {
                    Some(("custom", format)) => NamespaceDefinition::Custom(format.to_owned()),
                    _ => NamespaceDefinition::Destination,
                }
            }
            "prefix" => rest.clone_into(&mut self.plan.names.prefix),
            "silence" => self.timeouts.silence = seconds()?,
            "settle" => self.timeouts.settle = seconds()?,
            "store" => self.store_fails_at = Some(rest.strip_prefix("fails at ")?.parse().ok()?),
            "cancel" => self.cancel_on = Some(rest.strip_prefix("on ")?.to_owned()),
            _ => return None,
        }
        Some(())
    }
}

/// Timeouts of a clock that jumps whenever nobody has anything to do.
pub(crate) fn timeouts() -> Timeouts {
    Timeouts { silence: Duration::from_secs(3600), grace: Duration::from_secs(10), settle: Duration::ZERO }
}

/// A plan of one stream, `users`, incremental.
pub(crate) fn plan() -> SyncPlan {
    let streams = vec![stream("users", "incremental")];
    SyncPlan { streams, names: NameMapping::default(), destination_supports_refreshes: true }
}

/// A configured stream, `namespace:name`, in the source's mode `mode`.
pub(crate) fn stream(name: &str, mode: &str) -> PlannedStream {
    let name = short::stream(name);
    let configured: ConfiguredStream = serde_json::from_value(json!({
        "stream": {"name": name.name, "namespace": name.namespace, "json_schema": {},
            "supported_sync_modes": ["full_refresh", "incremental"]},
        "sync_mode": mode,
        "destination_sync_mode": "append",
    }))
    .unwrap();
    PlannedStream::whole(configured)
}
