//! What in a configuration is a secret: by its name, since Singer has no mark for it.

use serde_json::Value;

/// Whether a setting of this name holds a secret.
pub(crate) fn is_secret_name(name: &str) -> bool {
    const PARTS: [&str; 9] =
        ["password", "passwd", "passphrase", "secret", "token", "api_key", "apikey", "private_key", "credential"];
    const WHOLE: [&str; 6] = ["key", "pass", "pwd", "dsn", "auth", "access_key"];
    const INNOCENT: [&str; 6] = ["token_url", "token_uri", "token_endpoint", "secret_name", "token_type", "_path"];
    let name = name.to_lowercase().replace('-', "_");
    !INNOCENT.iter().any(|part| name.ends_with(part))
        && (PARTS.iter().any(|part| name.contains(part)) || WHOLE.contains(&name.as_str()) || name.ends_with("_key_id"))
}

/// The secrets of a configuration that are long enough to be looked for in other texts, the longest first.
pub(crate) fn secrets_of(config: &Value) -> Vec<String> {
    let mut found = Vec::new();
    collect(config, false, &mut found);
    found.retain(|secret| secret.len() >= 4);
    found.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    found.dedup();
    found
}

fn collect(value: &Value, secret: bool, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| collect(value, secret || is_secret_name(name), found));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, secret, found)),
        Value::String(text) if secret => found.push(text.clone()),
        Value::String(text) => found.extend(password_in_url(text)),
        Value::Number(number) if secret => found.push(number.to_string()),
        _ => {}
    }
}

/// `password` of `scheme://user:password@host`.
fn password_in_url(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("://")?;
    let (credentials, _) = rest.split('/').next()?.rsplit_once('@')?;
    credentials.split_once(':').map(|(_, password)| password.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_found_by_name_and_in_urls() {
        let config = serde_json::json!({
            "user": "joe", "client_secret": "s3cr3t", "token_url": "https://x/token", "next_page_token_path": "$.meta.next",
            "nested": {"credentials": {"a": "abcd"}}, "database": "postgres://me:hidden@db/x", "api_key": "abc",
        });
        assert_eq!(secrets_of(&config), ["s3cr3t", "hidden", "abcd"]);
    }
}
