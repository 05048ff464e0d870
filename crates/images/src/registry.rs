//! A session with one registry: its requests, each with the right token, tried again when that may help, and each
//! failure with its code.

pub(crate) mod blobs;
pub(crate) mod documents;
pub(crate) mod explain;
mod patience;
mod tags;
pub(crate) mod trouble;

pub use patience::Patience;

use crate::token::{Authority, Authorization, Kind, Scope};
use crate::{DOCKER_HUB, Secret, Settings, http};
use explain::About;
use longshore_protocol::FailureReason;
use oci_client::client::{Certificate, CertificateEncoding, Client, ClientConfig, ClientProtocol};
use oci_client::secrets::RegistryAuth;
use oci_client::token_cache::RegistryTokenType;
use oci_client::{Reference, RegistryOperation};
use patience::LONGEST_PAUSE;
use reqwest::{ClientBuilder, Method, RequestBuilder, Response, redirect};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;
use trouble::Trouble;

/// Where the API of Docker Hub is.
const DOCKER_HUB_API: &str = "registry-1.docker.io";

/// Whoever has been silent for so long in all is not asked again.
const LONGEST_SILENCE: Duration = Duration::from_secs(60);

/// How often new credentials or tokens are tried for one request.
const MOST_RENEWALS: usize = 3;

/// How many tokens are in use at once; those of other repositories, and those that begin to be too old.
const MOST_CLIENTS: usize = 8;

/// Which way contents go. The client's time for an answer begins with the request, so those who send much have none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Down,
    Up,
}

/// A session.
pub(crate) struct Registry {
    pub(crate) settings: Settings,
    /// As names of images write it.
    pub(crate) host: String,
    /// For which repository, which may have credentials of its own; none when only the host counts.
    pub(crate) repository: Option<String>,
    /// Where its API is.
    api_host: String,
    scheme: &'static str,
    pub(crate) patience: Patience,
    pub(crate) http: reqwest::Client,
    down: Client,
    up: Client,
    clients_of_tokens: Mutex<Vec<(Way, Secret, Client)>>,
    authority: Authority,
}

impl Registry {
    /// Begins a session; nothing is asked yet.
    pub(crate) fn open(
        settings: &Settings,
        host: &str,
        repository: Option<&str>,
        patience: &Patience,
    ) -> Result<Self, FailureReason> {
        let plain = settings.options_of(host).plain_http;
        let api_host = if host == DOCKER_HUB { DOCKER_HUB_API } else { host };
        Ok(Self {
            settings: settings.clone(),
            host: host.to_owned(),
            repository: repository.map(str::to_owned),
            api_host: api_host.to_owned(),
            scheme: if plain { "http" } else { "https" },
            patience: patience.clone(),
            http: http::build(client_builder(settings, &[host], patience)?.https_only(!plain))?,
            down: blob_client(settings, host, Way::Down, patience)?,
            up: blob_client(settings, host, Way::Up, patience)?,
            clients_of_tokens: Mutex::default(),
            authority: Authority::default(),
        })
    }

    /// Does something with the registry, with a token for `scope`: again with a new one when it is not taken, and again
    /// after a pause when that may help. Amazon says 403 of a password that has expired.
    pub(crate) async fn attempt<T, F>(
        &self,
        scope: &Scope,
        about: &About,
        work: impl Fn(Authorization) -> F,
    ) -> Result<T, FailureReason>
    where
        F: Future<Output = Result<T, Trouble>>,
    {
        let mut pauses = self.patience.pauses();
        let mut renewals = 0;
        let begun = Instant::now();
        loop {
            let auth = self.authorize(scope, about).await?;
            let trouble = match work(auth.clone()).await {
                Ok(done) => return Ok(done),
                Err(trouble) => trouble,
            };
            let is_refused = trouble.is_unauthorized() || (trouble.is_forbidden() && auth.is_basic());
            if is_refused && renewals < MOST_RENEWALS && self.renew(&auth, scope).await? {
                renewals += 1;
            } else if let (true, Some(pause)) = (may_pass(&trouble, begun), pauses.next()) {
                tokio::time::sleep(longer(pause, trouble.retry_after())).await;
            } else {
                return Err(explain::failure(&self.host, about, &auth, trouble));
            }
        }
    }

    /// A token for `scope`.
    pub(crate) async fn authorize(&self, scope: &Scope, about: &About) -> Result<Authorization, FailureReason> {
        self.authority.authorize(self, scope, about).await
    }

    async fn renew(&self, auth: &Authorization, scope: &Scope) -> Result<bool, FailureReason> {
        self.authority.renew(self, auth, scope).await
    }

    /// The authority, for those who look at credentials themselves.
    pub(crate) fn authority(&self) -> &Authority {
        &self.authority
    }

