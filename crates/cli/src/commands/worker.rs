//! `longshore worker`: claims jobs of a database and runs them on this machine.

use crate::args::platform::WorkerArgs;
use crate::failure::Result;
use crate::platform;
use crate::print::note;
use crate::signals::{self, Signals};
use longshore_worker::Worker;
use std::cell::Cell;
use std::process::ExitCode;

/// Runs until a signal.
pub(crate) async fn run(args: &WorkerArgs) -> Result<ExitCode> {
    platform::tell_on_stderr();
    let mut signals = Signals::listen()?;
    let plane = platform::open(&args.store, platform::policy(&args.policy)).await?;
    platform::expect_migrated(&plane).await?;
    let worker = Worker::new(plane, platform::worker(&args.work)?);
    worker.seed().await?;
    note("longshore worker is ready");
    let number = Cell::new(0);
    let stop = async {
        number.set(signals.next().await);
        note("stopping: running jobs are given back");
    };
    worker.run(stop).await;
    Ok(ExitCode::from(signals::exit_code(number.get())))
}
