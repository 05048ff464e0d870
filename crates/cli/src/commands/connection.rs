//! `longshore connection list|show|create|update|sync|refresh|clear|cancel|delete|state`.

pub(crate) mod words;

use super::job;
use crate::args::connection::{ConnectionCommand, CreateArgs, OneConnection, Settings, StartArgs, UpdateArgs};
use crate::args::instance::Instance;
use crate::client::{CONNECTION, DESTINATION, SOURCE, Session, id_of, list_of, text};
use crate::configuration;
use crate::failure::{Result, usage};
use crate::print;
use crate::spinner::Spinner;
use crate::table::table;
use clap::ValueEnum;
use reqwest::Method;
use serde_json::{Value, json};
use std::path::Path;
use std::process::ExitCode;
use words::Wishes;

/// Runs what was asked for.
pub(crate) async fn run(command: ConnectionCommand) -> Result<ExitCode> {
    let text = match command {
        ConnectionCommand::List { at } => list(&at).await?,
        ConnectionCommand::Show(which) => show(&which).await?,
        ConnectionCommand::Create(args) => create(&args).await?,
        ConnectionCommand::Update(args) => update(&args).await?,
        ConnectionCommand::Sync(start) => return begin(&start, Work::Sync).await,
        ConnectionCommand::Refresh { start, streams, truncate } => {
            return begin(&start, Work::Refresh { streams, truncate }).await;
        }
        ConnectionCommand::Clear { start, streams } => return begin(&start, Work::Clear { streams }).await,
        ConnectionCommand::Cancel(which) => cancel(&which).await?,
        ConnectionCommand::Delete(which) => delete(&which).await?,
        ConnectionCommand::State { which, set } => state(&which, set.as_deref()).await?,
    };
    print::result(text).map(|()| ExitCode::SUCCESS)
}

/// A moment for people: seconds since 1970, or a text of its own.
pub(crate) fn moment(value: &Value) -> String {
    let seconds = value.as_i64().and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    let of_text = || value.as_str().and_then(|text| text.parse::<jiff::Timestamp>().ok());
    seconds.or_else(of_text).map_or_else(String::new, |at| at.strftime("%Y-%m-%d %H:%M:%S").to_string())
}

async fn list(at: &Instance) -> Result<String> {
    let session = Session::begin(at).await?;
    let all = session.all(&CONNECTION).await?;
    if at.json {
        return Ok(json!({"connections": all}).to_string());
    }
    let (sources, destinations) = (session.all(&SOURCE).await?, session.all(&DESTINATION).await?);
    let rows = all.iter().map(|connection| {
        let source = name_of(&sources, SOURCE.id, text(connection, "sourceId"));
        let destination = name_of(&destinations, DESTINATION.id, text(connection, "destinationId"));
        let schedule = words::words_of(&connection["schedule"]);
        let name = text(connection, "name").to_owned();
        vec![
            name,
            source,
            destination,
            text(connection, "status").to_owned(),
            schedule,
            id_of(&CONNECTION, connection).to_owned(),
        ]
    });
    Ok(table(&["name", "source", "destination", "status", "schedule", "id"], rows.collect(), &[]))
}

/// The name of the thing with this id, or the id of what is not in the list.
fn name_of(all: &[Value], key: &str, id: &str) -> String {
    all.iter().find(|thing| text(thing, key) == id).map_or(id, |thing| text(thing, "name")).to_owned()
}

