//! Whose registry it is, told from its host, and what follows from that: the names it takes, who makes credentials for
//! it, for how long they hold, and what a person types who has none.

mod amazon;
mod api;
mod azure;
mod docker_hub;
mod github;
mod google;

use crate::failure::config_failure;
use crate::{Attempt, DOCKER_HUB, Found, ImageName, Settings};
use longshore_protocol::FailureReason;

pub use amazon::EcrRegistry;

/// The user that Azure takes for "the password is a token".
pub(crate) const NO_USER: &str = "00000000-0000-0000-0000-000000000000";

/// Who runs a registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Provider {
    /// Google Artifact Registry, and the Container Registry before it.
    Google,
    /// Amazon Elastic Container Registry.
    AmazonEcr(EcrRegistry),
    /// Azure Container Registry.
    Azure {
        /// The registry's name: the first word of its host.
        registry: String,
    },
    /// Docker Hub.
    DockerHub,
    /// GitHub Container Registry.
    GitHub,
    /// Anybody: Distribution, Harbor, a registry in the same network.
    SelfHosted,
}

impl Provider {
    /// Recognises a provider. A host with a port is nobody's but one's own: tokens of clouds do not go there.
    #[must_use]
    pub fn of(host: &str) -> Self {
        match host {
            DOCKER_HUB => Self::DockerHub,
            "ghcr.io" => Self::GitHub,
            _ if google::is_host(host) => Self::Google,
            _ => {
                let amazon = EcrRegistry::of(host).map(Self::AmazonEcr);
                let azure = || azure::registry_of(host).map(|registry| Self::Azure { registry });
                amazon.or_else(azure).unwrap_or(Self::SelfHosted)
            }
        }
    }

    /// For how long a token holds that one logs in with; nothing where passwords hold until they are changed.
    #[must_use]
    pub fn lifetime(&self) -> Option<&'static str> {
        match self {
            Self::Google => Some("60 minutes"),
            Self::AmazonEcr(_) => Some("12 hours"),
            Self::Azure { .. } => Some("about 3 hours"),
            Self::DockerHub | Self::GitHub | Self::SelfHosted => None,
        }
    }

    /// New credentials by the provider's own flow; nothing where there is none, or nothing on this machine to ask with.
    ///
    /// # Errors
    /// When something is there to ask with, and it is refused.
    pub async fn credentials(
        &self,
        settings: &Settings,
        host: &str,
        attempt: Attempt,
    ) -> Result<Option<Found>, FailureReason> {
        match self {
            Self::Google => google::credentials(settings, host).await,
            Self::AmazonEcr(registry) => amazon::credentials(settings, registry, attempt).await,
            Self::Azure { registry } => azure::credentials(settings, host, registry).await,
            Self::DockerHub | Self::GitHub | Self::SelfHosted => Ok(None),
        }
    }

    fn grammar(&self) -> Grammar {
        match self {
            Self::Google => google::GRAMMAR,
            Self::AmazonEcr(registry) if registry.account.is_none() => amazon::PUBLIC_GRAMMAR,
            Self::AmazonEcr(_) => amazon::GRAMMAR,
            Self::Azure { .. } => azure::GRAMMAR,
            Self::DockerHub => docker_hub::GRAMMAR,
            Self::GitHub => github::GRAMMAR,
            Self::SelfHosted => Grammar { shape: "HOST[:PORT]/REPOSITORY", parts: &["REPOSITORY"], has_more: true },
        }
    }
}

/// What a provider's names consist of.
struct Grammar {
    /// A whole name, for messages.
    shape: &'static str,
    /// What follows the host.
    parts: &'static [&'static str],
    /// Whether more words may follow.
    has_more: bool,
}

/// Says what a name lacks by the rules of its provider.
///
/// # Errors
/// `image.name_incomplete`.
pub fn explain_name(name: &ImageName) -> Result<(), FailureReason> {
    let host = name.registry();
    if let Some((shape, why)) = google::explain_host(host).or_else(|| amazon::explain_host(host)) {
        return Err(incomplete(name, why, shape));
    }
    let mut grammar = Provider::of(host).grammar();
    if google::is_old_host(host) {
        grammar = google::OLD_GRAMMAR;
    }
    let words = name.repository().split('/').count();
    match grammar.parts.get(words..) {
        Some([]) => Ok(()),
        Some(missing) => Err(incomplete(name, &format!("{} is missing", missing.join("/")), grammar.shape)),
        None if grammar.has_more => Ok(()),
        None => Err(incomplete(name, "it has too many parts", grammar.shape)),
    }
}

fn incomplete(name: &ImageName, why: &str, shape: &str) -> FailureReason {
    let message = format!("`{}` cannot be a name at this registry: {why}; write {shape}", name.untagged());
    config_failure("image.name_incomplete", message)
}

