//! Versions: semantic versions with release candidates `-rc.N`, and what comes after one.

use crate::failure::config_failure;
use longshore_protocol::FailureReason;
use semver::{BuildMetadata, Prerelease, Version};
use std::str::FromStr;

/// Which version comes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bump {
    /// A repair: 1.2.3 to 1.2.4. A candidate of it becomes the release: 1.2.4-rc.2 to 1.2.4.
    Patch,
    /// Something new: 1.2.3 to 1.3.0.
    Minor,
    /// Something that people must act upon: 1.2.3 to 2.0.0.
    Major,
    /// A candidate: 1.2.3 to 1.2.4-rc.1, 1.2.4-rc.1 to 1.2.4-rc.2.
    Rc,
    /// This one.
    To(Version),
}

impl FromStr for Bump {
    type Err = FailureReason;

    fn from_str(text: &str) -> Result<Self, FailureReason> {
        match text {
            "patch" => Ok(Self::Patch),
            "minor" => Ok(Self::Minor),
            "major" => Ok(Self::Major),
            "rc" => Ok(Self::Rc),
            version => parse(version)
                .map(Self::To)
                .map_err(|why| config_failure("version.invalid", format!("{why}; or write patch, minor, major or rc"))),
        }
    }
}

impl Bump {
    /// The version after `current`.
    ///
    /// # Errors
    /// `version.rc_of_major`, `version.goes_down`, `version.invalid`.
    pub fn next(&self, current: &Version) -> Result<Version, FailureReason> {
        let Version { major, minor, patch, .. } = *current;
        let is_candidate = !current.pre.is_empty();
        match self {
            Self::Patch if is_candidate => Ok(Version::new(major, minor, patch)),
            Self::Patch => Ok(Version::new(major, minor, patch + 1)),
            Self::Minor if is_candidate && patch == 0 => Ok(Version::new(major, minor, 0)),
            Self::Minor => Ok(Version::new(major, minor + 1, 0)),
            Self::Major => Ok(Version::new(major + 1, 0, 0)),
            Self::Rc => next_candidate(current),
            Self::To(version) => may_follow(version, current).map(|()| version.clone()),
        }
    }
}

fn next_candidate(current: &Version) -> Result<Version, FailureReason> {
    let Version { major, minor, patch, .. } = *current;
    if current.pre.is_empty() {
        return candidate(major, minor, patch + 1, 1);
    }
    let number = candidate_number(current).ok_or_else(|| {
        let message = format!(
            "{current} is neither a release nor a candidate -rc.N, so no candidate follows it; name the version itself: \
             `longshore connector bump DIR {major}.{minor}.{patch}-rc.1`"
        );
        config_failure("version.invalid", message)
    })?;
    refuse_candidate_of_major(current)?;
    candidate(major, minor, patch, number + 1)
}

fn candidate(major: u64, minor: u64, patch: u64, number: u64) -> Result<Version, FailureReason> {
    let pre = Prerelease::new(&format!("rc.{number}"));
    let pre = pre.map_err(|error| config_failure("version.invalid", error.to_string()))?;
    Ok(Version { major, minor, patch, pre, build: BuildMetadata::EMPTY })
}

/// `rc.4` and `rc4`.
fn candidate_number(version: &Version) -> Option<u64> {
    let rest = version.pre.as_str().strip_prefix("rc")?;
    rest.strip_prefix('.').unwrap_or(rest).parse().ok()
}

fn refuse_candidate_of_major(version: &Version) -> Result<(), FailureReason> {
    let is_major = version.major > 0 && version.minor == 0 && version.patch == 0;
    if !is_major || version.pre.is_empty() {
        return Ok(());
    }
    let message = format!(
        "{version} is a candidate of a major version, which nobody can be given without acting; release it with \
         `longshore connector bump DIR {}.0.0`",
        version.major
    );
    Err(config_failure("version.rc_of_major", message))
}

fn may_follow(version: &Version, current: &Version) -> Result<(), FailureReason> {
    refuse_candidate_of_major(version)?;
    if version >= current {
        return Ok(());
    }
    let message = format!(
        "{version} is lower than {current}; versions only go up: `longshore connector bump DIR patch` makes the next"
    );
    Err(config_failure("version.goes_down", message))
}

/// A version that can be the tag of an image; the error says what is wanted.
pub(crate) fn parse(text: &str) -> Result<Version, String> {
    let wanted = "write a version such as 1.2.3 or 1.2.4-rc.1";
    let version = Version::parse(text).map_err(|error| format!("`{text}` is no version ({error}); {wanted}"))?;
    match version.build.is_empty() {
        true => Ok(version),
        false => Err(format!("`{text}` has a `+`, which a tag of an image cannot have; {wanted}")),
    }
}

/// Whether a text names this version; Python writes 1.2.4-rc.1 as 1.2.4rc1.
pub(crate) fn names(text: &str, version: &Version) -> bool {
    let plain = |text: &str| text.replacen("-rc.", "rc", 1).replacen("-rc", "rc", 1);
    text == version.to_string() || plain(text) == plain(&version.to_string())
}

#[cfg(test)]
mod tests {
    use super::{Bump, names, parse};

    fn next(bump: &str, current: &str) -> String {
        let bump: Bump = bump.parse().unwrap();
        bump.next(&parse(current).unwrap()).map_or_else(|failure| failure.code, |version| version.to_string())
    }

    #[test]
    fn what_comes_next() {
        for (bump, current, wanted) in [
            ("patch", "1.2.3", "1.2.4"),
            ("patch", "1.2.4-rc.2", "1.2.4"),
            ("minor", "1.2.3", "1.3.0"),
            ("minor", "1.3.0-rc.1", "1.3.0"),
            ("minor", "1.2.4-rc.1", "1.3.0"),
            ("major", "0.9.1", "1.0.0"),
            ("major", "1.2.4-rc.1", "2.0.0"),
            ("rc", "1.2.3", "1.2.4-rc.1"),
            ("rc", "1.2.4-rc.9", "1.2.4-rc.10"),
            ("rc", "1.2.4-rc9", "1.2.4-rc.10"),
            ("1.3.0-rc.1", "1.2.3", "1.3.0-rc.1"),
            ("1.2.3", "1.2.3", "1.2.3"),
        ] {
            assert_eq!(next(bump, current), wanted, "{bump} of {current}");
        }
    }

    #[test]
    fn what_may_not_come_next() {
        assert_eq!(next("rc", "2.0.0-rc.1"), "version.rc_of_major");
        assert_eq!(next("2.0.0-rc.1", "1.2.3"), "version.rc_of_major");
        assert_eq!(next("rc", "1.2.3-preview.abc"), "version.invalid");
        assert_eq!(next("1.2.3-rc.1", "1.2.3"), "version.goes_down");
        for text in ["1.2", "v1.2.3", "1.2.3+build", "latest", ""] {
            assert_eq!(text.parse::<Bump>().unwrap_err().code, "version.invalid", "{text}");
        }
    }

    #[test]
    fn python_spells_candidates_its_own_way() {
        let version = parse("1.2.4-rc.1").unwrap();
        assert!(["1.2.4-rc.1", "1.2.4rc1", "1.2.4-rc1"].iter().all(|text| names(text, &version)));
        assert!(!names("1.2.4", &version) && !names("1.2.4rc2", &version));
    }
}
