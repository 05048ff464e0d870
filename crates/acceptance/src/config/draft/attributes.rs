//! The suites `spec`, `discovery` and `connector_attributes`: what a connector says of itself.

use super::{Draft, NO_REASON, named};
use crate::config::keys;
use crate::config::section::Section;
use crate::config::suites::Suites;
use longshore_protocol::FailureReason;
use longshore_runner::ConnectorRef;

/// The spec file of a test that names none.
const SPEC: &str = "secrets/spec.json";

impl<'a> Draft<'a> {
    pub(super) fn spec(&mut self, suites: &Suites<'a>) -> Result<(), FailureReason> {
        for test in suites.tests("spec") {
            self.expected_spec(test)?;
            if let Some(method) = test.section("auth_default_method")? {
                method.check(keys::AUTH_DEFAULT_METHOD, &mut self.plan.notes)?;
                if method.flag("oauth")? == Some(false) {
                    let why = method.text("bypass_reason")?;
                    self.bypass(&["spec.oauth_default"], why.as_deref().unwrap_or(NO_REASON));
                }
            }
            self.compatibility(test, &["compatibility.spec", "compatibility.config"])?;
        }
        Ok(())
    }

    /// The first spec that is expected in the deployment mode in which everything runs.
    fn expected_spec(&mut self, test: &Section<'_>) -> Result<(), FailureReason> {
        let path = test.text("spec_path")?;
        let path = path.or_else(|| self.folder.has(SPEC).then(|| SPEC.to_owned()));
        let Some(path) = path else { return Ok(()) };
        let spec = self.folder.spec(&path, &named(test, "spec_path"))?;
        let is_used = self.plan.spec.is_none() && !self.is_apart(test)?;
        if is_used {
            self.plan.spec = Some(spec);
        } else if self.plan.spec.as_ref() != Some(&spec) {
            let why = "one spec is expected, the first for the mode in which everything runs";
            self.note(format!("{} has no effect: {why}", named(test, "spec_path")));
        }
        Ok(())
    }

    pub(super) fn discovery(&mut self, suites: &Suites<'a>) -> Result<(), FailureReason> {
        for test in suites.tests("discovery") {
            self.bypass_if_off(test, "validate_primary_keys_data_type", &["discover.primary_key_scalar"])?;
            self.compatibility(test, &["compatibility.catalog"])?;
        }
        Ok(())
    }

    pub(super) fn attributes(&mut self, suites: &Suites<'a>) -> Result<(), FailureReason> {
        for test in suites.tests("connector_attributes") {
            for (stream, why) in test.names("streams_without_primary_key")? {
                self.plan.no_primary_key.insert(stream, why.unwrap_or_else(|| NO_REASON.to_owned()));
            }
            if let Some(hosts) = test.section("allowed_hosts")? {
                hosts.check(keys::BYPASS, &mut self.plan.notes)?;
                let why = hosts.text("bypass_reason")?;
                self.bypass(&["metadata.allowed_hosts"], why.as_deref().unwrap_or(NO_REASON));
            }
        }
        Ok(())
    }

    /// With which older version it must be compatible, and from which version on it need not.
    fn compatibility(&mut self, test: &Section<'_>, rules: &[&str]) -> Result<(), FailureReason> {
        let Some(section) = test.section("backward_compatibility_tests_config")? else { return Ok(()) };
        section.check(keys::COMPATIBILITY, &mut self.plan.notes)?;
        if let Some(version) = section.text("previous_connector_version")? {
            self.previous(&section, &version);
        }
        let Some(version) = section.text("disable_for_version")? else { return Ok(()) };
        let key = named(&section, "disable_for_version");
        match &self.plan.project {
            Some(project) if project.metadata().docker_image_tag.to_string() == version => {
                self.bypass(rules, &format!("disable_for_version is {version}, which is this version"));
            }
            Some(_) => {}
            None => {
                self.note(format!("{key} has no effect: without a metadata.yaml nobody knows which version this is"));
            }
        }
        Ok(())
    }

    fn previous(&mut self, section: &Section<'_>, version: &str) {
        let key = named(section, "previous_connector_version");
        let image = self.plan.image.as_deref().map(without_tag);
        match (image, &self.plan.previous) {
            _ if version == "latest" => self.note(format!(
                "{key} has no effect: which version is the latest only a registry knows; give it with `--previous REF`"
            )),
            (None, _) => {
                self.note(format!("{key} has no effect: there is no connector_image; give it with `--previous REF`"));
            }
            (Some(image), None) => {
                self.plan.previous = Some(ConnectorRef::Docker { image: format!("{image}:{version}") });
            }
            (Some(image), Some(first)) if first.to_string() != format!("docker:{image}:{version}") => {
                self.note(format!("{key} has no effect: one older version is compared with, {first}"));
            }
            _ => {}
        }
    }
}

/// The name of an image without tag and digest.
fn without_tag(image: &str) -> &str {
    let name = image.split('@').next().unwrap_or(image);
    let last = name.rfind('/').map_or(0, |at| at + 1);
    name[last..].find(':').map_or(name, |at| &name[..last + at])
}
