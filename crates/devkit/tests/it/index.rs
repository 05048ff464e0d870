//! Indexes in folders, entries that replace each other, and the forms of other programs.

use longshore_devkit::index::{
    self, Added, Change, Directory, Filter, Form, Index, Kind, Release, Transport, entry_from_metadata, export, import,
};
use serde_json::{Value, json};
use std::path::Path;

const ID: &str = "2f1d7b1a-6e0c-4c1e-9d57-1f2a3b4c5d6e";

fn entry(tag: &str) -> Value {
    json!({"sourceDefinitionId": ID, "name": "Tide Tables", "dockerRepository": "registry.example.com/team/source-tides",
        "dockerImageTag": tag, "dockerImageDigest": format!("sha256:{tag}")})
}

fn tags(index: &Index) -> Vec<String> {
    index.show(ID).unwrap().versions().iter().map(|version| version.tag.to_owned()).collect()
}

/// Entries with every field that there is, and with values that are easily lost.
fn registry() -> String {
    r#"{
  "formatOfOthers": {"b": 1, "a": [null, 1.5, "1.10"]},
  "destinations": [
    {"name": "Cellar", "destinationDefinitionId": "7a52c1de-90b4-4f0c-8d52-2a4f6b8c0e11", "dockerRepository": "team/destination-cellar",
     "dockerImageTag": "0.40", "documentationUrl": "any text", "icon": null, "supportsDbt": false, "normalizationConfig": {},
     "resourceRequirements": {"jobSpecific": [{"jobType": "sync", "resourceRequirements": {"memory_limit": "1Gi"}}]}}
  ],
  "sources": [
    {"sourceDefinitionId": "2f1d7b1a-6e0c-4c1e-9d57-1f2a3b4c5d6e", "name": "Tide: \"Tables\" & 'more' # ü",
     "dockerRepository": "registry.example.com/team/source-tides", "dockerImageTag": "1.10", "releaseDate": "2021-06-30",
     "documentationUrl": "https://docs.example.com/tides", "iconUrl": "https://x/i.svg", "tombstone": false, "public": true,
     "custom": false, "releaseStage": "alpha", "supportLevel": "community", "sourceType": "api", "language": "rust",
     "tags": ["language:rust", "keyword:yes", "no", "on", "1e3", "0x1F", "~", ""], "license": "MIT", "protocolVersion": "0.2.0",
     "githubIssueLabel": "source-tides", "maxSecondsBetweenMessages": 5400, "allowedHosts": {"hosts": []},
     "suggestedStreams": {"streams": ["a", "b"]}, "ab_internal": {"sl": 100, "ql": 200.0}, "generated": {"git": {"commit_sha": "0123456"}},
     "packageInfo": {"cdk_version": "python:7.0"}, "unknown": {"zeta": 1, "alpha": {"": null}},
     "spec": {"documentationUrl": "https://x", "connectionSpecification": {"type": "object", "required": ["start"],
       "properties": {"start": {"type": "string", "pattern": "^[0-9]{4}$", "description": "First line\n  second: line\n\n", "examples": ["2021-01-01", 20, -0.5]},
         "name": {"type": "object"}, "version": {"const": "1.10"}}}},
     "releases": {"migrationDocumentationUrl": "https://m", "breakingChanges": {"1.0.0": {"message": "Now: typed.\n", "upgradeDeadline": "2026-12-31", "deadlineAction": "disable"}},
       "releaseCandidates": {}}},
    {"sourceDefinitionId": "3f1d7b1a-6e0c-4c1e-9d57-1f2a3b4c5d6e", "name": "2021", "dockerRepository": "team/source-y", "dockerImageTag": "dev", "tombstone": true}
  ],
  "last": ""
}"#
    .to_owned()
}

fn exported(index: &Index, form: Form, path: &Path) -> Index {
    export(index, form, path).unwrap();
    import(path).unwrap().index
}

