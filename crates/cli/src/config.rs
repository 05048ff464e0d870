//! The environment of this process, and what follows from it. Nothing else of ours reads the environment.

use crate::failure::{Result, environment, usage};
use crate::platform;
use crate::print::note;
use crate::progress::Transfers;
use crate::registries_file;
use longshore_control_plane::FirstUser;
use longshore_images::{Credentials, RegistryOptions, Secret};
use longshore_runner::Settings;
use longshore_worker::images::Registries;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;

/// Variables that a local connector sees: where programs and files are, which language and time, how to get out.
/// Everything else, secrets above all, stays here.
const HANDED_ON: [&str; 14] = [
    "PATH",
    "HOME",
    "USER",
    "SHELL",
    "LANG",
    "LANGUAGE",
    "TZ",
    "TMPDIR",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "JAVA_HOME",
];
const HANDED_ON_PREFIXES: [&str; 3] = ["LC_", "PIP_", "UV_"];
/// Variables that cloud providers and the credential helpers of Docker go by, besides those.
const OF_PROVIDERS: [&str; 7] = [
    "DBUS_SESSION_BUS_ADDRESS",
    "DISPLAY",
    "DOCKER_CONFIG",
    "GNUPGHOME",
    "GPG_TTY",
    "PASSWORD_STORE_DIR",
    "XDG_RUNTIME_DIR",
];
const OF_PROVIDERS_PREFIXES: [&str; 7] = ["AWS_", "AZURE_", "CLOUDSDK_", "GCE_", "GOOGLE_", "IDENTITY_", "KUBERNETES_"];

/// Credentials of this program's own; no child gets them.
const REGISTRY: &str = "LONGSHORE_REGISTRY";
const REGISTRY_USERNAME: &str = "LONGSHORE_REGISTRY_USERNAME";
const REGISTRY_PASSWORD: &str = "LONGSHORE_REGISTRY_PASSWORD";

/// Secrets of the platform; no child gets them.
const OF_PLATFORM: [&str; 4] =
    ["LONGSHORE_CLIENT_SECRET", "LONGSHORE_DATABASE_URL", "LONGSHORE_PASSWORD", "LONGSHORE_SECRET_KEY"];

/// Where the certificates of private registries lie for other programs: below them `HOST[:PORT]/*.crt`.
const CERTIFICATE_DIRS: [&str; 2] = ["/etc/docker/certs.d", "/etc/containers/certs.d"];

const HANDED_ON_ANY_CASE: [&str; 4] = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"];

/// Where things are on this machine.
///
/// # Errors
/// As [`settings_told`].
pub(crate) fn settings() -> Result<Settings> {
    settings_told(RegistryOptions::default())
}

/// The same, for a command that was told how far to trust its registries: images come from there, too.
///
/// # Errors
/// When this program cannot find itself, or a file about registries cannot be read.
pub(crate) fn settings_told(told: RegistryOptions) -> Result<Settings> {
    let own_program = std::env::current_exe()
        .map_err(|error| environment("platform.no_program", format!("cannot find this program's own file: {error}")))?;
    Ok(Settings {
        own_program,
        work_dir: variable("XDG_RUNTIME_DIR").map_or_else(std::env::temp_dir, PathBuf::from),
        cache_dir: cache_dir(),
        images: Box::new(Registries::new(images(told)?)),
        docker_host: docker_host(),
        base_environment: handed_on(),
        notice: Box::new(|text| note(text)),
    })
}

/// Where images, and the credentials and the trust of registries are. `told` holds for every registry of this command.
///
/// # Errors
/// When the file that tells of registries cannot be read.
pub(crate) fn images(told: RegistryOptions) -> Result<longshore_images::Settings> {
    let home = variable("HOME").map(PathBuf::from).unwrap_or_default();
    let docker_config = variable("DOCKER_CONFIG").map_or_else(|| home.join(".docker"), PathBuf::from);
    let podman_auth = [
        variable("REGISTRY_AUTH_FILE").map(PathBuf::from),
        variable("XDG_RUNTIME_DIR").map(|dir| PathBuf::from(dir).join("containers/auth.json")),
        Some(config_dir().join("containers/auth.json")),
    ];
    let of_providers = |name: &str| {
        OF_PROVIDERS.contains(&name) || OF_PROVIDERS_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
    };
    Ok(longshore_images::Settings {
        store_dir: cache_dir().join("images"),
        docker_config: docker_config.join("config.json"),
        podman_auth: podman_auth.into_iter().flatten().collect(),
        given: given_credentials()?,
        registries: registries_file::read(&registries_file())?,
        all_registries: told,
        certificate_dirs: CERTIFICATE_DIRS.map(PathBuf::from).to_vec(),
        environment: Arc::new(variables(|name| is_handed_on(name) || of_providers(name))),
        notice: Arc::new(|text| note(text)),
        progress: Arc::new(Transfers::new()),
    })
}

/// What was told of single registries is kept here.
pub(crate) fn registries_file() -> PathBuf {
    config_dir().join("longshore/registries.json")
}

