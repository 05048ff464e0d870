//! Real registries on loopback: Debian's `docker-registry` with the authentication, the certificates and the storage that
//! a test asks for.
//!
//! * [`options`] — what a registry is started with.
//! * [`certificates`] — the private authority and what it signs.
//! * [`program`] — the process, its access log, its end.
//! * [`token`] — the server that gives tokens out.
//! * [`faults`] — a proxy that makes the network and the registry worse than they are.
//! * [`serve`] — how the servers of this lab run in the test's process.

pub mod certificates;
pub mod faults;
pub mod options;
pub mod program;
pub mod serve;
pub mod token;

pub use faults::{Fault, Faults, Seen};
pub use options::{Auth, Options, Rights, TokenAuth, User};
pub use program::Logged;
pub use token::{Issued, Issuer};

use certificates::Certificates;
use program::{Program, own_request};
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The name that tokens are made for.
const SERVICE: &str = "longshore-lab";

/// A running registry. It stops with its value, and with the process of the test however that ends.
pub struct Registry {
    folder: TempDir,
    storage: PathBuf,
    address: SocketAddr,
    users: Vec<User>,
    certificates: Option<Certificates>,
    issuer: Option<Issuer>,
    program: Option<Program>,
    /// What registries that were stopped since had logged.
    earlier: Vec<Logged>,
}

impl Registry {
    /// Starts a registry and returns when it listens.
    ///
    /// # Panics
    /// When it cannot be started; the message tells what to install, or what the program printed.
    #[must_use]
    pub fn start(options: Options) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the registry");
        let certificates = options.tls.then(|| Certificates::make(folder.path()));
        let issuer = match &options.auth {
            Auth::Token(token) => Some(Issuer::start(token, SERVICE, folder.path(), certificates.as_ref())),
            _ => None,
        };
        let ip: IpAddr = if options.ipv6 { Ipv6Addr::LOCALHOST.into() } else { Ipv4Addr::LOCALHOST.into() };
        let storage = options.storage.unwrap_or_else(|| folder.path().join("storage"));
        let users = options.auth.users();
        if let Auth::Htpasswd(users) = &options.auth {
            fs::write(folder.path().join("htpasswd"), htpasswd(users)).expect("the passwords can be written");
        }
        let address = SocketAddr::new(ip, 0);
        let mut registry =
            Self { folder, storage, address, users, certificates, issuer, program: None, earlier: Vec::new() };
        registry.restart();
        registry
    }

    /// The host as names of images have it: `localhost:PORT`, `[::1]:PORT`.
    #[must_use]
    pub fn host(&self) -> String {
        if self.address.is_ipv4() { format!("localhost:{}", self.address.port()) } else { self.address.to_string() }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `https` or `http`.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        if self.certificates.is_some() { "https" } else { "http" }
    }

    /// The certificate of the private authority, in PEM; of a registry with TLS.
    ///
    /// # Panics
    /// When the registry has no TLS.
    #[must_use]
    pub fn ca_file(&self) -> &Path {
        self.certificates.as_ref().expect("a registry with TLS").ca_file()
    }

    /// Who may come.
    #[must_use]
    pub fn users(&self) -> &[User] {
        &self.users
    }

    /// The server that gives tokens; of a registry with [`Auth::Token`].
    ///
    /// # Panics
    /// When the registry has none.
    #[must_use]
    pub fn issuer(&self) -> &Issuer {
        self.issuer.as_ref().expect("a registry with Auth::Token")
    }

    /// The folder where blobs and manifests lie, for a test that tampers with them.
    #[must_use]
    pub fn storage(&self) -> &Path {
        &self.storage
    }

    /// What has been asked for since the start, in order of completion; [`Registry::forget_requests`] begins anew.
    ///
    /// Waits until the log is complete: for a request of its own, which it leaves out.
    #[must_use]
    pub fn requests(&self) -> Vec<Logged> {
        let now = self.program.as_ref().map(|program| {
            let mark = own_request(self.address, self.certificates.as_ref());
            program.logged_before(&mark)
        });
        self.earlier.iter().cloned().chain(now.unwrap_or_default()).collect()
    }

    /// Forgets what has been asked for.
    pub fn forget_requests(&mut self) {
        let _ = self.requests();
        self.earlier.clear();
        if let Some(program) = &self.program {
            program.forget();
        }
    }

    /// Ends the process; its port refuses connections then.
    pub fn stop(&mut self) {
        self.earlier = self.requests();
        self.program = None;
    }

    /// Starts the process again at the same port, with the same storage.
    ///
    /// # Panics
    /// As [`Registry::start`].
    pub fn restart(&mut self) {
        if self.program.is_some() {
            self.stop();
        }
        let file = self.folder.path().join("config.yml");
        fs::write(&file, self.configuration()).expect("the configuration can be written");
        let program = Program::start(&file);
        self.address = program.address();
        self.program = Some(program);
    }

    pub(crate) fn certificates(&self) -> Option<&Certificates> {
        self.certificates.as_ref()
    }

    fn configuration(&self) -> String {
        let tls = self.certificates.as_ref().map_or_else(String::new, |it| {
            format!(
                "  tls:\n    certificate: {}\n    key: {}\n",
                it.certificate_file().display(),
                it.key_file().display()
            )
        });
        let folder = self.folder.path();
        let auth = match &self.issuer {
            Some(issuer) => format!(
                "auth:\n  token:\n    realm: {}\n    service: {SERVICE}\n    issuer: {}\n    rootcertbundle: {}\n",
                issuer.realm(),
                token::ISSUER,
                issuer.certificate_file().display(),
            ),
            None if folder.join("htpasswd").exists() => {
                format!("auth:\n  htpasswd:\n    realm: lab\n    path: {}\n", folder.join("htpasswd").display())
            }
            None => String::new(),
        };
        format!(
            "version: 0.1\nlog: {{level: info, formatter: json}}\n\
             storage:\n  filesystem: {{rootdirectory: {}}}\n  delete: {{enabled: true}}\n\
             http:\n  addr: \"{}\"\n{tls}{auth}",
            self.storage.display(),
            self.address,
        )
    }
}

/// Lines of a password file. Four rounds: nobody attacks a test.
fn htpasswd(users: &[User]) -> String {
    let line = |user: &User| {
        let hash = bcrypt::hash(&user.password, 4).expect("a password that bcrypt takes");
        format!("{}:{hash}\n", user.name)
    };
    users.iter().map(line).collect()
}
