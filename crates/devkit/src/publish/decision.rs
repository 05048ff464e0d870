//! What is left to do for a version to be published. Pure: it looks at what is there, and waits for nothing.

use longshore_images::Digest;
use semver::Version;

/// An image under the version's tag in the registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Taken {
    /// The digest of its manifest.
    pub(super) digest: Digest,
    /// The digest of its configuration, the same for the same build.
    pub(super) config: Digest,
    /// The commit that it says it was built from.
    pub(super) revision: Option<String>,
}

/// Whether the tag of a version may be published from here.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Push {
    /// The tag is free.
    Needed,
    /// This very image is there: an earlier run pushed it.
    Done(Digest),
    /// Something else is there.
    Refused(Taken),
}

/// Before the image is built: whether it is known already that the tag holds something else.
pub(super) fn is_of_another_commit(taken: &Taken, revision: Option<&str>) -> bool {
    matches!((taken.revision.as_deref(), revision), (Some(theirs), Some(ours)) if theirs != ours)
}

/// After it is built: what to do about the tag.
pub(super) fn push(taken: Option<Taken>, built_config: &Digest) -> Push {
    match taken {
        None => Push::Needed,
        Some(taken) if taken.config == *built_config => Push::Done(taken.digest),
        Some(taken) => Push::Refused(taken),
    }
}

/// Whether `latest` is to mean this version: it is a release, and no tag of the repository is a newer one.
pub(super) fn is_latest(version: &Version, tags: &[String]) -> bool {
    let mut releases = tags.iter().filter_map(|tag| Version::parse(tag).ok()).filter(|tag| tag.pre.is_empty());
    version.pre.is_empty() && releases.all(|release| release <= *version)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(config: &[u8], revision: Option<&str>) -> Taken {
        Taken { digest: Digest::of(b"manifest"), config: Digest::of(config), revision: revision.map(ToOwned::to_owned) }
    }

    #[test]
    fn a_tag_is_taken_by_anything_but_the_same_build() {
        let built = Digest::of(b"built");
        assert_eq!(push(None, &built), Push::Needed);
        assert_eq!(push(Some(taken(b"built", None)), &built), Push::Done(Digest::of(b"manifest")));
        assert!(matches!(push(Some(taken(b"other", None)), &built), Push::Refused(_)));
    }

    #[test]
    fn another_commit_is_known_before_anything_is_built() {
        assert!(is_of_another_commit(&taken(b"", Some("a")), Some("b")));
        assert!(!is_of_another_commit(&taken(b"", Some("a")), Some("a")));
        assert!(!is_of_another_commit(&taken(b"", None), Some("b")));
        assert!(!is_of_another_commit(&taken(b"", Some("a")), None));
    }

    #[test]
    fn latest_is_the_newest_release_and_nothing_else() {
        let version = |text: &str| Version::parse(text).unwrap();
        let tags = ["1.2.0", "latest", "2.0.0", "3.0.0-rc.1", "dev"].map(ToOwned::to_owned);
        assert!(is_latest(&version("2.0.1"), &tags));
        assert!(is_latest(&version("2.0.0"), &tags));
        assert!(!is_latest(&version("1.2.1"), &tags), "a back-port");
        assert!(!is_latest(&version("3.0.0-rc.2"), &tags), "a candidate");
        assert!(is_latest(&version("0.1.0"), &[]));
    }
}