fn ordered(entries: &[Value]) -> String {
    serde_json::to_string(entries).unwrap()
}

#[test]
fn todays_registry_comes_back_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("oss_registry.json");
    std::fs::write(&file, registry()).unwrap();
    let index = import(&file).unwrap().index;
    assert_eq!(index.list(&Filter::default()).len(), 3);
    let out = folder.path().join("out.json");
    export(&index, Form::Registry, &out).unwrap();
    let read = |path: &Path| serde_json::from_slice::<Value>(&std::fs::read(path).unwrap()).unwrap();
    // As texts, so that the order of keys counts.
    assert_eq!(read(&out).to_string(), read(&file).to_string());
}

#[test]
fn the_lists_and_the_folders_come_back_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("cloud_registry.json"), registry()).unwrap();
    let index = import(folder.path()).unwrap().index;
    let seed = folder.path().join("seed");
    std::fs::create_dir(&seed).unwrap();
    for kind in Kind::BOTH {
        let list = exported(&index, Form::Yaml(kind), &seed.join(format!("{}_definitions.yaml", kind.word())));
        assert_eq!(ordered(list.entries(kind)), ordered(index.entries(kind)));
        assert!(list.entries(if kind == Kind::Source { Kind::Destination } else { Kind::Source }).is_empty());
        let name = format!("STANDARD_{}_DEFINITION", kind.word().to_uppercase());
        let one_by_one = exported(&index, Form::Folder(kind), &folder.path().join("config").join(name));
        assert_eq!(ordered(one_by_one.entries(kind)), ordered(index.entries(kind)));
    }
    for place in [seed, folder.path().join("config")] {
        let both = import(&place).unwrap().index;
        assert_eq!(
            Kind::BOTH.map(|kind| ordered(both.entries(kind))),
            Kind::BOTH.map(|kind| ordered(index.entries(kind)))
        );
    }
}

