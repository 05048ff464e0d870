//! Takes requests at a port until told to stop.

use crate::{ServerSettings, app};
use longshore_control_plane::ControlPlane;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// How long requests that have begun are still answered: somebody may wait for a connector.
const GRACE: Duration = Duration::from_secs(5);

/// Answers requests until `stop` resolves, then those that have begun, for a while.
///
/// # Errors
/// When the port cannot be listened at any more.
pub async fn serve(
    listener: TcpListener,
    plane: ControlPlane,
    settings: ServerSettings,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let (tell, told) = oneshot::channel();
    let service = app(plane, settings).into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, service).with_graceful_shutdown(async {
        let _ = told.await;
    });
    let serving = serving.into_future();
    tokio::pin!(serving);
    tokio::select! {
        ended = &mut serving => return ended,
        () = stop => {}
    }
    let _ = tell.send(());
    tokio::time::timeout(GRACE, serving).await.unwrap_or(Ok(()))
}
