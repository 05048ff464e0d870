//! One request to the API of ECR: found, signed, sent, and its refusal understood.

use super::super::api;
use super::EcrRegistry;
use crate::Settings;
use crate::credentials::helper;
use crate::failure::config_failure;
use bytes::Bytes;
use longshore_protocol::FailureReason;
use reqsign_aws_v4::{
    AssumeRoleWithWebIdentityCredentialProvider, Credential, ECSCredentialProvider, EnvCredentialProvider,
    IMDSv2CredentialProvider, ProcessCredentialProvider, ProfileCredentialProvider, RequestSigner,
    SSOCredentialProvider,
};
use reqsign_core::{
    CommandExecute, CommandOutput, Context, Error, FileRead, HttpSend, ProvideCredentialDyn, SignRequest, StaticEnv,
};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// The API of one registry, with the AWS credentials of this machine.
pub(super) struct Api<'a> {
    registry: &'a EcrRegistry,
    client: reqwest::Client,
    context: Context,
    credential: Credential,
    endpoint: String,
}

/// Why the API did not do it.
pub(super) enum Refusal {
    /// It said why: the exception's name, and its words.
    Said { action: &'static str, code: String, message: String },
    /// Nothing that can be used came back.
    Lost(String),
}

impl<'a> Api<'a> {
    /// Finds AWS credentials; nothing when there are none.
    ///
    /// # Errors
    /// `registry.amazon_credentials_invalid` when a source of credentials is there and fails.
    pub(super) async fn connect(settings: &Settings, registry: &'a EcrRegistry) -> Result<Option<Self>, FailureReason> {
        let endpoint = endpoint(settings, registry);
        let client = api::client(settings, &endpoint)?;
        let context = context(settings, &client)?;
        let credential = find_credential(&context).await?;
        Ok(credential.map(|credential| Self { registry, client, context, credential, endpoint }))
    }

    fn service(&self) -> &'static str {
        if self.registry.account.is_none() { "ecr-public" } else { "ecr" }
    }

    /// Does one action.
    pub(super) async fn call(&self, action: &'static str, request: &Value) -> Result<Value, Refusal> {
        let target = match self.service() {
            "ecr" => format!("AmazonEC2ContainerRegistry_V20150921.{action}"),
            _ => format!("SpencerFrontendService.{action}"),
        };
        let request =
            self.sign(&target, request.to_string()).await.map_err(|error| Refusal::Lost(error.to_string()))?;
        let request = reqwest::RequestBuilder::from_parts(self.client.clone(), request);
        let answer = api::send(request).await.map_err(Refusal::Lost)?;
        if answer.status.is_success() {
            return serde_json::from_slice(&answer.body)
                .map_err(|_| Refusal::Lost("an answer that is no JSON".to_owned()));
        }
        match said(&answer) {
            Some((code, message)) if answer.status.is_client_error() => Err(Refusal::Said { action, code, message }),
            _ => Err(Refusal::Lost(answer.status.to_string())),
        }
    }

    async fn sign(&self, target: &str, body: String) -> Result<reqwest::Request, Error> {
        let digest: String = Sha256::digest(&body).iter().map(|byte| format!("{byte:02x}")).collect();
        let request = http::Request::post(&self.endpoint)
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", target)
            .header("x-amz-content-sha256", digest)
            .body(body)
            .map_err(|error| Error::request_invalid(error.to_string()))?;
        let (mut head, body) = request.into_parts();
        let signer = RequestSigner::new(self.service(), &self.registry.region);
        signer.sign_request(&self.context, &mut head, Some(&self.credential), None).await?;
        let request = http::Request::from_parts(head, body);
        reqwest::Request::try_from(request).map_err(|error| Error::request_invalid(error.without_url().to_string()))
    }

    /// A refusal, for people.
    pub(super) fn explain(&self, refusal: Refusal) -> FailureReason {
        match refusal {
            Refusal::Lost(why) => self.unusable(&why),
            Refusal::Said { action, code, message } => self.explain_exception(action, &code, &message),
        }
    }

