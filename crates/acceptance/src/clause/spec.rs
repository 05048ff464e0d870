//! The spec: the one message that says how a connector is configured, and the form that platforms make of it.

pub(crate) mod answer;
mod choices;
mod credentials;
pub(crate) mod difference;
pub(crate) mod form;
mod layout;
mod types;

use super::{Binds, Clause, Judge};
use crate::bench::{Bench, Call, Unavailable};
use crate::finding::Finding;
use crate::rule::{Rule, skip_all};
use form::Form;
use longshore_runner::Verb;
use serde_json::Value;

pub(crate) static CLAUSE: Clause =
    Clause { title: "The spec", binds: Binds::Both, rules: RULES, judge: Judge::Runs(|bench| Box::pin(judge(bench))) };

const RULES: &[Rule] = &[
    answer::ONE_MESSAGE,
    answer::SCHEMA_VALID,
    answer::PROTOCOL_VERSION,
    answer::DOCUMENTATION_URL,
    answer::MATCHES_FILE,
    answer::CONFIG_FITS,
    answer::SYNC_MODES_KNOWN,
    answer::STABLE,
    credentials::SECRETS_MARKED,
    credentials::DOUBTFUL_SECRETS_MARKED,
    credentials::SECRETS_CAN_BE_HELD,
    credentials::OAUTH_PATHS,
    credentials::OAUTH_DEFAULT,
    choices::ENUM_DISTINCT,
    choices::ONE_OF_SHAPE,
    choices::DISPLAY_TYPE,
    types::PROPERTY_TYPES,
    types::OBJECTS_HAVE_PROPERTIES,
    types::ARRAY_ITEMS,
    types::NO_COMPLEX_KEYWORDS,
    types::NO_REFS,
    types::ADDITIONAL_PROPERTIES,
    types::DATE_PATTERN,
    layout::ORDER_DISTINCT,
    layout::GROUPS,
    layout::REQUIRED_EXIST,
    layout::DEFAULTS_FIT,
];

/// The rules that look at nothing but the form.
const OF_THE_FORM: [fn(&Form<'_>) -> Finding; 19] = [
    credentials::secrets_marked,
    credentials::doubtful_secrets_marked,
    credentials::secrets_can_be_held,
    credentials::oauth_paths,
    credentials::oauth_default,
    choices::enum_distinct,
    choices::one_of_shape,
    choices::display_type,
    types::property_types,
    types::objects_have_properties,
    types::array_items,
    types::no_complex_keywords,
    types::no_refs,
    types::additional_properties,
    types::date_pattern,
    layout::order_distinct,
    layout::groups,
    layout::required_exist,
    layout::defaults_fit,
];

async fn judge(bench: &Bench<'_>) -> Vec<Finding> {
    let take = match bench.spec_take().await {
        Ok(take) => take,
        Err(why) => {
            let mut findings = vec![answer::ONE_MESSAGE.failed(why.0.clone())];
            findings.extend(skip_all(&RULES[1..], &why));
            return findings;
        }
    };
    let mut findings = vec![answer::one_message(&take)];
    let Some(first) = take.messages("SPEC").next() else {
        findings.extend(skip_all(&RULES[1..], &Unavailable("the connector printed no SPEC message".to_owned())));
        return findings;
    };
    let form = Form::of(&first["spec"]);
    findings.push(answer::schema_valid(&form));
    findings.push(answer::protocol_version(&form));
    findings.push(answer::documentation_url(&form));
    findings.push(answer::matches_file(&form, bench.plan));
    if !form.schema.is_object() {
        let is_judged = |rule: &&Rule| findings.iter().any(|finding| finding.rule == rule.id);
        let rest: Vec<Rule> = RULES.iter().filter(|rule| !is_judged(rule)).copied().collect();
        findings.extend(skip_all(&rest, &Unavailable("the `connectionSpecification` is no object".to_owned())));
        return findings;
    }
    findings.push(answer::config_fits(&form, bench.plan));
    findings.push(answer::sync_modes(&form, bench.subject.origin));
    findings.extend(OF_THE_FORM.iter().map(|judge| judge(&form)));
    findings.push(stable(bench, form.spec).await);
    findings
}

/// Runs `spec` a second time.
async fn stable(bench: &Bench<'_>, first: &Value) -> Finding {
    if !bench.plan.wants(answer::STABLE.id) {
        return answer::STABLE.skipped("not asked for");
    }
    match bench.run(Call::new(Verb::Spec, "spec (again)")).await {
        Err(why) => answer::STABLE.skipped(why.0),
        Ok(take) => answer::stable(first, take.messages("SPEC").next().map(|message| &message["spec"])),
    }
}

#[cfg(test)]
mod tests {
    use super::form::Form;
    use super::{OF_THE_FORM, RULES};
    use crate::finding::{Finding, Status};
    use serde_json::{Value, json};

    /// What a rule says of a form with these properties.
    pub(super) fn status(judge: fn(&Form<'_>) -> Finding, properties: &Value) -> Status {
        judge(&Form::of(&json!({"connectionSpecification": {"type": "object", "properties": properties}}))).status
    }

    #[test]
    fn a_good_form_breaks_no_rule() {
        let properties = json!({
            "start": {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "order": 0},
            "tags": {"type": "array", "items": {"type": "string"}, "order": 1, "default": []},
            "auth": {"type": "object", "order": 2, "oneOf": [
                {"required": ["kind", "token"], "properties": {"kind": {"type": "string", "const": "token"},
                    "token": {"type": "string", "airbyte_secret": true}}},
                {"required": ["kind"], "properties": {"kind": {"type": "string", "const": "none"}}}]}});
        let broken: Vec<Finding> = {
            let spec =
                json!({"connectionSpecification": {"type": "object", "required": ["auth"], "properties": properties}});
            let form = Form::of(&spec);
            OF_THE_FORM.iter().map(|judge| judge(&form)).filter(|it| it.status == Status::Failed).collect()
        };
        assert_eq!(broken, []);
    }

    #[test]
    fn every_rule_of_the_form_is_in_the_contract() {
        let spec = json!({"connectionSpecification": {"type": "object"}});
        let judged = OF_THE_FORM.map(|judge| judge(&Form::of(&spec)).rule);
        assert!(judged.iter().all(|id| RULES.iter().any(|rule| rule.id == id)));
        let mut ids: Vec<&str> = RULES.iter().map(|rule| rule.id).collect();
        ids.dedup();
        assert_eq!(ids.len(), judged.len() + 8);
    }
}
