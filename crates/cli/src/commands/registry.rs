//! `longshore registry login|logout|list|check`.

use crate::args::registry::{CheckArgs, LoginArgs, RegistryCommand};
use crate::config;
use crate::failure::{self, Result, usage};
use crate::print::{self, note};
use crate::registries_file;
use crate::table::table;
use longshore_images::{
    Access, Attempt, CheckStep, Credentials, Found, ImageName, Images, Provider, RegistryOptions, Secret,
};
use serde_json::json;
use std::io::Read;
use std::process::ExitCode;

/// The longest password that is read from stdin: a service account's key is some kilobytes.
const MOST_PASSWORD_BYTES: u64 = 64 * 1024;

/// Runs what was asked for.
pub(crate) async fn run(command: RegistryCommand) -> Result<ExitCode> {
    match command {
        RegistryCommand::Login(args) => login(args).await,
        RegistryCommand::Logout { registry } => logout(&registry).await,
        RegistryCommand::List { json } => list(json).await,
        RegistryCommand::Secret { registries, name, namespace } => secret(&registries, &name, namespace).await,
        RegistryCommand::Check(args) => check(args).await,
    }
}

async fn login(args: LoginArgs) -> Result<ExitCode> {
    let host = longshore_images::registry_host(&args.registry)?;
    let mirrors = args.mirror.iter().map(|host| longshore_images::registry_host(host)).collect::<Result<_>>()?;
    let told = RegistryOptions { mirrors, ..absolute(args.trust.options())? };
    let images = Images::new(config::images(told.clone())?)?;
    let credentials = ask(&args, &host)?;
    images.verify_login(&host, &credentials).await?;
    let kept = longshore_images::login(images.settings(), &host, &credentials).await?;
    if told != RegistryOptions::default() {
        registries_file::remember(&config::registries_file(), &host, told)?;
    }
    if !kept.is_encrypted {
        note(format_args!(
            "warning: the password is kept unencrypted in {}; a credential helper of Docker would keep it safe",
            kept.place
        ));
    }
    print::result(format_args!("logged in to {host}; kept in {}", kept.place)).map(|()| ExitCode::SUCCESS)
}

/// The path of a file has to hold in every folder that a later command is run in.
fn absolute(told: RegistryOptions) -> Result<RegistryOptions> {
    let ca_file = told.ca_file.map(|path| {
        std::path::absolute(&path)
            .map_err(|error| usage("registry.ca_unreadable", format!("{} is no path: {error}", path.display())))
    });
    Ok(RegistryOptions { ca_file: ca_file.transpose()?, ..told })
}

/// The user and the password: from the flags and stdin, else from the person at the terminal.
fn ask(args: &LoginArgs, host: &str) -> Result<Credentials> {
    let username = match (&args.username, config::stdin_is_terminal()) {
        (Some(username), _) => username.clone(),
        (None, true) => ask_username(host)?,
        (None, false) => return Err(missing("--username NAME", host)),
    };
    let password = if args.password_stdin {
        password_of_stdin()?
    } else if config::stdin_is_terminal() {
        let answer = rpassword::prompt_password(format!("password of {username} at {host}: "));
        answer.map_err(|error| usage("password.unreadable", format!("no password was read: {error}")))?
    } else {
        return Err(missing("--password-stdin", host));
    };
    if password.is_empty() {
        return Err(usage("password.unreadable", "the password is empty; pass it by `--password-stdin < FILE`"));
    }
    Ok(Credentials::Basic { username, password: Secret::new(password) })
}

fn missing(flag: &str, host: &str) -> longshore_protocol::FailureReason {
    let message = format!("there is no terminal to ask at, so {flag} is needed; {}", longshore_images::advice(host));
    usage("password.unreadable", message)
}

fn ask_username(host: &str) -> Result<String> {
    note(format_args!("user at {host}:"));
    let mut line = String::new();
    let read = std::io::stdin().read_line(&mut line);
    read.map_err(|error| usage("password.unreadable", format!("no user was read: {error}")))?;
    Ok(line.trim().to_owned())
}

