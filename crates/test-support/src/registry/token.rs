//! A token server as registries expect it: GET with Basic, and POST with a password or a refresh token, give a token that
//! names what its owner may.

mod claims;

use super::certificates::Certificates;
use super::options::{Rights, TokenAuth, User};
use super::serve::Server;
use axum::extract::{Form, State};
use axum::http::{HeaderMap, Method, StatusCode, header::AUTHORIZATION};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use axum::{Json, Router};
use base64::{Engine, prelude::BASE64_STANDARD};
use claims::{Access, Signer};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What tokens say of where they come from.
pub(super) const ISSUER: &str = "longshore-lab-issuer";

/// A running token server. Clones of what it knows are never stale: ask again.
pub struct Issuer {
    desk: Arc<Desk>,
    server: Server,
    certificate_file: PathBuf,
}

/// One answer of the token server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    /// `GET`, or the grant type of a POST: `password`, `refresh_token`.
    pub way: String,
    /// Who asked; empty for nobody.
    pub user: String,
    /// What was asked for: `repository:team/source-x:pull,push`.
    pub scopes: Vec<String>,
    /// Whether a token was given.
    pub granted: bool,
}

struct Desk {
    auth: TokenAuth,
    service: String,
    signer: Signer,
    state: Mutex<Given>,
}

#[derive(Default)]
struct Given {
    issued: Vec<Issued>,
    refresh_tokens: BTreeMap<String, String>,
}

/// One question, however it came.
struct Question {
    way: String,
    scopes: Vec<String>,
    wants_refresh_token: bool,
    /// The user; empty for nobody; nothing for somebody whose password or token is wrong.
    user: Option<String>,
}

impl Issuer {
    pub(super) fn start(auth: &TokenAuth, service: &str, folder: &Path, certificates: Option<&Certificates>) -> Self {
        let certificate_file = folder.join("tokens.crt");
        let signer = Signer::make(&certificate_file);
        let desk = Arc::new(Desk { auth: auth.clone(), service: service.to_owned(), signer, state: Mutex::default() });
        let router = Router::new().route("/token", any(answer)).with_state(Arc::clone(&desk));
        Self { desk, server: Server::start(router, certificates), certificate_file }
    }

    /// Its address, as a registry's challenge says it.
    #[must_use]
    pub fn realm(&self) -> String {
        format!("{}/token", self.server.url())
    }

    /// Its host: `localhost:PORT`.
    #[must_use]
    pub fn host(&self) -> String {
        self.server.host()
    }

    /// Every answer since the start, refusals too.
    #[must_use]
    pub fn issued(&self) -> Vec<Issued> {
        self.desk.state().issued.clone()
    }

    /// How many tokens were given.
    #[must_use]
    pub fn tokens(&self) -> usize {
        self.desk.state().issued.iter().filter(|issued| issued.granted).count()
    }

    /// A refresh token as `docker login` would keep it (`identitytoken`).
    #[must_use]
    pub fn refresh_token(&self, user: &str) -> String {
        self.desk.new_refresh_token(user)
    }

    /// Takes no refresh token that it gave before.
    pub fn revoke_refresh_tokens(&self) {
        self.desk.state().refresh_tokens.clear();
    }

    pub(super) fn certificate_file(&self) -> &Path {
        &self.certificate_file
    }
}

async fn answer(
    State(desk): State<Arc<Desk>>,
    method: Method,
    headers: HeaderMap,
    Form(fields): Form<Vec<(String, String)>>,
) -> Response {
    let question = if method == Method::POST { desk.by_form(&fields) } else { desk.by_basic(&headers, &fields) };
    desk.give(question)
}

impl Desk {
    fn state(&self) -> MutexGuard<'_, Given> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn by_basic(&self, headers: &HeaderMap, fields: &[(String, String)]) -> Question {
        let user = match headers.get(AUTHORIZATION) {
            None => self.auth.anonymous_pull.then(String::new),
            Some(value) => value.to_str().ok().and_then(basic).and_then(|(name, word)| self.check(&name, &word)),
        };
        let wants_refresh_token = value(fields, "offline_token") == "true";
        Question { way: "GET".to_owned(), scopes: scopes(fields), wants_refresh_token, user }
    }

    fn by_form(&self, fields: &[(String, String)]) -> Question {
        let way = value(fields, "grant_type").to_owned();
        let user = match way.as_str() {
            "password" => self.check(value(fields, "username"), value(fields, "password")),
            "refresh_token" => self.state().refresh_tokens.get(value(fields, "refresh_token")).cloned(),
            _ => None,
        };
        let wants_refresh_token = value(fields, "access_type") == "offline";
        Question { way, scopes: scopes(fields), wants_refresh_token, user }
    }

    fn check(&self, name: &str, password: &str) -> Option<String> {
        let known = self.user(name).filter(|user| user.password == password);
        known.map(|user| user.name.clone())
    }

    fn user(&self, name: &str) -> Option<&User> {
        self.auth.users.iter().find(|user| user.name == name)
    }

    fn give(&self, question: Question) -> Response {
        let Question { way, scopes, wants_refresh_token, user } = question;
        let granted = user.is_some();
        let issued = Issued { way, user: user.clone().unwrap_or_default(), scopes: scopes.clone(), granted };
        self.state().issued.push(issued);
        let Some(user) = user else { return unauthorized() };
        let rights = self.user(&user).map_or(Rights::Pull, |user| user.rights);
        let access: Vec<Access> = scopes.iter().filter_map(|scope| Access::granted(scope, rights)).collect();
        let seconds = self.auth.lifetime_seconds;
        let token = self.signer.sign(&user, &self.service, seconds, self.auth.honest_claim, &access);
        let mut answer = json!({"token": token, "access_token": token, "expires_in": seconds});
        if wants_refresh_token && !user.is_empty() {
            answer["refresh_token"] = self.new_refresh_token(&user).into();
        }
        Json(answer).into_response()
    }

    fn new_refresh_token(&self, user: &str) -> String {
        let token = format!("refresh-{}", uuid::Uuid::new_v4());
        self.state().refresh_tokens.insert(token.clone(), user.to_owned());
        token
    }
}

fn unauthorized() -> Response {
    let errors = json!({"errors": [{"code": "UNAUTHORIZED", "message": "incorrect username or password"}]});
    (StatusCode::UNAUTHORIZED, Json(errors)).into_response()
}

fn basic(header: &str) -> Option<(String, String)> {
    let decoded = BASE64_STANDARD.decode(header.strip_prefix("Basic ")?).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    text.split_once(':').map(|(name, password)| (name.to_owned(), password.to_owned()))
}

fn value<'a>(fields: &'a [(String, String)], name: &str) -> &'a str {
    fields.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
}

/// `scope` may come several times, and hold several.
fn scopes(fields: &[(String, String)]) -> Vec<String> {
    let given = fields.iter().filter(|(key, _)| key == "scope");
    given.flat_map(|(_, value)| value.split_whitespace()).map(str::to_owned).collect()
}
