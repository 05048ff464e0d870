//! Talks to a running instance over its HTTP APIs, as any other client does.
//!
//! Things are JSON here: what the server says is shown and kept as it is, and of its many keys only those are looked at that a
//! command needs.

mod address;
mod problem;
mod resource;

use address::place;
pub(crate) use address::{Credentials, Place, address, forget, keep};
pub(crate) use resource::{CONNECTION, DESTINATION, Kind, SOURCE, TAG, id_of, is_id, list_of, text};

use crate::args::instance::Instance;
use crate::failure::{Result, environment, usage};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Where the public API begins.
pub(crate) const PUBLIC: &str = "/api/public/v1";
/// Where the Config API begins.
pub(crate) const CONFIG: &str = "/api/v1";

/// How many things of a list are asked for at a time: the most that the API gives.
const PAGE: usize = 100;
/// The longest that a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest that the server may be silent: it answers some requests only when a connector has.
const SILENCE: Duration = Duration::from_secs(1800);

/// A session with a server.
pub(crate) struct Client {
    http: reqwest::Client,
    place: Place,
    /// Ends before long; then there is a new one.
    token: Mutex<Option<String>>,
}

/// A server and the workspace that a command is about.
pub(crate) struct Session {
    pub(crate) client: Client,
    pub(crate) workspace: Value,
}

impl Session {
    /// Finds the server and the workspace.
    ///
    /// # Errors
    /// When there is no server to talk to, it does not let us in, or it has no such workspace.
    pub(crate) async fn begin(instance: &Instance) -> Result<Self> {
        let client = Client::new(place(instance)?, instance.ca_file.as_deref())?;
        let workspace = client.workspace(instance.workspace.as_deref()).await?;
        Ok(Self { client, workspace })
    }

    /// The id of the workspace.
    pub(crate) fn workspace_id(&self) -> &str {
        text(&self.workspace, "workspaceId")
    }

    /// The query that keeps a list to the workspace.
    pub(crate) fn of_workspace(&self) -> Vec<(&'static str, String)> {
        vec![("workspaceIds", self.workspace_id().to_owned())]
    }

    /// The thing with this name or id.
    ///
    /// # Errors
    /// `resource.not_found`, `resource.ambiguous`.
    pub(crate) async fn find(&self, kind: &Kind, name: &str) -> Result<Value> {
        resource::find(self, kind, name).await
    }

    /// The labels of the workspace.
    ///
    /// # Errors
    /// When the server does not say.
    pub(crate) async fn tags(&self) -> Result<Vec<Value>> {
        let answer = self.client.get(TAG.path, &self.of_workspace()).await?;
        Ok(list_of(&answer, "data").to_vec())
    }

    /// All things of a kind in the workspace.
    ///
    /// # Errors
    /// When the server does not say.
    pub(crate) async fn all(&self, kind: &Kind) -> Result<Vec<Value>> {
        self.client.all(kind.path, &self.of_workspace()).await
    }
}

impl Client {
    /// A client of the server at this place; `ca_file` holds certificates to trust besides those of the machine.
    ///
    /// # Errors
    /// When the file of certificates is none.
    pub(crate) fn new(place: Place, ca_file: Option<&std::path::Path>) -> Result<Self> {
        // It fails when it has been chosen already, by us.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(SILENCE)
            .user_agent(concat!("longshore/", env!("CARGO_PKG_VERSION")));
        for certificate in ca_file.map(certificates).transpose()?.unwrap_or_default() {
            builder = builder.add_root_certificate(certificate);
        }
        let http = builder.build().map_err(|error| unreachable(&place.url, &error))?;
        Ok(Self { http, place, token: Mutex::default() })
    }

    /// Reads a thing of the public API.
    ///
    /// # Errors
    /// What the server says, with its code; `server.unreachable`.
    pub(crate) async fn get(&self, path: &str, query: &[(&str, String)]) -> Result<Value> {
        self.json(Method::GET, &format!("{PUBLIC}/{path}"), query, None).await
    }

