//! What has to be done so that a workspace is as a file wishes it. Decides, and asks nobody.

use super::compare::{self, Rules};
use super::{ActorEntry, Blueprint, ConnectionEntry, DefinitionEntry, TagEntry, streams};
use crate::args::definition::KindArg;
use crate::commands::connection::words::{Wishes, schedule_of, words_of};
use crate::failure::{Result, usage};
use longshore_protocol::FailureReason;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What a plan needs to know besides the two blueprints.
#[derive(Default)]
pub(crate) struct Surroundings {
    /// All names under which a definition of the server can be named, the bundled ones included.
    pub(crate) definitions: BTreeSet<(KindArg, String)>,
    /// The secret keys of each source and destination that is there.
    pub(crate) secrets: BTreeMap<(KindArg, String), BTreeSet<String>>,
    /// What is not in the file is removed.
    pub(crate) prunes: bool,
    /// Secrets of the file are written even where there is one.
    pub(crate) sets_secrets: bool,
}

/// The steps, in an order in which each finds what it needs.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) steps: Vec<Step>,
    /// Secrets that the file has and the server has, too.
    pub(crate) kept: Vec<String>,
}

/// One thing that is to be done.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) action: Action,
    /// `source shop`.
    pub(crate) what: String,
    /// A line for each field that changes.
    pub(crate) changes: Vec<String>,
    pub(crate) thing: Thing,
}

/// What is done with a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Create,
    Change,
    Delete,
}

/// What a step is about.
#[derive(Debug)]
pub(crate) enum Thing {
    Definition(DefinitionEntry),
    Actor(KindArg, ActorEntry),
    Tag(TagEntry),
    /// The connection, and of its wishes those that are to be told.
    Connection(ConnectionEntry, Box<Wishes>),
}

impl Action {
    /// What stands before the line: `+`, `~`, `-`.
    pub(crate) fn mark(self) -> char {
        match self {
            Self::Create => '+',
            Self::Change => '~',
            Self::Delete => '-',
        }
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Change => "change",
            Self::Delete => "delete",
        }
    }
}

/// Makes the plan.
///
/// # Errors
/// `apply.reference_unknown`, `apply.secret_missing`, `apply.cannot_change`, `connection.schedule_invalid`.
pub(crate) fn plan(current: &Blueprint, wanted: &Blueprint, around: &Surroundings) -> Result<Plan> {
    let mut plan = Plan::default();
    for tag in &wanted.tags {
        plan.steps.extend(of_tag(current.tags.iter().find(|it| it.name == tag.name), tag));
    }
    for definition in &wanted.definitions {
        let before = current.definitions.iter().find(|it| (it.kind, &it.name) == (definition.kind, &definition.name));
        plan.steps.extend(of_definition(before, definition)?);
    }
    for (kind, before, after) in [
        (KindArg::Source, &current.sources, &wanted.sources),
        (KindArg::Destination, &current.destinations, &wanted.destinations),
    ] {
        for actor in after {
            expect_definition(kind, actor, wanted, around)?;
            plan.of_actor(kind, before.iter().find(|it| it.name == actor.name), actor, around)?;
        }
    }
    for connection in &wanted.connections {
        expect_ends(connection, current, wanted, around)?;
        let before = current.connections.iter().find(|it| it.name == connection.name);
        plan.steps.extend(of_connection(before, connection)?);
    }
    if around.prunes {
        plan.steps.extend(removals(current, wanted));
    }
    Ok(plan)
}

fn step(action: Action, kind: &str, name: &str, changes: Vec<String>, thing: Thing) -> Step {
    Step { action, what: format!("{kind} {name}"), changes, thing }
}

/// A step for a thing that is there, unless nothing changes.
fn changed(kind: &str, name: &str, changes: Vec<String>, thing: Thing) -> Option<Step> {
    (!changes.is_empty()).then(|| step(Action::Change, kind, name, changes, thing))
}

fn line(key: &str, before: &str, after: &str) -> Option<String> {
    (before != after).then(|| format!("{key}: {} -> {}", json!(before), json!(after)))
}

fn of_tag(before: Option<&TagEntry>, after: &TagEntry) -> Option<Step> {
    let thing = Thing::Tag(after.clone());
    match before {
        None => Some(step(Action::Create, "tag", &after.name, Vec::new(), thing)),
        Some(before) => {
            let bare = |color: &str| color.trim_start_matches('#').to_ascii_uppercase();
            changed("tag", &after.name, Vec::from_iter(line("color", &bare(&before.color), &bare(&after.color))), thing)
        }
    }
}

