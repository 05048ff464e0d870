//! From the bundled faker into SQLite, beside PyAirbyte, which moves the same streams from the Python faker into its
//! cache. Everything counts: longshore, both connectors, the file.

use crate::Arguments;
use crate::contest::{Contestant, hold};
use crate::longshore::Sync;
use crate::measure::{Cost, measure};
use anyhow::Result;
use serde_json::json;
use std::path::Path;
use std::process::Command;

const PYAIRBYTE: &str = include_str!("pyairbyte.py");

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let records = to_sqlite(arguments)?.1;
    let mut contestants = vec![Contestant {
        name: "longshore, destination-sqlite".to_owned(),
        records,
        bytes: 0,
        run: Box::new(|| Ok(to_sqlite(arguments)?.0)),
    }];
    if let (Some(python), Some(connector)) = (&arguments.pyairbyte, &arguments.python_faker) {
        let run = Box::new(|| pyairbyte(python, connector, arguments.users));
        contestants.push(Contestant { name: "PyAirbyte, its cache".to_owned(), records, bytes: 0, run });
    }
    hold(&format!("faker, {} users, products, purchases", arguments.users), arguments.runs, &contestants)?;
    if arguments.pyairbyte.is_none() {
        println!("  (beside PyAirbyte: --pyairbyte PYTHON --python-faker PROGRAM, each from its own environment)");
    }
    Ok(())
}

fn to_sqlite(arguments: &Arguments) -> Result<(Cost, u64)> {
    let folder = tempfile::tempdir()?;
    let source = json!({"count": arguments.users, "seed": 1});
    let destination = json!({"path": folder.path().join("faker.sqlite")});
    let sync = Sync::new(&arguments.longshore, ("source-faker", &source), ("destination-sqlite", &destination))?;
    sync.run()
}

fn pyairbyte(python: &Path, connector: &Path, users: u64) -> Result<Cost> {
    let folder = tempfile::tempdir()?;
    let mut program = Command::new(python);
    // The connector is given; its registry need not be asked, nor anyone told.
    program.env("AIRBYTE_OFFLINE_MODE", "1");
    program.args(["-c", PYAIRBYTE]).arg(connector).arg(users.to_string()).arg(folder.path());
    Ok(measure(program.current_dir(folder.path()))?.0)
}
