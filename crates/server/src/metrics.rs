//! What Prometheus reads: requests of this process, and jobs of the whole instance.

use crate::problem::{Problem, Result};
use crate::settings::Server;
use axum::extract::State;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use longshore_control_plane::Counts;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

type Labels = Vec<(&'static str, String)>;

/// Upper edges, in seconds: from an answer out of memory to a check of a slow connector.
const EDGES: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0, 120.0];

/// What is counted.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Labels, Counter>,
    seconds: Family<Labels, Histogram>,
    now: Instance,
}

/// What the database says when it is asked.
#[derive(Default)]
struct Instance {
    jobs: Family<Labels, Gauge>,
    oldest_wait_seconds: Gauge<f64, AtomicU64>,
    commands: Gauge,
    notifications: Gauge,
    expired_leases: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("longshore");
        let requests = Family::<Labels, Counter>::default();
        let seconds = Family::<Labels, Histogram>::new_with_constructor(|| Histogram::new(EDGES));
        let now = Instance::default();
        registry.register("http_requests", "Answered requests", requests.clone());
        registry.register("http_request_duration_seconds", "How long answers took", seconds.clone());
        now.register(&mut registry);
        Self { registry, requests, seconds, now }
    }
}

impl Metrics {
    pub(crate) fn count(&self, method: &Method, route: &str, status: StatusCode, took: Duration) {
        let route = vec![("method", known(method).to_owned()), ("route", route.to_owned())];
        self.seconds.get_or_create(&route).observe(took.as_secs_f64());
        let with_status = [route, vec![("status", status.as_u16().to_string())]].concat();
        self.requests.get_or_create(&with_status).inc();
    }

    fn text(&self) -> Result<String> {
        let mut text = String::new();
        encode(&mut text, &self.registry).map_err(|_| Problem::failed())?;
        Ok(text)
    }
}

impl Instance {
    fn register(&self, registry: &mut Registry) {
        registry.register("jobs", "Jobs that have not ended, by status", self.jobs.clone());
        let help = "How long the job that could be taken has waited";
        registry.register("job_oldest_wait_seconds", help, self.oldest_wait_seconds.clone());
        registry.register("commands", "Specs, checks and discovers that have not ended", self.commands.clone());
        registry.register("notifications", "Messages that are not sent yet", self.notifications.clone());
        registry.register(
            "expired_leases",
            "Jobs of dead workers that nobody has taken over",
            self.expired_leases.clone(),
        );
    }

    fn set(&self, counts: Counts) {
        for (status, count) in
            [("pending", counts.pending), ("running", counts.running), ("incomplete", counts.incomplete)]
        {
            self.jobs.get_or_create(&vec![("status", status.to_owned())]).set(count);
        }
        self.oldest_wait_seconds.set(counts.oldest_wait.as_secs_f64());
        self.commands.set(counts.commands);
        self.notifications.set(counts.notifications);
        self.expired_leases.set(counts.expired_leases);
    }
}

/// Methods that somebody invents do not become labels.
fn known(method: &Method) -> &str {
    match *method {
        Method::GET | Method::POST | Method::PUT | Method::PATCH | Method::DELETE | Method::HEAD | Method::OPTIONS => {
            method.as_str()
        }
        _ => "other",
    }
}

/// `GET /metrics`.
pub(crate) async fn show(State(server): State<Server>) -> Result<Response> {
    server.metrics.now.set(server.plane.counts().await?);
    let text = server.metrics.text()?;
    Ok(([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text).into_response())
}
