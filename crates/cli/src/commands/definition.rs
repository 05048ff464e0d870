//! `longshore definition list|show|add|upgrade|rollback|versions|delete`.

use crate::args::definition::{AddArgs, DefinitionCommand, KindArg, OneDefinition};
use crate::args::instance::Instance;
use crate::client::{Session, is_id, list_of, text};
use crate::failure::{Result, usage};
use crate::print;
use crate::spinner::Spinner;
use crate::table::table;
use reqwest::Method;
use serde_json::{Value, json};
use std::process::ExitCode;

/// The tag of what has none.
const LOCAL: &str = "local";

/// A kind of connector that the instance knows, as the Config API tells it.
pub(crate) struct Definition {
    pub(crate) kind: KindArg,
    pub(crate) value: Value,
}

impl Definition {
    pub(crate) fn id(&self) -> &str {
        text(&self.value, id_key(self.kind))
    }

    pub(crate) fn name(&self) -> &str {
        text(&self.value, "name")
    }

    pub(crate) fn repository(&self) -> &str {
        text(&self.value, "dockerRepository")
    }

    pub(crate) fn tag(&self) -> &str {
        text(&self.value, "dockerImageTag")
    }

    pub(crate) fn is_custom(&self) -> bool {
        self.value["custom"] == true
    }

    /// By the name, the id, the image, or the last part of the image's name.
    fn is_called(&self, name: &str) -> bool {
        let repository = self.repository();
        let image = format!("{repository}:{}", self.tag());
        let last = repository.rsplit('/').next().unwrap_or_default();
        [self.name(), self.id(), repository, &image, last].contains(&name)
    }

    /// With the kind, as `--json` prints it.
    fn json(&self) -> Value {
        let mut value = self.value.clone();
        if let Some(members) = value.as_object_mut() {
            members.insert("kind".to_owned(), json!(self.kind.word()));
        }
        value
    }
}

/// The key of the id: `sourceDefinitionId`.
pub(crate) fn id_key(kind: KindArg) -> &'static str {
    match kind {
        KindArg::Source => "sourceDefinitionId",
        KindArg::Destination => "destinationDefinitionId",
    }
}

/// Runs what was asked for.
pub(crate) async fn run(command: DefinitionCommand) -> Result<ExitCode> {
    let text = match command {
        DefinitionCommand::List { kind, custom, at } => list(kind, custom, &at).await?,
        DefinitionCommand::Show(which) => show(&which).await?,
        DefinitionCommand::Add(args) => add(&args).await?,
        DefinitionCommand::Upgrade { which, tag } => upgrade(&which, &tag).await?,
        DefinitionCommand::Rollback { which, to } => roll_back(&which, to).await?,
        DefinitionCommand::Versions(which) => versions(&which).await?,
        DefinitionCommand::Delete(which) => delete(&which).await?,
    };
    print::result(text).map(|()| ExitCode::SUCCESS)
}

/// The definitions of one kind, or of both.
///
/// # Errors
/// When the server does not say.
pub(crate) async fn all(session: &Session, kind: Option<KindArg>) -> Result<Vec<Definition>> {
    let mut all = Vec::new();
    for kind in KindArg::BOTH.into_iter().filter(|one| kind.is_none_or(|kind| kind == *one)) {
        let word = kind.word();
        let body = json!({"workspaceId": session.workspace_id()});
        let answer = session.client.call(&format!("{word}_definitions/list_for_workspace"), &body).await?;
        let values = list_of(&answer, &format!("{word}Definitions")).iter();
        all.extend(values.map(|value| Definition { kind, value: value.clone() }));
    }
    Ok(all)
}

/// The one that a person means.
///
/// # Errors
/// `resource.not_found`, `resource.ambiguous`.
pub(crate) async fn find(session: &Session, kind: Option<KindArg>, name: &str) -> Result<Definition> {
    pick(all(session, kind).await?, name)
}

