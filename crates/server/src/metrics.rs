//! What Prometheus reads: requests of this process, and jobs of the whole instance.

use crate::problem::{Problem, Result};
use crate::settings::Server;
use axum::extract::State;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::time::Duration;

type Labels = Vec<(&'static str, String)>;

/// Upper edges, in seconds: from an answer out of memory to a check of a slow connector.
const EDGES: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0, 120.0];

/// What is counted.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Labels, Counter>,
    seconds: Family<Labels, Histogram>,
    jobs: Family<Labels, Gauge>,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("longshore");
        let requests = Family::<Labels, Counter>::default();
        let seconds = Family::<Labels, Histogram>::new_with_constructor(|| Histogram::new(EDGES));
        let jobs = Family::<Labels, Gauge>::default();
        registry.register("http_requests", "Answered requests", requests.clone());
        registry.register("http_request_duration_seconds", "How long answers took", seconds.clone());
        registry.register("jobs", "Jobs by status", jobs.clone());
        Self { registry, requests, seconds, jobs }
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
    let text = server.metrics.text()?;
    Ok(([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text).into_response())
}