#[test]
fn what_cannot_be_imported_is_named_with_file_and_entry() {
    let folder = tempfile::tempdir().unwrap();
    let fails = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        let failure = import(&path).unwrap_err();
        assert!(failure.message.contains(name), "{}", failure.message);
        (failure.code, failure.message)
    };
    for (name, text, part) in [
        (
            "a.yaml",
            "- sourceDefinitionId: a\n- name: B\n",
            "entry 2 of `sources` has no `sourceDefinitionId` (it is called B)",
        ),
        ("b.yaml", "- name: B\n", "entry 1 has no"),
        ("c.yaml", "- sourceDefinitionId: a\n- sourceDefinitionId: a\n", "has the id a of an earlier one"),
        ("d.yaml", "- sourceDefinitionId: [\n", "line"),
        ("e.yaml", "- sourceDefinitionId: a\n  name: A\n  name: B\n", "duplicate"),
        ("f.json", r#"{"sources": [{"name": "X"}]}"#, "entry 1 of `sources`"),
        ("g.json", r#"{"sourceDefinitionId": "h"}"#, "is h, and its name is g"),
        ("h.json", "{", "EOF"),
    ] {
        let (code, message) = fails(name, text);
        assert_eq!(code, "index.import_invalid", "{message}");
        assert!(message.contains(part), "{name}: {message}");
    }
    assert_eq!(fails("i.json", r#"{"a": 1}"#).0, "index.import_unknown");
    assert_eq!(fails("i.txt", "").0, "index.import_unknown");
    let empty = tempfile::tempdir().unwrap();
    assert_eq!(import(empty.path()).unwrap_err().code, "index.import_unknown");
}

#[test]
fn an_id_that_leads_out_of_the_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut index = Index::empty();
    let mut evil = entry("1.0.0");
    evil["sourceDefinitionId"] = json!("../evil");
    index.add(evil).unwrap();
    let failure = export(&index, Form::Folder(Kind::Source), &folder.path().join("a")).unwrap_err();
    assert_eq!(failure.code, "index.id_invalid");
    assert!(!folder.path().join("evil.json").exists());
}

#[test]
fn newer_replaces_older_is_listed_and_the_same_changes_nothing() {
    let mut index = Index::empty();
    assert_eq!(index.add(entry("1.0.0")).unwrap(), Added::New);
    assert_eq!(index.add(entry("1.0.0")).unwrap(), Added::Unchanged);
    assert_eq!(index.add(entry("1.10.0")).unwrap(), Added::Replaced);
    assert_eq!(index.add(entry("1.9.0")).unwrap(), Added::BackPort);
    assert_eq!(index.add(entry("1.9.0")).unwrap(), Added::Unchanged);
    assert_eq!(index.add(entry("1.11.0-preview.abc")).unwrap(), Added::BackPort);
    assert_eq!(index.show(ID).unwrap().tag(), "1.10.0");
    assert_eq!(index.show(ID).unwrap().digest(), Some("sha256:1.10.0"));
    assert_eq!(tags(&index), ["1.11.0-preview.abc", "1.10.0", "1.9.0", "1.0.0"]);
}

#[test]
fn a_tag_that_names_another_image_now_has_its_digest() {
    let mut index = Index::empty();
    index.add(entry("1.0.0")).unwrap();
    let mut moved = entry("1.0.0");
    moved["dockerImageDigest"] = json!("sha256:moved");
    assert_eq!(index.add(moved).unwrap(), Added::Replaced);
    let definition = index.show(ID).unwrap();
    assert_eq!((definition.digest(), definition.versions()[0].digest), (Some("sha256:moved"), Some("sha256:moved")));
}

#[test]
fn a_candidate_is_offered_until_its_version_is_there() {
    let mut index = Index::empty();
    index.add(entry("1.0.0")).unwrap();
    for (tag, expected) in [("1.1.0-rc.2", "1.1.0-rc.2"), ("1.1.0-rc.10", "1.1.0-rc.10"), ("1.1.0-rc.3", "1.1.0-rc.10")]
    {
        assert_eq!(index.add(entry(tag)).unwrap(), Added::Candidate);
        assert_eq!(index.show(ID).unwrap().release_candidates(), [expected]);
        assert_eq!(index.add(entry(tag)).unwrap(), Added::Unchanged);
    }
    assert_eq!(index.show(ID).unwrap().tag(), "1.0.0");
    assert_eq!(index.add(entry("1.0.1")).unwrap(), Added::Replaced);
    assert_eq!(index.show(ID).unwrap().release_candidates(), ["1.1.0-rc.10"]);
    assert_eq!(index.add(entry("1.1.0")).unwrap(), Added::Replaced);
    assert!(index.show(ID).unwrap().release_candidates().is_empty());
    assert_eq!(tags(&index), ["1.1.0", "1.1.0-rc.10", "1.1.0-rc.3", "1.1.0-rc.2", "1.0.1", "1.0.0"]);
}

#[test]
fn one_id_belongs_to_one_repository() {
    let mut index = Index::empty();
    index.add(entry("1.0.0")).unwrap();
    let before = index.clone();
    let with = |key: &str, value: &str| {
        let mut changed = entry("2.0.0");
        changed[key] = json!(value);
        changed
    };
    let mut destination = with("destinationDefinitionId", ID);
    destination.as_object_mut().unwrap().shift_remove("sourceDefinitionId");
    for other in [with("dockerRepository", "team/source-other"), with("sourceDefinitionId", "other"), destination] {
        assert_eq!(index.add(other).unwrap_err().code, "index.conflict");
    }
    for broken in [json!(1), json!({"name": "x"}), with("name", ""), with("destinationDefinitionId", "x")] {
        assert_eq!(index.add(broken).unwrap_err().code, "index.entry_invalid");
    }
    assert_eq!(index, before);
    let mut other = Index::empty();
    other.add(with("dockerRepository", "team/source-other")).unwrap();
    assert_eq!(index.absorb(&other).unwrap_err().code, "index.conflict");
    assert_eq!(index, before);
}

#[test]
fn what_is_imported_into_an_index_stays_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("oss_registry.json"), registry()).unwrap();
    let imported = import(folder.path()).unwrap().index;
    let mut index = Index::empty();
    assert_eq!(index.absorb(&imported).unwrap(), [Added::New; 3]);
    assert_eq!(
        Kind::BOTH.map(|kind| ordered(index.entries(kind))),
        Kind::BOTH.map(|kind| ordered(imported.entries(kind)))
    );
    assert!(index.to_json().contains("\"formatOfOthers\""));
    let again = index.clone();
    assert_eq!(index.absorb(&again).unwrap(), [Added::Unchanged; 3]);
    assert_eq!(index, again);
}