    /// Sends to the public API: POST makes, PUT replaces, PATCH changes, DELETE removes.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub(crate) async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value> {
        self.json(method, &format!("{PUBLIC}/{path}"), &[], body).await
    }

    /// Calls the Config API.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub(crate) async fn call(&self, path: &str, body: &Value) -> Result<Value> {
        self.json(Method::POST, &format!("{CONFIG}/{path}"), &[], Some(body)).await
    }

    /// Calls the Config API with a text, and gives its answer as it was written: numbers of states must not change.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub(crate) async fn call_untouched(&self, path: &str, body: String) -> Result<String> {
        let request = |http: &reqwest::Client, url: String| {
            http.post(url).header("content-type", "application/json").body(body.clone())
        };
        self.answer(&format!("{CONFIG}/{path}"), request).await
    }

    /// A list of the public API, page after page.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub(crate) async fn all(&self, path: &str, query: &[(&str, String)]) -> Result<Vec<Value>> {
        let mut all: Vec<Value> = Vec::new();
        loop {
            let page = [("limit", PAGE.to_string()), ("offset", all.len().to_string())];
            let answer = self.get(path, &[query, &page].concat()).await?;
            let data = list_of(&answer, "data").to_vec();
            let count = data.len();
            all.extend(data);
            if count < PAGE {
                return Ok(all);
            }
        }
    }

    async fn workspace(&self, told: Option<&str>) -> Result<Value> {
        if let Some(id) = told.filter(|told| is_id(told)) {
            return self.get(&format!("workspaces/{id}"), &[]).await;
        }
        let all = self.all("workspaces", &[]).await?;
        let Some(name) = told else {
            let none = || usage("resource.not_found", "you have a right in no workspace of this server");
            return all.into_iter().next().ok_or_else(none);
        };
        resource::one("workspace", "workspaceId", all, name)
    }

    async fn json(&self, method: Method, path: &str, query: &[(&str, String)], body: Option<&Value>) -> Result<Value> {
        let request = |http: &reqwest::Client, url: String| {
            let request = http.request(method.clone(), url).query(query);
            match body {
                Some(body) => request.json(body),
                None => request,
            }
        };
        let text = self.answer(path, request).await?;
        if text.trim().is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(&text).map_err(|_| problem::not_ours(&self.place.url, StatusCode::OK))
    }

    /// Asks, and asks once more with a new token when the old one has ended.
    async fn answer(&self, path: &str, request: impl Fn(&reqwest::Client, String) -> RequestBuilder) -> Result<String> {
        let url = format!("{}{path}", self.place.url);
        let mut is_new = false;
        loop {
            let (token, made) = self.token().await?;
            is_new |= made;
            let request = request(&self.http, url.clone());
            let request = match &token {
                Some(token) => request.bearer_auth(token),
                None => self.place.credentials.basic(request),
            };
            let (status, text) = self.exchange(request).await?;
            if status == StatusCode::UNAUTHORIZED && token.is_some() && !is_new {
                *self.token.lock().unwrap_or_else(PoisonError::into_inner) = None;
                continue;
            }
            return if status.is_success() { Ok(text) } else { Err(problem::reason(&self.place.url, status, &text)) };
        }
    }

    async fn exchange(&self, request: RequestBuilder) -> Result<(StatusCode, String)> {
        let lost = |error| unreachable(&self.place.url, &error);
        let response = request.send().await.map_err(lost)?;
        let status = response.status();
        Ok((status, response.text().await.map_err(lost)?))
    }

    /// The token, if there are credentials to have one by, and whether it was made just now.
    async fn token(&self) -> Result<(Option<String>, bool)> {
        let Credentials::Client { id, secret } = &self.place.credentials else { return Ok((None, false)) };
        let known = self.token.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if known.is_some() {
            return Ok((known, false));
        }
        let body = json!({"client_id": id, "client_secret": secret, "grant_type": "client_credentials"});
        let url = format!("{}{PUBLIC}/applications/token", self.place.url);
        let (status, text) = self.exchange(self.http.post(url).json(&body)).await?;
        if !status.is_success() {
            return Err(problem::reason(&self.place.url, status, &text));
        }
        let answer: Value = serde_json::from_str(&text).unwrap_or_default();
        let token = answer["access_token"].as_str().map(str::to_owned);
        let token = token.ok_or_else(|| problem::not_ours(&self.place.url, status))?;
        *self.token.lock().unwrap_or_else(PoisonError::into_inner) = Some(token.clone());
        Ok((Some(token), true))
    }
}

fn certificates(file: &std::path::Path) -> Result<Vec<reqwest::Certificate>> {
    let unreadable = |why: &dyn std::fmt::Display| {
        usage("registry.ca_unreadable", format!("{} holds no certificates: {why}", file.display()))
    };
    let pem = std::fs::read(file).map_err(|error| unreadable(&error))?;
    reqwest::Certificate::from_pem_bundle(&pem).map_err(|error| unreadable(&error))
}

fn unreachable(url: &str, error: &reqwest::Error) -> longshore_protocol::FailureReason {
    let mut why = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        why = inner.to_string();
        cause = inner.source();
    }
    let message = format!("{url} does not answer: {why}; start it by `longshore up`, or name another by --server URL");
    environment("server.unreachable", message)
}