    fn explain_exception(&self, action: &str, code: &str, message: &str) -> FailureReason {
        let (service, region) = (self.service(), &self.registry.region);
        let reason = match code.trim_end_matches("Exception") {
            "AccessDenied" | "UnauthorizedOperation" => {
                let message = format!(
                    "these AWS credentials may not do {service}:{action} in {region}; allow it in a policy of theirs: see \
                     whose they are by `aws sts get-caller-identity`"
                );
                config_failure("registry.amazon_denied", message)
            }
            "UnrecognizedClient"
            | "InvalidClientTokenId"
            | "InvalidSignature"
            | "SignatureDoesNotMatch"
            | "ExpiredToken"
            | "IncompleteSignature"
            | "MissingAuthenticationToken"
            | "InvalidToken" => credentials_invalid("Amazon does not take them"),
            "Throttling" | "TooManyRequests" | "ServiceUnavailable" | "Server" => return self.unusable(code),
            _ => {
                let message =
                    format!("Amazon refused {service}:{action} in {region}; see what it says by `aws {service} help`");
                config_failure("registry.amazon_refused", message)
            }
        };
        // A wrong signature is answered with the request, which holds the session's token below the first line.
        let first_line = message.lines().next().unwrap_or_default();
        reason.with_detail(format!("{code}: {}", self.hide(first_line)))
    }

    pub(super) fn unusable(&self, why: &str) -> FailureReason {
        let (region, endpoint) = (&self.registry.region, &self.endpoint);
        let remedy = format!("is `{region}` the right region? Look at it by `curl -v {endpoint}`");
        api::unreachable_api(&self.endpoint, &self.hide(why), &remedy)
    }

    fn hide(&self, text: &str) -> String {
        let token = self.credential.session_token.as_deref().filter(|token| !token.is_empty());
        let secrets = [Some(self.credential.secret_access_key.as_str()), token];
        secrets.into_iter().flatten().fold(text.to_owned(), |text, secret| text.replace(secret, "***"))
    }
}

/// Where the API is: what the standard variables say, else the address of the region.
fn endpoint(settings: &Settings, registry: &EcrRegistry) -> String {
    let own = if registry.account.is_none() { "AWS_ENDPOINT_URL_ECR_PUBLIC" } else { "AWS_ENDPOINT_URL_ECR" };
    let told = settings.variable(own).or_else(|| settings.variable("AWS_ENDPOINT_URL")).and_then(|url| url.to_str());
    let region = &registry.region;
    let address = match (told, registry) {
        (Some(told), _) => told.trim_end_matches('/').to_owned(),
        (None, EcrRegistry { account: None, .. }) => format!("https://api.ecr-public.{region}.amazonaws.com"),
        (None, EcrRegistry { is_fips: true, .. }) => format!("https://ecr-fips.{region}.amazonaws.com"),
        (None, EcrRegistry { is_china: true, .. }) => format!("https://api.ecr.{region}.amazonaws.com.cn"),
        (None, _) => format!("https://api.ecr.{region}.amazonaws.com"),
    };
    format!("{address}/")
}

/// The exception of an answer: its name and its words. Proxies and stand-ins answer in XML.
fn said(answer: &api::Answer) -> Option<(String, String)> {
    if let Some(code) = answer.text("__type") {
        let message = answer.text("message").or_else(|| answer.text("Message")).unwrap_or_default();
        return Some((code.rsplit('#').next().unwrap_or_default().to_owned(), message));
    }
    let body = String::from_utf8_lossy(&answer.body);
    let element = |name: &str| {
        let (_, rest) = body.split_once(&format!("<{name}>"))?;
        rest.split_once(&format!("</{name}>")).map(|(text, _)| text.to_owned())
    };
    Some((element("Code")?, element("Message").unwrap_or_default()))
}

