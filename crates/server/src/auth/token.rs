//! Access tokens: JSON Web Tokens by HMAC-SHA256 under a key that is derived from the instance's own.
//!
//! There is one kind: a token whose header is not exactly ours is none, so no other algorithm is ever looked at.

use crate::settings::Server;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use longshore_control_plane::UserId;
use ring::hmac;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;
const ISSUER: &str = "longshore";

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    /// The user.
    sub: Uuid,
    iat: i64,
    exp: i64,
}

/// A token for a user, as good as the settings say.
pub(crate) fn issue(server: &Server, user: UserId) -> String {
    let now = server.plane.now().as_second();
    let lifetime_seconds = server.settings.token_lifetime.as_secs().cast_signed();
    let claims = Claims { iss: ISSUER.to_owned(), sub: user.0, iat: now, exp: now + lifetime_seconds };
    sign(&server.plane.token_key(), &claims)
}

/// The user of a token that is good now.
pub(crate) fn user(server: &Server, token: &str) -> Option<UserId> {
    let claims = verify(&server.plane.token_key(), token)?;
    let is_ours = claims.iss == ISSUER && server.plane.now().as_second() < claims.exp;
    is_ours.then_some(UserId(claims.sub))
}

fn sign(key: &[u8], claims: &Claims) -> String {
    let claims = serde_json::to_vec(claims).unwrap_or_default();
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(HEADER), URL_SAFE_NO_PAD.encode(claims));
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag))
}

fn verify(key: &[u8], token: &str) -> Option<Claims> {
    let (signed, tag) = token.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
    hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, key), signed.as_bytes(), &tag).ok()?;
    if header != URL_SAFE_NO_PAD.encode(HEADER) {
        return None;
    }
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims() -> Claims {
        Claims { iss: ISSUER.to_owned(), sub: Uuid::nil(), iat: 1, exp: 2 }
    }

    #[test]
    fn a_token_is_three_parts_that_its_key_alone_signs() {
        let token = sign(&[7; 32], &claims());
        assert_eq!(token.split('.').count(), 3);
        assert_eq!(verify(&[7; 32], &token).expect("ours").sub, Uuid::nil());
        assert!(verify(&[8; 32], &token).is_none());
        assert!(verify(&[7; 32], &token.replace('.', "")).is_none());
    }

    #[test]
    fn the_signature_of_rfc_7515_is_the_same() {
        // Key and signature of the example of RFC 7515, A.1.
        let key = URL_SAFE_NO_PAD
            .decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")
            .expect("base64");
        let signed = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6\
                      Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), signed.as_bytes());
        assert_eq!(URL_SAFE_NO_PAD.encode(tag), "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    }

    #[test]
    fn a_token_of_another_algorithm_is_none_even_when_it_is_signed() {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &[7; 32]);
        let body = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&claims()).expect("JSON"));
        let signed = format!("{}.{body}", URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#));
        let token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(hmac::sign(&key, signed.as_bytes())));
        assert!(verify(&[7; 32], &token).is_none());
    }
}
