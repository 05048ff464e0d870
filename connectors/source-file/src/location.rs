//! Where a file is, and how it is called in messages.

use longshore_connector_kit::Failure;
use std::fmt;
use std::path::{Path, PathBuf};

/// A local file or a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Location {
    /// An absolute path.
    Local(PathBuf),
    /// http or https.
    Http(String),
}

impl Location {
    /// # Errors
    /// A config error for an empty path, and for a scheme that is not known.
    pub(crate) fn parse(path: &str) -> Result<Self, Failure> {
        match path.split_once("://").map(|(scheme, rest)| (scheme.to_ascii_lowercase(), rest)) {
            _ if path.is_empty() => Err(Failure::config("`path` is empty: name a file or a URL")),
            None => Ok(Self::Local(absolute(path))),
            Some((scheme, rest)) => match scheme.as_str() {
                "http" | "https" => Ok(Self::Http(path.to_owned())),
                "file" => Ok(Self::Local(absolute(rest))),
                other => Err(Failure::config(format!(
                    "`path` begins with `{other}://`, which cannot be read: use a local path, http:// or https://"
                ))),
            },
        }
    }

    /// The name of the file without its last extension.
    pub(crate) fn stem(&self) -> String {
        let stem = self.file().file_stem().unwrap_or_default();
        if stem.is_empty() { "file".to_owned() } else { stem.to_string_lossy().into_owned() }
    }

    /// The last extension, without its dot; empty when there is none.
    pub(crate) fn extension(&self) -> String {
        self.file().extension().unwrap_or_default().to_string_lossy().into_owned()
    }

    fn file(&self) -> &Path {
        match self {
            Self::Local(path) => path,
            Self::Http(url) => Path::new(path_of(url)),
        }
    }
}

/// The path, or the URL without what may be a secret: user, password, query and fragment.
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local(path) => path.display().fmt(f),
            Self::Http(url) => {
                let (scheme, _) = url.split_once("://").unwrap_or_default();
                let authority = authority_of(url);
                let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
                write!(f, "{scheme}://{host}{}", path_of(url))
            }
        }
    }
}

/// `user:password@host:port`.
fn authority_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}

/// `/a/b.csv`; empty when there is none.
fn path_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest[authority_of(url).len()..].split(['?', '#']).next().unwrap_or_default()
}

fn absolute(path: &str) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| PathBuf::from(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stem_and_extension_come_from_the_last_part_of_the_path() {
        for (path, stem, extension) in [
            ("/data/people.csv", "people", "csv"),
            ("file:///data/people.CSV", "people", "CSV"),
            ("/data.d/people", "people", ""),
            ("https://example.com/a/events.jsonl?token=x.y/z#f.g", "events", "jsonl"),
            ("https://example.com", "file", ""),
            ("http://user:pa@example.com?x=/y.csv", "file", ""),
        ] {
            let location = Location::parse(path).unwrap();
            assert_eq!((location.stem().as_str(), location.extension().as_str()), (stem, extension), "{path}");
        }
    }

    #[test]
    fn a_url_is_shown_without_its_secrets() {
        let location = Location::parse("https://ann:pass@example.com:8443/a.csv?key=s3cret#x").unwrap();
        assert_eq!(location.to_string(), "https://example.com:8443/a.csv");
    }

    #[test]
    fn an_unknown_scheme_is_named() {
        assert!(Location::parse("s3://bucket/a.csv").unwrap_err().message.contains("`s3://`"));
    }
}
