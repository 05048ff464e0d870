//! Credential helpers that are widely used: what they belong to, and what they do.

/// The helpers that keep what they are given and make nothing.
const KEEPERS: [&str; 6] = ["desktop", "osxkeychain", "pass", "secretservice", "wincred", "file"];

/// Whether asking this helper again can only give what it was given.
pub(super) fn only_keeps(helper: &str) -> bool {
    KEEPERS.contains(&helper)
}

/// What has to be installed for a helper, for the end of "install …".
pub(super) fn package_of(helper: &str) -> String {
    match helper {
        "gcloud" => "the Google Cloud CLI (https://cloud.google.com/sdk/docs/install)".to_owned(),
        "gcr" => "docker-credential-gcr (`gcloud components install docker-credential-gcr`)".to_owned(),
        "ecr-login" => {
            "amazon-ecr-credential-helper (Debian: `apt-get install amazon-ecr-credential-helper`)".to_owned()
        }
        "acr-env" | "acr-linux" => "the Azure Container Registry credential helper".to_owned(),
        "desktop" => "Docker Desktop, which it is a part of".to_owned(),
        "osxkeychain" => "Docker Desktop for Mac (`brew install docker-credential-helper`)".to_owned(),
        "wincred" => "Docker Desktop for Windows, which it is a part of".to_owned(),
        "pass" | "secretservice" => {
            format!("docker-credential-{helper} (Debian: `apt-get install golang-docker-credential-helpers`)")
        }
        other => format!("docker-credential-{other}"),
    }
}
