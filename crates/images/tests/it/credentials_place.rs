//! A machine for one test: its files of credentials, its PATH with credential helpers, its variables.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use longshore_images::{Credentials, NoProgress, RegistryOptions, Secret, Settings};
use longshore_protocol::FailureReason;
use serde_json::Value;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

/// The secret of every test; no message may show it.
pub(crate) const SECRET: &str = "hunter2:with\"odd\\bytes";

/// Keeps one file per host in `$STORE`, and writes how it was called into `$STORE/calls`.
const KEEPER: &str = r#"
echo "$*" >> "$STORE/calls"
name() { printf %s "$1" | tr '/:' '__'; }
case "$1" in
get) file="$STORE/$(name "$(cat)")"
     [ -f "$file" ] || { echo 'credentials not found in native keychain'; exit 1; }
     cat "$file" ;;
store) body=$(cat); host=$(printf %s "$body" | sed 's/.*"ServerURL":"\([^"]*\)".*/\1/')
       printf %s "$body" > "$STORE/$(name "$host")" ;;
erase) rm "$STORE/$(name "$(cat)")" ;;
list) echo '{"registry.test":"keeper","https://index.docker.io/v1/":"<token>"}' ;;
esac"#;

/// The machine.
pub(crate) struct Place {
    folder: TempDir,
    pub(crate) variables: BTreeMap<&'static str, OsString>,
    pub(crate) given: BTreeMap<String, Credentials>,
    pub(crate) plain_http: Vec<String>,
    pub(crate) notices: Arc<Mutex<Vec<String>>>,
}

impl Place {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["bin", "store", "home"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let path = std::env::join_paths([folder.path().join("bin"), "/usr/bin".into(), "/bin".into()]).unwrap();
        let variables = BTreeMap::from([
            ("PATH", path),
            ("STORE", folder.path().join("store").into()),
            ("HOME", folder.path().join("home").into()),
            // No test asks the clouds' metadata servers.
            ("AWS_EC2_METADATA_DISABLED", "true".into()),
            ("GCE_METADATA_HOST", "127.0.0.1:1".into()),
        ]);
        Self { folder, variables, given: BTreeMap::new(), plain_http: Vec::new(), notices: Arc::default() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn docker_config(&self) -> PathBuf {
        self.path("docker/config.json")
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// Writes Docker's file.
    pub(crate) fn with_config(self, config: &Value) -> Self {
        self.write("docker/config.json", &config.to_string());
        self
    }

    /// Installs a helper, a shell script.
    pub(crate) fn with_helper(self, name: &str, script: &str) -> Self {
        self.write_program(&format!("bin/docker-credential-{name}"), script);
        self
    }

    /// Writes a shell script that may be executed. Another process does it: while this one has a file open, and another
    /// test starts a process, the kernel takes the file for busy.
    pub(crate) fn write_program(&self, name: &str, script: &str) -> PathBuf {
        let path = self.path(name);
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", r#"printf '#!/bin/sh\n%s\n' "$2" > "$1" && chmod 755 "$1""#, "sh"]).arg(&path).arg(script);
        assert!(shell.status().unwrap().success());
        path
    }

    /// Installs a helper that keeps what it is given.
    pub(crate) fn with_keeper(self, name: &str) -> Self {
        self.with_helper(name, KEEPER)
    }

    pub(crate) fn with_variable(mut self, name: &'static str, value: impl Into<OsString>) -> Self {
        self.variables.insert(name, value.into());
        self
    }

    pub(crate) fn settings(&self) -> Settings {
        let plain = RegistryOptions { plain_http: true, ..RegistryOptions::default() };
        let notices = self.notices.clone();
        Settings {
            store_dir: self.path("images"),
            docker_config: self.docker_config(),
            podman_auth: vec![self.path("podman/auth.json")],
            given: self.given.clone(),
            registries: self.plain_http.iter().map(|host| (host.clone(), plain.clone())).collect(),
            all_registries: RegistryOptions::default(),
            certificate_dirs: Vec::new(),
            environment: Arc::new(self.variables.iter().map(|(key, value)| ((*key).into(), value.clone())).collect()),
            notice: Arc::new(move |text| notices.lock().unwrap().push(text.to_owned())),
            progress: Arc::new(NoProgress),
        }
    }
}

pub(crate) fn basic(username: &str, password: &str) -> Credentials {
    Credentials::Basic { username: username.to_owned(), password: Secret::new(password) }
}

pub(crate) fn auth(username: &str, password: &str) -> String {
    STANDARD.encode(format!("{username}:{password}"))
}

/// Credentials as a text that a failed assertion may print.
pub(crate) fn shown(credentials: &Credentials) -> String {
    match credentials {
        Credentials::Anonymous => "nobody".to_owned(),
        Credentials::Basic { username, password } => format!("{username} {}", password.expose()),
        Credentials::IdentityToken(token) => format!("token {}", token.expose()),
    }
}

/// A failure with this code, nothing of which shows a secret in any of its forms.
pub(crate) fn assert_failure<T>(result: Result<T, FailureReason>, code: &str) -> FailureReason {
    let Err(reason) = result else { panic!("this does not fail by {code}") };
    assert_eq!(reason.code, code, "{}", reason.message);
    assert_no_secret(&format!("{reason:?} {reason}"));
    reason
}

pub(crate) fn assert_no_secret(text: &str) {
    for secret in [SECRET, "hunter2", &auth("me", SECRET), &STANDARD.encode(SECRET)] {
        assert!(!text.contains(secret), "a secret is shown: {text}");
    }
}
