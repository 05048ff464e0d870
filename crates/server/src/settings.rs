//! What a server is told from outside, and what all its handlers share.

use crate::auth::Gate;
use crate::metrics::Metrics;
use axum::http::{HeaderMap, header};
use longshore_control_plane::ControlPlane;
use std::sync::Arc;
use std::time::Duration;

/// What whoever starts a server decides.
#[derive(Debug, Clone)]
pub struct ServerSettings {
    /// Where clients reach this server, such as `https://longshore.example`; without it, what the request says.
    pub public_url: Option<String>,
    /// Whether clients must say who they are. Without it everybody is the first user.
    pub auth: bool,
    /// How long an access token is good for. Clients ask for a new one a minute before.
    pub token_lifetime: Duration,
    /// How long a browser stays logged in.
    pub session_lifetime: Duration,
    /// The largest body of a request.
    pub body_limit_bytes: usize,
    /// The longest that a body may take to come.
    pub body_timeout: Duration,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            public_url: None,
            auth: true,
            token_lifetime: Duration::from_secs(900),
            session_lifetime: Duration::from_secs(30 * 24 * 3600),
            body_limit_bytes: 32 << 20,
            body_timeout: Duration::from_secs(60),
        }
    }
}

/// What handlers share.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) plane: ControlPlane,
    pub(crate) settings: Arc<ServerSettings>,
    pub(crate) gate: Arc<Gate>,
    pub(crate) metrics: Arc<Metrics>,
}

impl Server {
    pub(crate) fn new(plane: ControlPlane, settings: ServerSettings) -> Self {
        Self { plane, settings: Arc::new(settings), gate: Arc::default(), metrics: Arc::default() }
    }

    /// Where the client of a request reaches this server, without a final slash.
    pub(crate) fn base_url(&self, headers: &HeaderMap) -> String {
        if let Some(url) = &self.settings.public_url {
            return url.trim_end_matches('/').to_owned();
        }
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let scheme = text("x-forwarded-proto").filter(|scheme| *scheme == "https").unwrap_or("http");
        let host = text("x-forwarded-host").or_else(|| text(header::HOST.as_str())).unwrap_or("localhost");
        format!("{scheme}://{host}")
    }
}
