//! A proxy in front of a registry that makes it slow, cut, wrong or absent, and remembers every request with its headers.
//!
//! It speaks TLS when the registry does, with the same authority. Every fault is for requests that match a pattern: pieces
//! of `METHOD PATH?QUERY` with `*` for anything between them, such as `/blobs/` or `PUT /v2/*/manifests/`.

mod body;
mod forward;

use super::Registry;
use super::serve::Server;
use axum::Router;
use forward::Proxy;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::runtime::Builder;

/// What goes wrong. Faults of one request add up; one that answers in the registry's place is the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The answer comes at this speed.
    Slow {
        /// Bytes in a second.
        bytes_per_second: u64,
    },
    /// The connection closes after so many bytes of the body.
    Cut {
        /// Bytes that arrive.
        after_bytes: u64,
    },
    /// The body stops after so many bytes and the connection stays open. [`Faults::stalled`] tells when.
    Stall {
        /// Bytes that arrive.
        after_bytes: u64,
    },
    /// The registry gets so many bytes of what is sent to it; the answer is 502.
    CutUpload {
        /// Bytes that arrive.
        after_bytes: u64,
    },
    /// There is no answer at all.
    Hang,
    /// An answer without the registry.
    Status {
        /// The status.
        code: u16,
        /// The header `Retry-After`.
        retry_after_seconds: Option<u64>,
    },
    /// 200 and a page for people, as a sign-in portal answers.
    Html,
    /// One byte of the body is another.
    FlipByte {
        /// Which, from 0.
        at: u64,
    },
    /// Another host has it: 307, and the registry's answer from there.
    Redirect,
    /// The registry does not see the header `Range`, and answers in full.
    IgnoreRange,
}

/// A request as the proxy saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// `GET`.
    pub method: String,
    /// The path, with its query.
    pub path: String,
    /// The headers; names in lower case.
    pub headers: BTreeMap<String, String>,
    /// What was answered; 0 as long as nothing was.
    pub status: u16,
}

/// A running proxy. It ends with its value.
pub struct Faults {
    proxy: Arc<Proxy>,
    server: Server,
    /// The other host, to which [`Fault::Redirect`] leads.
    elsewhere: Server,
}

impl Faults {
    /// Starts a proxy without faults.
    #[must_use]
    pub fn start(registry: &Registry) -> Self {
        let proxy = Arc::new(Proxy::new(registry));
        let of_elsewhere = Router::new().fallback(forward::elsewhere).with_state(Arc::clone(&proxy));
        let elsewhere = Server::start(of_elsewhere, registry.certificates());
        proxy.redirect_to(elsewhere.url_by_address());
        let router = Router::new().fallback(forward::answer).with_state(Arc::clone(&proxy));
        let server = Server::start(router, registry.certificates());
        Self { proxy, server, elsewhere }
    }

    /// The host as names of images have it.
    #[must_use]
    pub fn host(&self) -> String {
        self.server.host()
    }

    /// `http://localhost:PORT`, or `https`.
    #[must_use]
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// The host to which [`Fault::Redirect`] leads: another name and another port.
    #[must_use]
    pub fn elsewhere(&self) -> String {
        self.elsewhere.url_by_address()
    }

    /// From now on, a fault for every request that matches.
    pub fn add(&self, pattern: &str, fault: Fault) {
        self.proxy.add(pattern, fault, None);
    }

    /// A fault for the next so many requests that match.
    pub fn add_times(&self, times: usize, pattern: &str, fault: Fault) {
        self.proxy.add(pattern, fault, Some(times));
    }

    /// No more faults.
    pub fn clear(&self) {
        self.proxy.clear();
    }

    /// Every request since the start or [`Faults::forget_requests`], in order of arrival.
    #[must_use]
    pub fn requests(&self) -> Vec<Seen> {
        self.proxy.seen.borrow().clone()
    }

    /// The requests that match a pattern.
    #[must_use]
    pub fn requests_for(&self, pattern: &str) -> Vec<Seen> {
        self.requests().into_iter().filter(|seen| seen.matches(pattern)).collect()
    }

    /// The requests that arrived at the other host.
    #[must_use]
    pub fn requests_elsewhere(&self) -> Vec<Seen> {
        self.proxy.seen_elsewhere.borrow().clone()
    }

    /// Forgets the requests of both hosts.
    pub fn forget_requests(&self) {
        self.proxy.seen.send_modify(Vec::clear);
        self.proxy.seen_elsewhere.send_modify(Vec::clear);
    }

    /// Waits until a request that matches has arrived.
    pub async fn arrived(&self, pattern: &str) {
        let mut seen = self.proxy.seen.subscribe();
        let _ = seen.wait_for(|seen| seen.iter().any(|it| it.matches(pattern))).await; // the sender lives in `self`
    }

    /// Waits until so many answers have come to where [`Fault::Stall`] stops them.
    pub async fn stalled(&self, count: usize) {
        let mut stalls = self.proxy.stalls.subscribe();
        let _ = stalls.wait_for(|stalls| *stalls >= count).await; // the sender lives in `self`
    }

    /// [`Faults::arrived`] for a test without a runtime.
    ///
    /// # Panics
    /// Within a runtime.
    pub fn wait_until_arrived(&self, pattern: &str) {
        block_on(self.arrived(pattern));
    }

    /// [`Faults::stalled`] for a test without a runtime.
    ///
    /// # Panics
    /// Within a runtime.
    pub fn wait_until_stalled(&self, count: usize) {
        block_on(self.stalled(count));
    }
}

impl Seen {
    /// Whether a request matches a pattern, as faults do.
    #[must_use]
    pub fn matches(&self, pattern: &str) -> bool {
        matches(pattern, &self.method, &self.path)
    }

    /// A header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

fn matches(pattern: &str, method: &str, path: &str) -> bool {
    let request = format!("{method} {path}");
    let mut rest = request.as_str();
    pattern.split('*').all(|piece| {
        let found = rest.find(piece);
        rest = found.map_or("", |at| &rest[at + piece.len()..]);
        found.is_some()
    })
}

fn block_on(future: impl Future<Output = ()>) {
    Builder::new_current_thread().build().expect("a runtime").block_on(future);
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_pattern_is_pieces_in_their_order() {
        let path = "/v2/team/source-x/manifests/1.0.0";
        assert!(matches("/manifests/", "GET", path));
        assert!(matches("PUT /v2/*/manifests/", "PUT", path));
        assert!(!matches("PUT /v2/*/manifests/", "GET", path));
        assert!(!matches("/manifests/*/v2/", "GET", path));
    }
}
