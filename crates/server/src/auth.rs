//! Who asks: a bearer token, a name and a password (or a client id and its secret), or the cookie of a session.

mod cookie;
mod gate;
mod token;

pub(crate) use cookie::{SESSION, ended_cookie, refuse_other_sites, session_cookie, value as cookie_value};
pub(crate) use gate::Gate;
pub(crate) use token::issue;

use crate::problem::{Problem, Result};
use crate::settings::Server;
use axum::extract::ConnectInfo;
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use longshore_control_plane::{UserId, ZERO};
use std::net::{IpAddr, SocketAddr};

/// Where a request comes from, as far as the listener says.
pub(crate) fn address(extensions: &Extensions) -> Option<IpAddr> {
    extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip())
}

/// The user on whose behalf a request is made.
pub(crate) async fn identify(server: &Server, parts: &Parts) -> Result<UserId> {
    if !server.settings.auth {
        refuse_other_sites(server, parts, false)?;
        return Ok(UserId(ZERO));
    }
    match parts.headers.get(header::AUTHORIZATION) {
        Some(value) => by_header(server, parts, value.to_str().unwrap_or_default()).await,
        None => by_cookie(server, parts).await,
    }
}

async fn by_header(server: &Server, parts: &Parts, value: &str) -> Result<UserId> {
    let (scheme, credentials) = value.trim().split_once(' ').unwrap_or((value, ""));
    let credentials = credentials.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return token::user(server, credentials).ok_or_else(expired);
    }
    if scheme.eq_ignore_ascii_case("basic") {
        let (name, password) = name_and_password(credentials).ok_or_else(missing)?;
        return log_in(server, address(&parts.extensions), &name, &password).await;
    }
    Err(missing())
}

async fn by_cookie(server: &Server, parts: &Parts) -> Result<UserId> {
    let token = cookie::value(&parts.headers, SESSION).ok_or_else(missing)?;
    let user = server.plane.session(token).await?.ok_or_else(expired)?;
    refuse_other_sites(server, parts, true)?;
    Ok(user)
}

/// The user of a name and a password, or of a client id and its secret. Who errs too often has to wait.
///
/// # Errors
/// 401 when they are wrong, 429 when there were too many wrong ones.
pub(crate) async fn log_in(server: &Server, from: Option<IpAddr>, name: &str, password: &str) -> Result<UserId> {
    if let Some(user) = server.gate.remembered(name, password) {
        return Ok(user);
    }
    let user = match server.plane.verify_client(name, password).await? {
        Some(user) => user,
        None => {
            server.gate.open(from, name)?;
            let known = server.plane.verify_password(name, password).await?;
            judge(server, from, name, known)?
        }
    };
    server.gate.remember(name, password, user);
    Ok(user)
}

/// The user of a client id and its secret alone. Such a secret cannot be guessed, so that whoever has it is never made to wait
/// for the tries of others.
///
/// # Errors
/// 401 when they are wrong, 429 when there were too many wrong ones.
pub(crate) async fn client(server: &Server, from: Option<IpAddr>, id: &str, secret: &str) -> Result<UserId> {
    match server.plane.verify_client(id, secret).await? {
        Some(user) => Ok(user),
        None => judge(server, from, id, None),
    }
}

fn judge(server: &Server, from: Option<IpAddr>, name: &str, known: Option<UserId>) -> Result<UserId> {
    // Asked again: of many tries at once, those after the last free one learn nothing.
    server.gate.open(from, name)?;
    if known.is_none() {
        server.gate.failed(from, name);
    }
    known.ok_or_else(wrong)
}

/// The credentials of a Basic header.
pub(crate) fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let (scheme, credentials) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("basic").then(|| name_and_password(credentials.trim())).flatten()
}

fn name_and_password(credentials: &str) -> Option<(String, String)> {
    let text = String::from_utf8(STANDARD.decode(credentials).ok()?).ok()?;
    let (name, password) = text.split_once(':')?;
    Some((name.to_owned(), password.to_owned()))
}

fn missing() -> Problem {
    let detail =
        "say who you are: a bearer token of /api/public/v1/applications/token, a name and a password, or a session";
    Problem::unauthorized("auth.required", detail)
}

/// The token or the session is not good any more.
pub(crate) fn expired() -> Problem {
    Problem::unauthorized("auth.expired", "the token or session is not valid, or not any more")
}

/// The name and the password, or the client id and its secret, are not right.
pub(crate) fn wrong() -> Problem {
    Problem::unauthorized("auth.wrong", "the name and the password do not go together")
}
