//! Azure Container Registry: a token of Azure's directory for an application or for this machine, exchanged for a
//! refresh token of the registry, as `az acr login` does it.

use super::{Grammar, NO_USER, api};
use crate::failure::config_failure;
use crate::{Credentials, Found, Secret, Settings};
use longshore_protocol::FailureReason;
use serde_json::Value;

/// Names have nothing before the repository.
pub(super) const GRAMMAR: Grammar =
    Grammar { shape: "REGISTRY.azurecr.io/REPOSITORY", parts: &["REPOSITORY"], has_more: true };

/// What the token is for: any container registry.
const AUDIENCE: &str = "https://containerregistry.azure.net";

/// The directory of the public cloud.
const AUTHORITY: &str = "https://login.microsoftonline.com";

/// The metadata server of virtual machines, unless AZURE_POD_IDENTITY_AUTHORITY_HOST names another.
const METADATA: &str = "http://169.254.169.254";

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The registry of a host: the word before `.azurecr.io`.
pub(super) fn registry_of(host: &str) -> Option<String> {
    let suffixes = [".azurecr.io", ".azurecr.cn", ".azurecr.us"];
    let name = suffixes.iter().find_map(|suffix| host.strip_suffix(suffix))?;
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    is_name.then(|| name.to_owned())
}

/// How one logs in, as a person and as a program.
pub(super) fn advice(host: &str, registry: &str) -> String {
    format!(
        "log in by `az acr login --name {registry} --expose-token --output tsv --query accessToken | longshore registry \
         login {host} --username {NO_USER} --password-stdin` (for about 3 hours), or for good with a token of the \
         registry made by `az acr token create`, or give the machine's identity the role AcrPull (AcrPush to push)"
    )
}

/// A refresh token of the registry; nothing when this machine has no identity in Azure's directory.
///
/// # Errors
/// `registry.azure_login_failed`, `registry.azure_denied`, `registry.provider_unreachable`.
pub(super) async fn credentials(
    settings: &Settings,
    host: &str,
    registry: &str,
) -> Result<Option<Found>, FailureReason> {
    let found = match application(settings)? {
        Some(application) => Some((application.log_in(settings, host).await?, application.place())),
        None => identity_of_machine(settings).await?,
    };
    let Some((token, place)) = found else { return Ok(None) };
    let refresh_token = exchange(settings, host, registry, &token).await?;
    Ok(Some(Found { credentials: Credentials::IdentityToken(refresh_token), place }))
}

/// An application of the directory, by the variables that Azure's own tools read.
struct Application {
    client: String,
    tenant: String,
    authority: String,
    proof: Proof,
}

/// By what an application proves who it is.
enum Proof {
    Secret(Secret),
    /// A token of another issuer, such as a Kubernetes cluster.
    Assertion(Secret),
}

fn application(settings: &Settings) -> Result<Option<Application>, FailureReason> {
    let (Some(client), Some(tenant)) = (text(settings, "AZURE_CLIENT_ID"), text(settings, "AZURE_TENANT_ID")) else {
        return Ok(None);
    };
    let proof = match (text(settings, "AZURE_CLIENT_SECRET"), text(settings, "AZURE_FEDERATED_TOKEN_FILE")) {
        (Some(secret), _) => Proof::Secret(Secret::new(secret)),
        (None, Some(file)) => Proof::Assertion(read_token(&file)?),
        (None, None) => return Ok(None),
    };
    let authority = text(settings, "AZURE_AUTHORITY_HOST").unwrap_or_else(|| AUTHORITY.to_owned());
    Ok(Some(Application { client, tenant, authority: authority.trim_end_matches('/').to_owned(), proof }))
}

fn read_token(file: &str) -> Result<Secret, FailureReason> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        let message =
            format!("AZURE_FEDERATED_TOKEN_FILE names {file}, which cannot be read: {error}; see `ls -l {file}`");
        config_failure("registry.azure_login_failed", message)
    })?;
    Ok(Secret::new(text.trim()))
}

impl Application {
    async fn log_in(&self, settings: &Settings, host: &str) -> Result<Secret, FailureReason> {
        let scope = format!("{AUDIENCE}/.default");
        let mut form = vec![("grant_type", "client_credentials"), ("client_id", &self.client), ("scope", &scope)];
        match &self.proof {
            Proof::Secret(secret) => form.push(("client_secret", secret.expose())),
            Proof::Assertion(token) => {
                form.extend([("client_assertion_type", ASSERTION_TYPE), ("client_assertion", token.expose())]);
            }
        }
        let address = format!("{}/{}/oauth2/v2.0/token", self.authority, self.tenant);
        let answer = api::send(api::client(settings, host)?.post(address).form(&form)).await;
        let answer = answer.map_err(|why| unreachable(&self.authority, &why))?;
        answer.secret("access_token").filter(|_| answer.status.is_success()).ok_or_else(|| self.refused(&answer))
    }

