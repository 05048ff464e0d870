//! GitHub Container Registry: any user with a classic personal access token, or the token of a workflow's job.

use super::Grammar;

/// Names begin with the user or the organisation.
pub(super) const GRAMMAR: Grammar =
    Grammar { shape: "ghcr.io/OWNER/IMAGE", parts: &["OWNER", "IMAGE"], has_more: true };

/// How one logs in, on a machine and in a workflow.
pub(super) fn advice() -> String {
    "make a personal access token (classic) with the scope read:packages, and write:packages to push, and log in by \
     `longshore registry login ghcr.io --username NAME --password-stdin`; in a workflow give the job `permissions: \
     packages: write` and log in by `echo \"$GITHUB_TOKEN\" | longshore registry login ghcr.io --username \
     \"$GITHUB_ACTOR\" --password-stdin`"
        .to_owned()
}