/// The first source that has credentials, in the order of Amazon's own tools. Its failures are told only when no other
/// source has any; the last, the machine's metadata, is not there on most machines.
async fn find_credential(context: &Context) -> Result<Option<Credential>, FailureReason> {
    let sources: [Box<dyn ProvideCredentialDyn<Credential = Credential>>; 6] = [
        Box::new(EnvCredentialProvider::new()),
        Box::new(ProfileCredentialProvider::default()),
        Box::new(SSOCredentialProvider::default()),
        Box::new(AssumeRoleWithWebIdentityCredentialProvider::default()),
        Box::new(ProcessCredentialProvider::default()),
        Box::new(ECSCredentialProvider::default()),
    ];
    let mut failure = None;
    for source in sources {
        match source.provide_credential_dyn(context).await {
            Ok(Some(credential)) => return Ok(Some(credential)),
            Ok(None) => {}
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    let machine = IMDSv2CredentialProvider::default();
    match (machine.provide_credential_dyn(context).await, failure) {
        (Ok(Some(credential)), _) => Ok(Some(credential)),
        (_, Some(error)) => {
            let reason = credentials_invalid("their source fails");
            Err(reason.with_detail(error.to_string().lines().next().unwrap_or_default()))
        }
        (_, None) => Ok(None),
    }
}

fn credentials_invalid(why: &str) -> FailureReason {
    let message = format!(
        "the AWS credentials of this machine cannot be used: {why}; see what is wrong with them by `aws sts \
         get-caller-identity`, and log in again by `aws sso login` or with a new key"
    );
    config_failure("registry.amazon_credentials_invalid", message)
}

/// What the sources of credentials may use of this machine.
fn context(settings: &Settings, client: &reqwest::Client) -> Result<Context, FailureReason> {
    let texts = settings.environment.iter().filter_map(|(key, value)| Some((key.to_str()?, value.to_str()?)));
    let envs = texts.filter(|(_, value)| !value.is_empty()).map(|(key, value)| (key.to_owned(), value.to_owned()));
    let environment = StaticEnv { home_dir: settings.variable("HOME").map(PathBuf::from), envs: envs.collect() };
    let network = Network { apis: client.clone(), metadata: api::metadata_client()? };
    let context = Context::new().with_env(environment).with_file_read(Files).with_http_send(network);
    Ok(context.with_command_execute(Programs(settings.clone())))
}

#[derive(Debug)]
struct Files;

impl FileRead for Files {
    async fn file_read(&self, path: &str) -> Result<Vec<u8>, Error> {
        tokio::fs::read(path).await.map_err(|error| Error::unexpected(format!("{path} cannot be read: {error}")))
    }
}

#[derive(Debug)]
struct Network {
    apis: reqwest::Client,
    metadata: reqwest::Client,
}

impl HttpSend for Network {
    async fn http_send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, Error> {
        let is_metadata = request.uri().scheme_str() == Some("http");
        let client = if is_metadata { &self.metadata } else { &self.apis };
        let request = reqwest::Request::try_from(request).map_err(|error| Error::request_invalid(error.to_string()))?;
        let request = reqwest::RequestBuilder::from_parts(client.clone(), request);
        let answer = api::send(request).await.map_err(Error::unexpected)?;
        let mut response = http::Response::new(Bytes::from(answer.body));
        *response.status_mut() = answer.status;
        *response.headers_mut() = answer.headers;
        Ok(response)
    }
}

/// Runs the `credential_process` of a profile.
struct Programs(Settings);

impl std::fmt::Debug for Programs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Programs")
    }
}

impl CommandExecute for Programs {
    async fn command_execute<'a>(&'a self, program: &'a str, args: &'a [&'a str]) -> Result<CommandOutput, Error> {
        let ended = helper::run(&self.0, Path::new(program), args, b"").await;
        let ended = ended.map_err(|error| Error::unexpected(format!("{program}: {error}")))?;
        Ok(CommandOutput { status: ended.status.code().unwrap_or(-1), stdout: ended.stdout, stderr: ended.stderr })
    }
}
