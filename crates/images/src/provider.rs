//! Whose registry it is, told from its host, and what follows from that.

/// What a person types to get the credentials of a registry; one sentence without its end, for the end of a message.
#[must_use]
pub fn advice(host: &str) -> String {
    format!("log in by `longshore registry login {host} --username NAME --password-stdin`")
}
