//! How registries are written as keys of the files that keep credentials.

use crate::DOCKER_HUB;

/// The key of Docker Hub, since the times of its first API.
const DOCKER_HUB_KEY: &str = "https://index.docker.io/v1/";

/// The key under which Docker keeps a registry's credentials, and for which it asks helpers.
pub(super) fn key_of(host: &str) -> &str {
    if host == DOCKER_HUB { DOCKER_HUB_KEY } else { host }
}

/// The host of a key, and the path below it to which its credentials are confined; mostly there is none.
pub(super) fn understand(key: &str) -> (&str, &str) {
    let (is_address, rest) = match key.split_once("://") {
        Some((_, rest)) => (true, rest),
        None => (false, key),
    };
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let path = path.trim_matches('/');
    let host = if matches!(host, "index.docker.io" | "registry-1.docker.io") { DOCKER_HUB } else { host };
    // An address is that of an API: `https://registry.test/v1/`.
    if is_address || matches!(path, "v1" | "v2") { (host, "") } else { (host, path) }
}

/// How well a key fits: the longest path wins, then the key as Docker writes it. Nothing when it does not fit.
pub(super) fn fit(key: &str, host: &str, repository: Option<&str>) -> Option<(usize, bool)> {
    let (key_host, path) = understand(key);
    let below =
        |repository: &str| repository.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let fits = key_host == host && (path.is_empty() || repository.is_some_and(below));
    fits.then(|| (path.len(), key == key_of(host)))
}

#[cfg(test)]
mod tests {
    use super::fit;

    fn fits(key: &str, host: &str) -> bool {
        fit(key, host, None).is_some()
    }

    #[test]
    fn all_spellings_that_docker_knows_are_one_host() {
        for key in [
            "https://index.docker.io/v1/",
            "https://index.docker.io/v2/",
            "index.docker.io",
            "registry-1.docker.io",
            "https://registry-1.docker.io/v2/",
            "docker.io",
            "https://docker.io",
        ] {
            assert!(fits(key, "docker.io"), "{key}");
        }
        for key in ["registry.test:5000", "https://registry.test:5000", "http://registry.test:5000/v2/"] {
            assert!(fits(key, "registry.test:5000"), "{key}");
            assert!(!fits(key, "registry.test"), "{key}");
        }
    }

    #[test]
    fn a_path_confines_credentials_to_the_repositories_below_it() {
        let path = |repository| fit("registry.test/team", "registry.test", repository).map(|(length, _)| length);
        assert_eq!(path(None), None);
        assert_eq!(path(Some("team")), Some(4));
        assert_eq!(path(Some("team/x")), Some(4));
        assert_eq!(path(Some("teams/x")), None);
    }
}