fn of_definition(before: Option<&DefinitionEntry>, after: &DefinitionEntry) -> Result<Option<Step>> {
    let kind = format!("{} definition", after.kind.word());
    let thing = Thing::Definition(after.clone());
    let Some(before) = before else {
        let image = format!("image: {}:{}", after.repository, after.tag);
        return Ok(Some(step(Action::Create, &kind, &after.name, vec![image], thing)));
    };
    if before.repository != after.repository {
        return Err(cannot_change(&kind, &after.name, "image", &before.repository, &after.repository));
    }
    let (old_url, new_url) = (before.documentation_url.as_deref(), after.documentation_url.as_deref());
    let url = new_url.and_then(|url| line("documentation_url", old_url.unwrap_or_default(), url));
    let changes = line("tag", &before.tag, &after.tag).into_iter().chain(url).collect();
    Ok(changed(&kind, &after.name, changes, thing))
}

impl Plan {
    fn of_actor(
        &mut self,
        kind: KindArg,
        before: Option<&ActorEntry>,
        after: &ActorEntry,
        around: &Surroundings,
    ) -> Result<()> {
        let Some(before) = before else {
            expect_secrets(kind, &after.name, &compare::masks(&after.configuration))?;
            let made = vec![format!("definition: {}", after.definition)];
            let thing = Thing::Actor(kind, after.clone());
            self.steps.push(step(Action::Create, kind.word(), &after.name, made, thing));
            return Ok(());
        };
        if before.definition != after.definition {
            return Err(cannot_change(kind.word(), &after.name, "definition", &before.definition, &after.definition));
        }
        let none = BTreeSet::new();
        let secrets = around.secrets.get(&(kind, after.name.clone())).unwrap_or(&none);
        let rules = Rules { secrets, sets_secrets: around.sets_secrets };
        let (configuration, found) = compare::configurations(&before.configuration, &after.configuration, &rules);
        expect_secrets(kind, &after.name, &found.missing)?;
        self.kept.extend(found.kept.iter().map(|path| format!("{} {}: {path}", kind.word(), after.name)));
        let thing = Thing::Actor(kind, ActorEntry { configuration, ..after.clone() });
        self.steps.extend(changed(kind.word(), &after.name, found.changes, thing));
        Ok(())
    }

    /// For people: a line for each step, and below it one for each field.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for step in &self.steps {
            lines.push(format!("{} {}", step.action.mark(), step.what));
            lines.extend(step.changes.iter().map(|change| format!("    {change}")));
        }
        let count = |action| self.steps.iter().filter(|step| step.action == action).count();
        let (create, change, delete) = (count(Action::Create), count(Action::Change), count(Action::Delete));
        lines.push(format!("{create} to create, {change} to change, {delete} to delete"));
        lines
    }

    /// For machines.
    pub(crate) fn json(&self) -> Value {
        let steps = self
            .steps
            .iter()
            .map(|step| json!({"action": step.action.word(), "what": step.what, "changes": step.changes}));
        json!({"steps": steps.collect::<Vec<_>>(), "secrets_kept": self.kept})
    }
}

fn of_connection(before: Option<&ConnectionEntry>, after: &ConnectionEntry) -> Result<Option<Step>> {
    if let Some(schedule) = &after.schedule {
        schedule_of(schedule)?;
    }
    let Some(before) = before else {
        let ends = vec![format!("{} -> {}", after.source, after.destination)];
        let thing = Thing::Connection(after.clone(), Box::new(after.wishes()));
        return Ok(Some(step(Action::Create, "connection", &after.name, ends, thing)));
    };
    for (end, before, after_end) in
        [("source", &before.source, &after.source), ("destination", &before.destination, &after.destination)]
    {
        if before != after_end {
            return Err(cannot_change("connection", &after.name, end, before, after_end));
        }
    }
    let mut wishes = Wishes::default();
    let changes = connection_changes(before, after, &mut wishes)?;
    let thing = Thing::Connection(after.clone(), Box::new(wishes));
    Ok(changed("connection", &after.name, changes, thing))
}

