//! What a token says, and the signature under it: a JWT by ES256 with the certificate of its key.

use super::super::options::Rights;
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use rcgen::{CertificateParams, KeyPair};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// For how long `docker-registry` takes a token that has expired.
const LEEWAY_SECONDS: u64 = 60;

/// A repository, and what may be done with it.
pub(super) struct Access {
    kind: String,
    name: String,
    actions: Vec<String>,
}

impl Access {
    /// What is granted of `TYPE:NAME:ACTION,ACTION`; the name may hold colons.
    pub(super) fn granted(scope: &str, rights: Rights) -> Option<Self> {
        let (kind, rest) = scope.split_once(':')?;
        let (name, actions) = rest.rsplit_once(':')?;
        let may = |action: &&str| rights == Rights::Push || *action == "pull";
        let actions = actions.split(',').filter(may).map(str::to_owned).collect();
        Some(Self { kind: kind.to_owned(), name: name.to_owned(), actions })
    }

    fn json(&self) -> Value {
        json!({"type": self.kind, "name": self.name, "actions": self.actions})
    }
}

/// Signs tokens.
pub(super) struct Signer {
    key: EcdsaKeyPair,
    random: SystemRandom,
    certificate: String,
}

impl Signer {
    /// Makes a key, and writes its certificate for the registry.
    pub(super) fn make(certificate_file: &Path) -> Self {
        let key = KeyPair::generate().expect("a key");
        let certificate = CertificateParams::default().self_signed(&key).expect("a certificate of the tokens' key");
        fs::write(certificate_file, certificate.pem()).expect("the certificate can be written");
        let random = SystemRandom::new();
        let signing = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &key.serialize_der(), &random)
            .expect("a P-256 key");
        Self { key: signing, random, certificate: BASE64_STANDARD.encode(certificate.der()) }
    }

    /// A token that the registry takes for `lifetime_seconds`; with `honest_claim` for a minute more.
    pub(super) fn sign(
        &self,
        user: &str,
        service: &str,
        lifetime_seconds: u64,
        honest_claim: bool,
        access: &[Access],
    ) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970").as_secs();
        let early = if honest_claim { 0 } else { LEEWAY_SECONDS };
        let header = json!({"typ": "JWT", "alg": "ES256", "x5c": [self.certificate]});
        let claims = json!({
            "iss": super::ISSUER, "sub": user, "aud": service, "jti": uuid::Uuid::new_v4().to_string(),
            "iat": now - early, "nbf": now - early, "exp": now + lifetime_seconds - early,
            "access": access.iter().map(Access::json).collect::<Vec<_>>(),
        });
        let part = |value: Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let signature = self.key.sign(&self.random, signed.as_bytes()).expect("a signature");
        format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
    }
}
