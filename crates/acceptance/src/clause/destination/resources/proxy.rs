//! A TCP proxy that cuts all connections when so many bytes have gone to the server, and takes no new ones.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A proxy on a port of loopback; it ends with its handle.
pub(super) struct Proxy {
    pub(super) port: u16,
    meter: Arc<Meter>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct Meter {
    passed_bytes: AtomicU64,
    most_bytes: u64,
    cut: tokio::sync::Semaphore,
}

impl Proxy {
    pub(super) async fn start(server: &str, cut_after_bytes: u64) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let meter =
            Meter { passed_bytes: AtomicU64::new(0), most_bytes: cut_after_bytes, cut: tokio::sync::Semaphore::new(0) };
        let meter = Arc::new(meter);
        let task = tokio::spawn(serve(listener, server.to_owned(), Arc::clone(&meter)));
        Ok(Self { port, meter, task })
    }

    pub(super) fn is_cut(&self) -> bool {
        self.meter.is_cut()
    }

    pub(super) fn passed_bytes(&self) -> u64 {
        self.meter.passed_bytes.load(Ordering::Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Meter {
    fn is_cut(&self) -> bool {
        self.passed_bytes.load(Ordering::Relaxed) >= self.most_bytes
    }
}

/// Takes connections until the cut; what it started ends with it.
async fn serve(listener: TcpListener, server: String, meter: Arc<Meter>) {
    let mut connections = tokio::task::JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((client, _)) = accepted else { return };
                connections.spawn(pass_on(client, server.clone(), Arc::clone(&meter)));
            }
            _ = meter.cut.acquire() => return,
        }
    }
}

async fn pass_on(client: TcpStream, server: String, meter: Arc<Meter>) {
    let Ok(server) = TcpStream::connect(&server).await else { return };
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    tokio::select! {
        _ = upwards(&mut from_client, &mut to_server, &meter) => {}
        _ = tokio::io::copy(&mut from_server, &mut to_client) => {}
    }
}

async fn upwards(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    meter: &Meter,
) -> io::Result<()> {
    let mut bytes = vec![0; 16 << 10];
    loop {
        let read = from.read(&mut bytes).await?;
        if read == 0 {
            return Ok(());
        }
        let before = meter.passed_bytes.fetch_add(read as u64, Ordering::Relaxed);
        if before + read as u64 >= meter.most_bytes {
            meter.cut.add_permits(1);
            return Ok(());
        }
        to.write_all(&bytes[..read]).await?;
    }
}
