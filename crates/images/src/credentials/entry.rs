//! One entry of `auths`: the texts of it, and what they mean.

use crate::provider::{NO_USER, Provider};
use crate::{Credentials, Secret};
use base64::Engine;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::engine::{DecodePaddingMode, general_purpose::STANDARD};
use serde_json::{Map, Value, json};

/// The user of credentials that are an identity token, in the protocol of helpers.
pub(super) const TOKEN_USER: &str = "<token>";

/// Base64 as people write it by hand: with or without `=` at its end.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Whether a user is none, but says that the password is a refresh token.
pub(super) fn is_token_user(host: &str, username: &str) -> bool {
    username == TOKEN_USER || (username == NO_USER && matches!(Provider::of(host), Provider::Azure { .. }))
}

/// Understands an entry. An empty one, as Docker leaves it when a helper keeps the credentials, holds nothing.
///
/// # Errors
/// What is wrong with it, without any of its text.
pub(super) fn understand(entry: &Value) -> Result<Option<Credentials>, String> {
    let entry = entry.as_object().ok_or("it is no object")?;
    if let Some(token) = text(entry, "identitytoken")? {
        return Ok(Some(Credentials::IdentityToken(Secret::new(token))));
    }
    if let Some(auth) = text(entry, "auth")? {
        return decode(auth).map(Some);
    }
    if text(entry, "registrytoken")?.is_some() {
        return Err("`registrytoken` ends within minutes and is not used; log in again".to_owned());
    }
    let basic = text(entry, "username")?.zip(text(entry, "password")?);
    Ok(basic.map(|(username, password)| Credentials::Basic {
        username: username.to_owned(),
        password: Secret::new(password),
    }))
}

/// The entry that means these credentials; nothing for [`Credentials::Anonymous`].
pub(super) fn write(credentials: &Credentials) -> Option<Value> {
    match credentials {
        Credentials::Anonymous => None,
        Credentials::Basic { username, password } => {
            Some(json!({ "auth": STANDARD.encode(format!("{username}:{}", password.expose())) }))
        }
        // Docker wants a user beside the token and ignores who it is.
        Credentials::IdentityToken(token) => {
            Some(json!({ "auth": STANDARD.encode(format!("{NO_USER}:")), "identitytoken": token.expose() }))
        }
    }
}

/// The user of an entry, for lists.
pub(super) fn username(credentials: &Credentials) -> Option<String> {
    match credentials {
        Credentials::Basic { username, .. } => Some(username.clone()),
        Credentials::Anonymous | Credentials::IdentityToken(_) => None,
    }
}

fn text<'a>(entry: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, String> {
    match entry.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
        Some(_) => Err(format!("`{name}` is no text")),
    }
}

fn decode(auth: &str) -> Result<Credentials, String> {
    let bytes = LENIENT.decode(auth.trim()).map_err(|_| "`auth` is no base64")?;
    let text = String::from_utf8(bytes).map_err(|_| "`auth` is no base64 of a text")?;
    let (username, password) = text.split_once(':').ok_or("`auth` is no base64 of USER:PASSWORD")?;
    // Old versions of Docker padded the password.
    let password = Secret::new(password.trim_end_matches('\0'));
    Ok(Credentials::Basic { username: username.to_owned(), password })
}

#[cfg(test)]
mod tests {
    use super::{understand, write};
    use crate::{Credentials, Secret};
    use serde_json::json;

    fn basic(username: &str, password: &str) -> Credentials {
        Credentials::Basic { username: username.to_owned(), password: Secret::new(password) }
    }

    #[test]
    fn every_form_of_an_entry_is_understood() {
        for (entry, meant) in [
            (json!({"auth": "bWU6cGE6c3M="}), basic("me", "pa:ss")),
            (json!({"auth": "bWU6cGE6c3M"}), basic("me", "pa:ss")),
            (json!({"username": "me", "password": "pass"}), basic("me", "pass")),
            (json!({"auth": "bWU6", "identitytoken": "t"}), Credentials::IdentityToken(Secret::new("t"))),
        ] {
            assert!(understand(&entry) == Ok(Some(meant)), "{entry}");
        }
        assert!(understand(&json!({})) == Ok(None));
    }

    #[test]
    fn a_broken_entry_is_told_without_its_text() {
        for entry in [json!({"auth": "hunter2!"}), json!({"auth": "aHVudGVyMg=="}), json!({"password": ["hunter2"]})] {
            let Err(why) = understand(&entry) else { panic!("{entry} was understood") };
            assert!(!why.contains("hunter2") && !why.contains("aHVu"), "{why}");
        }
    }

    #[test]
    fn what_is_written_is_understood_again() {
        for credentials in [basic("me", "pa:ss"), basic("me", "pä\"ss"), Credentials::IdentityToken(Secret::new("t"))]
        {
            let entry = write(&credentials).expect("there is something to write");
            assert!(understand(&entry) == Ok(Some(credentials)));
        }
    }
}
