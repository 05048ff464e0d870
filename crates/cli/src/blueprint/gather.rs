//! Asks a server what is in a workspace.

use super::compare::secret_keys;
use super::plan::Surroundings;
use super::{ActorEntry, Blueprint, ConnectionEntry, DefinitionEntry, TagEntry};
use crate::args::definition::KindArg;
use crate::client::{CONNECTION, Session, id_of, text};
use crate::commands::actor::resource;
use crate::commands::connection::words::wishes_of;
use crate::commands::definition::{self, Definition};
use crate::failure::Result;
use crate::print::note;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// A workspace as it is, and what the ids of its things are.
pub(crate) struct Gathered {
    pub(crate) blueprint: Blueprint,
    pub(crate) definitions: Vec<Definition>,
    /// As the public API tells them, by kind and name.
    pub(crate) actors: BTreeMap<(KindArg, String), Value>,
    /// Ids, by name.
    pub(crate) connections: BTreeMap<String, String>,
    pub(crate) tags: Vec<Value>,
}

/// Asks for everything.
///
/// # Errors
/// `apply.name_twice`, when names do not tell things apart.
pub(crate) async fn gather(session: &Session) -> Result<Gathered> {
    let definitions = definition::all(session, None).await?;
    let mut all = Gathered {
        blueprint: Blueprint::default(),
        definitions,
        actors: BTreeMap::new(),
        connections: BTreeMap::new(),
        tags: session.tags().await?,
    };
    all.blueprint.tags = all.tags.iter().map(tag).collect();
    all.take_definitions();
    for kind in KindArg::BOTH {
        all.take_actors(kind, session.all(resource(kind)).await?);
    }
    all.take_connections(session.all(&CONNECTION).await?);
    all.blueprint.expect_names().map(|()| all)
}

fn tag(tag: &Value) -> TagEntry {
    TagEntry { name: text(tag, "name").to_owned(), color: text(tag, "color").to_owned() }
}

impl Gathered {
    fn take_definitions(&mut self) {
        for definition in self.definitions.iter().filter(|it| it.is_custom()) {
            if definition.repository().is_empty() {
                note(format_args!("left out: the definition {}, which is no image", definition.name()));
                continue;
            }
            let url = text(&definition.value, "documentationUrl");
            self.blueprint.definitions.push(DefinitionEntry {
                kind: definition.kind,
                name: definition.name().to_owned(),
                repository: definition.repository().to_owned(),
                tag: definition.tag().to_owned(),
                documentation_url: Some(url.to_owned()).filter(|url| !url.is_empty()),
            });
        }
    }

    fn take_actors(&mut self, kind: KindArg, actors: Vec<Value>) {
        for actor in actors {
            let entry = ActorEntry {
                name: text(&actor, "name").to_owned(),
                definition: self.name_of_definition(kind, text(&actor, "definitionId")),
                configuration: actor.get("configuration").cloned().unwrap_or_else(|| Value::Object(Map::new())),
            };
            self.actors.insert((kind, entry.name.clone()), actor);
            match kind {
                KindArg::Source => self.blueprint.sources.push(entry),
                KindArg::Destination => self.blueprint.destinations.push(entry),
            }
        }
    }

    /// Its name; its image where another has the name.
    fn name_of_definition(&self, kind: KindArg, id: &str) -> String {
        let Some(definition) = self.definitions.iter().find(|it| it.kind == kind && it.id() == id) else {
            return id.to_owned();
        };
        let namesakes = self.definitions.iter().filter(|it| it.kind == kind && it.name() == definition.name()).count();
        if namesakes == 1 { definition.name() } else { definition.repository() }.to_owned()
    }

    fn take_connections(&mut self, connections: Vec<Value>) {
        for connection in &connections {
            let wishes = wishes_of(connection);
            let entry = ConnectionEntry {
                name: text(connection, "name").to_owned(),
                source: self.name_of_actor(KindArg::Source, text(connection, "sourceId")),
                destination: self.name_of_actor(KindArg::Destination, text(connection, "destinationId")),
                schedule: wishes.schedule,
                status: wishes.status,
                namespace: wishes.namespace,
                prefix: wishes.prefix,
                schema_changes: wishes.schema_changes,
                tags: wishes.tags.filter(|tags| !tags.is_empty()),
                streams: wishes.streams.map(|streams| streams.iter().map(brief).collect()),
            };
            self.connections.insert(entry.name.clone(), id_of(&CONNECTION, connection).to_owned());
            self.blueprint.connections.push(entry);
        }
    }

    fn name_of_actor(&self, kind: KindArg, id: &str) -> String {
        let found = self.actors.iter().find(|((of, _), actor)| *of == kind && id_of(resource(kind), actor) == id);
        found.map_or(id, |((_, name), _)| name).to_owned()
    }

    /// What a plan has to know besides.
    ///
    /// # Errors
    /// When the server does not say.
    pub(crate) async fn surroundings(&self, session: &Session, wanted: &Blueprint) -> Result<Surroundings> {
        let names = |it: &Definition| [it.name(), it.repository(), it.id()].map(|name| (it.kind, name.to_owned()));
        let mut around =
            Surroundings { definitions: self.definitions.iter().flat_map(names).collect(), ..Surroundings::default() };
        let mut known: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (kind, entries) in [(KindArg::Source, &wanted.sources), (KindArg::Destination, &wanted.destinations)] {
            for entry in entries {
                let key = (kind, entry.name.clone());
                let Some(id) = self.actors.get(&key).map(|actor| text(actor, "definitionId").to_owned()) else {
                    continue;
                };
                if !known.contains_key(&id) {
                    let of = self.definitions.iter().find(|it| it.id() == id);
                    let spec = match of {
                        Some(definition) => definition::specification(session, definition).await?,
                        None => Value::Null,
                    };
                    known.insert(id.clone(), secret_keys(&spec["connectionSpecification"]));
                }
                around.secrets.insert(key, known.get(&id).cloned().unwrap_or_default());
            }
        }
        Ok(around)
    }
}

/// A stream without what is empty.
fn brief(stream: &Value) -> Value {
    let is_empty = |value: &Value| value.is_null() || value.as_array().is_some_and(Vec::is_empty);
    let members = stream.as_object().into_iter().flatten().filter(|(_, value)| !is_empty(value));
    Value::Object(members.map(|(key, value)| (key.clone(), value.clone())).collect())
}
