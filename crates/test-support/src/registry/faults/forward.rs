//! The way of a request through the proxy.

use super::body::damage;
use super::{Fault, Registry, Seen, matches};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, LOCATION, RANGE, TRANSFER_ENCODING};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header::RETRY_AFTER};
use axum::response::{IntoResponse, Response};
use std::collections::BTreeMap;
use std::fs;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use tokio::sync::watch;

/// Headers of one connection, which are not handed on.
const OF_CONNECTION: [HeaderName; 2] = [CONNECTION, TRANSFER_ENCODING];

/// What both hosts of the proxy share.
pub(super) struct Proxy {
    registry: String,
    client: reqwest::Client,
    rules: Mutex<Vec<Rule>>,
    elsewhere: OnceLock<String>,
    /// The authorization with which a redirected request came, which the other host must not be given.
    redirected: Mutex<BTreeMap<String, Option<HeaderValue>>>,
    pub(super) seen: watch::Sender<Vec<Seen>>,
    pub(super) seen_elsewhere: watch::Sender<Vec<Seen>>,
    pub(super) stalls: watch::Sender<usize>,
}

struct Rule {
    pattern: String,
    fault: Fault,
    times: Option<usize>,
}

impl Proxy {
    pub(super) fn new(registry: &Registry) -> Self {
        Self {
            registry: format!("{}://{}", registry.scheme(), registry.host()),
            client: client(registry),
            rules: Mutex::default(),
            elsewhere: OnceLock::new(),
            redirected: Mutex::default(),
            seen: watch::Sender::default(),
            seen_elsewhere: watch::Sender::default(),
            stalls: watch::Sender::default(),
        }
    }

    pub(super) fn redirect_to(&self, url: String) {
        let _ = self.elsewhere.set(url); // once, at the start
    }

    pub(super) fn add(&self, pattern: &str, fault: Fault, times: Option<usize>) {
        lock(&self.rules).push(Rule { pattern: pattern.to_owned(), fault, times });
    }

    pub(super) fn clear(&self) {
        lock(&self.rules).clear();
    }

    /// The faults of a request; those that are counted count it.
    fn faults(&self, method: &str, path: &str) -> Vec<Fault> {
        let mut rules = lock(&self.rules);
        let concerned = rules.iter_mut().filter(|rule| rule.times != Some(0) && matches(&rule.pattern, method, path));
        let taken = concerned.map(|rule| {
            rule.times = rule.times.map(|times| times - 1);
            rule.fault
        });
        taken.collect()
    }

    /// Sends a request on to the registry.
    async fn forward(&self, path: &str, request: Request, faults: Vec<Fault>) -> Response {
        let (parts, body) = request.into_parts();
        let mut headers = without_connection(parts.headers);
        if faults.contains(&Fault::IgnoreRange) {
            headers.remove(RANGE);
        }
        let has_body = headers.contains_key(CONTENT_LENGTH) || !axum::body::HttpBody::is_end_stream(&body);
        let mut sent = self.client.request(parts.method, format!("{}{path}", self.registry)).headers(headers);
        if has_body {
            let of_upload = faults.iter().filter(|fault| matches!(fault, Fault::CutUpload { .. })).copied().collect();
            let body = damage(body.into_data_stream(), of_upload, self.stalls.clone());
            sent = sent.body(reqwest::Body::wrap_stream(body));
        }
        match sent.send().await {
            Ok(answer) => self.hand_back(answer, faults),
            Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
        }
    }

    fn hand_back(&self, answer: reqwest::Response, mut faults: Vec<Fault>) -> Response {
        faults.retain(|fault| !matches!(fault, Fault::CutUpload { .. }));
        let (status, headers) = (answer.status(), without_connection(answer.headers().clone()));
        let body = damage(answer.bytes_stream(), faults, self.stalls.clone());
        (status, headers, Body::from_stream(body)).into_response()
    }

