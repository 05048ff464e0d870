//! Things on a server, found by their names or their ids.

use super::Session;
use crate::failure::{Result, usage};
use serde_json::Value;

/// A kind of thing of the public API.
pub(crate) struct Kind {
    /// What people call it.
    pub(crate) word: &'static str,
    /// Where it is listed.
    pub(crate) path: &'static str,
    /// The key of its id.
    pub(crate) id: &'static str,
}

pub(crate) const SOURCE: Kind = Kind { word: "source", path: "sources", id: "sourceId" };
pub(crate) const DESTINATION: Kind = Kind { word: "destination", path: "destinations", id: "destinationId" };
pub(crate) const CONNECTION: Kind = Kind { word: "connection", path: "connections", id: "connectionId" };
pub(crate) const TAG: Kind = Kind { word: "tag", path: "tags", id: "tagId" };

/// The text under a key; none is empty.
pub(crate) fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

/// The list under a key; none is empty.
pub(crate) fn list_of<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

/// The id of a thing.
pub(crate) fn id_of<'a>(kind: &Kind, thing: &'a Value) -> &'a str {
    text(thing, kind.id)
}

/// Whether a word is an id rather than a name.
pub(crate) fn is_id(word: &str) -> bool {
    let groups: Vec<&str> = word.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

pub(super) async fn find(session: &Session, kind: &Kind, name: &str) -> Result<Value> {
    if is_id(name) {
        return session.client.get(&format!("{}/{name}", kind.path), &[]).await;
    }
    one(kind.word, kind.id, session.all(kind).await?, name)
}

/// The only one of this name, or with this id.
pub(crate) fn one(word: &str, id: &str, all: Vec<Value>, name: &str) -> Result<Value> {
    let is_meant = |thing: &&Value| text(thing, "name") == name || text(thing, id) == name;
    let found: Vec<&Value> = all.iter().filter(is_meant).collect();
    match found.as_slice() {
        [thing] => Ok((*thing).clone()),
        [] => Err(usage("resource.not_found", format!("there is no {word} `{name}`; {}", known(&all, name)))),
        several => {
            let ids: Vec<&str> = several.iter().map(|thing| text(thing, id)).collect();
            let message = format!("{} {word}s are called `{name}`; name one by its id: {}", ids.len(), ids.join(", "));
            Err(usage("resource.ambiguous", message))
        }
    }
}

/// What there is instead: the name that was probably meant, or all of a few.
fn known(all: &[Value], name: &str) -> String {
    const FEW: usize = 8;
    let names: Vec<&str> = all.iter().map(|thing| text(thing, "name")).collect();
    let near = names.iter().map(|known| (strsim::jaro_winkler(known, name), *known)).max_by(|a, b| a.0.total_cmp(&b.0));
    match near {
        None => "there is none yet".to_owned(),
        Some((likeness, known)) if likeness > 0.85 => format!("did you mean `{known}`?"),
        Some(_) if names.len() <= FEW => format!("there is `{}`", names.join("`, `")),
        Some(_) => format!("there are {}", names.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ID: &str = "0c2f7a52-6a0e-4d7b-9b8e-1f2a3b4c5d6e";

    fn code(name: &str) -> String {
        let all = vec![json!({"name": "shop", "id": ID}), json!({"name": "twin"}), json!({"name": "twin"})];
        one("source", "id", all, name).map_or_else(|reason| reason.code, |thing| text(&thing, "name").to_owned())
    }

    #[test]
    fn names_and_ids_name_one_thing() {
        assert_eq!([code("shop"), code(ID)], ["shop", "shop"]);
        assert_eq!([code("shp"), code("twin")], ["resource.not_found", "resource.ambiguous"]);
    }

    #[test]
    fn a_slip_gets_a_suggestion() {
        let reason = one("source", "id", vec![json!({"name": "warehouse"})], "warehose").unwrap_err();
        assert!(reason.message.ends_with("did you mean `warehouse`?"), "{}", reason.message);
    }

    #[test]
    fn an_id_is_told_from_a_name() {
        assert!(is_id(ID));
        assert!(!["shop", "a-b-c-d-e", "0c2f7a52-6a0e-4d7b-9b8e-1f2a3b4c5d6z"].into_iter().any(is_id));
    }
}