/// One end of a line is no part of it: `echo PASSWORD |` adds one.
fn password_of_stdin() -> Result<String> {
    let mut text = String::new();
    let read = std::io::stdin().take(MOST_PASSWORD_BYTES).read_to_string(&mut text);
    read.map_err(|error| usage("password.unreadable", format!("no password can be read from stdin: {error}")))?;
    let text = text.strip_suffix('\n').map_or(text.as_str(), |text| text.strip_suffix('\r').unwrap_or(text));
    Ok(text.to_owned())
}

async fn logout(registry: &str) -> Result<ExitCode> {
    let host = longshore_images::registry_host(registry)?;
    let was_there = longshore_images::logout(&config::images(RegistryOptions::default())?, &host).await?;
    let text = if was_there { "removed the credentials of" } else { "there were no credentials of" };
    print::result(format_args!("{text} {host}")).map(|()| ExitCode::SUCCESS)
}

async fn list(json: bool) -> Result<ExitCode> {
    let listed = longshore_images::list(&config::images(RegistryOptions::default())?).await?;
    if json {
        return print::result(json!({"registries": listed})).map(|()| ExitCode::SUCCESS);
    }
    if listed.is_empty() {
        return print::result("no registry has credentials; `longshore registry login REGISTRY` keeps some")
            .map(|()| ExitCode::SUCCESS);
    }
    let rows = listed.into_iter().map(|it| vec![it.host, it.username, it.place]).collect();
    print::result(table(&["registry", "user", "place"], rows, &[])).map(|()| ExitCode::SUCCESS)
}

/// The Secret's one value is a config.json of Docker that knows these registries.
async fn secret(registries: &[String], name: &str, namespace: Option<String>) -> Result<ExitCode> {
    let settings = config::images(RegistryOptions::default())?;
    let mut auths = serde_json::Map::new();
    for registry in registries {
        let host = longshore_images::registry_host(registry)?;
        let Found { credentials, place } = longshore_images::find(&settings, &host, Attempt::First).await?;
        let (key, auth) = longshore_images::auth_entry(&host, &credentials)
            .ok_or_else(|| usage("registry.credentials_missing", no_credentials(&host)))?;
        if let Some(lifetime) = Provider::of(&host).lifetime() {
            note(format_args!("warning: the credentials of {host} ({place}) are good for {lifetime} only"));
        }
        auths.insert(key, auth);
    }
    let mut metadata = json!({"name": name});
    if let Some(namespace) = namespace {
        metadata["namespace"] = namespace.into();
    }
    print::result(json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "kubernetes.io/dockerconfigjson",
        "metadata": metadata,
        "stringData": {".dockerconfigjson": json!({"auths": auths}).to_string()},
    }))
    .map(|()| ExitCode::SUCCESS)
}

fn no_credentials(host: &str) -> String {
    format!("there are no credentials of {host} for a Secret to hold; {}", longshore_images::advice(host))
}

async fn check(args: CheckArgs) -> Result<ExitCode> {
    let images = Images::new(config::images(args.trust.options())?)?;
    let steps = match args.what.parse::<ImageName>() {
        Ok(name) if names_an_image(&args.what) => {
            let access = match (args.pull, args.push) {
                (true, true) => Access::Both,
                (false, true) => Access::Push,
                _ => Access::Pull,
            };
            images.check(&name, access).await
        }
        _ => images.check_registry(&longshore_images::registry_host(&args.what)?).await,
    };
    show(&steps, args.json)?;
    match steps.into_iter().find_map(|step| step.failure) {
        None => Ok(ExitCode::SUCCESS),
        Some(reason) => Ok(failure::print(&reason)),
    }
}

/// `registry.test:5000` is a registry, `registry.test/x` an image, and `busybox` is one, too.
fn names_an_image(what: &str) -> bool {
    what.contains('/') || !what.contains(['.', ':'])
}

fn show(steps: &[CheckStep], json: bool) -> Result<()> {
    if json {
        return print::result(json!({"passed": steps.iter().all(|step| step.failure.is_none()), "steps": steps}));
    }
    let rows = steps.iter().map(|step| {
        let verdict = if step.failure.is_none() { "ok" } else { "failed" };
        vec![step.name.to_owned(), verdict.to_owned(), format!("{:.2} s", step.duration_seconds), step.message.clone()]
    });
    print::result(table(&["step", "result", "time", "what was seen"], rows.collect(), &[2]))
}
