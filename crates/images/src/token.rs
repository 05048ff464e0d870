//! Who asks, and with which right: the challenge of a registry, the credentials that answer it, and tokens that are
//! renewed before they are too old.

mod challenge;
mod server;

use crate::registry::Registry;
use crate::registry::explain::{self, About};
use crate::{Attempt, Credentials, Found, Secret, credentials};
use challenge::Challenge;
use longshore_protocol::FailureReason;
use reqwest::RequestBuilder;
use std::collections::HashMap;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// What somebody wants to do in a repository.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Scope {
    pub(crate) repository: String,
    /// What is wanted, in the words of token servers.
    actions: &'static str,
    /// Another repository of the same registry, from which contents are to be had.
    from: Option<String>,
}

impl Scope {
    pub(crate) fn pull(repository: &str) -> Self {
        Self { repository: repository.to_owned(), actions: "pull", from: None }
    }

    pub(crate) fn push(repository: &str) -> Self {
        Self { actions: "pull,push", ..Self::pull(repository) }
    }

    /// To take back an upload that was begun, which some registries count as removing.
    pub(crate) fn take_back(repository: &str) -> Self {
        Self { actions: "pull,push,delete", ..Self::pull(repository) }
    }

    pub(crate) fn push_from(repository: &str, from: &str) -> Self {
        Self { from: Some(from.to_owned()), ..Self::push(repository) }
    }

    /// In the words of token servers.
    fn words(&self) -> Vec<String> {
        let own = (!self.repository.is_empty()).then(|| format!("repository:{}:{}", self.repository, self.actions));
        own.into_iter().chain(self.from.iter().map(|from| format!("repository:{from}:pull"))).collect()
    }
}

/// What a request says of who asks.
#[derive(Clone)]
pub(crate) enum Kind {
    Nobody,
    Basic { username: String, password: Secret },
    Bearer(Secret),
}

/// What a request says of who asks, and where that comes from.
#[derive(Clone)]
pub(crate) struct Authorization {
    pub(crate) kind: Kind,
    /// Where the credentials are from.
    pub(crate) place: String,
    anonymous: bool,
    /// It was made just now, and until then another of the same credentials would be no better.
    fresh_until: Option<Instant>,
    generation: u32,
}

impl Authorization {
    pub(crate) fn is_anonymous(&self) -> bool {
        self.anonymous
    }

    pub(crate) fn is_token(&self) -> bool {
        matches!(self.kind, Kind::Bearer(_))
    }

    fn is_fresh(&self) -> bool {
        self.fresh_until.is_some_and(|until| Instant::now() < until)
    }

    pub(crate) fn is_basic(&self) -> bool {
        matches!(self.kind, Kind::Basic { .. })
    }

    pub(crate) fn apply(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.kind {
            Kind::Nobody => request,
            Kind::Basic { username, password } => request.basic_auth(username, Some(password.expose())),
            Kind::Bearer(token) => request.bearer_auth(token.expose()),
        }
    }
}

/// Makes authorizations for the requests of one registry.
#[derive(Default)]
pub(crate) struct Authority(Mutex<State>);

#[derive(Default)]
struct State {
    challenge: Option<Challenge>,
    found: Option<Found>,
    /// Counts credentials, so that those who failed with older ones are told apart.
    generation: u32,
    /// When better credentials were looked for last.
    asked_again: Option<Instant>,
    /// No others are wanted.
    is_final: bool,
    tokens: HashMap<Scope, Token>,
}

struct Token {
    text: Secret,
    renewed_at: Instant,
}

/// Credentials that a registry takes are good for longer than this.
const SHORTEST_LIFE: Duration = Duration::from_secs(60);

/// No token is used for longer than this, whatever its server says.
const LONGEST_LIFE: Duration = Duration::from_secs(24 * 60 * 60);

/// How much of a token's life is used.
const USED_LIFE: (u32, u32) = (2, 3);

impl Authority {
    /// What a request for `scope` says of who asks.
    pub(crate) async fn authorize(
        &self,
        registry: &Registry,
        scope: &Scope,
        about: &About,
    ) -> Result<Authorization, FailureReason> {
        let mut state = self.0.lock().await;
        let challenge = state.challenge(registry).await?;
        if let Challenge::Nothing = challenge {
            return Ok(state.authorization(Kind::Nobody, None));
        }
        let credentials = state.credentials(registry).await?;
        match challenge {
            Challenge::Bearer(realm) => state.token(registry, &realm, scope, about).await,
            _ => Ok(state.authorization(basic(&credentials), None)),
        }
    }

    /// After a request was not authorized: makes the next one better if that can be; says whether it can.
    pub(crate) async fn renew(
        &self,
        registry: &Registry,
        auth: &Authorization,
        scope: &Scope,
    ) -> Result<bool, FailureReason> {
        let mut state = self.0.lock().await;
        if auth.generation < state.generation {
            return Ok(true);
        }
        if auth.is_token() && !auth.is_fresh() {
            state.tokens.remove(scope);
            return Ok(true);
        }
        if matches!(state.challenge(registry).await?, Challenge::Nothing) {
            return state.offer(registry).await;
        }
        state.ask_again(registry).await
    }

