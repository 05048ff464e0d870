//! `longshore source|destination list|show|create|update|check|discover|delete`.

use super::definition;
use crate::args::actor::{ActorCommand, CreateArgs, OneActor, SourceCommand, UpdateArgs};
use crate::args::definition::KindArg;
use crate::args::instance::Instance;
use crate::client::{DESTINATION, Kind, SOURCE, Session, id_of, list_of, text};
use crate::configuration;
use crate::failure::{self, Result, usage};
use crate::print;
use crate::spinner::Spinner;
use crate::table::table;
use longshore_protocol::{FailureKind, FailureOrigin, FailureReason};
use reqwest::Method;
use serde_json::{Value, json};
use std::process::ExitCode;

/// Runs what was asked for of a source.
pub(crate) async fn run_source(command: SourceCommand) -> Result<ExitCode> {
    match command {
        SourceCommand::Any(command) => run(KindArg::Source, command).await,
        SourceCommand::Discover(which) => discover(&which).await,
    }
}

/// Runs what was asked for.
pub(crate) async fn run(kind: KindArg, command: ActorCommand) -> Result<ExitCode> {
    let text = match command {
        ActorCommand::List { at } => list(kind, &at).await?,
        ActorCommand::Show(which) => show(kind, &which).await?,
        ActorCommand::Create(args) => create(kind, &args).await?,
        ActorCommand::Update(args) => update(kind, &args).await?,
        ActorCommand::Check(which) => return check(kind, &which).await,
        ActorCommand::Delete(which) => delete(kind, &which).await?,
    };
    print::result(text).map(|()| ExitCode::SUCCESS)
}

/// How the public API calls it.
pub(crate) fn resource(kind: KindArg) -> &'static Kind {
    match kind {
        KindArg::Source => &SOURCE,
        KindArg::Destination => &DESTINATION,
    }
}

async fn list(kind: KindArg, at: &Instance) -> Result<String> {
    let session = Session::begin(at).await?;
    let all = session.all(resource(kind)).await?;
    if at.json {
        return Ok(json!({resource(kind).path: all}).to_string());
    }
    let definitions = definition::all(&session, Some(kind)).await?;
    let rows = all.iter().map(|actor| {
        let of = definitions.iter().find(|definition| definition.id() == text(actor, "definitionId"));
        let connector = of.map_or_else(|| text(actor, "definitionId").to_owned(), |of| of.name().to_owned());
        vec![text(actor, "name").to_owned(), connector, id_of(resource(kind), actor).to_owned()]
    });
    Ok(table(&["name", "definition", "id"], rows.collect(), &[]))
}

async fn show(kind: KindArg, which: &OneActor) -> Result<String> {
    let session = Session::begin(&which.at).await?;
    let actor = session.find(resource(kind), &which.name).await?;
    if which.at.json {
        return Ok(actor.to_string());
    }
    let definition = definition::find(&session, Some(kind), text(&actor, "definitionId")).await;
    let connector = definition.map_or_else(|_| text(&actor, "definitionId").to_owned(), |it| it.name().to_owned());
    let rows = [("name", text(&actor, "name")), ("id", id_of(resource(kind), &actor)), ("definition", &connector)];
    let mut rows: Vec<Vec<String>> = rows.map(|(key, value)| vec![key.to_owned(), value.to_owned()]).to_vec();
    for (key, value) in actor["configuration"].as_object().into_iter().flatten() {
        let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        rows.push(vec![format!("config.{key}"), shown]);
    }
    Ok(table(&[kind.word(), ""], rows, &[]))
}

async fn create(kind: KindArg, args: &CreateArgs) -> Result<String> {
    let configuration = args.config.as_deref().map_or_else(|| Ok(json!({})), configuration::read_object)?;
    let session = Session::begin(&args.at).await?;
    if session.all(resource(kind)).await?.iter().any(|actor| text(actor, "name") == args.name) {
        let word = kind.word();
        let message =
            format!("there is a {word} `{0}` already; change it by `longshore {word} update '{0}'`", args.name);
        return Err(usage("resource.exists", message));
    }
    let definition = definition::find(&session, Some(kind), &args.definition).await?;
    let actor = make(&session, kind, &args.name, definition.id(), &configuration).await?;
    if args.at.json {
        return Ok(actor.to_string());
    }
    Ok(format!("made {0} {1}\nnext: longshore {0} check '{1}'", kind.word(), args.name))
}

