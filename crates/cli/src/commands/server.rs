//! `longshore server`: the APIs alone; workers run elsewhere, over the same database.

use crate::args::platform::{HttpArgs, ServerArgs};
use crate::failure::{Result, environment};
use crate::platform;
use crate::print::result;
use crate::signals::{self, Signals};
use longshore_control_plane::ControlPlane;
use longshore_server::ServerSettings;
use std::cell::Cell;
use std::net::SocketAddr;
use std::process::ExitCode;
use tokio::net::TcpListener;

/// Runs until a signal.
pub(crate) async fn run(args: &ServerArgs) -> Result<ExitCode> {
    platform::tell_on_stderr();
    let mut signals = Signals::listen()?;
    let plane = platform::open(&args.store, platform::policy(&args.policy)).await?;
    platform::expect_migrated(&plane).await?;
    let listener = listen(args.http.listen).await?;
    result(format_args!("longshore server listens at {}", url(&args.http, &listener)))?;
    let number = Cell::new(0);
    let stop = async { number.set(signals.next().await) };
    serve(listener, plane, platform::server(&args.http), stop).await?;
    Ok(ExitCode::from(signals::exit_code(number.get())))
}

/// Takes the port.
///
/// # Errors
/// `platform.port_taken`.
pub(crate) async fn listen(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        let message = format!("cannot listen at {address}: {error}; choose another with --listen, such as 127.0.0.1:0");
        environment("platform.port_taken", message)
    })
}

/// How clients reach it.
pub(crate) fn url(args: &HttpArgs, listener: &TcpListener) -> String {
    let address = listener.local_addr().unwrap_or(args.listen);
    args.public_url.clone().unwrap_or_else(|| format!("http://{address}"))
}

/// Answers requests until it is told to stop; those that have begun are answered.
///
/// # Errors
/// When the port cannot be listened at any more.
pub(crate) async fn serve(
    listener: TcpListener,
    plane: ControlPlane,
    settings: ServerSettings,
    stop: impl Future<Output = ()>,
) -> Result<()> {
    longshore_server::serve(listener, plane, settings, stop)
        .await
        .map_err(|error| environment("platform.port_taken", format!("cannot take requests any more: {error}")))
}
