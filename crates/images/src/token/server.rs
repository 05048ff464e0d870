//! Token servers: credentials go in, a token of a short life comes out.

use super::challenge::Realm;
use super::{Made, Scope};
use crate::registry::explain::{self, About};
use crate::registry::trouble::{How, Trouble};
use crate::registry::{Registry, good};
use crate::{Credentials, Secret, http};
use longshore_protocol::FailureReason;
use reqwest::RequestBuilder;
use serde::Deserialize;
use std::time::Duration;

/// What a token lives that does not say so, by the specification.
const DEFAULT_LIFETIME: Duration = Duration::from_secs(60);

/// The most bytes of an answer.
const MOST_BYTES: usize = 1 << 20;

/// As whom token servers know us.
const CLIENT_ID: &str = "longshore";

#[derive(Deserialize)]
struct Answer {
    token: Option<Secret>,
    access_token: Option<Secret>,
    expires_in: Option<u64>,
}

/// Asks for a token; none when the credentials are not taken.
pub(super) async fn ask(
    registry: &Registry,
    realm: &Realm,
    scope: &Scope,
    credentials: &Credentials,
    about: &About,
) -> Result<Option<Made>, FailureReason> {
    let mut pauses = registry.patience.pauses();
    loop {
        let trouble = match made(request(realm, scope, credentials)).await {
            Ok(made) => return Ok(Some(made)),
            Err(trouble) if trouble.is_unauthorized() => return Ok(None),
            Err(trouble) => trouble,
        };
        match pauses.next() {
            Some(pause) if trouble.is_transient() => tokio::time::sleep(pause).await,
            _ if trouble.is_forbidden() && *credentials == Credentials::Anonymous => return Ok(None),
            _ => return Err(failure(&realm.host(), &registry.host, about, trouble)),
        }
    }
}

fn failure(realm: &str, host: &str, about: &About, trouble: Trouble) -> FailureReason {
    if trouble.is_forbidden() {
        return explain::denied(host, about);
    }
    let nobody = super::State::default().authorization(super::Kind::Nobody, None);
    let trouble = match trouble.is_not_found() {
        true => Trouble::Broken(How::Odd, "no token is made there".to_owned()),
        false => trouble,
    };
    explain::failure(realm, about, &nobody, trouble)
}

fn request(realm: &Realm, scope: &Scope, credentials: &Credentials) -> RequestBuilder {
    let service = realm.service.iter().map(|service| ("service", service.clone()));
    if let Credentials::IdentityToken(token) = credentials {
        let mut form = vec![
            ("grant_type", "refresh_token".to_owned()),
            ("client_id", CLIENT_ID.to_owned()),
            ("refresh_token", token.expose().to_owned()),
        ];
        let words = scope.words().join(" ");
        form.extend(service.chain((!words.is_empty()).then_some(("scope", words))));
        return realm.client.post(realm.url.clone()).form(&form);
    }
    let scopes = scope.words().into_iter().map(|word| ("scope", word));
    let query: Vec<_> = service.chain(scopes).collect();
    let request = realm.client.get(realm.url.clone()).query(&query);
    match credentials {
        Credentials::Basic { username, password } => request.basic_auth(username, Some(password.expose())),
        _ => request,
    }
}

async fn made(request: RequestBuilder) -> Result<Made, Trouble> {
    let response = good(request).await?;
    let odd = |why: &str| Trouble::Broken(How::Odd, format!("the answer of the token server is no token: {why}"));
    let bytes = http::bounded(response, MOST_BYTES).await?.ok_or_else(|| odd("it is too large"))?;
    // The answer is a secret; what serde says of it may quote it.
    let answer: Answer = serde_json::from_slice(&bytes).map_err(|_| odd("it is not the JSON of one"))?;
    let text = answer.token.filter(|token| !token.is_empty()).or(answer.access_token);
    let text = text.filter(|token| !token.is_empty()).ok_or_else(|| odd("it is empty"))?;
    let lifetime = answer.expires_in.filter(|seconds| *seconds > 0).map_or(DEFAULT_LIFETIME, Duration::from_secs);
    Ok(Made { text, lifetime })
}
