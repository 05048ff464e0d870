//! Proving rights to an image before they are needed, step by step; nothing is left behind in the registry.

use crate::images::platforms_of;
use crate::registry::Registry;
use crate::registry::documents::Fetched;
use crate::registry::explain::About;
use crate::token::Scope;
use crate::{Credentials, Document, Found, ImageName, Images};
use longshore_protocol::FailureReason;
use serde::Serialize;
use std::time::Instant;

/// Which rights are proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// To pull the image.
    Pull,
    /// To push to its repository.
    Push,
    /// Both.
    Both,
}

/// One step, and what came of it.
#[derive(Debug, Clone, Serialize)]
pub struct CheckStep {
    /// What was tried: `reachable`, `credentials`, `pull`, `push`.
    pub name: &'static str,
    /// What was found, or what failed.
    pub message: String,
    /// Why it failed; none when it went well.
    pub failure: Option<FailureReason>,
    /// How long it took.
    pub duration_seconds: f64,
}

impl Images {
    /// Proves that the registry of an image can be reached, who asks it, and the rights of these credentials. The steps
    /// after one that failed are left out where they would fail alike.
    pub async fn check(&self, name: &ImageName, access: Access) -> Vec<CheckStep> {
        let mut steps = Vec::new();
        let registry = match step("reachable", self.reach(name.registry(), Some(name.repository())), &mut steps).await {
            Some(registry) => registry,
            None => return steps,
        };
        if step("credentials", who(&registry), &mut steps).await.is_none() {
            return steps;
        }
        if access != Access::Push {
            step("pull", pull(&registry, name), &mut steps).await;
        }
        if access != Access::Pull {
            step("push", push(&registry, name), &mut steps).await;
        }
        steps
    }

    /// Proves that a registry can be reached and takes the credentials that there are for it.
    pub async fn check_registry(&self, host: &str) -> Vec<CheckStep> {
        let mut steps = Vec::new();
        let Some(registry) = step("reachable", self.reach(host, None), &mut steps).await else { return steps };
        step("credentials", login(&registry), &mut steps).await;
        steps
    }

    async fn reach(&self, host: &str, repository: Option<&str>) -> Result<(Registry, String), FailureReason> {
        let registry = self.own_registry(host, repository)?;
        let asked = registry.authority().is_asked(&registry).await?;
        let host = &registry.host;
        let plain = if registry.is_plain() { ", without TLS" } else { "" };
        let wants = if asked { "wants to know who asks" } else { "is open to everybody" };
        let message = format!("{host} answers{plain}, and {wants}");
        Ok((registry, message))
    }

    /// Whether a registry takes some credentials.
    ///
    /// # Errors
    /// `registry.credentials_rejected`, and all that can fail with a registry.
    pub async fn verify_login(&self, host: &str, credentials: &Credentials) -> Result<(), FailureReason> {
        let registry = self.own_registry(host, None)?;
        let found = Found { credentials: credentials.clone(), place: "what was given".to_owned() };
        registry.authority().set(found).await;
        taken(&registry).await
    }
}

/// Asks for nothing but to be known.
async fn taken(registry: &Registry) -> Result<(), FailureReason> {
    registry
        .attempt(&Scope::pull(""), &About::host(&registry.host), async |auth| {
            let request = registry.request(reqwest::Method::GET, &registry.url("v2/"), &auth);
            match crate::registry::good(request).await {
                // The token is of no repository, and some let it do nothing; the credentials were taken for it.
                Err(trouble) if trouble.is_unauthorized() && auth.is_token() => Ok(()),
                answer => answer.map(|_| ()),
            }
        })
        .await
}

async fn login(registry: &Registry) -> Result<((), String), FailureReason> {
    let (_, place) = who(registry).await?;
    taken(registry).await?;
    Ok(((), place))
}

async fn step<T>(
    name: &'static str,
    work: impl Future<Output = Result<(T, String), FailureReason>>,
    steps: &mut Vec<CheckStep>,
) -> Option<T> {
    let begun = Instant::now();
    let (found, message, failure) = match work.await {
        Ok((found, message)) => (Some(found), message, None),
        Err(failure) => (None, failure.message.clone(), Some(failure)),
    };
    let duration_seconds = begun.elapsed().as_secs_f64();
    steps.push(CheckStep { name, message, failure, duration_seconds });
    found
}

async fn who(registry: &Registry) -> Result<((), String), FailureReason> {
    if !registry.authority().is_asked(registry).await? {
        return Ok(((), "none are needed".to_owned()));
    }
    let (anonymous, place) = registry.authority().place(registry).await?;
    Ok(((), if anonymous { "there are none; the registry is asked by nobody in particular".to_owned() } else { place }))
}

async fn pull(registry: &Registry, name: &ImageName) -> Result<((), String), FailureReason> {
    let fetched = registry.document(name).await?;
    Ok(((), found(name, &fetched)))
}

fn found(name: &ImageName, fetched: &Fetched) -> String {
    let digest = &fetched.descriptor.digest;
    let size = match &fetched.document {
        Document::Manifest(manifest) => format!(", {} bytes", manifest.compressed_bytes()),
        Document::Index(_) => String::new(),
    };
    let platforms: Vec<String> = platforms_of(fetched).iter().map(ToString::to_string).collect();
    let platforms = if platforms.is_empty() { String::new() } else { format!(", for {}", platforms.join(", ")) };
    let limit = fetched
        .limit
        .as_ref()
        .map_or(String::new(), |limit| format!("; {} of {} pulls are left for now", limit.remaining, limit.limit));
    format!("{name} is {digest}{size}{platforms}{limit}")
}

async fn push(registry: &Registry, name: &ImageName) -> Result<((), String), FailureReason> {
    registry.try_upload(name).await?;
    Ok(((), format!("an upload to {} was begun and taken back", name.untagged())))
}