async fn show(which: &OneConnection) -> Result<String> {
    let session = Session::begin(&which.at).await?;
    let connection = session.find(&CONNECTION, &which.name).await?;
    if which.at.json {
        return Ok(connection.to_string());
    }
    let source = session.find(&SOURCE, text(&connection, "sourceId")).await?;
    let destination = session.find(&DESTINATION, text(&connection, "destinationId")).await?;
    let wishes = words::wishes_of(&connection);
    let rows = [
        ("name", wishes.name),
        ("id", Some(id_of(&CONNECTION, &connection).to_owned())),
        ("source", Some(text(&source, "name").to_owned())),
        ("destination", Some(text(&destination, "name").to_owned())),
        ("status", wishes.status),
        ("reason", connection["statusReason"].as_str().map(str::to_owned)),
        ("schedule", wishes.schedule),
        ("namespace", wishes.namespace),
        ("prefix", wishes.prefix),
        ("schema changes", wishes.schema_changes),
        ("tags", wishes.tags.map(|tags| tags.join(", ")).filter(|tags| !tags.is_empty())),
    ];
    let rows = rows.into_iter().filter_map(|(key, value)| Some(vec![key.to_owned(), value?])).collect();
    let streams = wishes.streams.unwrap_or_default().iter().map(stream_row).collect();
    Ok(format!(
        "{}\n\n{}",
        table(&["connection", ""], rows, &[]),
        table(&["stream", "mode", "cursor", "primary key"], streams, &[])
    ))
}

fn stream_row(stream: &Value) -> Vec<String> {
    let path =
        |value: &Value| value.as_array().into_iter().flatten().filter_map(Value::as_str).collect::<Vec<_>>().join(".");
    let name = match text(stream, "namespace") {
        "" => text(stream, "name").to_owned(),
        namespace => format!("{namespace}.{}", text(stream, "name")),
    };
    let keys = list_of(stream, "primaryKey").iter().map(path).collect::<Vec<_>>().join(", ");
    vec![name, text(stream, "syncMode").to_owned(), path(&stream["cursorField"]), keys]
}

/// What the flags tell.
fn wishes(name: Option<&str>, settings: &Settings) -> Result<Wishes> {
    let mode = settings.sync_mode.as_deref();
    let named: Vec<Value> = settings.streams.iter().map(|words| words::stream_of(words, mode)).collect();
    let streams = match &settings.streams_file {
        Some(file) => Some(streams_of(file)?),
        None => (!named.is_empty()).then_some(named),
    };
    if let Some(schedule) = &settings.schedule {
        words::schedule_of(schedule)?; // before anything is asked of the server
    }
    Ok(Wishes {
        name: name.map(str::to_owned),
        streams,
        schedule: settings.schedule.clone(),
        namespace: settings.namespace.clone(),
        prefix: settings.prefix.clone(),
        schema_changes: settings.schema_changes.as_ref().and_then(word),
        status: settings.status.as_ref().and_then(word),
        tags: settings.tags.clone(),
    })
}

fn word<T: ValueEnum>(value: &T) -> Option<String> {
    value.to_possible_value().map(|value| value.get_name().to_owned())
}

/// A list, or what `show --json` prints.
fn streams_of(file: &Path) -> Result<Vec<Value>> {
    let value = configuration::read(file)?;
    let found = [&value, &value["streams"], &value["configurations"]["streams"]].into_iter().find_map(Value::as_array);
    let none = || usage("config.not_json", format!("{} holds no list of streams", file.display()));
    found.cloned().ok_or_else(none)
}

async fn create(args: &CreateArgs) -> Result<String> {
    let wishes = wishes(Some(&args.name), &args.settings)?;
    let session = Session::begin(&args.at).await?;
    if session.all(&CONNECTION).await?.iter().any(|it| text(it, "name") == args.name) {
        let message =
            format!("there is a connection `{0}` already; change it by `longshore connection update '{0}'`", args.name);
        return Err(usage("resource.exists", message));
    }
    let source = session.find(&SOURCE, &args.source).await?;
    let destination = session.find(&DESTINATION, &args.destination).await?;
    let connection = make(&session, &wishes, id_of(&SOURCE, &source), id_of(&DESTINATION, &destination)).await?;
    if args.at.json {
        return Ok(connection.to_string());
    }
    let count = list_of(&connection["configurations"], "streams").len();
    Ok(format!("made connection {0} with {count} streams\nnext: longshore connection sync '{0}' --wait", args.name))
}

