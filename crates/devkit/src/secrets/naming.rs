//! What a connector's secrets are called: in a vault, in the environment, on disk.
//!
//! The rule: the connector's name in words, each of ASCII letters and digits. A Latin letter with a mark counts as the
//! letter; every other sign parts words. The first word is `source`, `destination` or `base`.

use crate::failure::config_failure;
use longshore_protocol::FailureReason;

/// Latin letters with marks, and what they count as.
const FOLDED: [(&str, &str); 13] = [
    ("àáâãäåāăą", "a"),
    ("çćĉċč", "c"),
    ("ďđð", "d"),
    ("èéêëēĕėęě", "e"),
    ("ĝğġģ", "g"),
    ("ìíîïĩīĭįı", "i"),
    ("ĺļľŀł", "l"),
    ("ñńņňŋ", "n"),
    ("òóôõöøōŏő", "o"),
    ("ùúûüũūŭůűų", "u"),
    ("ýÿŷ", "y"),
    ("źżž", "z"),
    ("ß", "ss"),
];

const SUFFIX: &str = "creds";

/// The name that a connector's secrets have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretName {
    words: Vec<String>,
}

impl SecretName {
    /// Understands a folder (`connectors/source-x`), an image (`ghcr.io/team/source-x:1.0`), or a name (`Source X`).
    ///
    /// # Errors
    /// `secrets.name_invalid` when that does not say what the connector is.
    pub fn of(connector: &str) -> Result<Self, FailureReason> {
        let words: Vec<String> = words(last_part(connector)).collect();
        let is_known = words.first().is_some_and(|word| ["source", "destination", "base"].contains(&word.as_str()));
        if is_known && words.len() > 1 {
            return Ok(Self { words });
        }
        let shown = connector.escape_debug();
        let message = format!(
            "`{shown}` names no connector; write it as source-NAME or destination-NAME: longshore secrets name source-NAME"
        );
        Err(config_failure("secrets.name_invalid", message))
    }

    /// The name of the note in a vault: `source google adwords creds`.
    #[must_use]
    pub fn vault(&self) -> String {
        format!("{} {SUFFIX}", self.words.join(" "))
    }

    /// The variable in the environment, and the secret in CI: `SOURCE_GOOGLE_ADWORDS_CREDS`.
    #[must_use]
    pub fn variable(&self) -> String {
        self.variable_of("")
    }

    /// The variable of one of several: `SOURCE_X_OLD_CREDS` for `old`.
    #[must_use]
    pub fn variable_of(&self, part: &str) -> String {
        let parts = self.words.iter().cloned().chain(words(part)).chain([SUFFIX.to_owned()]);
        parts.collect::<Vec<_>>().join("_").to_ascii_uppercase()
    }

    /// The file of a variable below `secrets/`: `config.json`, or `old.json` for `SOURCE_X_OLD_CREDS`.
    #[must_use]
    pub fn file_of(&self, variable: &str) -> Option<String> {
        let start = format!("{}_", self.words.join("_").to_ascii_uppercase());
        let rest = variable.strip_prefix(&start)?;
        if rest == "CREDS" {
            return Some("config.json".to_owned());
        }
        let part = rest.strip_suffix("_CREDS").filter(|part| !part.is_empty())?;
        Some(format!("{}.json", part.to_ascii_lowercase()))
    }
}

/// The folder's name, or the image's without registry, tag and digest.
fn last_part(connector: &str) -> &str {
    let name = connector.trim().trim_end_matches('/');
    let name = name.split_once('@').map_or(name, |(name, _)| name);
    let last = name.rsplit('/').next().unwrap_or_default();
    last.split_once(':').map_or(last, |(name, _)| name)
}

fn words(text: &str) -> impl Iterator<Item = String> {
    let folded: String = text.to_lowercase().chars().map(folded).collect();
    let words: Vec<_> = folded.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect();
    words.into_iter()
}

fn folded(letter: char) -> String {
    if letter.is_ascii_alphanumeric() {
        return letter.to_string();
    }
    match letter {
        'ŕ' | 'ŗ' | 'ř' => "r".to_owned(),
        'ś' | 'ŝ' | 'ş' | 'š' | 'ș' => "s".to_owned(),
        'ţ' | 'ť' | 'ŧ' | 'ț' => "t".to_owned(),
        // A combining mark belongs to the letter before it.
        '\u{300}'..='\u{36f}' => String::new(),
        _ => FOLDED.iter().find(|(marked, _)| marked.contains(letter)).map_or(" ", |(_, plain)| plain).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::SecretName;

    #[test]
    fn a_connector_has_one_name_however_it_is_written() {
        for (connector, variable) in [
            ("connectors/source-google-adwords", "SOURCE_GOOGLE_ADWORDS_CREDS"),
            ("./connectors/source-google-adwords/", "SOURCE_GOOGLE_ADWORDS_CREDS"),
            ("Source Google AdWords", "SOURCE_GOOGLE_ADWORDS_CREDS"),
            ("source_google_adwords", "SOURCE_GOOGLE_ADWORDS_CREDS"),
            ("localhost:5000/team/source-x:1.0@sha256:00", "SOURCE_X_CREDS"),
            ("destination-s3", "DESTINATION_S3_CREDS"),
            ("bases/base-normalization", "BASE_NORMALIZATION_CREDS"),
            ("source-3pl--central", "SOURCE_3PL_CENTRAL_CREDS"),
            ("Source Café Größe", "SOURCE_CAFE_GROSSE_CREDS"),
            ("Source Cafe\u{301} Şirket Řád", "SOURCE_CAFE_SIRKET_RAD_CREDS"),
            ("Source 日本 X", "SOURCE_X_CREDS"),
            ("Source Next.js (v2)", "SOURCE_NEXT_JS_V2_CREDS"),
        ] {
            assert_eq!(SecretName::of(connector).unwrap().variable(), variable, "{connector}");
        }
        assert_eq!(SecretName::of("connectors/source-google-adwords").unwrap().vault(), "source google adwords creds");
        for wrong in ["", "google-adwords", "source", "source-", "Source 日本", "sources/x", "$(id)"] {
            assert_eq!(SecretName::of(wrong).unwrap_err().code, "secrets.name_invalid", "{wrong}");
        }
    }

    #[test]
    fn a_variable_says_its_file() {
        let name = SecretName::of("source-x").unwrap();
        assert_eq!(name.variable_of("old"), "SOURCE_X_OLD_CREDS");
        assert_eq!(name.file_of("SOURCE_X_OLD_CREDS").as_deref(), Some("old.json"));
        assert_eq!(name.file_of("SOURCE_X_CREDS").as_deref(), Some("config.json"));
        for other in ["SOURCE_XY_CREDS", "SOURCE_X_OLD", "SOURCE_X__CREDS", "X"] {
            assert_eq!(name.file_of(other), None, "{other}");
        }
    }
}