fn pick(all: Vec<Definition>, name: &str) -> Result<Definition> {
    let names: Vec<String> = all.iter().map(|definition| definition.name().to_owned()).collect();
    let mut found: Vec<Definition> = all.into_iter().filter(|definition| definition.is_called(name)).collect();
    // A name goes before what is only the end of an image.
    if found.len() > 1 && found.iter().filter(|it| it.name() == name || it.id() == name).count() == 1 {
        found.retain(|it| it.name() == name || it.id() == name);
    }
    match (found.pop(), found.len()) {
        (Some(definition), 0) => Ok(definition),
        (None, _) => {
            let message = format!("there is no definition `{name}`; there is `{}`", names.join("`, `"));
            Err(usage("resource.not_found", message))
        }
        (Some(last), _) => {
            found.push(last);
            let all: Vec<_> =
                found.iter().map(|it| format!("{} {} ({})", it.kind.word(), it.name(), it.id())).collect();
            let message = format!("`{name}` may be any of {}; name it by its id, or with --kind", all.join(", "));
            Err(usage("resource.ambiguous", message))
        }
    }
}

async fn list(kind: Option<KindArg>, custom: bool, at: &Instance) -> Result<String> {
    let session = Session::begin(at).await?;
    let mut all = all(&session, kind).await?;
    all.retain(|definition| !custom || definition.is_custom());
    if at.json {
        return Ok(json!({"definitions": all.iter().map(Definition::json).collect::<Vec<_>>()}).to_string());
    }
    let rows = all.iter().map(|it| {
        let origin = if it.is_custom() { "added" } else { "bundled" };
        [it.name(), it.kind.word(), it.repository(), it.tag(), origin].map(str::to_owned).to_vec()
    });
    Ok(table(&["name", "kind", "image", "version", "origin"], rows.collect(), &[]))
}

async fn show(which: &OneDefinition) -> Result<String> {
    let session = Session::begin(&which.at).await?;
    let definition = find(&session, which.kind, &which.name).await?;
    let spec = specification(&session, &definition).await?;
    if which.at.json {
        let mut value = definition.json();
        if let Some(members) = value.as_object_mut() {
            members.insert("specification".to_owned(), spec);
        }
        return Ok(value.to_string());
    }
    let mut rows = described(&definition);
    let schema = &spec["connectionSpecification"];
    let required: Vec<&str> = list_of(schema, "required").iter().filter_map(Value::as_str).collect();
    for (key, property) in schema["properties"].as_object().into_iter().flatten() {
        let mut notes = vec![property["type"].as_str().unwrap_or("one of several")];
        notes.extend(required.contains(&key.as_str()).then_some("required"));
        notes.extend((property["airbyte_secret"] == true).then_some("secret"));
        rows.push(vec![format!("config.{key}"), notes.join(", ")]);
    }
    Ok(table(&["definition", ""], rows, &[]))
}

/// What its connector needs.
///
/// # Errors
/// When the server does not say.
pub(crate) async fn specification(session: &Session, definition: &Definition) -> Result<Value> {
    let kind = definition.kind;
    let body = json!({id_key(kind): definition.id(), "workspaceId": session.workspace_id()});
    session.client.call(&format!("{}_definition_specifications/get", kind.word()), &body).await
}

fn described(definition: &Definition) -> Vec<Vec<String>> {
    let origin = if definition.is_custom() { "added" } else { "bundled" };
    let rows = [
        ("name", definition.name()),
        ("kind", definition.kind.word()),
        ("id", definition.id()),
        ("image", definition.repository()),
        ("version", definition.tag()),
        ("origin", origin),
        ("documentation", text(&definition.value, "documentationUrl")),
    ];
    rows.into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| vec![key.to_owned(), value.to_owned()])
        .collect()
}

async fn add(args: &AddArgs) -> Result<String> {
    let session = Session::begin(&args.at).await?;
    let (repository, tag) = image(&args.image)?;
    let default = || repository.rsplit(['/', ':']).next().unwrap_or(repository).to_owned();
    let new = NewDefinition {
        kind: args.kind,
        name: args.name.clone().unwrap_or_else(default),
        repository: repository.to_owned(),
        tag: tag.to_owned(),
        documentation_url: args.docs.clone(),
    };
    let value = make(&session, &new).await?;
    if args.at.json {
        return Ok(value.to_string());
    }
    let create = format!("longshore {} create NAME --definition '{}' --config FILE", args.kind.word(), new.name);
    Ok(format!("added {} {} ({repository}:{tag})\nnext: {create}", args.kind.word(), new.name))
}