/// Makes a source or a destination.
///
/// # Errors
/// `configuration.invalid`.
pub(crate) async fn make(
    session: &Session,
    kind: KindArg,
    name: &str,
    definition_id: &str,
    configuration: &Value,
) -> Result<Value> {
    let body = json!({
        "name": name, "workspaceId": session.workspace_id(), "definitionId": definition_id, "configuration": configuration,
    });
    session.client.send(Method::POST, resource(kind).path, Some(&body)).await
}

async fn update(kind: KindArg, args: &UpdateArgs) -> Result<String> {
    let configuration = args.config.as_deref().map(configuration::read_object).transpose()?;
    if args.rename.is_none() && configuration.is_none() {
        return Err(usage("update.nothing", "nothing to change; tell --rename or --config"));
    }
    let session = Session::begin(&args.which.at).await?;
    let actor = session.find(resource(kind), &args.which.name).await?;
    let name = args.rename.as_deref().unwrap_or(text(&actor, "name"));
    let actor = match configuration {
        Some(configuration) if !args.merge => replace(&session, kind, &actor, name, &configuration).await?,
        Some(configuration) => {
            change(&session, kind, &actor, &json!({"name": name, "configuration": configuration})).await?
        }
        None => change(&session, kind, &actor, &json!({"name": name})).await?,
    };
    Ok(if args.which.at.json { actor.to_string() } else { format!("changed {} {name}", kind.word()) })
}

/// Puts a configuration in place of the one that is there.
///
/// # Errors
/// `configuration.invalid`.
pub(crate) async fn replace(
    session: &Session,
    kind: KindArg,
    actor: &Value,
    name: &str,
    configuration: &Value,
) -> Result<Value> {
    let path = format!("{}/{}", resource(kind).path, id_of(resource(kind), actor));
    session.client.send(Method::PUT, &path, Some(&json!({"name": name, "configuration": configuration}))).await
}

async fn change(session: &Session, kind: KindArg, actor: &Value, change: &Value) -> Result<Value> {
    let path = format!("{}/{}", resource(kind).path, id_of(resource(kind), actor));
    session.client.send(Method::PATCH, &path, Some(change)).await
}

async fn check(kind: KindArg, which: &OneActor) -> Result<ExitCode> {
    let session = Session::begin(&which.at).await?;
    let actor = session.find(resource(kind), &which.name).await?;
    let answer = {
        let _spinner = Spinner::begin(format!("the connector of {} checks its configuration", text(&actor, "name")));
        let body = json!({resource(kind).id: id_of(resource(kind), &actor)});
        session.client.call(&format!("{}/check_connection", resource(kind).path), &body).await?
    };
    let succeeded = text(&answer, "status") == "succeeded";
    if which.at.json {
        print::result(&answer)?;
    } else if succeeded {
        print::result(format_args!("{}: the check succeeded", text(&actor, "name")))?;
    }
    if succeeded {
        return Ok(ExitCode::SUCCESS);
    }
    Ok(failure::print(&failed_check(kind, &answer)))
}

fn failed_check(kind: KindArg, answer: &Value) -> FailureReason {
    let reason = told(&answer["jobInfo"]["failureReason"]);
    let origin = match kind {
        KindArg::Source => FailureOrigin::Source,
        KindArg::Destination => FailureOrigin::Destination,
    };
    let message = match text(answer, "message") {
        "" => "the connector says that its configuration does not work, and not why",
        message => message,
    };
    reason.unwrap_or_else(|| FailureReason::new(origin, FailureKind::SystemError, "connector.check_failed", message))
}

/// The failure of a command or an attempt, with the code that stands before its message for the log.
pub(crate) fn told(reason: &Value) -> Option<FailureReason> {
    let (code, rest) = text(reason, "internalMessage").split_once(": ")?;
    let message = Some(text(reason, "externalMessage")).filter(|message| !message.is_empty());
    let origin = match text(reason, "failureOrigin") {
        "source" => FailureOrigin::Source,
        "destination" => FailureOrigin::Destination,
        _ => FailureOrigin::Platform,
    };
    let kind = FailureKind::from_trace(reason["failureType"].as_str());
    let failure = FailureReason::new(origin, kind, code, message.unwrap_or(rest));
    Some(match text(reason, "stacktrace") {
        "" => failure,
        detail => failure.with_detail(detail),
    })
}

