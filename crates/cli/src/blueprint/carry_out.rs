//! Does what a plan says, step by step. A step that fails ends it; what was done stays, and another apply goes on from there.

use super::gather::Gathered;
use super::plan::{Action, Plan, Step, Thing};
use super::{ActorEntry, ConnectionEntry, DefinitionEntry, TagEntry};
use crate::args::definition::KindArg;
use crate::client::{Session, TAG, id_of, text};
use crate::commands::connection::words::Wishes;
use crate::commands::definition::{self, Definition, NewDefinition};
use crate::commands::{actor, connection};
use crate::failure::{Result, usage};
use crate::print::note;
use longshore_protocol::FailureReason;
use reqwest::Method;
use serde_json::{Value, json};

/// Does the steps in their order.
///
/// # Errors
/// What the server says to the first step that fails, with the step's name.
pub(crate) async fn carry_out(session: &Session, there: &mut Gathered, plan: &Plan) -> Result<()> {
    for (at, step) in plan.steps.iter().enumerate() {
        let done = one(session, there, step).await;
        done.map_err(|reason| named(step, at, plan.steps.len(), reason))?;
        note(format_args!("{} {}", step.action.mark(), step.what));
    }
    Ok(())
}

fn named(step: &Step, done: usize, all: usize, reason: FailureReason) -> FailureReason {
    let message =
        format!("{} {}: {}; {done} of {all} steps were done before", step.action.word(), step.what, reason.message);
    FailureReason { message, ..reason }
}

async fn one(session: &Session, there: &mut Gathered, step: &Step) -> Result<()> {
    match &step.thing {
        Thing::Definition(entry) => of_definition(session, there, step.action, entry).await,
        Thing::Actor(kind, entry) => of_actor(session, there, step.action, *kind, entry).await,
        Thing::Tag(entry) => of_tag(session, there, step.action, entry).await,
        Thing::Connection(entry, wishes) => of_connection(session, there, step.action, entry, wishes).await,
    }
}

/// It was there when the plan was made.
fn gone(what: &str, name: &str) -> FailureReason {
    usage("resource.not_found", format!("there is no {what} `{name}` any more; apply again"))
}

async fn of_definition(session: &Session, there: &mut Gathered, action: Action, entry: &DefinitionEntry) -> Result<()> {
    if action == Action::Create {
        let new = NewDefinition {
            kind: entry.kind,
            name: entry.name.clone(),
            repository: entry.repository.clone(),
            tag: entry.tag.clone(),
            documentation_url: entry.documentation_url.clone(),
        };
        definition::make(session, &new).await?;
        there.definitions = definition::all(session, None).await?;
        return Ok(());
    }
    let is_meant = |it: &&Definition| it.kind == entry.kind && it.is_custom() && it.name() == entry.name;
    let found = there.definitions.iter().find(is_meant).ok_or_else(|| gone("definition", &entry.name))?;
    if action == Action::Delete {
        return definition::remove(session, found).await.map(drop);
    }
    if found.tag() != entry.tag {
        definition::change_tag(session, found, &entry.tag).await?;
    }
    if let Some(url) = entry.documentation_url.as_deref().filter(|url| *url != text(&found.value, "documentationUrl")) {
        definition::change(session, found, json!({"documentationUrl": url})).await?;
    }
    Ok(())
}

async fn of_actor(
    session: &Session,
    there: &mut Gathered,
    action: Action,
    kind: KindArg,
    entry: &ActorEntry,
) -> Result<()> {
    let key = (kind, entry.name.clone());
    if action == Action::Create {
        let is_meant = |it: &&Definition| {
            it.kind == kind && [it.name(), it.repository(), it.id()].contains(&entry.definition.as_str())
        };
        let of = there.definitions.iter().find(is_meant).ok_or_else(|| gone("definition", &entry.definition))?;
        let made = actor::make(session, kind, &entry.name, of.id(), &entry.configuration).await?;
        there.actors.insert(key, made);
        return Ok(());
    }
    let found = there.actors.get(&key).ok_or_else(|| gone(kind.word(), &entry.name))?;
    match action {
        Action::Delete => actor::remove(session, kind, found).await.map(drop),
        _ => actor::replace(session, kind, found, &entry.name, &entry.configuration).await.map(drop),
    }
}

async fn of_tag(session: &Session, there: &mut Gathered, action: Action, entry: &TagEntry) -> Result<()> {
    let color = entry.color.trim_start_matches('#');
    if action == Action::Create {
        let body = json!({"name": entry.name, "color": color, "workspaceId": session.workspace_id()});
        let made = session.client.send(Method::POST, TAG.path, Some(&body)).await?;
        there.tags.push(made);
        return Ok(());
    }
    let found =
        there.tags.iter().find(|tag| text(tag, "name") == entry.name).ok_or_else(|| gone("tag", &entry.name))?;
    let path = format!("{}/{}", TAG.path, id_of(&TAG, found));
    let body = json!({"name": entry.name, "color": color});
    let (method, body) = if action == Action::Delete { (Method::DELETE, None) } else { (Method::PATCH, Some(&body)) };
    session.client.send(method, &path, body).await.map(drop)
}

async fn of_connection(
    session: &Session,
    there: &mut Gathered,
    action: Action,
    entry: &ConnectionEntry,
    wishes: &Wishes,
) -> Result<()> {
    if action == Action::Create {
        let source = actor_id(there, KindArg::Source, &entry.source)?;
        let destination = actor_id(there, KindArg::Destination, &entry.destination)?;
        return connection::make(session, wishes, &source, &destination).await.map(drop);
    }
    let id = there.connections.get(&entry.name).ok_or_else(|| gone("connection", &entry.name))?;
    match action {
        Action::Delete => connection::remove(session, id).await.map(drop),
        _ => connection::change(session, id, wishes).await.map(drop),
    }
}

fn actor_id(there: &Gathered, kind: KindArg, name: &str) -> Result<String> {
    let found: Option<&Value> = there.actors.get(&(kind, name.to_owned()));
    found.map(|actor| id_of(actor::resource(kind), actor).to_owned()).ok_or_else(|| gone(kind.word(), name))
}
