//! What must not be seen in logs: the values that a specification calls secret, and those whose name does.

use serde_json::Value;
use std::collections::BTreeSet;

/// Names that are secret in whichever specification; a name that holds one of them is too.
const SECRET_WORDS: [&str; 8] =
    ["password", "passphrase", "passwd", "token", "secret", "key", "credential", "connection_string"];

/// The fewest characters that are masked: hiding `1` hides every line.
const FEWEST_CHARACTERS: usize = 4;

/// The texts to hide, the longest first. A text of several lines is hidden line by line, and as JSON writes it.
#[must_use]
pub fn masks(spec: Option<&Value>, config: &Value) -> Vec<String> {
    let mut names = BTreeSet::new();
    if let Some(spec) = spec {
        secret_names(spec, None, &mut names);
    }
    let mut texts = BTreeSet::new();
    collect(config, false, &names, &mut texts);
    let mut texts: Vec<_> = texts.into_iter().collect();
    texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
    texts
}

/// The lines that tell GitHub Actions to hide them.
#[must_use]
pub fn mask_commands(masks: &[String]) -> Vec<String> {
    // A percent sign would begin an escape.
    masks.iter().map(|text| format!("::add-mask::{}", text.replace('%', "%25").replace('\r', "%0D"))).collect()
}

/// The names of properties marked `airbyte_secret`, wherever they stand: in one of several, in the items of a list.
fn secret_names(schema: &Value, name: Option<&str>, names: &mut BTreeSet<String>) {
    match schema {
        Value::Object(map) => {
            if map.get("airbyte_secret") == Some(&Value::Bool(true)) {
                names.extend(name.map(str::to_owned));
            }
            for (key, value) in map {
                match value.as_object().filter(|_| key == "properties") {
                    Some(properties) => {
                        properties.iter().for_each(|(name, schema)| secret_names(schema, Some(name), names));
                    }
                    None => secret_names(value, name, names),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| secret_names(item, name, names)),
        _ => {}
    }
}

fn collect(value: &Value, is_secret: bool, names: &BTreeSet<String>, texts: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            map.iter().for_each(|(key, value)| collect(value, is_secret || names_secret(key, names), names, texts));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, is_secret, names, texts)),
        Value::String(text) => text_of(text, is_secret, names, texts),
        Value::Number(number) if is_secret => hide(&number.to_string(), texts),
        _ => {}
    }
}

/// A text may be a document itself, such as the key of a service account.
fn text_of(text: &str, is_secret: bool, names: &BTreeSet<String>, texts: &mut BTreeSet<String>) {
    if let Ok(inner @ Value::Object(_)) = serde_json::from_str(text) {
        collect(&inner, is_secret, names, texts);
    }
    if is_secret {
        text.lines().for_each(|line| hide(line, texts));
        let as_json = Value::from(text).to_string();
        hide(as_json.trim_matches('"'), texts);
    }
}

fn hide(text: &str, texts: &mut BTreeSet<String>) {
    let text = text.trim();
    if text.chars().count() >= FEWEST_CHARACTERS {
        texts.insert(text.to_owned());
    }
}

fn names_secret(name: &str, names: &BTreeSet<String>) -> bool {
    let lower = name.to_lowercase();
    names.contains(name) || SECRET_WORDS.iter().any(|word| lower.contains(word))
}

#[cfg(test)]
mod tests {
    use super::{mask_commands, masks};
    use serde_json::json;

    #[test]
    fn what_the_specification_calls_secret_is_hidden_wherever_it_stands() {
        let spec = json!({"connectionSpecification": {"type": "object", "properties": {
            "host": {"type": "string"},
            "code": {"type": "string", "airbyte_secret": true},
            "auth": {"oneOf": [{"properties": {"kind": {"const": "a"}, "pin": {"type": "integer", "airbyte_secret": true}}}]},
            "list": {"type": "array", "items": {"type": "string", "airbyte_secret": true}}}}});
        let config = json!({"host": "db.example.com", "code": "open-sesame", "auth": {"kind": "kind", "pin": 12345},
            "list": ["first-secret", "abc"], "flag": true});
        assert_eq!(masks(Some(&spec), &config), ["first-secret", "open-sesame", "12345"]);
    }

    #[test]
    fn names_of_secrets_count_without_a_specification_and_lines_are_hidden_one_by_one() {
        let account =
            json!({"private_key": "-----BEGIN-----\nMIIEabc\n-----END-----\n", "type": "service_account"}).to_string();
        let config = json!({"db_PASSWORD": "a\"b%c", "credentials_json": account, "user": "someone", "token": "  "});
        let hidden = masks(None, &config);
        for expected in ["a\"b%c", "a\\\"b%c", "MIIEabc", "-----BEGIN-----", "service_account"] {
            assert!(hidden.iter().any(|text| text == expected), "{expected}: {hidden:?}");
        }
        assert!(!hidden.iter().any(|text| text == "someone" || text.contains('\n') || text.len() < 4), "{hidden:?}");
        assert_eq!(mask_commands(&["a%0Ab".to_owned()]), ["::add-mask::a%250Ab"]);
    }
}