async fn discover(which: &OneActor) -> Result<ExitCode> {
    let session = Session::begin(&which.at).await?;
    let source = session.find(&SOURCE, &which.name).await?;
    let answer = {
        let _spinner = Spinner::begin(format!("the connector of {} tells its streams", text(&source, "name")));
        let body = json!({"sourceId": id_of(&SOURCE, &source), "disable_cache": true});
        session.client.call("sources/discover_schema", &body).await?
    };
    let Some(streams) = answer["catalog"]["streams"].as_array() else {
        let unknown = || {
            FailureReason::new(
                FailureOrigin::Source,
                FailureKind::SystemError,
                "source.failed",
                "the source told no streams",
            )
        };
        return Err(told(&answer["jobInfo"]["failureReason"]).unwrap_or_else(unknown));
    };
    if which.at.json {
        return print::result(&answer["catalog"]).map(|()| ExitCode::SUCCESS);
    }
    let rows = streams.iter().map(|entry| offered(&entry["stream"])).collect();
    print::result(table(&["stream", "modes", "cursor", "primary key", "fields"], rows, &[4]))
        .map(|()| ExitCode::SUCCESS)
}

fn offered(stream: &Value) -> Vec<String> {
    let words = |key: &str| list_of(stream, key).iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ");
    let keys = list_of(stream, "sourceDefinedPrimaryKey").iter();
    let keys =
        keys.map(|path| path.as_array().into_iter().flatten().filter_map(Value::as_str).collect::<Vec<_>>().join("."));
    let cursor = match words("defaultCursorField") {
        cursor if cursor.is_empty() && stream["sourceDefinedCursor"] == true => "of the source".to_owned(),
        cursor => cursor,
    };
    let fields = stream["jsonSchema"]["properties"].as_object().map_or(0, serde_json::Map::len);
    let name = match text(stream, "namespace") {
        "" => text(stream, "name").to_owned(),
        namespace => format!("{namespace}.{}", text(stream, "name")),
    };
    vec![name, words("supportedSyncModes"), cursor, keys.collect::<Vec<_>>().join(", "), fields.to_string()]
}

async fn delete(kind: KindArg, which: &OneActor) -> Result<String> {
    let session = Session::begin(&which.at).await?;
    let actor = session.find(resource(kind), &which.name).await?;
    remove(&session, kind, &actor).await?;
    Ok(if which.at.json { actor.to_string() } else { format!("removed {} {}", kind.word(), text(&actor, "name")) })
}

/// Removes a source or a destination, and its connections with it.
///
/// # Errors
/// What the server says.
pub(crate) async fn remove(session: &Session, kind: KindArg, actor: &Value) -> Result<Value> {
    let path = format!("{}/{}", resource(kind).path, id_of(resource(kind), actor));
    session.client.send(Method::DELETE, &path, None).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_told_with_its_code() {
        let reason = json!({
            "failureOrigin": "source", "failureType": "config_error",
            "externalMessage": "no such image", "internalMessage": "image.not_found: no such image",
        });
        let failure = told(&reason).unwrap();
        assert_eq!((failure.code.as_str(), failure.message.as_str()), ("image.not_found", "no such image"));
        assert_eq!((failure.origin, failure.kind), (FailureOrigin::Source, FailureKind::ConfigError));
        assert!(told(&Value::Null).is_none());
    }

    #[test]
    fn a_stream_is_shown_with_what_it_offers() {
        let stream = json!({
            "name": "users", "namespace": "public", "supportedSyncModes": ["full_refresh", "incremental"],
            "sourceDefinedCursor": true, "sourceDefinedPrimaryKey": [["id"]], "jsonSchema": {"properties": {"id": {}, "name": {}}},
        });
        assert_eq!(offered(&stream), ["public.users", "full_refresh, incremental", "of the source", "id", "2"]);
    }
}