/// A definition that is to be.
pub(crate) struct NewDefinition {
    pub(crate) kind: KindArg,
    pub(crate) name: String,
    pub(crate) repository: String,
    pub(crate) tag: String,
    pub(crate) documentation_url: Option<String>,
}

/// Has a definition made: the server answers when the connector has told its spec.
///
/// # Errors
/// The code of what failed: of the image, its registry, or the connector.
pub(crate) async fn make(session: &Session, new: &NewDefinition) -> Result<Value> {
    let _spinner = Spinner::begin(format!("{}:{} is pulled and asked for its spec", new.repository, new.tag));
    let mut body = json!({"name": new.name, "dockerRepository": new.repository, "dockerImageTag": new.tag});
    if let Some(url) = &new.documentation_url {
        body["documentationUrl"] = json!(url);
    }
    let path = format!("workspaces/{}/definitions/{}s", session.workspace_id(), new.kind.word());
    session.client.send(Method::POST, &path, Some(&body)).await
}

/// Repository and tag; what has no tag is left for the server to judge.
fn image(image: &str) -> Result<(&str, &str)> {
    if let Some((package, version)) = image.strip_prefix("pypi:").and_then(|_| image.split_once("==")) {
        return Ok((package, version));
    }
    if ["exec:", "singer:"].iter().any(|kind| image.starts_with(kind)) {
        return Ok((image, LOCAL)); // a program of the worker's machine: its tag is only a label
    }
    let image = image.strip_prefix("docker:").unwrap_or(image);
    let name_begins = image.rfind('/').map_or(0, |at| at + 1);
    match image[name_begins..].split_once(':') {
        Some((name, tag)) if !tag.is_empty() => Ok((&image[..name_begins + name.len()], tag)),
        _ => Err(usage("definition.tag_missing", format!("`{image}` needs a tag, such as {image}:1.0.0"))),
    }
}

async fn upgrade(which: &OneDefinition, tag: &str) -> Result<String> {
    let session = Session::begin(&which.at).await?;
    let definition = find(&session, which.kind, &which.name).await?;
    let value = change_tag(&session, &definition, tag).await?;
    if which.at.json {
        return Ok(value.to_string());
    }
    Ok(format!("{} is {tag} now, was {}", definition.name(), definition.tag()))
}

/// Goes to another version.
///
/// # Errors
/// As [`make`].
pub(crate) async fn change_tag(session: &Session, definition: &Definition, tag: &str) -> Result<Value> {
    let _spinner = Spinner::begin(format!("{}:{tag} is pulled and asked for its spec", definition.repository()));
    change(session, definition, json!({"dockerImageTag": tag})).await
}

/// Changes what is told.
///
/// # Errors
/// What the server says.
pub(crate) async fn change(session: &Session, definition: &Definition, mut change: Value) -> Result<Value> {
    let kind = definition.kind;
    change[id_key(kind)] = json!(definition.id());
    change["workspaceId"] = json!(session.workspace_id());
    session.client.call(&format!("{}_definitions/update", kind.word()), &change).await
}

async fn roll_back(which: &OneDefinition, to: Option<i64>) -> Result<String> {
    let session = Session::begin(&which.at).await?;
    let definition = find(&session, which.kind, &which.name).await?;
    let number = match to {
        Some(number) => number,
        None => before(&all_versions(&session, &definition).await?, definition.name())?,
    };
    let kind = definition.kind;
    let body = json!({id_key(kind): definition.id(), "workspaceId": session.workspace_id(), "number": number});
    let value = session.client.call(&format!("{}_definitions/roll_back", kind.word()), &body).await?;
    if which.at.json {
        return Ok(value.to_string());
    }
    Ok(format!("{} is {} again, was {}", definition.name(), text(&value, "dockerImageTag"), definition.tag()))
}

/// The number of the version before the one in use.
fn before(versions: &[Value], name: &str) -> Result<i64> {
    let number = |version: &Value| version["number"].as_i64();
    let current = versions.iter().find(|version| version["isCurrent"] == true).and_then(number);
    let earlier = versions.iter().filter_map(number).filter(|number| current.is_none_or(|current| *number < current));
    earlier.max().ok_or_else(|| {
        usage(
            "definition.no_earlier_version",
            format!("{name} has no earlier version; `longshore definition versions '{name}'` lists those there are"),
        )
    })
}