/// What a person types to get the credentials of a registry; one sentence without its end, for the end of a message.
#[must_use]
pub fn advice(host: &str) -> String {
    match Provider::of(host) {
        Provider::Google => google::advice(host),
        Provider::AmazonEcr(registry) => amazon::advice(host, &registry),
        Provider::Azure { registry } => azure::advice(host, &registry),
        Provider::DockerHub => docker_hub::advice(),
        Provider::GitHub => github::advice(),
        Provider::SelfHosted => format!("log in by `longshore registry login {host} --username NAME --password-stdin`"),
    }
}

/// Makes the repository of a name before the first push, where a provider wants that and can be told; says whether it
/// was made now.
///
/// # Errors
/// When the provider refuses.
pub async fn create_repository(settings: &Settings, name: &ImageName) -> Result<bool, FailureReason> {
    match Provider::of(name.registry()) {
        Provider::AmazonEcr(registry) => amazon::create_repository(settings, &registry, name).await,
        _ => Ok(false),
    }
}

#[cfg(test)]
mod tests {
    use super::{Provider, advice, explain_name};

    #[test]
    fn a_provider_is_told_from_the_host() {
        for (host, provider) in [
            ("europe-west3-docker.pkg.dev", "Google"),
            ("gcr.io", "Google"),
            ("eu.gcr.io", "Google"),
            ("123456789012.dkr.ecr.eu-west-1.amazonaws.com", "AmazonEcr"),
            ("123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com", "AmazonEcr"),
            ("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn", "AmazonEcr"),
            ("public.ecr.aws", "AmazonEcr"),
            ("team.azurecr.io", "Azure"),
            ("team.azurecr.cn", "Azure"),
            ("team.azurecr.us", "Azure"),
            ("docker.io", "DockerHub"),
            ("ghcr.io", "GitHub"),
        ] {
            assert!(format!("{:?}", Provider::of(host)).starts_with(provider), "{host}");
        }
    }

    #[test]
    fn hosts_that_only_look_like_a_provider_are_nobodys() {
        for host in [
            "localhost:5000",
            "docker.pkg.dev.evil.test",
            "evil-docker.pkg.dev.test",
            "notgcr.io",
            "azurecr.io",
            "team.azurecr.io.evil.test",
            "team.azurecr.io:5000",
            "a.b.azurecr.io",
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com.evil.test",
            "123456789012.dkr.ecr.eu.west.amazonaws.com",
            "123456789012.dkr.ecr.x/y.amazonaws.com",
            "team.dkr.ecr.eu-west-1.amazonaws.com",
        ] {
            assert_eq!(Provider::of(host), Provider::SelfHosted, "{host}");
        }
    }

    #[test]
    fn a_name_is_told_what_it_lacks() {
        for (name, why) in [
            ("europe-docker.pkg.dev/project", "REPOSITORY/IMAGE is missing"),
            ("europe-docker.pkg.dev/project/repository", "IMAGE is missing; write REGION-docker.pkg.dev/"),
            ("docker.pkg.dev/project/repository/x", "the region is missing"),
            ("gcr.io/x", "IMAGE is missing"),
            ("ghcr.io/x", "IMAGE is missing; write ghcr.io/OWNER/IMAGE"),
            ("public.ecr.aws/x", "REPOSITORY is missing"),
            ("dkr.ecr.eu-west-1.amazonaws.com/x", "the account is missing"),
            ("12.dkr.ecr.eu-west-1.amazonaws.com/x", "the account has 12 digits"),
            ("a/b/c", "too many parts"),
        ] {
            let reason = explain_name(&name.parse().unwrap()).expect_err(name);
            assert_eq!(reason.code, "image.name_incomplete");
            assert!(reason.message.contains(why), "{name}: {}", reason.message);
        }
    }

    #[test]
    fn a_whole_name_is_one() {
        for name in [
            "busybox",
            "me/x",
            "europe-docker.pkg.dev/project/repository/a/b",
            "gcr.io/project/x",
            "ghcr.io/me/x/y",
            "public.ecr.aws/docker/library/x",
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com/x",
            "team.azurecr.io/x",
            "localhost:5000/x",
        ] {
            assert_eq!(explain_name(&name.parse().unwrap()), Ok(()), "{name}");
        }
    }

    #[test]
    fn advice_has_a_command_with_the_host() {
        for host in ["r.test:5000", "eu.gcr.io", "1.azurecr.io", "docker.io", "ghcr.io", "public.ecr.aws"] {
            assert!(advice(host).contains(host) && advice(host).contains('`'), "{}", advice(host));
        }
    }
}
