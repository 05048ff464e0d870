//! How the lab's own servers run: each on a thread with a runtime of its own, so that tests with and without one can
//! start them, and a test that blocks does not stop them.

use super::certificates::Certificates;
use axum::Router;
use axum::serve::Listener;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::thread::{self, JoinHandle};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::sync::{mpsc, oneshot};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// A server on loopback that ends with its value, and its connections with it.
pub struct Server {
    address: SocketAddr,
    scheme: &'static str,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Serves a router at a free port.
    ///
    /// # Panics
    /// When there is no port.
    #[must_use]
    pub fn start(router: Router, certificates: Option<&Certificates>) -> Self {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port on loopback");
        listener.set_nonblocking(true).expect("a socket that does not block");
        let address = listener.local_addr().expect("the socket has an address");
        let scheme = if certificates.is_some() { "https" } else { "http" };
        let tls = certificates.map(|it| TlsAcceptor::from(it.server()));
        let (stop, stopped) = oneshot::channel();
        let thread = thread::spawn(move || run(listener, tls, router, stopped));
        Self { address, scheme, stop: Some(stop), thread: Some(thread) }
    }

    /// `localhost:PORT`.
    #[must_use]
    pub fn host(&self) -> String {
        format!("localhost:{}", self.address.port())
    }

    /// `https://localhost:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.host())
    }

    /// The same server under another host: `https://127.0.0.1:PORT`.
    #[must_use]
    pub fn url_by_address(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

fn run(listener: std::net::TcpListener, tls: Option<TlsAcceptor>, router: Router, stopped: oneshot::Receiver<()>) {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let listener = TcpListener::from_std(listener).expect("a socket for the runtime");
        let serve = async {
            match tls {
                None => axum::serve(listener, router).await,
                Some(tls) => axum::serve(TlsListener::new(listener, tls), router).await,
            }
        };
        tokio::select! {
            _ = serve => {}
            _ = stopped => {}
        }
    });
}

/// Hands on connections whose TLS stands; one that never says anything holds up no other.
struct TlsListener {
    address: io::Result<SocketAddr>,
    ready: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
}

impl TlsListener {
    fn new(listener: TcpListener, tls: TlsAcceptor) -> Self {
        let address = listener.local_addr();
        let (sender, ready) = mpsc::channel(16);
        tokio::spawn(async move {
            while let Ok((connection, peer)) = listener.accept().await {
                let (tls, sender) = (tls.clone(), sender.clone());
                tokio::spawn(async move {
                    if let Ok(connection) = tls.accept(connection).await {
                        let _ = sender.send((connection, peer)).await; // the server may be gone
                    }
                });
            }
        });
        Self { address, ready }
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.ready.recv().await {
            Some(connection) => connection,
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.address.as_ref().copied().map_err(|error| error.kind().into())
    }
}