/// What the file says of a connection and what is otherwise; the latter goes into the wishes.
fn connection_changes(before: &ConnectionEntry, after: &ConnectionEntry, wishes: &mut Wishes) -> Result<Vec<String>> {
    let mut changes = Vec::new();
    let schedule = after.schedule.as_deref().map(|words| schedule_of(words).map(|it| words_of(&it))).transpose()?;
    let texts = [
        ("schedule", &before.schedule, &schedule, &mut wishes.schedule),
        ("status", &before.status, &after.status, &mut wishes.status),
        ("namespace", &before.namespace, &after.namespace, &mut wishes.namespace),
        ("prefix", &before.prefix, &after.prefix, &mut wishes.prefix),
        ("schema_changes", &before.schema_changes, &after.schema_changes, &mut wishes.schema_changes),
    ];
    for (key, before, after, wish) in texts {
        let Some(after) = after else { continue };
        if let Some(line) = line(key, before.as_deref().unwrap_or_default(), after) {
            changes.push(line);
            *wish = Some(after.clone());
        }
    }
    if let Some(tags) = &after.tags {
        let sorted = |tags: &[String]| BTreeSet::from_iter(tags.to_vec()).into_iter().collect::<Vec<_>>().join(", ");
        if let Some(line) = line("tags", &sorted(before.tags.as_deref().unwrap_or_default()), &sorted(tags)) {
            changes.push(line);
            wishes.tags = Some(tags.clone());
        }
    }
    if let Some(wanted) = &after.streams {
        let lines = streams::changes(before.streams.as_deref().unwrap_or_default(), wanted);
        if !lines.is_empty() {
            changes.extend(lines);
            wishes.streams = Some(wanted.clone());
        }
    }
    Ok(changes)
}

/// What is not in the file, in an order in which nothing is missed by what is still there.
fn removals(current: &Blueprint, wanted: &Blueprint) -> Vec<Step> {
    let delete = |kind: &str, name: &str, thing| step(Action::Delete, kind, name, Vec::new(), thing);
    let mut steps = Vec::new();
    for it in current.connections.iter().filter(|it| !wanted.connections.iter().any(|other| other.name == it.name)) {
        steps.push(delete("connection", &it.name, Thing::Connection(it.clone(), Box::default())));
    }
    for (kind, before, after) in [
        (KindArg::Destination, &current.destinations, &wanted.destinations),
        (KindArg::Source, &current.sources, &wanted.sources),
    ] {
        for it in before.iter().filter(|it| !after.iter().any(|other| other.name == it.name)) {
            steps.push(delete(kind.word(), &it.name, Thing::Actor(kind, it.clone())));
        }
    }
    let is_wanted =
        |it: &DefinitionEntry| wanted.definitions.iter().any(|other| (other.kind, &other.name) == (it.kind, &it.name));
    for it in current.definitions.iter().filter(|it| !is_wanted(it)) {
        steps.push(delete(&format!("{} definition", it.kind.word()), &it.name, Thing::Definition(it.clone())));
    }
    let named: BTreeSet<&String> = wanted.connections.iter().filter_map(|it| it.tags.as_ref()).flatten().collect();
    for it in
        current.tags.iter().filter(|it| !wanted.tags.iter().any(|tag| tag.name == it.name) && !named.contains(&it.name))
    {
        steps.push(delete("tag", &it.name, Thing::Tag(it.clone())));
    }
    steps
}

fn expect_definition(kind: KindArg, actor: &ActorEntry, wanted: &Blueprint, around: &Surroundings) -> Result<()> {
    let name = &actor.definition;
    let is_known = around.definitions.contains(&(kind, name.clone()))
        || wanted.definitions.iter().any(|it| it.kind == kind && it.name == *name);
    let word = kind.word();
    is_known
        .then_some(())
        .ok_or_else(|| unknown(&format!("{word} {}", actor.name), &format!("{word} definition"), name))
}

fn expect_ends(
    connection: &ConnectionEntry,
    current: &Blueprint,
    wanted: &Blueprint,
    around: &Surroundings,
) -> Result<()> {
    for (word, name, before, after) in [
        ("source", &connection.source, &current.sources, &wanted.sources),
        ("destination", &connection.destination, &current.destinations, &wanted.destinations),
    ] {
        let is_there = !around.prunes && before.iter().any(|it| it.name == *name);
        if !is_there && !after.iter().any(|it| it.name == *name) {
            return Err(unknown(&format!("connection {}", connection.name), word, name));
        }
    }
    Ok(())
}

fn unknown(who: &str, word: &str, name: &str) -> FailureReason {
    let message = format!("{who} names the {word} `{name}`, which is neither in the file nor on the server");
    usage("apply.reference_unknown", message)
}

fn expect_secrets(kind: KindArg, name: &str, missing: &[String]) -> Result<()> {
    let Some(first) = missing.first() else { return Ok(()) };
    let message = format!(
        "{} {name} keeps the secret at {first}, and there is none; write `${{env:NAME}}`, `${{NAME}}` or the value in its place",
        kind.word()
    );
    Err(usage("apply.secret_missing", message))
}

fn cannot_change(kind: &str, name: &str, what: &str, before: &str, after: &str) -> FailureReason {
    let message = format!(
        "the {what} of {kind} {name} is `{before}` and cannot become `{after}`; delete it first, or call the new one otherwise"
    );
    usage("apply.cannot_change", message)
}

#[cfg(test)]
mod tests;
