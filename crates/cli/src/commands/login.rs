//! `longshore login` and `logout`: credentials for a server, tried before they are kept.

use crate::args::login::{LoginArgs, LogoutArgs};
use crate::client::{self, Client, Credentials, Place, text};
use crate::config;
use crate::failure::{Result, usage};
use crate::print::{self, note};
use reqwest::Method;
use serde_json::json;
use std::io::Read;
use std::process::ExitCode;

/// The longest secret that is read from stdin.
const MOST_SECRET_BYTES: u64 = 64 * 1024;

/// Runs `login`.
pub(crate) async fn run(args: &LoginArgs) -> Result<ExitCode> {
    let url = client::address(&args.server)?;
    let (id, secret) = match credentials(args)? {
        Credentials::Client { id, secret } => (id, secret),
        by_user => new_client(args, &url, by_user).await?,
    };
    let place = Place { url: url.clone(), credentials: Credentials::Client { id: id.clone(), secret: secret.clone() } };
    let server = Client::new(place, args.ca_file.as_deref())?;
    let workspaces = server.all("workspaces", &[]).await?;
    client::keep(&url, id, secret)?;
    let names: Vec<&str> = workspaces.iter().map(|workspace| text(workspace, "name")).collect();
    print::result(format_args!("logged in to {url}; workspaces: {}", names.join(", "))).map(|()| ExitCode::SUCCESS)
}

/// Runs `logout`.
pub(crate) fn leave(args: &LogoutArgs) -> Result<ExitCode> {
    let url = client::address(&args.server)?;
    let text = if client::forget(&url)? { "forgot the login to" } else { "there was no login to" };
    print::result(format_args!("{text} {url}")).map(|()| ExitCode::SUCCESS)
}

/// A user's password is not kept: a client is made for this machine, which can be taken back.
async fn new_client(args: &LoginArgs, url: &str, credentials: Credentials) -> Result<(String, String)> {
    let place = Place { url: url.to_owned(), credentials };
    let server = Client::new(place, args.ca_file.as_deref())?;
    let name = format!("longshore on {}", host_name());
    let made = server.send(Method::POST, "applications", Some(&json!({"name": name}))).await?;
    note(format_args!("made the application `{name}`; delete it on the server to take the login back"));
    Ok((text(&made, "clientId").to_owned(), text(&made, "clientSecret").to_owned()))
}

fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// From flags, variables and stdin, else from the person at the terminal.
fn credentials(args: &LoginArgs) -> Result<Credentials> {
    if let Some(user) = &args.email {
        let password = secret(args.password_stdin, &format!("password of {user}: "), "--password-stdin")?;
        return Ok(Credentials::Basic { user: user.clone(), password });
    }
    let id = match &args.client_id {
        Some(id) => id.clone(),
        None => asked("client id, or email: ", "--client-id ID or --email EMAIL")?,
    };
    if id.contains('@') {
        let password = secret(args.password_stdin, &format!("password of {id}: "), "--password-stdin")?;
        return Ok(Credentials::Basic { user: id, password });
    }
    let given = config::variable("LONGSHORE_CLIENT_SECRET").and_then(|secret| secret.into_string().ok());
    let secret = match given.filter(|_| !args.client_secret_stdin) {
        Some(secret) => secret,
        None => secret(args.client_secret_stdin, "client secret: ", "--client-secret-stdin")?,
    };
    Ok(Credentials::Client { id, secret })
}

fn asked(question: &str, flag: &str) -> Result<String> {
    expect_terminal(flag)?;
    note(question);
    let mut line = String::new();
    let read = std::io::stdin().read_line(&mut line);
    read.map_err(|error| usage("password.unreadable", format!("no answer was read: {error}")))?;
    Ok(line.trim().to_owned())
}

fn secret(from_stdin: bool, question: &str, flag: &str) -> Result<String> {
    let unreadable = |error: std::io::Error| usage("password.unreadable", format!("no secret was read: {error}"));
    let secret = if from_stdin {
        let mut text = String::new();
        std::io::stdin().take(MOST_SECRET_BYTES).read_to_string(&mut text).map_err(unreadable)?;
        text.trim_end_matches(['\r', '\n']).to_owned()
    } else {
        expect_terminal(flag)?;
        rpassword::prompt_password(question).map_err(unreadable)?
    };
    if secret.is_empty() {
        return Err(usage("password.unreadable", format!("the secret is empty; pass it by `{flag} < FILE`")));
    }
    Ok(secret)
}

fn expect_terminal(flag: &str) -> Result<()> {
    let message = format!("there is no terminal to ask at, so {flag} is needed");
    config::stdin_is_terminal().then_some(()).ok_or_else(|| usage("password.unreadable", message))
}
