//! Addresses: joined, escaped, and shown without what could be secret.

/// Escapes a value for a query or a path segment.
pub(crate) fn escape(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

/// An address that a server wrote, with what it should have escaped.
pub(crate) fn cleaned(url: &str) -> String {
    let is_allowed = |byte: u8| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte);
    let clean = |byte: u8| if is_allowed(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    url.bytes().map(clean).collect()
}

/// Adds query parameters, escaped.
pub(crate) fn with_query(url: &str, parameters: &[(String, String)]) -> String {
    let mut text = url.to_owned();
    for (name, value) in parameters {
        text.push(if text.contains('?') { '&' } else { '?' });
        text.push_str(&escape(name));
        text.push('=');
        text.push_str(&escape(value));
    }
    text
}

/// Scheme, host and port.
pub(crate) fn origin(url: &str) -> &str {
    let host = url.find("://").map_or(0, |at| at + 3);
    let end = url[host..].find(['/', '?', '#']).map_or(url.len(), |at| host + at);
    &url[..end]
}

/// What an address without query leads to: for messages, since queries and user parts hold secrets.
pub(crate) fn shown(url: &str) -> String {
    let bare = url.split(['?', '#']).next().unwrap_or_default();
    let origin = origin(bare);
    match (origin.find("://"), origin.rfind('@')) {
        (Some(scheme), Some(at)) => format!("{}{}", &bare[..scheme + 3], &bare[at + 1..]),
        _ => bare.to_owned(),
    }
}

/// Whether it says where it leads by itself.
fn is_absolute(url: &str) -> bool {
    let lower = url.get(..8).unwrap_or(url).to_ascii_lowercase();
    lower.starts_with("http://") || lower.starts_with("https://")
}

/// A path below the base address; an absolute address stays what it is.
pub(crate) fn below(base: &str, path: &str) -> String {
    match path {
        _ if is_absolute(path) => path.to_owned(),
        "" => base.to_owned(),
        _ => format!("{}/{}", base.trim_end_matches('/'), path.trim_start_matches('/')),
    }
}

/// Where a reference in the answer of `url` leads.
pub(crate) fn resolve(url: &str, reference: &str) -> String {
    let bare = url.split(['?', '#']).next().unwrap_or_default();
    if is_absolute(reference) {
        return reference.to_owned();
    }
    if let Some(rest) = reference.strip_prefix("//") {
        let scheme = url.find("://").map_or("https:", |at| &url[..=at]);
        return format!("{scheme}//{rest}");
    }
    if reference.starts_with('/') {
        return format!("{}{reference}", origin(url));
    }
    if reference.starts_with('?') {
        return format!("{bare}{reference}");
    }
    let folder = bare[origin(bare).len()..].rfind('/').map_or(bare.len(), |at| origin(bare).len() + at);
    format!("{}/{reference}", &bare[..folder])
}

/// The address, but at the origin of `base`: credentials are for that one. Gateways often let through addresses as the
/// server behind them knows them.
pub(crate) fn at_origin_of(base: &str, url: &str) -> String {
    format!("{}{}", origin(base), &url[origin(url).len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_lead_where_browsers_would_go() {
        for (reference, leads_to) in [
            ("https://other/x", "https://other/x"),
            ("//other/x", "https://other/x"),
            ("/b?p=2", "https://h:1/b?p=2"),
            ("?p=2", "https://h:1/v1/a?p=2"),
            ("c", "https://h:1/v1/c"),
        ] {
            assert_eq!(resolve("https://h:1/v1/a?p=1", reference), leads_to);
        }
        assert_eq!(resolve("https://h", "c"), "https://h/c");
    }

    #[test]
    fn nothing_secret_is_shown() {
        assert_eq!(shown("https://user:pass@h/a?key=secret#x"), "https://h/a");
        assert_eq!(shown("http://h"), "http://h");
        assert_eq!(at_origin_of("http://h:1/api", "https://inner/api/x?p=2"), "http://h:1/api/x?p=2");
    }

    #[test]
    fn paths_and_queries_are_joined_and_escaped() {
        assert_eq!(below("http://h/api/", "/v1"), "http://h/api/v1");
        assert_eq!(below("http://h", ""), "http://h");
        let query = [("a b".to_owned(), "ü&".to_owned()), ("c".to_owned(), "1".to_owned())];
        assert_eq!(with_query("http://h/x", &query), "http://h/x?a%20b=%C3%BC%26&c=1");
        assert_eq!(with_query("http://h/x?y=1", &query[1..]), "http://h/x?y=1&c=1");
        assert_eq!(cleaned("/x?a=b c&d=%20{é}"), "/x?a=b%20c&d=%20%7B%C3%A9%7D");
    }
}
