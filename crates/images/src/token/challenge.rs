//! What a registry wants to know: its answer to `GET /v2/`.

use crate::failure::config_failure;
use crate::registry::Registry;
use crate::registry::explain::{self, About};
use crate::registry::trouble::{How, Trouble};
use longshore_protocol::FailureReason;
use reqwest::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use reqwest::{Response, Url};

/// What a registry wants to know.
#[derive(Clone)]
pub(super) enum Challenge {
    /// Nothing.
    Nothing,
    /// User and password with each request.
    Basic,
    /// A token.
    Bearer(Realm),
}

/// Where tokens are made.
#[derive(Clone)]
pub(super) struct Realm {
    pub(super) url: Url,
    pub(super) service: Option<String>,
    pub(super) client: reqwest::Client,
}

impl Realm {
    /// Its host, with its port if it is not the usual one.
    pub(super) fn host(&self) -> String {
        host_of(&self.url)
    }
}

fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// Asks a registry what it wants to know.
pub(super) async fn ask(registry: &Registry) -> Result<Challenge, FailureReason> {
    let mut pauses = registry.patience.pauses();
    loop {
        let trouble = match ask_once(registry).await {
            Ok(challenge) => return Ok(challenge),
            Err(trouble) => trouble,
        };
        // Nobody wants to wait for a registry that is down or has another name.
        let is_down = matches!(trouble, Trouble::Broken(How::Unreachable, _));
        match pauses.next() {
            Some(pause) if trouble.is_transient() && !is_down => tokio::time::sleep(pause).await,
            _ => return Err(failure(registry, trouble)),
        }
    }
}

fn failure(registry: &Registry, trouble: Trouble) -> FailureReason {
    let host = &registry.host;
    match trouble.status() {
        Some(status) if status < 500 && status != 429 && !speaks_https(&trouble) => explain::not_a_registry(host),
        _ => {
            let nobody = super::State::default().authorization(super::Kind::Nobody, None);
            explain::failure(host, &About::host(host), &nobody, trouble)
        }
    }
}

fn speaks_https(trouble: &Trouble) -> bool {
    matches!(trouble, Trouble::Refused(refusal) if refusal.said.contains("HTTPS server"))
}

async fn ask_once(registry: &Registry) -> Result<Challenge, Trouble> {
    let response = registry.http.get(registry.url("v2/")).send().await?;
    match response.status().as_u16() {
        200..=299 if is_page(&response) => Err(explain::not_a_registry(&registry.host).into()),
        200..=299 => Ok(Challenge::Nothing),
        401 => Ok(challenge_of(registry, &response)?),
        _ => Err(Trouble::of_response(response).await),
    }
}

fn is_page(response: &Response) -> bool {
    let told = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    told.is_some_and(|told| told.starts_with("text/html"))
}

fn challenge_of(registry: &Registry, response: &Response) -> Result<Challenge, FailureReason> {
    let headers = response.headers().get_all(WWW_AUTHENTICATE);
    let told: Vec<_> = headers.iter().filter_map(|value| parse(value.to_str().ok()?)).collect();
    let of = |scheme: &str| told.iter().find(|(it, _)| it == scheme).map(|(_, words)| words);
    if let Some(words) = of("bearer") {
        let word = |name: &str| words.iter().find(|(it, _)| it == name).map(|(_, value)| value.clone());
        let url = word("realm").and_then(|realm| Url::parse(&realm).ok());
        let url = url.ok_or_else(|| explain::not_a_registry(&registry.host))?;
        let host = host_of(&url);
        check_trust(registry, &url, &host)?;
        return Ok(Challenge::Bearer(Realm { url, service: word("service"), client: registry.token_client(&host)? }));
    }
    of("basic").map(|_| Challenge::Basic).ok_or_else(|| explain::not_a_registry(&registry.host))
}

/// Credentials go only where they are encrypted, or where somebody said that they need not be.
fn check_trust(registry: &Registry, url: &Url, realm_host: &str) -> Result<(), FailureReason> {
    let told = registry.settings.options_of(realm_host).plain_http;
    if url.scheme() == "https" || (url.scheme() == "http" && told && registry.is_plain()) {
        return Ok(());
    }
    let host = &registry.host;
    let message = format!(
        "{host} wants its tokens made at {url}, where credentials would go unencrypted; give its token server an https \
         address, or say `--plain-http` if both are meant to be without TLS"
    );
    Err(config_failure("registry.insecure_realm", message))
}

/// Understands one challenge: its scheme in lower case, and its words.
fn parse(header: &str) -> Option<(String, Vec<(String, String)>)> {
    let (scheme, mut rest) = header.trim().split_once(' ').unwrap_or((header.trim(), ""));
    let mut words = Vec::new();
    while let Some((name, after)) = rest.split_once('=') {
        let (value, after) = value(after.trim_start())?;
        words.push((name.trim_matches([' ', ',', '\t']).to_ascii_lowercase(), value));
        rest = after;
    }
    Some((scheme.to_ascii_lowercase(), words))
}

/// The value at the beginning, quoted or not, and what follows it.
fn value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(',').unwrap_or(text.len());
        return Some((text[..end].trim().to_owned(), &text[end..]));
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((value, &quoted[at + 1..])),
            '\\' => value.push(characters.next()?.1),
            _ => value.push(character),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_challenge_is_understood_with_commas_and_quotes_in_its_words() {
        let (scheme, words) =
            parse(r#"Bearer realm="https://a/t?x=1,2",service="r \"q\"", scope=repository:x:pull"#).unwrap();
        assert_eq!(scheme, "bearer");
        let of = |name: &str| words.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str());
        assert_eq!(of("realm"), Some("https://a/t?x=1,2"));
        assert_eq!(of("service"), Some(r#"r "q""#));
        assert_eq!(of("scope"), Some("repository:x:pull"));
        assert_eq!(parse("Basic").unwrap().0, "basic");
        assert!(parse(r#"Bearer realm="https://a"#).is_none());
    }
}