    fn refused(&self, answer: &api::Answer) -> FailureReason {
        if answer.status.is_server_error() {
            return unreachable(&self.authority, &answer.status.to_string());
        }
        let message = format!(
            "Azure's directory does not take the application {} of the tenant {}; mend AZURE_CLIENT_ID, AZURE_TENANT_ID \
             and {}: try them by `az login --service-principal`",
            self.client,
            self.tenant,
            match self.proof {
                Proof::Secret(_) => "AZURE_CLIENT_SECRET",
                Proof::Assertion(_) => "AZURE_FEDERATED_TOKEN_FILE",
            }
        );
        config_failure("registry.azure_login_failed", message).with_detail(told(answer))
    }

    fn place(&self) -> String {
        format!("AZURE_CLIENT_ID ({}), exchanged at the registry", self.client)
    }
}

/// The token of the identity that the platform gives to this machine, if it is one of Azure's.
async fn identity_of_machine(settings: &Settings) -> Result<Option<(Secret, String)>, FailureReason> {
    let client = api::metadata_client()?;
    let endpoint = text(settings, "IDENTITY_ENDPOINT").zip(text(settings, "IDENTITY_HEADER"));
    let metadata = text(settings, "AZURE_POD_IDENTITY_AUTHORITY_HOST").unwrap_or_else(|| METADATA.to_owned());
    let metadata = format!("{}/metadata/identity/oauth2/token", metadata.trim_end_matches('/'));
    let request = match &endpoint {
        Some((endpoint, header)) => {
            client.get(endpoint).header("X-IDENTITY-HEADER", header).query(&[("api-version", "2019-08-01")])
        }
        None => client.get(metadata).header("Metadata", "true").query(&[("api-version", "2018-02-01")]),
    };
    let mut request = request.query(&[("resource", AUDIENCE)]);
    if let Some(identity) = text(settings, "AZURE_CLIENT_ID") {
        request = request.query(&[("client_id", identity)]);
    }
    match (api::send(request).await, endpoint) {
        (Ok(answer), _) if answer.status.is_success() && answer.secret("access_token").is_some() => {
            let place = "the managed identity of this machine, exchanged at the registry".to_owned();
            Ok(answer.secret("access_token").map(|token| (token, place)))
        }
        (answer, Some((endpoint, _))) => Err(no_identity(&endpoint, answer)),
        // Elsewhere nobody answers at this address, or somebody who is no part of Azure.
        (_, None) => Ok(None),
    }
}

/// A machine that is told to have an identity, and has none.
fn no_identity(endpoint: &str, answer: Result<api::Answer, String>) -> FailureReason {
    let message = format!(
        "IDENTITY_ENDPOINT ({endpoint}) gives no token; assign an identity by `az webapp identity assign` or the like, and \
         set AZURE_CLIENT_ID if there are several"
    );
    let detail = answer.map_or_else(|why| why, |answer| told(&answer));
    config_failure("registry.azure_login_failed", message).with_detail(detail)
}

/// Has the registry make a refresh token of a token of the directory.
async fn exchange(settings: &Settings, host: &str, registry: &str, token: &Secret) -> Result<Secret, FailureReason> {
    let scheme = if settings.options_of(host).plain_http { "http" } else { "https" };
    let tenant = text(settings, "AZURE_TENANT_ID");
    let mut form = vec![("grant_type", "access_token"), ("service", host), ("access_token", token.expose())];
    form.extend(tenant.as_deref().map(|tenant| ("tenant", tenant)));
    let request = api::client(settings, host)?.post(format!("{scheme}://{host}/oauth2/exchange")).form(&form);
    let answer = api::send(request).await.map_err(|why| unreachable(host, &why))?;
    if let Some(token) = answer.secret("refresh_token").filter(|_| answer.status.is_success()) {
        return Ok(token);
    }
    if !answer.status.is_client_error() {
        return Err(unreachable(host, &format!("{} without a refresh_token", answer.status)));
    }
    let message = format!(
        "{host} does not exchange the token of Azure's directory: who asks has no role at it; give one by `az role \
         assignment create --assignee CLIENT_ID --role AcrPull --scope $(az acr show --name {registry} --query id \
         --output tsv)`"
    );
    Err(config_failure("registry.azure_denied", message).with_detail(told(&answer)))
}

fn unreachable(host: &str, why: &str) -> FailureReason {
    api::unreachable_api(host, why, &format!("try again, and look at it by `curl -v {host}`"))
}

/// The words of an answer that are made for people: Azure's directory and registries use different ones.
fn told(answer: &api::Answer) -> String {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let places = ["/error_description", "/errors/0/message", "/error/message", "/error"];
    let said = places.iter().find_map(|place| body.pointer(place)?.as_str());
    let first_line = said.and_then(|said| said.lines().next()).unwrap_or_default();
    format!("{}: {first_line}", answer.status)
}

fn text(settings: &Settings, name: &str) -> Option<String> {
    settings.variable(name)?.to_str().map(str::to_owned)
}
