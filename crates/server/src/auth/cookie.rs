//! The cookie of a session, and the refusal of requests that another site made a browser send.

use crate::problem::{Problem, Result};
use crate::settings::Server;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};

/// The name of the cookie.
pub(crate) const SESSION: &str = "longshore_session";

/// The value of `Set-Cookie` that begins a session in a browser.
pub(crate) fn session_cookie(server: &Server, token: &str) -> String {
    with_attributes(server, token, server.settings.session_lifetime.as_secs())
}

/// The value of `Set-Cookie` that makes a browser forget its session.
pub(crate) fn ended_cookie(server: &Server) -> String {
    with_attributes(server, "", 0)
}

fn with_attributes(server: &Server, token: &str, seconds: u64) -> String {
    let is_https = server.settings.public_url.as_deref().is_some_and(|url| url.starts_with("https://"));
    let secure = if is_https { "; Secure" } else { "" };
    format!("{SESSION}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}")
}

/// The value of a cookie of the request.
pub(crate) fn value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(known, _)| *known == name).map(|(_, value)| value)
}

/// Refuses what changes something and comes from a page of another site. A request with a cookie must show that it does not;
/// one without credentials at all, where no login is asked for, only must not show that it does.
pub(crate) fn refuse_other_sites(server: &Server, parts: &Parts, must_show: bool) -> Result<()> {
    if parts.method.is_safe() {
        return Ok(());
    }
    let text = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let is_same = match (text("sec-fetch-site"), text(header::ORIGIN.as_str())) {
        (Some(site), _) => site == "same-origin" || (site == "none" && !must_show),
        (None, Some(origin)) => is_ours(server, &parts.headers, origin),
        (None, None) => !must_show,
    };
    if is_same { Ok(()) } else { Err(other_site()) }
}

fn is_ours(server: &Server, headers: &HeaderMap, origin: &str) -> bool {
    let without_scheme = |url: &str| url.split_once("://").map(|(_, host)| host.to_owned());
    without_scheme(origin).is_some_and(|host| Some(host) == without_scheme(&server.base_url(headers)))
}

fn other_site() -> Problem {
    let detail = "this request comes from a page of another site; it was not carried out";
    Problem::new(StatusCode::FORBIDDEN, "forbidden", "auth.cross_site", detail)
}