/// Where `longshore login` keeps credentials for servers.
pub(crate) fn logins_file() -> PathBuf {
    config_dir().join("longshore/servers.json")
}

/// The Docker Engine, when it is not where it is by default.
pub(crate) fn docker_host() -> Option<String> {
    std::env::var("DOCKER_HOST").ok().filter(|host| !host.is_empty())
}

/// The database of the platform, when it is not the file in the data folder. It holds a password.
pub(crate) fn database_url() -> Option<String> {
    text_of("LONGSHORE_DATABASE_URL")
}

/// The key of the platform's secrets.
pub(crate) fn secret_key() -> Option<String> {
    text_of("LONGSHORE_SECRET_KEY")
}

/// The file with the key of the platform's secrets.
pub(crate) fn secret_key_file() -> Option<PathBuf> {
    variable("LONGSHORE_SECRET_KEY_FILE").map(PathBuf::from)
}

/// The command that prints the key of the platform's secrets.
///
/// # Errors
/// When it is none.
pub(crate) fn secret_key_command() -> Result<Option<Vec<String>>> {
    text_of("LONGSHORE_SECRET_KEY_COMMAND").map(|text| platform::words(&text)).transpose()
}

/// What the first user of the platform gets; the rest is made up.
pub(crate) fn first_user() -> FirstUser {
    FirstUser {
        email: text_of("LONGSHORE_EMAIL"),
        password: text_of("LONGSHORE_PASSWORD"),
        client_id: text_of("LONGSHORE_CLIENT_ID"),
        client_secret: text_of("LONGSHORE_CLIENT_SECRET"),
    }
}

/// Where the platform keeps its files.
pub(crate) fn data_dir() -> PathBuf {
    let data = variable("XDG_DATA_HOME").map(PathBuf::from);
    let of_home = || PathBuf::from(variable("HOME").unwrap_or_default()).join(".local/share");
    data.unwrap_or_else(of_home).join("longshore")
}

fn text_of(name: &str) -> Option<String> {
    variable(name).and_then(|value| value.into_string().ok())
}

/// The time of what is built, in seconds since 1970: `SOURCE_DATE_EPOCH`, as
/// [reproducible builds](https://reproducible-builds.org/specs/source-date-epoch/) have it, else 0.
///
/// # Errors
/// When it is no number.
pub(crate) fn source_date() -> Result<u64> {
    let Some(text) = variable("SOURCE_DATE_EPOCH") else { return Ok(0) };
    text.to_str().and_then(|text| text.parse().ok()).ok_or_else(|| {
        usage("config.variable_invalid", "SOURCE_DATE_EPOCH is no number of seconds since 1970; unset or correct it")
    })
}

/// What the tools of a connector project see: everything that the user's shell gives them, but our own credentials.
pub(crate) fn tool_environment() -> Vec<(OsString, OsString)> {
    variables(|name| ![REGISTRY_USERNAME, REGISTRY_PASSWORD].contains(&name) && !OF_PLATFORM.contains(&name))
}

/// Credentials for one registry, which is named, so that no other gets them.
fn given_credentials() -> Result<BTreeMap<String, Credentials>> {
    let (Some(registry), Some(password)) = (text_of(REGISTRY), text_of(REGISTRY_PASSWORD)) else {
        return Ok(BTreeMap::new());
    };
    let username = text_of(REGISTRY_USERNAME).unwrap_or_default();
    let credentials = Credentials::Basic { username, password: Secret::new(password) };
    Ok(BTreeMap::from([(longshore_images::registry_host(&registry)?, credentials)]))
}

fn cache_dir() -> PathBuf {
    let cache = variable("XDG_CACHE_HOME").map(PathBuf::from);
    let of_home = || Some(PathBuf::from(variable("HOME")?).join(".cache"));
    cache.or_else(of_home).unwrap_or_else(std::env::temp_dir).join("longshore")
}

fn config_dir() -> PathBuf {
    let config = variable("XDG_CONFIG_HOME").map(PathBuf::from);
    config.unwrap_or_else(|| PathBuf::from(variable("HOME").unwrap_or_default()).join(".config"))
}

/// The value of a variable that a configuration file refers to.
pub(crate) fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// Whether a person can be asked.
pub(crate) fn stdin_is_terminal() -> bool {
    std::io::stdin().is_terminal()
}

/// Whether a person looks at stderr.
pub(crate) fn stderr_is_terminal() -> bool {
    std::io::stderr().is_terminal()
}

/// Whether a person looks at stdout.
pub(crate) fn stdout_is_terminal() -> bool {
    std::io::stdout().is_terminal()
}

fn handed_on() -> Vec<(OsString, OsString)> {
    variables(is_handed_on)
}

fn is_handed_on(name: &str) -> bool {
    HANDED_ON.contains(&name)
        || HANDED_ON_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        || HANDED_ON_ANY_CASE.iter().any(|proxy| proxy.eq_ignore_ascii_case(name))
}

fn variables(wanted: impl Fn(&str) -> bool) -> Vec<(OsString, OsString)> {
    std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(&wanted)).collect()
}
