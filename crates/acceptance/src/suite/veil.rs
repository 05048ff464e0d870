//! Keeps secrets out of what a suite says: those that the spec marks, in every form in which a connector may print them.

use crate::finding::Finding;
use crate::plan::Plan;
use crate::subject::Subject;
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD};
use longshore_devkit::secrets::masks;
use serde_json::Value;

/// What stands in the place of a secret.
const BLACKENED: &str = "**********";

/// The fewest characters of an encoded secret that is looked for: shorter ones are ordinary text.
const FEWEST_ENCODED: usize = 8;

/// What may not be seen. Holds secrets, so it has neither `Debug` nor `Display`.
pub(super) struct Veil<'a> {
    hide: &'a dyn Fn(&str) -> String,
    secrets: Vec<String>,
}

impl<'a> Veil<'a> {
    /// What the caller hides, and what the spec marks in the configurations of the plan.
    pub(super) fn new(subject: &Subject<'a>, plan: &Plan, spec: Option<&Value>) -> Self {
        let configs = plan.config.iter().chain(plan.checks.iter().map(|case| &case.config));
        let configs = configs.filter_map(|config| serde_json::from_str(config).ok());
        Self { hide: subject.hide, secrets: in_all_forms(configs.flat_map(|config: Value| masks(spec, &config))) }
    }

    /// Blackens a finding.
    pub(super) fn cover(&self, finding: &mut Finding) {
        finding.message = self.covered(&finding.message);
        finding.evidence.iter_mut().for_each(|text| *text = self.covered(text));
    }

    fn covered(&self, text: &str) -> String {
        self.secrets.iter().fold((self.hide)(text), |text, secret| text.replace(secret, BLACKENED))
    }
}

/// Each as it is, percent-encoded, and in base64; the longest first.
fn in_all_forms(secrets: impl Iterator<Item = String>) -> Vec<String> {
    let mut all: Vec<String> = secrets
        .flat_map(|secret| {
            let encoded =
                [percent_encoded(&secret), BASE64_STANDARD.encode(&secret), BASE64_STANDARD_NO_PAD.encode(&secret)];
            let encoded = encoded.into_iter().filter(|text| text.len() >= FEWEST_ENCODED);
            encoded.chain([secret]).collect::<Vec<_>>()
        })
        .collect();
    all.sort_by(|one, other| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
    all.dedup();
    all
}

fn percent_encoded(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    text.bytes()
        .map(|byte| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Veil, in_all_forms};

    #[test]
    fn a_secret_is_blackened_raw_and_encoded() {
        let veil = Veil {
            hide: &|text| text.replace("bob", "***"),
            secrets: in_all_forms(["p/ss w0rd".to_owned()].into_iter()),
        };
        assert_eq!(
            veil.covered("bob: p/ss w0rd, p%2Fss%20w0rd, cC9zcyB3MHJk."),
            "***: **********, **********, **********."
        );
    }
}