#[test]
fn definitions_that_share_a_repository_are_imported_and_go_on() {
    let mut twin = entry("1.0.0");
    twin["sourceDefinitionId"] = json!("b");
    let registry = json!({"sources": [entry("1.0.0"), twin], "destinations": []}).to_string();
    let imported = Index::parse(registry.as_bytes(), "it").unwrap();
    let mut index = Index::empty();
    assert_eq!(index.absorb(&imported).unwrap(), [Added::New; 2]);
    assert_eq!(index.add(entry("1.1.0")).unwrap(), Added::Replaced);
    let mut third = entry("1.0.0");
    third["sourceDefinitionId"] = json!("c");
    assert_eq!(index.add(third).unwrap_err().code, "index.conflict");
    let mut upper = entry("1.2.0");
    upper["sourceDefinitionId"] = json!(ID.to_uppercase());
    assert_eq!(index.add(upper).unwrap(), Added::Replaced);
    assert_eq!(index.list(&Filter::default()).len(), 2);
}

#[test]
fn a_definition_is_found_by_id_name_and_repository() {
    let mut index = Index::empty();
    index.add(entry("1.0.0")).unwrap();
    for which in [ID, &ID.to_uppercase(), "tide tables", "registry.example.com/team/source-tides", "source-tides"] {
        assert_eq!(index.show(which).unwrap().id(), ID, "{which}");
    }
    assert_eq!(index.show("tide").unwrap_err().code, "index.definition_not_found");
    let mut twin = entry("1.0.0");
    (twin["sourceDefinitionId"], twin["dockerRepository"]) = (json!("b"), json!("other/source-tides"));
    index.add(twin).unwrap();
    assert_eq!(index.show("source-tides").unwrap_err().code, "index.definition_ambiguous");
    let of = |kind, text: &str| index.list(&Filter { kind, text: Some(text.to_owned()) }).len();
    assert_eq!((of(None, "TIDE"), of(Some(Kind::Destination), "tide"), of(None, "other/")), (2, 0, 1));
    assert_eq!(index.remove("b").unwrap()["dockerRepository"], "other/source-tides");
    assert_eq!(index.remove("b").unwrap_err().code, "index.definition_not_found");
    assert_eq!(index.show("source-tides").unwrap().id(), ID);
}