/// Makes a connection; the source is asked what it has, unless that is known.
///
/// # Errors
/// What the server says.
pub(crate) async fn make(session: &Session, wishes: &Wishes, source_id: &str, destination_id: &str) -> Result<Value> {
    let mut body = wishes.body(session).await?;
    body["sourceId"] = json!(source_id);
    body["destinationId"] = json!(destination_id);
    let made = {
        let _spinner = Spinner::begin("the source tells its streams");
        session.client.send(Method::POST, CONNECTION.path, Some(&body)).await?
    };
    in_its_zone(session, made, wishes).await
}

/// A schedule with a time zone is told the other API.
async fn in_its_zone(session: &Session, connection: Value, wishes: &Wishes) -> Result<Value> {
    let Some(mut change) = wishes.schedule.as_deref().and_then(words::zoned) else { return Ok(connection) };
    let id = id_of(&CONNECTION, &connection);
    change[CONNECTION.id] = json!(id);
    session.client.call("connections/update", &change).await?;
    session.find(&CONNECTION, id).await
}

async fn update(args: &UpdateArgs) -> Result<String> {
    let wishes = wishes(args.rename.as_deref(), &args.settings)?;
    if wishes == Wishes::default() {
        return Err(usage(
            "update.nothing",
            "nothing to change; `longshore connection update --help` tells what can be",
        ));
    }
    let session = Session::begin(&args.which.at).await?;
    let connection = session.find(&CONNECTION, &args.which.name).await?;
    let connection = change(&session, id_of(&CONNECTION, &connection), &wishes).await?;
    Ok(match args.which.at.json {
        true => connection.to_string(),
        false => format!("changed connection {}", text(&connection, "name")),
    })
}

/// Changes what is told.
///
/// # Errors
/// What the server says.
pub(crate) async fn change(session: &Session, id: &str, wishes: &Wishes) -> Result<Value> {
    let body = wishes.body(session).await?;
    let changed = session.client.send(Method::PATCH, &format!("{}/{id}", CONNECTION.path), Some(&body)).await?;
    in_its_zone(session, changed, wishes).await
}

/// What a job is to do.
enum Work {
    Sync,
    Refresh { streams: Vec<String>, truncate: bool },
    Clear { streams: Vec<String> },
}

async fn begin(start: &StartArgs, work: Work) -> Result<ExitCode> {
    let at = &start.which.at;
    let session = Session::begin(at).await?;
    let connection = session.find(&CONNECTION, &start.which.name).await?;
    let answer = started(&session, &connection, &work).await?;
    let id = answer["job"]["id"].as_i64().unwrap_or_default();
    if start.wait {
        return job::await_end(&session, id, at.json).await;
    }
    let text = match at.json {
        true => answer["job"].to_string(),
        false => format!("job {id} has begun\nnext: longshore job wait {id}"),
    };
    print::result(text).map(|()| ExitCode::SUCCESS)
}

async fn started(session: &Session, connection: &Value, work: &Work) -> Result<Value> {
    let (path, streams) = match work {
        Work::Sync => ("connections/sync", &[][..]),
        Work::Refresh { streams, .. } => ("connections/refresh", &streams[..]),
        Work::Clear { streams } if streams.is_empty() => ("connections/clear", &[][..]),
        Work::Clear { streams } => ("connections/clear/stream", &streams[..]),
    };
    let mut body = json!({"connectionId": id_of(&CONNECTION, connection)});
    if !streams.is_empty() {
        body["streams"] = streams.iter().map(|name| named(connection, name)).collect::<Result<_>>()?;
    }
    if let Work::Refresh { truncate, .. } = work {
        body["refreshMode"] = json!(if *truncate { "Truncate" } else { "Merge" });
    }
    session.client.call(path, &body).await
}

