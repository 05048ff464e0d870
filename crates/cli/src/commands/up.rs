//! `longshore up`: the whole platform in one process: server, worker, and, unless told otherwise, SQLite in a folder.

use super::server::{listen, serve};
use crate::args::platform::UpArgs;
use crate::config;
use crate::failure::Result;
use crate::local_server::LocalServer;
use crate::platform;
use crate::print::{note, result};
use crate::signals::{self, Signals};
use longshore_control_plane::{Error, FirstCredentials};
use longshore_worker::Worker;
use serde_json::json;
use std::process::ExitCode;
use tokio::sync::watch;

/// Runs until a signal.
pub(crate) async fn run(args: &UpArgs) -> Result<ExitCode> {
    platform::tell_on_stderr();
    let mut signals = Signals::listen()?;
    let plane = platform::open(&args.store, platform::policy(&args.policy)).await?;
    plane.migrate().await.map_err(Error::into_reason)?;
    let first = plane.first_run(config::first_user()).await.map_err(Error::into_reason)?;
    let worker = Worker::new(plane.clone(), platform::worker(&args.work)?);
    worker.seed().await?;
    let listener = listen(args.http.listen).await?;
    let url = super::server::url(&args.http, &listener);
    LocalServer::keep(&platform::data_folder(&args.store)?, &url, first.as_ref())?;
    tell(&url, first.as_ref(), args.json)?;
    let (stop, stopped) = watch::channel(false);
    let server = serve(listener, plane, platform::server(&args.http), stop_told(stopped.clone()));
    let worker = worker.run(stop_told(stopped));
    tokio::pin!(server, worker);
    let number = tokio::select! {
        served = &mut server => return served.map(|()| ExitCode::SUCCESS),
        () = &mut worker => return Ok(ExitCode::SUCCESS),
        number = signals.next() => number,
    };
    note("stopping: running jobs go on at the next start");
    let _ = stop.send(true);
    let (served, ()) = tokio::join!(server, worker);
    served.map(|()| ExitCode::from(signals::exit_code(number)))
}

/// Ends when it is told to.
async fn stop_told(mut stopped: watch::Receiver<bool>) {
    // Whoever tells it lives longer.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

/// Says where it is reached; the first time, who may.
fn tell(url: &str, first: Option<&FirstCredentials>, json: bool) -> Result<()> {
    if json {
        let mut told = json!({"url": url});
        if let (Some(first), Some(told)) = (first, told.as_object_mut()) {
            told.insert("email".to_owned(), json!(first.email));
            told.insert("password".to_owned(), json!(first.password));
            told.insert("client_id".to_owned(), json!(first.client_id));
            told.insert("client_secret".to_owned(), json!(first.client_secret));
            told.insert("workspace_id".to_owned(), json!(first.workspace_id));
        }
        return result(told);
    }
    first.map_or(Ok(()), tell_first)?;
    result(format_args!("longshore is up at {url}"))
}

/// Says who may do everything.
pub(super) fn tell_first(first: &FirstCredentials) -> Result<()> {
    result("These are shown once; keep them:")?;
    result(format_args!("  email          {}", first.email))?;
    result(format_args!("  password       {}", first.password))?;
    result(format_args!("  client id      {}", first.client_id))?;
    result(format_args!("  client secret  {}", first.client_secret))?;
    result(format_args!("  workspace      {}", first.workspace_id))
}
