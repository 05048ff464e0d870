//! What the engine's own process costs per record, beside two `cat`s, which is the least that a process between two
//! pipes can do.
//!
//! The kernel counts the CPU of longshore together with that of its connectors, which it waits for; the connectors
//! report theirs, and the difference is longshore alone.

use crate::Arguments;
use crate::contest::{Contestant, hold};
use crate::longshore::{Sync, config, neighbour};
use crate::measure::{Cost, measure};
use crate::messages::{RECORDS, Sample, Shape, sample};
use anyhow::Result;
use longshore_benches::reported_cpu;
use std::fs;
use std::path::Path;
use std::process::Command;

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let folder = tempfile::tempdir()?;
    for shape in Shape::ALL {
        let sample = sample(shape, folder.path())?;
        let passes = sample.passes(arguments.megabytes);
        let report = folder.path().join("cpu");
        let sync = sync(arguments, shape, &sample, passes, &report)?;
        let contestant = |name: &str, run| Contestant {
            name: name.to_owned(),
            records: passes * RECORDS,
            bytes: passes * sample.bytes,
            run,
        };
        hold(
            &format!("pass-through, {} records of {} bytes", shape.name(), sample.bytes / RECORDS),
            arguments.runs,
            &[
                contestant("cat | cat (both)", Box::new(|| cats(&sample, passes))),
                contestant("longshore (alone)", Box::new(|| alone(&sync, passes, &report))),
            ],
        )?;
    }
    Ok(())
}

fn sync(arguments: &Arguments, shape: Shape, sample: &Sample, passes: u64, report: &Path) -> Result<Sync> {
    let config = config(&sample.path, passes, Some(report))?;
    let (source, destination) = (neighbour("replay")?, neighbour("swallow")?);
    Sync::new(&arguments.longshore, (&source, &config), (&destination, &config))?.of_stream(shape.name())
}

fn alone(sync: &Sync, passes: u64, report: &Path) -> Result<Cost> {
    fs::write(report, "")?;
    let cost = sync.run_for(passes * RECORDS)?;
    Ok(Cost { cpu: cost.cpu.saturating_sub(reported_cpu(report)?), ..cost })
}

/// The sample is named as often as it is to be read, so that one `cat` reads all.
fn cats(sample: &Sample, passes: u64) -> Result<Cost> {
    let mut shell = Command::new("sh");
    shell.args(["-c", "cat \"$@\" | cat > /dev/null", "cats"]);
    shell.args((0..passes).map(|_| &sample.path));
    Ok(measure(&mut shell)?.0)
}
