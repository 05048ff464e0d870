//! Amazon ECR: a token of its API for whatever AWS credentials this machine has, made anew before it ends; and the
//! repository, which has to exist before the first push.

mod aws;
mod tokens;

use super::Grammar;
use crate::failure::config_failure;
use crate::{Attempt, Credentials, Found, ImageName, Secret, Settings};
use aws::{Api, Refusal};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use longshore_protocol::FailureReason;
use serde_json::{Value, json};

/// Names of registries of accounts.
pub(super) const GRAMMAR: Grammar =
    Grammar { shape: "ACCOUNT.dkr.ecr.REGION.amazonaws.com/REPOSITORY", parts: &["REPOSITORY"], has_more: true };

/// Names of the public registry.
pub(super) const PUBLIC_GRAMMAR: Grammar =
    Grammar { shape: "public.ecr.aws/ALIAS/REPOSITORY", parts: &["ALIAS", "REPOSITORY"], has_more: true };

/// How many digits an account has.
const ACCOUNT_DIGITS: usize = 12;

/// Where the public registry's API is.
const PUBLIC_REGION: &str = "us-east-1";

/// A registry of ECR, as its host names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EcrRegistry {
    /// The account; none for the public registry.
    pub account: Option<String>,
    /// The region.
    pub region: String,
    /// Whether it is reached by FIPS endpoints only.
    pub is_fips: bool,
    /// Whether it is in one of the regions in China, which have names of their own.
    pub is_china: bool,
}

impl EcrRegistry {
    /// Understands a host.
    #[must_use]
    pub fn of(host: &str) -> Option<Self> {
        if host == "public.ecr.aws" {
            return Some(Self { account: None, region: PUBLIC_REGION.to_owned(), is_fips: false, is_china: false });
        }
        let (rest, is_china) = match host.strip_suffix(".amazonaws.com.cn") {
            Some(rest) => (rest, true),
            None => (host.strip_suffix(".amazonaws.com")?, false),
        };
        let (account, rest) = rest.split_once(".dkr.")?;
        let (service, region) = rest.split_once('.')?;
        let is_region = region.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        let is_account = !account.is_empty() && account.chars().all(|c| c.is_ascii_digit());
        let is_ours = matches!(service, "ecr" | "ecr-fips") && !region.is_empty() && is_region && is_account;
        let is_fips = service == "ecr-fips";
        is_ours.then(|| Self { account: Some(account.to_owned()), region: region.to_owned(), is_fips, is_china })
    }
}

/// What a host lacks that is almost one of Amazon's: a whole name, and what is missing.
pub(super) fn explain_host(host: &str) -> Option<(&'static str, &'static str)> {
    let why = match EcrRegistry::of(host) {
        Some(EcrRegistry { account: Some(account), .. }) if account.len() != ACCOUNT_DIGITS => {
            "the account has 12 digits"
        }
        Some(_) => return None,
        None if host.starts_with("dkr.ecr") && host.contains(".amazonaws.com") => "the account is missing",
        None if host.contains(".dkr.ecr.amazonaws.com") => "the region is missing",
        None => return None,
    };
    Some((GRAMMAR.shape, why))
}

/// How one gets credentials: by having AWS credentials, or by hand for twelve hours.
pub(super) fn advice(host: &str, registry: &EcrRegistry) -> String {
    let service = if registry.account.is_none() { "ecr-public" } else { "ecr" };
    let region = &registry.region;
    format!(
        "give AWS credentials (AWS_PROFILE, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a role of this machine) that \
         may do {service}:GetAuthorizationToken, and Longshore makes the token for {host} itself; or log in for 12 hours \
         by `aws {service} get-login-password --region {region} | longshore registry login {host} --username AWS \
         --password-stdin`"
    )
}

/// A token for the registry; nothing when this machine has no AWS credentials.
///
/// # Errors
/// `registry.amazon_credentials_invalid`, `registry.amazon_denied`, `registry.amazon_refused`,
/// `registry.provider_unreachable`.
pub(super) async fn credentials(
    settings: &Settings,
    registry: &EcrRegistry,
    attempt: Attempt,
) -> Result<Option<Found>, FailureReason> {
    let key = tokens::key(settings, registry);
    let kept = if attempt == Attempt::First { tokens::get(&key) } else { None };
    let credentials = match kept {
        Some(credentials) => credentials,
        None => {
            let Some(api) = Api::connect(settings, registry).await? else { return Ok(None) };
            let (credentials, expires_at) = new_token(&api).await?;
            tokens::put(key, credentials.clone(), expires_at);
            credentials
        }
    };
    Ok(Some(Found { credentials, place: format!("Amazon's API (GetAuthorizationToken in {})", registry.region) }))
}

/// A new token, and when it ends in seconds of Unix time.
async fn new_token(api: &Api<'_>) -> Result<(Credentials, f64), FailureReason> {
    let answer = api.call("GetAuthorizationToken", &json!({})).await.map_err(|refusal| api.explain(refusal))?;
    // A list with one element; the public registry has no list.
    let data = answer.pointer("/authorizationData/0").or_else(|| answer.get("authorizationData"));
    let token = data.and_then(|data| data.get("authorizationToken")).and_then(Value::as_str).and_then(decode);
    let expires_at = data.and_then(|data| data.get("expiresAt")).and_then(Value::as_f64);
    let credentials = token.ok_or_else(|| api.unusable("an answer without a token"))?;
    Ok((credentials, expires_at.unwrap_or_default()))
}

/// `AWS:PASSWORD` in base64.
fn decode(token: &str) -> Option<Credentials> {
    let text = String::from_utf8(STANDARD.decode(token).ok()?).ok()?;
    let (username, password) = text.split_once(':')?;
    Some(Credentials::Basic { username: username.to_owned(), password: Secret::new(password) })
}

/// Makes a repository; says whether it was made now.
///
/// # Errors
/// `registry.amazon_no_credentials`, and what [`credentials`] fails by.
pub(super) async fn create_repository(
    settings: &Settings,
    registry: &EcrRegistry,
    name: &ImageName,
) -> Result<bool, FailureReason> {
    let Some(api) = Api::connect(settings, registry).await? else {
        let message = format!(
            "the repository {} cannot be made, since this machine has no AWS credentials; {}",
            name.untagged(),
            advice(name.registry(), registry)
        );
        return Err(config_failure("registry.amazon_no_credentials", message));
    };
    let mut request = json!({ "repositoryName": repository(registry, name) });
    if let Some(account) = &registry.account {
        request["registryId"] = json!(account);
    }
    match api.call("CreateRepository", &request).await {
        Ok(_) => Ok(true),
        Err(Refusal::Said { code, .. }) if code == "RepositoryAlreadyExistsException" => Ok(false),
        Err(refusal) => Err(api.explain(refusal)),
    }
}

/// The repository as the API names it: without the alias of the public registry.
fn repository<'a>(registry: &EcrRegistry, name: &'a ImageName) -> &'a str {
    let path = name.repository();
    match registry.account {
        Some(_) => path,
        None => path.split_once('/').map_or(path, |(_, repository)| repository),
    }
}
