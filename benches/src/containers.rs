//! How much a container costs: the same source as a process and as a container, to the same destination.

use crate::Arguments;
use crate::contest::{Contestant, hold};
use crate::longshore::{Sync, config, neighbour};
use crate::measure::measure;
use crate::messages::{RECORDS, Sample, Shape, sample};
use anyhow::{Context, Result};
use std::fs;
use std::path::Path;
use std::process::Command;

const IMAGE: &str = "longshore-test/bench-replay";
/// So much more than the other benchmarks goes through, because starting a container is not what is compared.
const TIMES: u64 = 10;
const SHAPE: Shape = Shape::Medium;
/// Where the sample is in the image.
const IN_IMAGE: &str = "/medium.jsonl";

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let sample = sample(SHAPE, folder.path())?;
    let process = neighbour("replay")?;
    build_image(folder.path(), &process, &arguments.image)?;
    let contestant = |name: &str, reference: &str, path: &Path| contestant(arguments, &sample, name, reference, path);
    let contestants = [
        contestant("source as a process", &process, &sample.path)?,
        contestant("source in a container", &format!("docker:{IMAGE}"), Path::new(IN_IMAGE))?,
    ];
    hold(
        "container beside process, medium records (CPU inside the container is not seen)",
        arguments.runs,
        &contestants,
    )
}

fn contestant<'a>(
    arguments: &Arguments,
    sample: &Sample,
    name: &str,
    reference: &str,
    path: &Path,
) -> Result<Contestant<'a>> {
    let passes = sample.passes(TIMES * arguments.megabytes);
    let records = passes * RECORDS;
    let source = config(path, passes, None)?;
    let destination = config(&sample.path, 0, None)?;
    let swallow = neighbour("swallow")?;
    let sync = Sync::new(&arguments.longshore, (reference, &source), (&swallow, &destination))?;
    let sync = sync.of_stream(SHAPE.name())?;
    let run = Box::new(move || sync.run_for(records));
    Ok(Contestant { name: name.to_owned(), records, bytes: passes * sample.bytes, run })
}

/// `replay` and its sample, on any image that has a C library.
fn build_image(folder: &Path, replay: &str, base: &str) -> Result<()> {
    let program = replay.strip_prefix("exec:").context("replay is no program")?;
    fs::copy(program, folder.join("replay"))?;
    let recipe = format!("FROM {base}\nCOPY replay medium.jsonl /\nENTRYPOINT [\"/replay\"]\n");
    fs::write(folder.join("Dockerfile"), recipe)?;
    let mut build = Command::new("docker");
    build.args(["build", "--network=none", "--tag", IMAGE]).arg(folder).env("DOCKER_BUILDKIT", "0");
    measure(&mut build)?;
    Ok(())
}