async fn all_versions(session: &Session, definition: &Definition) -> Result<Vec<Value>> {
    let kind = definition.kind;
    let body = json!({id_key(kind): definition.id(), "workspaceId": session.workspace_id()});
    let answer = session.client.call(&format!("{}_definitions/list_versions", kind.word()), &body).await?;
    Ok(list_of(&answer, "versions").to_vec())
}

async fn versions(which: &OneDefinition) -> Result<String> {
    let session = Session::begin(&which.at).await?;
    let definition = find(&session, which.kind, &which.name).await?;
    let mut versions = all_versions(&session, &definition).await?;
    versions.sort_by_key(|version| std::cmp::Reverse(version["number"].as_i64()));
    if which.at.json {
        return Ok(json!({"versions": versions}).to_string());
    }
    let rows = versions.iter().map(|version| {
        let mark = if version["isCurrent"] == true { "in use" } else { "" };
        let number = version["number"].as_i64().map(|number| number.to_string()).unwrap_or_default();
        let made = super::connection::moment(&version["createdAt"]);
        vec![
            number,
            text(version, "dockerImageTag").to_owned(),
            mark.to_owned(),
            made,
            text(version, "digest").to_owned(),
        ]
    });
    Ok(table(&["number", "version", "", "made", "digest"], rows.collect(), &[0]))
}

async fn delete(which: &OneDefinition) -> Result<String> {
    let session = Session::begin(&which.at).await?;
    let definition = find(&session, which.kind, &which.name).await?;
    remove(&session, &definition).await?;
    Ok(match which.at.json {
        true => definition.json().to_string(),
        false => format!("removed {} {}", definition.kind.word(), definition.name()),
    })
}

/// Removes a definition.
///
/// # Errors
/// `definition.in_use`.
pub(crate) async fn remove(session: &Session, definition: &Definition) -> Result<Value> {
    let id = definition.id();
    debug_assert!(is_id(id));
    let path = format!("workspaces/{}/definitions/{}s/{id}", session.workspace_id(), definition.kind.word());
    session.client.send(Method::DELETE, &path, None).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn definition(kind: KindArg, name: &str, repository: &str) -> Definition {
        Definition { kind, value: json!({"name": name, "dockerRepository": repository, "dockerImageTag": "1"}) }
    }

    #[test]
    fn an_image_is_split_before_its_tag() {
        assert_eq!(image("host:5000/team/source-x:1.2").unwrap(), ("host:5000/team/source-x", "1.2"));
        assert_eq!(image("docker:airbyte/source-faker:7").unwrap(), ("airbyte/source-faker", "7"));
        assert_eq!(image("pypi:tap-x==1.0").unwrap(), ("pypi:tap-x", "1.0"));
        assert_eq!(image("exec:./source --flag").unwrap(), ("exec:./source --flag", "local"));
        for without in ["host:5000/team/source-x", "source-x", "source-x:"] {
            assert_eq!(image(without).unwrap_err().code, "definition.tag_missing", "{without}");
        }
    }

    #[test]
    fn a_definition_is_found_by_name_and_image() {
        let all = || {
            vec![
                definition(KindArg::Source, "Shop", "host/team/source-shop"),
                definition(KindArg::Source, "source-shop", "elsewhere/source-shop"),
                definition(KindArg::Destination, "Shop", "host/team/destination-shop"),
            ]
        };
        let found = |name: &str| pick(all(), name).map_or_else(|reason| reason.code, |it| it.repository().to_owned());
        assert_eq!(found("host/team/source-shop:1"), "host/team/source-shop");
        assert_eq!(found("destination-shop"), "host/team/destination-shop");
        assert_eq!(found("source-shop"), "elsewhere/source-shop");
        assert_eq!([found("Shop"), found("Store")], ["resource.ambiguous", "resource.not_found"]);
    }

    #[test]
    fn the_version_before_is_the_greatest_below_the_one_in_use() {
        let versions = [json!({"number": 3}), json!({"number": 2, "isCurrent": true}), json!({"number": 1})];
        assert_eq!(before(&versions, "x").unwrap(), 1);
        assert_eq!(before(&versions[..2], "x").unwrap_err().code, "definition.no_earlier_version");
    }
}