    /// The client crate's client that says what `auth` says.
    ///
    /// There is one for each token: the crate judges by its own clock and by what a token says of itself whether it is
    /// too old, and would ask without it, as nobody. What it was told at first it takes as it is.
    async fn client(&self, way: Way, scope: &Scope, auth: &Authorization) -> Result<Client, FailureReason> {
        let client = if way == Way::Up { &self.up } else { &self.down };
        match &auth.kind {
            Kind::Nobody => Ok(client.clone()),
            Kind::Basic { username, password } => {
                let token = RegistryTokenType::Basic(username.clone(), password.expose().to_owned());
                client.store_auth_if_needed(&self.api_host, &RegistryAuth::Anonymous).await;
                let reference = self.reference(&scope.repository);
                for operation in [RegistryOperation::Pull, RegistryOperation::Push] {
                    client.tokens.insert(&reference, operation, token.clone()).await;
                }
                Ok(client.clone())
            }
            Kind::Bearer(token) => self.client_of_token(way, token).await,
        }
    }

    async fn client_of_token(&self, way: Way, token: &Secret) -> Result<Client, FailureReason> {
        let mut clients = self.clients_of_tokens.lock().await;
        if let Some((.., client)) = clients.iter().find(|(its_way, its_token, _)| *its_way == way && its_token == token)
        {
            return Ok(client.clone());
        }
        let client = blob_client(&self.settings, &self.host, way, &self.patience)?;
        client.store_auth_if_needed(&self.api_host, &RegistryAuth::Bearer(token.expose().to_owned())).await;
        clients.truncate(MOST_CLIENTS - 1);
        clients.insert(0, (way, token.clone(), client.clone()));
        Ok(client)
    }

    fn reference(&self, repository: &str) -> Reference {
        Reference::with_tag(self.api_host.clone(), repository.to_owned(), "latest".to_owned())
    }

    /// The address of something of the API: `v2/team/x/manifests/1`.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}://{}/{path}", self.scheme, self.api_host)
    }

    /// A request for an address of this registry, with authorization. Elsewhere there is none.
    pub(crate) fn request(&self, method: Method, url: &str, auth: &Authorization) -> RequestBuilder {
        let request = self.http.request(method, url);
        if self.is_own(url) { auth.apply(request) } else { request }
    }

    fn is_own(&self, url: &str) -> bool {
        let place = |url: &str| {
            let url = reqwest::Url::parse(url).ok()?;
            Some((url.scheme().to_owned(), url.host_str()?.to_owned(), url.port_or_known_default()))
        };
        place(url).is_some_and(|it| Some(it) == place(&self.url("")))
    }

    /// A client for a token server, which may have a certificate of its own. What goes there is secret, so it does not
    /// follow to another place.
    pub(crate) fn token_client(&self, host: &str) -> Result<reqwest::Client, FailureReason> {
        let builder = client_builder(&self.settings, &[&self.host, host], &self.patience)?;
        let near = |to: redirect::Attempt<'_>| {
            let is_near = to.previous().last().is_some_and(|from| from.origin() == to.url().origin());
            if is_near && to.previous().len() <= MOST_REDIRECTS { to.follow() } else { to.stop() }
        };
        http::build(builder.redirect(redirect::Policy::custom(near)))
    }

    pub(crate) fn is_plain(&self) -> bool {
        self.scheme == "http"
    }
}

/// How often a token server may send its client on.
const MOST_REDIRECTS: usize = 5;

/// The answer when it is a good one.
pub(crate) async fn good(request: RequestBuilder) -> Result<Response, Trouble> {
    let response = request.send().await?;
    if response.status().is_success() { Ok(response) } else { Err(Trouble::of_response(response).await) }
}

/// Whether it is worth to try again.
fn may_pass(trouble: &Trouble, begun: Instant) -> bool {
    trouble.is_transient() && !(trouble.is_timeout() && begun.elapsed() >= LONGEST_SILENCE)
}

fn longer(pause: Duration, asked: Option<Duration>) -> Duration {
    asked.map_or(pause, |asked| asked.min(LONGEST_PAUSE).max(pause))
}

fn client_builder(settings: &Settings, hosts: &[&str], patience: &Patience) -> Result<ClientBuilder, FailureReason> {
    Ok(http::builder(settings, hosts)?.connect_timeout(patience.connect).read_timeout(patience.silence))
}

fn blob_client(settings: &Settings, host: &str, way: Way, patience: &Patience) -> Result<Client, FailureReason> {
    let ders = |pem: Vec<u8>| -> Vec<Vec<u8>> {
        CertificateDer::pem_slice_iter(&pem).filter_map(|der| Some(der.ok()?.to_vec())).collect()
    };
    let der = http::certificates(settings, host)?.into_iter().flat_map(ders);
    let config = ClientConfig {
        protocol: if settings.options_of(host).plain_http { ClientProtocol::Http } else { ClientProtocol::Https },
        use_monolithic_push: true,
        extra_root_certificates: der.map(|data| Certificate { encoding: CertificateEncoding::Der, data }).collect(),
        platform_resolver: None,
        read_timeout: (way == Way::Down).then_some(patience.silence),
        connect_timeout: Some(patience.connect),
        user_agent: http::USER_AGENT,
        ..ClientConfig::default()
    };
    Client::try_from(config).map_err(|error| http::no_client(&error.to_string()))
}
