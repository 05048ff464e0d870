//! Platforms: for which machine an image is built.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// An operating system and an architecture, in the words of images: `linux/amd64`, `linux/arm64/v8`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Platform {
    /// `linux`.
    pub os: String,
    /// `amd64`, `arm64`.
    pub architecture: String,
    /// `v8`; most have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
}

/// A text that is no platform.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no platform; write linux/amd64 or linux/arm64")]
pub struct PlatformError(String);

impl Platform {
    /// Linux on this machine's processor: what containers on this machine run.
    #[must_use]
    pub fn of_this_machine() -> Self {
        let architecture = match std::env::consts::ARCH {
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            other => other,
        };
        Self { os: "linux".to_owned(), architecture: architecture.to_owned(), variant: None }
    }

    /// Whether what is built for `other` runs here. A variant counts only where both name one; `arm64` is `arm64/v8`.
    #[must_use]
    pub fn runs(&self, other: &Self) -> bool {
        let variants = (self.variant.as_deref(), other.variant.as_deref());
        self.os == other.os && self.architecture == other.architecture && matches!(variants, (None, _) | (_, None))
            || self == other
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)?;
        self.variant.as_ref().map_or(Ok(()), |variant| write!(f, "/{variant}"))
    }
}

impl FromStr for Platform {
    type Err = PlatformError;

    fn from_str(text: &str) -> Result<Self, PlatformError> {
        let words: Vec<&str> = text.split('/').collect();
        let is_word =
            |word: &&str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        let owned = |word: &str| word.to_owned();
        match words[..] {
            _ if !words.iter().all(is_word) => Err(PlatformError(text.to_owned())),
            [os, architecture] => Ok(Self { os: owned(os), architecture: owned(architecture), variant: None }),
            [os, architecture, variant] => {
                Ok(Self { os: owned(os), architecture: owned(architecture), variant: Some(owned(variant)) })
            }
            _ => Err(PlatformError(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Platform;

    fn platform(text: &str) -> Platform {
        text.parse().unwrap()
    }

    #[test]
    fn a_variant_counts_only_where_both_name_one() {
        assert!(platform("linux/arm64").runs(&platform("linux/arm64/v8")));
        assert!(!platform("linux/arm/v6").runs(&platform("linux/arm/v7")));
        assert!(!platform("linux/amd64").runs(&platform("linux/arm64")));
    }

    #[test]
    fn the_text_comes_back() {
        assert_eq!(platform("linux/arm/v7").to_string(), "linux/arm/v7");
        assert!(["linux", "", "linux/", "a/b/c/d", "Linux/amd64"].iter().all(|text| text.parse::<Platform>().is_err()));
    }
}
