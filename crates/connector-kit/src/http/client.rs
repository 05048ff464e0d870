//! A client of one API: where it is, how one signs in, how fast one may ask.

use super::limit::{Limiter, RateLimit};
use super::request::Request;
use super::{Auth, Retry, trust};
use crate::Failure;
use crate::invocation::Invocation;
use crate::signal::StopFlag;
use std::sync::Arc;
use std::time::Duration;
use ureq::Agent;
use ureq::tls::TlsConfig;

/// A client of one API. Clones share the limit, the access token and the connections; requests may be sent from several
/// threads.
#[derive(Debug, Clone)]
pub struct Client {
    pub(super) base: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) auth: Auth,
    pub(super) limiter: Arc<Limiter>,
    pub(super) retry: Retry,
    timeout: Duration,
    pub(super) agent: Result<Agent, Failure>,
    pub(super) invocation: Invocation,
    /// Asks for tokens: what the server says in return is shown nowhere.
    pub(super) is_discreet: bool,
}

impl Client {
    /// A client of the API below this address, such as `https://api.example.com/v1`.
    #[must_use]
    pub fn new(base: &str) -> Self {
        let invocation = Invocation::current();
        let timeout = Duration::from_secs(60);
        Self {
            base: base.trim().to_owned(),
            headers: Vec::new(),
            auth: Auth::none(),
            limiter: Arc::default(),
            retry: Retry::default(),
            timeout,
            agent: agent(&invocation, timeout),
            invocation,
            is_discreet: false,
        }
    }

    /// Signs requests in.
    #[must_use]
    pub fn auth(mut self, auth: Auth) -> Self {
        self.auth = auth;
        self
    }

    /// Sends a header with each request.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Asks no faster than this.
    #[must_use]
    pub fn rate_limit(mut self, limit: RateLimit) -> Self {
        self.limiter = Arc::new(Limiter::new(limit));
        self
    }

    /// Tries again like this; without it, like [`Retry::default`].
    #[must_use]
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// How long a server may say nothing, 60 seconds without it. An answer that keeps coming may take as long as it likes.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self.agent = agent(&self.invocation, timeout);
        self
    }

    /// A GET of a path below the address, or of an absolute address.
    #[must_use]
    pub fn get(&self, path: &str) -> Request<'_> {
        Request::new(self, "GET", path)
    }

    /// A POST that changes nothing, such as a search: it is tried again like a GET.
    #[must_use]
    pub fn post(&self, path: &str) -> Request<'_> {
        Request::new(self, "POST", path)
    }

    pub(crate) fn invocation(&self) -> &Invocation {
        &self.invocation
    }

    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// The address without a key in it.
    pub(crate) fn without_key(&self, address: &str) -> String {
        self.auth.off_url(address)
    }

    /// The same client, stopped by a flag of its own.
    pub(crate) fn stopped_by(mut self, stop: StopFlag) -> Self {
        self.invocation.stop = stop;
        self
    }

    /// The client that asks for tokens.
    pub(crate) fn for_tokens(mut self, auth: Auth) -> Self {
        (self.auth, self.limiter, self.is_discreet) = (auth, Arc::default(), true);
        self.headers.clear();
        self
    }
}

fn agent(invocation: &Invocation, timeout: Duration) -> Result<Agent, Failure> {
    let tls = TlsConfig::builder().root_certs(trust::roots(&invocation.trust)?).build();
    let config = Agent::config_builder()
        .tls_config(tls)
        .http_status_as_error(false)
        // Followed here: other hosts get no credentials, in whatever header or parameter they are.
        .max_redirects(0)
        .max_redirects_will_error(false)
        .timeout_connect(Some(timeout.min(Duration::from_secs(20))))
        .timeout_recv_response(Some(timeout))
        .timeout_per_read(Some(timeout))
        .max_idle_connections_per_host(16)
        .user_agent(concat!("longshore-connector-kit/", env!("CARGO_PKG_VERSION")));
    Ok(config.build().new_agent())
}