#[test]
fn metadata_becomes_an_entry_that_drops_nothing_that_is_listed() {
    let data = json!({"definitionId": ID, "connectorType": "source", "connectorSubtype": "database", "name": "Tides",
        "dockerRepository": "team/source-tides", "dockerImageTag": "2.0.0", "license": "MIT", "supportLevel": "community",
        "tags": ["cdk:x", "language:rust"], "somethingNew": {"a": null}, "connectorTestSuitesOptions": [], "connectorBuildOptions": {},
        "registryOverrides": {"oss": {"enabled": true, "name": "Tides (OSS)", "public": false, "dockerImageTag": "1.0.0"}, "cloud": {"name": "no"}},
        "releases": {"breakingChanges": {"2.0.0": {"message": "Typed.", "upgradeDeadline": "2027-01-01"}}}});
    let changelog =
        [Change { version: "2.0.0".into(), date: "2026-11-01".into(), text: "Typed.".into(), pull_request: None }];
    let release =
        Release { digest: Some("sha256:aa"), released_at: Some("2026-11-01T00:00:00Z"), changelog: &changelog };
    let spec = json!({"connectionSpecification": {}});
    let made = entry_from_metadata(&data, &spec, &release).unwrap();
    assert_eq!(
        made,
        json!({"sourceDefinitionId": ID, "name": "Tides (OSS)", "dockerRepository": "team/source-tides", "dockerImageTag": "2.0.0",
            "license": "MIT", "supportLevel": "community", "tags": ["cdk:x", "language:rust"], "somethingNew": {"a": null},
            "releases": {"breakingChanges": {"2.0.0": {"message": "Typed.", "upgradeDeadline": "2027-01-01"}}},
            "public": false, "sourceType": "database", "language": "rust", "tombstone": false, "custom": false, "spec": spec,
            "dockerImageDigest": "sha256:aa", "changelog": [{"version": "2.0.0", "date": "2026-11-01", "text": "Typed."}],
            "versions": [{"dockerImageTag": "2.0.0", "dockerImageDigest": "sha256:aa", "releasedAt": "2026-11-01T00:00:00Z"}]})
    );
    let mut index = Index::empty();
    index.add(made).unwrap();
    let later = Release { released_at: Some("2026-11-02T00:00:00Z"), ..release };
    assert_eq!(index.add(entry_from_metadata(&data, &spec, &later).unwrap()).unwrap(), Added::Unchanged);
    let definition = index.show(ID).unwrap();
    assert_eq!(definition.breaking_changes()[0].upgrade_deadline, Some("2027-01-01"));
    assert_eq!(
        (definition.changelog(), definition.versions()[0].released_at),
        (changelog.to_vec(), release.released_at)
    );
    for key in ["definitionId", "connectorType"] {
        let mut less = data.clone();
        less.as_object_mut().unwrap().shift_remove(key);
        assert_eq!(entry_from_metadata(&less, &spec, &release).unwrap_err().code, "index.entry_invalid");
    }
}

/// A runtime of its own, as each process has one.
fn wait_for<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

#[test]
fn adders_at_once_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let place = Directory::new(folder.path().join("index"));
    assert_eq!(wait_for(index::read(&place, "x")).unwrap_err().code, "index.not_found");
    assert!(wait_for(index::init(&place, "x")).unwrap());
    assert!(!wait_for(index::init(&place, "x")).unwrap());
    std::thread::scope(|scope| {
        for number in 0..12 {
            let place = &place;
            scope.spawn(move || {
                let entry = json!({"sourceDefinitionId": format!("id-{number}"), "name": format!("N{number}"),
                    "dockerRepository": format!("team/source-{number}"), "dockerImageTag": "1.0.0"});
                let added = wait_for(index::update(place, "x", |index| index.add(entry.clone())));
                assert_eq!(added.unwrap(), Added::New);
            });
        }
    });
    assert_eq!(wait_for(index::read(&place, "x")).unwrap().list(&Filter::default()).len(), 12);
    let files = std::fs::read_dir(folder.path().join("index")).unwrap();
    let mut left: Vec<_> = files.map(|file| file.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, [".index.lock", "index.json"]);
}

#[tokio::test]
async fn an_index_that_changed_meanwhile_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let place = Directory::new(folder.path());
    index::init(&place, "x").await.unwrap();
    let old = place.load().await.unwrap().unwrap();
    index::update(&place, "x", |index| index.add(entry("1.0.0"))).await.unwrap();
    let stale = place.store(b"{}".to_vec(), Some(&old.revision)).await.unwrap();
    assert_eq!(stale, index::Written::Outdated);
    assert_eq!(place.store(b"{}".to_vec(), None).await.unwrap(), index::Written::Outdated);
    assert_eq!(index::read(&place, "x").await.unwrap().show(ID).unwrap().tag(), "1.0.0");
}
