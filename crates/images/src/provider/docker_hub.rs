//! Docker Hub: an account with a personal access token; without one, few pulls an hour.

use super::Grammar;

/// Names of Docker Hub have exactly two parts; those of one lie below `library/`.
pub(super) const GRAMMAR: Grammar =
    Grammar { shape: "docker.io/ACCOUNT/IMAGE", parts: &["ACCOUNT", "IMAGE"], has_more: false };

/// How one logs in.
pub(super) fn advice() -> String {
    "make a personal access token at https://app.docker.com/settings/personal-access-tokens (Read & Write to push) and \
     log in by `longshore registry login docker.io --username ACCOUNT --password-stdin`, which also raises the limit \
     of pulls per hour"
        .to_owned()
}