/// The stream of a connection that is called so, by its name or by namespace.name.
fn named(connection: &Value, name: &str) -> Result<Value> {
    let streams = list_of(&connection["configurations"], "streams");
    let is_meant = |stream: &&Value| text(stream, "name") == name || stream_row(stream)[0] == name;
    let Some(stream) = streams.iter().find(is_meant) else {
        let names: Vec<_> = streams.iter().map(|stream| stream_row(stream)[0].clone()).collect();
        let message = format!("the connection has no stream `{name}`; it has: {}", names.join(", "));
        return Err(usage("connection.stream_unknown", message));
    };
    let mut descriptor = json!({"streamName": text(stream, "name")});
    if let Some(namespace) = stream["namespace"].as_str() {
        descriptor["streamNamespace"] = json!(namespace);
    }
    Ok(descriptor)
}

async fn cancel(which: &OneConnection) -> Result<String> {
    let session = Session::begin(&which.at).await?;
    let connection = session.find(&CONNECTION, &which.name).await?;
    let query = [
        ("connectionId", id_of(&CONNECTION, &connection).to_owned()),
        ("orderBy", "createdAt|DESC".to_owned()),
        ("limit", "1".to_owned()),
    ];
    let jobs = session.client.get("jobs", &query).await?;
    let active = list_of(&jobs, "data").iter().find(|job| job::is_active(text(job, "status")));
    let Some(id) = active.and_then(|job| job["jobId"].as_i64()) else {
        return Err(usage("job.not_running", format!("no job of {} runs or waits", text(&connection, "name"))));
    };
    job::cancel(&session, id, which.at.json).await
}

async fn delete(which: &OneConnection) -> Result<String> {
    let session = Session::begin(&which.at).await?;
    let connection = session.find(&CONNECTION, &which.name).await?;
    remove(&session, id_of(&CONNECTION, &connection)).await?;
    Ok(match which.at.json {
        true => connection.to_string(),
        false => format!("removed connection {}", text(&connection, "name")),
    })
}

/// Removes a connection.
///
/// # Errors
/// What the server says.
pub(crate) async fn remove(session: &Session, id: &str) -> Result<Value> {
    session.client.send(Method::DELETE, &format!("{}/{id}", CONNECTION.path), None).await
}

/// The states as the server keeps them, byte for byte.
async fn state(which: &OneConnection, set: Option<&Path>) -> Result<String> {
    let new = set.map(state_of).transpose()?;
    let session = Session::begin(&which.at).await?;
    let connection = session.find(&CONNECTION, &which.name).await?;
    let id = json!(id_of(&CONNECTION, &connection));
    match new {
        None => session.client.call_untouched("state/get", format!("{{\"connectionId\":{id}}}")).await,
        Some(state) => {
            let body = format!("{{\"connectionId\":{id},\"connectionState\":{state}}}");
            session.client.call_untouched("state/create_or_update_safe", body).await
        }
    }
}

fn state_of(file: &Path) -> Result<String> {
    let state = configuration::text(file)?;
    let invalid = |error| usage("config.not_json", format!("{} is not JSON: {error}", file.display()));
    serde_json::from_str::<&serde_json::value::RawValue>(&state).map_err(invalid)?;
    Ok(state)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_of_both_apis_are_shown_alike() {
        assert_eq!(moment(&json!(0)), "1970-01-01 00:00:00");
        assert_eq!(moment(&json!("1970-01-01T00:00:00Z")), "1970-01-01 00:00:00");
        assert_eq!(moment(&Value::Null), "");
    }

    #[test]
    fn streams_are_named_with_or_without_their_namespace() {
        let connection = json!({"configurations": {"streams": [{"name": "users", "namespace": "public"}]}});
        let expected = json!({"streamName": "users", "streamNamespace": "public"});
        assert_eq!(named(&connection, "users").unwrap(), expected);
        assert_eq!(named(&connection, "public.users").unwrap(), expected);
        assert_eq!(named(&connection, "orders").unwrap_err().code, "connection.stream_unknown");
    }
}
