//! Which secrets a connector needs: by the rule, or as `secrets.yaml` beside it or its metadata.yaml says.

use super::naming::SecretName;
use super::workflow::SecretsBlock;
use crate::Project;
use crate::failure::config_failure;
use longshore_protocol::FailureReason;
use serde_json::Value;
use std::collections::HashSet;

/// One secret.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Need {
    /// The variable in the environment, and the secret in CI.
    pub variable: String,
    /// The file below `secrets/`.
    pub file: String,
    /// What the vault calls it.
    pub vault: String,
}

/// The file of a project that lists its secrets.
const MAPPING: &str = "secrets.yaml";

/// The secrets of a project; see [`needs`].
///
/// # Errors
/// `secrets.name_invalid`, `secrets.mapping_invalid`, `connector.unreadable`.
pub fn needs_of(project: &Project) -> Result<Vec<Need>, FailureReason> {
    let mapping = project.read(MAPPING)?;
    let name = project.connector_name();
    // A repository need not say what the connector is; its metadata.yaml does.
    let full = format!("{}-{name}", project.metadata().connector_type.as_str());
    let name = if SecretName::of(name).is_ok() { name } else { &full };
    needs(name, mapping.as_deref(), &project.metadata().data)
}

/// The secrets of a connector. `mapping` is the text of its `secrets.yaml`, a list of `{name, file, vault?}`; `data`
/// that of its metadata.yaml, whose `connectorTestSuitesOptions[].testSecrets` count when there is no mapping. Without
/// both it is one secret, by the rule; an empty list says that it needs none.
fn needs(connector: &str, mapping: Option<&str>, data: &Value) -> Result<Vec<Need>, FailureReason> {
    let name = SecretName::of(connector)?;
    let listed = match mapping {
        Some(text) => mapped(connector, text)?,
        None => declared(data),
    };
    let mut needs: Vec<Need> = listed.iter().map(|one| need(connector, &name, one)).collect::<Result<_, _>>()?;
    if needs.is_empty() && mapping.is_none() {
        needs.push(Need { variable: name.variable(), file: "config.json".to_owned(), vault: name.vault() });
    }
    let mut files = HashSet::new();
    needs.dedup();
    match needs.iter().find(|need| !files.insert(need.file.clone())) {
        Some(twice) => Err(invalid(connector, &format!("two secrets have the file `{}`", twice.file))),
        None => Ok(needs),
    }
}

fn mapped(connector: &str, text: &str) -> Result<Vec<Value>, FailureReason> {
    let options = serde_saphyr::options! { with_snippet: false, strict_booleans: true };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| invalid(connector, &error.to_string()))
}

/// What several suites need is needed once.
fn declared(data: &Value) -> Vec<Value> {
    let suites = data.get("connectorTestSuitesOptions").and_then(Value::as_array).into_iter().flatten();
    let all = suites.filter_map(|suite| suite.get("testSecrets")?.as_array()).flatten();
    let mut once: Vec<Value> = Vec::new();
    all.for_each(|secret| {
        if !once.contains(secret) {
            once.push(secret.clone());
        }
    });
    once
}

fn need(connector: &str, name: &SecretName, value: &Value) -> Result<Need, FailureReason> {
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    let called = text("name").ok_or_else(|| invalid(connector, "a secret has no `name`"))?;
    let variable: String = called.chars().map(as_in_variable).collect();
    if !SecretsBlock::is_name(&variable) {
        return Err(invalid(connector, &format!("`{}` is no name of a variable", called.escape_debug())));
    }
    let file = text("file").or_else(|| text("fileName")).map(str::to_owned);
    let file = file.or_else(|| name.file_of(&variable)).unwrap_or_else(|| "config.json".to_owned());
    if !is_file_name(&file) {
        return Err(invalid(connector, &format!("`{}` is no name of a .json file", file.escape_debug())));
    }
    let vault = text("vault").map_or_else(|| called.to_owned(), str::to_owned);
    Ok(Need { variable, file, vault })
}

/// Vaults allow dashes in names, environments do not.
fn as_in_variable(letter: char) -> char {
    if letter == '-' { '_' } else { letter.to_ascii_uppercase() }
}

fn is_file_name(file: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    !file.starts_with('.') && file.len() > 5 && file.ends_with(".json") && file.bytes().all(is_plain)
}

fn invalid(connector: &str, problem: &str) -> FailureReason {
    let form = "a list of `- {name: SOURCE_X_CREDS, file: config.json}`";
    let message = format!("the secrets of {connector} cannot be understood: {problem}; correct secrets.yaml, {form}");
    config_failure("secrets.mapping_invalid", message)
}

#[cfg(test)]
mod tests {
    use super::needs;
    use serde_json::json;

    fn short(mapping: Option<&str>, data: &serde_json::Value) -> Vec<(String, String)> {
        needs("connectors/source-x", mapping, data)
            .unwrap()
            .into_iter()
            .map(|need| (need.variable, need.file))
            .collect()
    }

    fn pair(variable: &str, file: &str) -> (String, String) {
        (variable.to_owned(), file.to_owned())
    }

    #[test]
    fn the_rule_gives_one_secret_and_others_are_listed() {
        let nothing = json!({});
        assert_eq!(short(None, &nothing), [pair("SOURCE_X_CREDS", "config.json")]);
        assert_eq!(short(Some("[]"), &nothing), []);
        let mapping =
            "- {name: X_INTEGRATION_TEST_CREDS}\n- {name: SOURCE_X_OLD_CREDS}\n- {name: Y, file: other.json}\n";
        let expected = [
            pair("X_INTEGRATION_TEST_CREDS", "config.json"),
            pair("SOURCE_X_OLD_CREDS", "old.json"),
            pair("Y", "other.json"),
        ];
        assert_eq!(short(Some(mapping), &nothing), expected);
        let secret = json!({"name": "SECRET_SOURCE-X__CREDS", "fileName": "config.json", "secretStore": {"type": "GSM", "alias": "a"}});
        let data = json!({"connectorTestSuitesOptions": [{"suite": "unitTests"}, {"suite": "a", "testSecrets": [secret]},
            {"suite": "b", "testSecrets": [secret]}]});
        assert_eq!(short(None, &data), [pair("SECRET_SOURCE_X__CREDS", "config.json")]);
        assert_eq!(needs("source-x", None, &data).unwrap()[0].vault, "SECRET_SOURCE-X__CREDS");
    }

    #[test]
    fn a_mapping_cannot_name_a_file_elsewhere() {
        for mapping in [
            "- {name: A, file: ../../x.json}",
            "- {name: A, file: /etc/x.json}",
            "- {name: A, file: .gitignore}",
            "- {name: A, file: .json}",
            "- {name: A, file: config.yaml}",
            "- {name: 'A B', file: a.json}",
            "- {name: '', file: a.json}",
            "- {name: 1A, file: a.json}",
            "- {file: a.json}",
            "- {name: A}\n- {name: B}",
            "name: A",
            "[",
        ] {
            assert_eq!(
                needs("source-x", Some(mapping), &json!({})).unwrap_err().code,
                "secrets.mapping_invalid",
                "{mapping}"
            );
        }
    }
}
