//! Which server a command talks to, and who it says it is: what was told, else the one that was logged in to, else the `up` of
//! this machine.

use crate::args::instance::Instance;
use crate::config;
use crate::failure::{Result, usage};
use crate::local_server::LocalServer;
use longshore_protocol::FailureReason;
use reqwest::RequestBuilder;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// A server, and who we are there. It holds a secret: no `Debug`, no `Display`.
pub(crate) struct Place {
    /// Without a slash at its end.
    pub(crate) url: String,
    pub(crate) credentials: Credentials,
}

/// Who we are.
pub(crate) enum Credentials {
    /// For a token.
    Client { id: String, secret: String },
    /// For each request.
    Basic { user: String, password: String },
    /// Nobody: the server asks nobody.
    Nobody,
}

impl Credentials {
    /// With what stands in each request, if anything does.
    pub(crate) fn basic(&self, request: RequestBuilder) -> RequestBuilder {
        match self {
            Self::Basic { user, password } => request.basic_auth(user, Some(password)),
            Self::Client { .. } | Self::Nobody => request,
        }
    }
}

/// What `longshore login` keeps.
#[derive(Default, Serialize, Deserialize)]
struct Logins {
    /// The one that was logged in to last.
    current: Option<String>,
    #[serde(default)]
    servers: BTreeMap<String, Login>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Login {
    client_id: String,
    client_secret: String,
}

/// Finds the server.
///
/// # Errors
/// `server.unknown` when there is none; `login.needed` when nobody has logged in to it; `login.unreadable`.
pub(crate) fn place(instance: &Instance) -> Result<Place> {
    let logins = read(&config::logins_file())?;
    let local = LocalServer::read(&config::data_dir());
    let told = instance.server.as_deref().map(address).transpose()?;
    let is_local = |url: &String| local.as_ref().is_some_and(|local| *url == local.url);
    let Some(url) = told.or(logins.current).or(local.as_ref().map(|local| local.url.clone())) else {
        return Err(usage(
            "server.unknown",
            "there is no server to talk to; start one by `longshore up`, or name one by `longshore login URL` or --server URL",
        ));
    };
    let kept = logins.servers.get(&url).map(|login| client(&login.client_id, &login.client_secret));
    let of_local = || {
        let local = local.as_ref().filter(|_| is_local(&url))?;
        Some(match (&local.client_id, &local.client_secret) {
            (Some(id), Some(secret)) => client(id, secret),
            _ => Credentials::Nobody,
        })
    };
    let credentials = given().or(kept).or_else(of_local);
    // A server without logins is one, too: it says itself when it needs one.
    Ok(Place { credentials: credentials.unwrap_or(Credentials::Nobody), url })
}

fn client(id: &str, secret: &str) -> Credentials {
    Credentials::Client { id: id.to_owned(), secret: secret.to_owned() }
}

fn given() -> Option<Credentials> {
    let text = |name| config::variable(name)?.into_string().ok();
    Some(Credentials::Client { id: text("LONGSHORE_CLIENT_ID")?, secret: text("LONGSHORE_CLIENT_SECRET")? })
}

/// An address as it was typed, without what does not belong to it.
///
/// # Errors
/// `server.address_invalid`.
pub(crate) fn address(typed: &str) -> Result<String> {
    let with_scheme = if typed.contains("://") { typed.to_owned() } else { format!("http://{typed}") };
    let invalid = || {
        usage(
            "server.address_invalid",
            format!("`{typed}` is no address of a server, such as https://longshore.example.com"),
        )
    };
    let url = reqwest::Url::parse(&with_scheme).ok().filter(|url| ["http", "https"].contains(&url.scheme()));
    let url = url
        .filter(|url| url.has_host() && url.username().is_empty() && url.password().is_none())
        .ok_or_else(invalid)?;
    let whole = url.as_str().trim_end_matches('/');
    let base = [super::PUBLIC, super::CONFIG].iter().find_map(|api| whole.strip_suffix(api)).unwrap_or(whole);
    Ok(base.to_owned())
}

/// Keeps the credentials for a server; later commands talk to it.
///
/// # Errors
/// `login.unreadable` when the file of logins cannot be read or written.
pub(crate) fn keep(url: &str, client_id: String, client_secret: String) -> Result<()> {
    change(|logins| {
        logins.servers.insert(url.to_owned(), Login { client_id, client_secret });
        logins.current = Some(url.to_owned());
        true
    })
    .map(|_| ())
}

/// Forgets the credentials for a server; whether there were any.
///
/// # Errors
/// As [`keep`].
pub(crate) fn forget(url: &str) -> Result<bool> {
    change(|logins| {
        if logins.current.as_deref() == Some(url) {
            logins.current = None;
        }
        logins.servers.remove(url).is_some()
    })
}

fn change(how: impl FnOnce(&mut Logins) -> bool) -> Result<bool> {
    let path = config::logins_file();
    let mut logins = read(&path)?;
    let outcome = how(&mut logins);
    write(&path, &logins).map_err(|error| unreadable(&path, &error.to_string()))?;
    Ok(outcome)
}

fn read(path: &Path) -> Result<Logins> {
    match std::fs::read_to_string(path) {
        Ok(text) => serde_json::from_str(&text).map_err(|error| unreadable(path, &error.to_string())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Logins::default()),
        Err(error) => Err(unreadable(path, &error.to_string())),
    }
}

fn write(path: &Path, logins: &Logins) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.as_file().set_permissions(std::fs::Permissions::from_mode(0o600))?;
    serde_json::to_writer_pretty(&mut file, logins)?;
    file.write_all(b"\n")?;
    file.persist(path)?;
    Ok(())
}

fn unreadable(path: &Path, why: &str) -> FailureReason {
    usage("login.unreadable", format!("{} cannot be used: {why}; mend or remove it, and log in again", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_as_people_paste_them() {
        for typed in [
            "https://longshore.example.com",
            "https://longshore.example.com/",
            "https://longshore.example.com/api/public/v1/",
            "https://longshore.example.com/api/v1",
        ] {
            assert_eq!(address(typed).ok().as_deref(), Some("https://longshore.example.com"), "{typed}");
        }
        assert_eq!(address("localhost:8000").ok().as_deref(), Some("http://localhost:8000"));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for typed in ["", "ftp://x", "https://user:word@x"] {
            assert_eq!(address(typed).unwrap_err().code, "server.address_invalid", "{typed}");
        }
    }
}