    /// Which credentials there are; for messages and checks.
    pub(crate) async fn place(&self, registry: &Registry) -> Result<(bool, String), FailureReason> {
        let mut state = self.0.lock().await;
        state.challenge(registry).await?;
        let credentials = state.credentials(registry).await?;
        let place = state.found.as_ref().map(|found| found.place.clone()).unwrap_or_default();
        Ok((credentials == Credentials::Anonymous, place))
    }

    /// Whether the registry wants to know who asks.
    pub(crate) async fn is_asked(&self, registry: &Registry) -> Result<bool, FailureReason> {
        Ok(!matches!(self.0.lock().await.challenge(registry).await?, Challenge::Nothing))
    }

    /// Uses these credentials and no others.
    pub(crate) async fn set(&self, found: Found) {
        let mut state = self.0.lock().await;
        state.found = Some(found);
        state.tokens.clear();
        state.is_final = true;
    }
}

impl State {
    async fn challenge(&mut self, registry: &Registry) -> Result<Challenge, FailureReason> {
        if self.challenge.is_none() {
            self.challenge = Some(challenge::ask(registry).await?);
        }
        Ok(self.challenge.clone().unwrap_or(Challenge::Nothing))
    }

    async fn credentials(&mut self, registry: &Registry) -> Result<Credentials, FailureReason> {
        if self.found.is_none() {
            self.found = Some(found(registry, Attempt::First).await?);
        }
        Ok(self.found.as_ref().map_or(Credentials::Anonymous, |found| found.credentials.clone()))
    }

    /// Some registries are open to everybody and yet want to know who pushes, which they do not say at first.
    async fn offer(&mut self, registry: &Registry) -> Result<bool, FailureReason> {
        let has_some = self.credentials(registry).await? != Credentials::Anonymous;
        if has_some {
            self.challenge = Some(Challenge::Basic);
        }
        Ok(has_some)
    }

    /// Looks for credentials that are better than those that were not taken; says whether there are some. New ones that
    /// were made a moment ago are not made again: the registry does not want them.
    async fn ask_again(&mut self, registry: &Registry) -> Result<bool, FailureReason> {
        if self.is_final || self.asked_again.is_some_and(|before| before.elapsed() < SHORTEST_LIFE) {
            return Ok(false);
        }
        self.asked_again = Some(Instant::now());
        let found = found(registry, Attempt::AfterDenied).await?;
        let before = self.found.as_ref().map(|found| &found.credentials);
        let is_better = found.credentials != Credentials::Anonymous && before != Some(&found.credentials);
        if is_better {
            self.found = Some(found);
            self.tokens.clear();
            self.generation += 1;
        }
        Ok(is_better)
    }

    async fn token(
        &mut self,
        registry: &Registry,
        realm: &challenge::Realm,
        scope: &Scope,
        about: &About,
    ) -> Result<Authorization, FailureReason> {
        let now = Instant::now();
        if let Some(token) = self.tokens.get(scope).filter(|token| now < token.renewed_at) {
            return Ok(self.authorization(Kind::Bearer(token.text.clone()), None));
        }
        let made = loop {
            let credentials = self.credentials(registry).await?;
            match server::ask(registry, realm, scope, &credentials, about).await {
                Ok(Some(made)) => break made,
                // Some token servers say "denied" of credentials that have expired.
                Err(failure) if failure.code != "registry.denied" => return Err(failure),
                Ok(None) | Err(_) if self.ask_again(registry).await? => {}
                Ok(None) => return Err(self.not_taken(registry, about)),
                Err(denied) => return Err(denied),
            }
        };
        let renewed_at = now + made.lifetime.min(LONGEST_LIFE) * USED_LIFE.0 / USED_LIFE.1;
        self.tokens.insert(scope.clone(), Token { text: made.text.clone(), renewed_at });
        Ok(self.authorization(Kind::Bearer(made.text), Some(renewed_at)))
    }

    fn not_taken(&self, registry: &Registry, about: &About) -> FailureReason {
        match &self.found {
            Some(found) if found.credentials != Credentials::Anonymous => {
                explain::rejected(&registry.host, &found.place)
            }
            _ => explain::missing(&registry.host, about),
        }
    }

    fn authorization(&self, kind: Kind, fresh_until: Option<Instant>) -> Authorization {
        let found = self.found.as_ref();
        let anonymous = found.is_none_or(|found| found.credentials == Credentials::Anonymous);
        let place = found.map(|found| found.place.clone()).unwrap_or_default();
        Authorization { kind, place, anonymous, fresh_until, generation: self.generation }
    }
}

/// What the token server gave.
struct Made {
    text: Secret,
    lifetime: Duration,
}

async fn found(registry: &Registry, attempt: Attempt) -> Result<Found, FailureReason> {
    credentials::find_for(&registry.settings, &registry.host, registry.repository.as_deref(), attempt).await
}

fn basic(credentials: &Credentials) -> Kind {
    match credentials {
        Credentials::Anonymous => Kind::Nobody,
        Credentials::Basic { username, password } => {
            Kind::Basic { username: username.clone(), password: password.clone() }
        }
        // The word that registries take for a user of whom there is but a token.
        Credentials::IdentityToken(token) => Kind::Basic { username: "<token>".to_owned(), password: token.clone() },
    }
}