    fn redirect(&self, path: &str, authorization: Option<&HeaderValue>) -> Response {
        let ticket = uuid::Uuid::new_v4().to_string();
        lock(&self.redirected).insert(ticket.clone(), authorization.cloned());
        let elsewhere = self.elsewhere.get().map_or("", String::as_str);
        (StatusCode::TEMPORARY_REDIRECT, [(LOCATION, format!("{elsewhere}/{ticket}{path}"))]).into_response()
    }
}

/// The registry's host.
pub(super) async fn answer(State(proxy): State<Arc<Proxy>>, request: Request) -> Response {
    let (number, path) = (note(&proxy.seen, &request), path(&request));
    let faults = proxy.faults(request.method().as_str(), &path);
    let instead = faults.iter().find_map(|fault| match fault {
        Fault::Redirect => Some(proxy.redirect(&path, request.headers().get(AUTHORIZATION))),
        other => answer_of_fault(*other),
    });
    let answered = match instead {
        _ if faults.contains(&Fault::Hang) => std::future::pending().await,
        Some(answer) => answer,
        None => proxy.forward(&path, request, faults).await,
    };
    note_status(&proxy.seen, number, &answered);
    answered
}

/// The other host.
pub(super) async fn elsewhere(State(proxy): State<Arc<Proxy>>, mut request: Request) -> Response {
    let (number, path) = (note(&proxy.seen_elsewhere, &request), path(&request));
    let ticket = path.trim_start_matches('/').split('/').next().unwrap_or_default().to_owned();
    let known = lock(&proxy.redirected).get(&ticket).cloned();
    let answered = match known {
        None => StatusCode::NOT_FOUND.into_response(),
        // As storage behind registries does: two ways to say who asks are one too many.
        Some(_) if request.headers().contains_key(AUTHORIZATION) => StatusCode::BAD_REQUEST.into_response(),
        Some(authorization) => {
            authorization.into_iter().for_each(|it| drop(request.headers_mut().insert(AUTHORIZATION, it)));
            proxy.forward(&path[ticket.len() + 1..], request, Vec::new()).await
        }
    };
    note_status(&proxy.seen_elsewhere, number, &answered);
    answered
}

fn answer_of_fault(fault: Fault) -> Option<Response> {
    match fault {
        Fault::Status { code, retry_after_seconds } => {
            let mut headers = HeaderMap::new();
            retry_after_seconds.into_iter().for_each(|seconds| drop(headers.insert(RETRY_AFTER, seconds.into())));
            let status = StatusCode::from_u16(code).expect("a status of HTTP");
            Some((status, headers, "a fault of the test\n").into_response())
        }
        Fault::Html => {
            let page = "<!DOCTYPE html><html><body><h1>Sign in</h1></body></html>\n";
            Some(([(CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response())
        }
        _ => None,
    }
}

fn note(seen: &watch::Sender<Vec<Seen>>, request: &Request) -> usize {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = request.headers().iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
    let noted = Seen { method: request.method().to_string(), path: path(request), headers, status: 0 };
    let mut number = 0;
    seen.send_modify(|seen| {
        number = seen.len();
        seen.push(noted);
    });
    number
}

fn note_status(seen: &watch::Sender<Vec<Seen>>, number: usize, answer: &Response) {
    seen.send_modify(|seen| {
        // They may have been forgotten meanwhile.
        seen.get_mut(number).into_iter().for_each(|it| it.status = answer.status().as_u16());
    });
}

fn path(request: &Request) -> String {
    request.uri().path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string)
}

fn without_connection(mut headers: HeaderMap) -> HeaderMap {
    OF_CONNECTION.iter().for_each(|name| drop(headers.remove(name)));
    headers
}

fn client(registry: &Registry) -> reqwest::Client {
    // It fails when this process has chosen already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = reqwest::Client::builder().http1_only().no_proxy().redirect(reqwest::redirect::Policy::none());
    let builder = match registry.certificates() {
        None => builder,
        Some(certificates) => {
            let pem = fs::read(certificates.ca_file()).expect("the authority's certificate");
            builder.add_root_certificate(reqwest::Certificate::from_pem(&pem).expect("a certificate"))
        }
    };
    builder.build().expect("a client")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
