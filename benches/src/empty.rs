//! What a sync of nothing costs: starting, two connectors, a result. The yardstick is starting a process twice.

use crate::Arguments;
use crate::contest::{Contestant, hold};
use crate::longshore::Sync;
use crate::measure::measure;
use anyhow::Result;
use serde_json::json;
use std::process::Command;

/// A run takes milliseconds, so there are more of them.
const RUNS: usize = 10;

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let config = json!({"count": 0});
    let sync = Sync::new(&arguments.longshore, ("source-faker", &config), ("destination-null", &json!({})))?;
    let sync = sync.of_stream("users")?;
    let contestant = |name: &str, run| Contestant { name: name.to_owned(), records: 0, bytes: 0, run };
    hold(
        "empty sync, bundled connectors",
        RUNS * arguments.runs,
        &[
            contestant(
                "sh -c 'true | true'",
                Box::new(|| Ok(measure(Command::new("sh").args(["-c", "/bin/true | /bin/true"]))?.0)),
            ),
            contestant("longshore", Box::new(|| sync.run_for(0))),
        ],
    )
}
