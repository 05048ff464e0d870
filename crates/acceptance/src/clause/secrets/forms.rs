//! The forms in which a secret may be printed.

use base64::Engine;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
use serde_json::Value;

/// The fewest characters of a line of a secret, and of an encoded one, that is searched for.
const FEWEST_CHARACTERS: usize = 8;

/// A text to search for. Holds a secret, so it has neither `Debug` nor `Display`.
pub(super) struct Needle {
    /// Of which property.
    pub(super) name: String,
    pub(super) text: String,
    /// In words.
    pub(super) form: &'static str,
}

/// All forms of a secret, and of each of its lines when it has several.
pub(super) fn needles(name: &str, value: &str) -> Vec<Needle> {
    let is_telling = |line: &&str| line.chars().count() >= FEWEST_CHARACTERS && !line.starts_with("-----");
    let lines = value.lines().map(str::trim).filter(is_telling);
    let several = value.trim().lines().count() > 1;
    let texts = std::iter::once(value).chain(lines.filter(|_| several));
    let needle = |(text, form)| Needle { name: name.to_owned(), text, form };
    texts.flat_map(forms).map(needle).filter(|it| it.text.chars().count() >= FEWEST_CHARACTERS).collect()
}

fn forms(value: &str) -> Vec<(String, &'static str)> {
    let escaped = escaped(value);
    let mut forms = vec![
        (value.to_owned(), "as it is"),
        (escaped.replace('/', "\\/"), "escaped as JSON"),
        (ascii(&escaped), "escaped as JSON"),
        (self::escaped(&escaped), "escaped as JSON, twice"),
        (escaped, "escaped as JSON"),
    ];
    for is_upper in [true, false] {
        let encoded = percent_encoded(value, is_upper);
        forms.push((encoded.replace("%20", "+"), "URL-encoded"));
        // Paths are often encoded with their slashes left as they are.
        forms.push((encoded.replace(if is_upper { "%2F" } else { "%2f" }, "/"), "URL-encoded"));
        forms.push((encoded, "URL-encoded"));
    }
    forms.extend((0..3).flat_map(|before| in_base64(value, before)).map(|text| (text, "in base64")));
    let mut seen = std::collections::BTreeSet::new();
    forms.retain(|(text, _)| seen.insert(text.clone()));
    forms
}

fn escaped(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// Other letters than those of ASCII as `\u00f6`, as many languages write them.
fn ascii(escaped: &str) -> String {
    let mut out = String::new();
    for unit in escaped.encode_utf16() {
        match u8::try_from(unit).ok().filter(u8::is_ascii) {
            Some(byte) => out.push(char::from(byte)),
            None => out.push_str(&format!("\\u{unit:04x}")),
        }
    }
    out
}

fn percent_encoded(text: &str, is_upper: bool) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let encode = |byte: u8| match (is_plain(byte), is_upper) {
        (true, _) => char::from(byte).to_string(),
        (false, true) => format!("%{byte:02X}"),
        (false, false) => format!("%{byte:02x}"),
    };
    text.bytes().map(encode).collect()
}

/// The letters of base64 that depend on the secret alone when `before` bytes of something else, such as `user:`, stand before
/// it in the first group of three.
fn in_base64(text: &str, before: usize) -> [String; 2] {
    let mut bytes = vec![0; before];
    bytes.extend_from_slice(text.as_bytes());
    let first = (before * 8).div_ceil(6);
    let last = bytes.len() * 8 / 6;
    let core = |encoded: String| encoded[first..last].to_owned();
    [core(BASE64_STANDARD_NO_PAD.encode(&bytes)), core(BASE64_URL_SAFE_NO_PAD.encode(&bytes))]
}

#[cfg(test)]
mod tests {
    use super::in_base64;
    use base64::Engine;
    use base64::prelude::BASE64_STANDARD;

    #[test]
    fn base64_is_found_at_every_offset() {
        for before in 0..6 {
            for behind in 0..4 {
                let whole = format!("{}secret-value{}", &"user::"[..before], &":tail"[..behind]);
                let encoded = BASE64_STANDARD.encode(&whole);
                let found = (0..3).flat_map(|at| in_base64("secret-value", at)).any(|core| encoded.contains(&core));
                assert!(found, "{whole}");
            }
        }
    }
}
