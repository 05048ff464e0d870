//! A connector index from one machine to another, and the forms that other programs read and write.

use crate::place::{Place, Ran};
use crate::registry_stage::{Machine, private, succeed};
use serde_json::{Value, json};
use std::fs;

/// Today's registry: keys that nobody here knows, numbers that are easily rounded, and texts that are easily taken for
/// something else.
fn old_registry() -> Value {
    json!({
        "formatOfOthers": {"b": 1, "a": [null, 1.5, "1.10"]},
        "destinations": [{
            "destinationDefinitionId": "7a52c1de-90b4-4f0c-8d52-2a4f6b8c0e11", "name": "Cellar",
            "dockerRepository": "team/destination-cellar", "dockerImageTag": "0.40", "icon": null, "normalizationConfig": {},
        }],
        "sources": [{
            "sourceDefinitionId": "2f1d7b1a-6e0c-4c1e-9d57-1f2a3b4c5d6e", "name": "Tide: \"Tables\" & 'more'",
            "dockerRepository": "registry.example.com/team/source-tides", "dockerImageTag": "1.10",
            "documentationUrl": "https://docs.example.com/tides", "tombstone": false,
            "tags": ["language:rust", "no", "1e3", "~", ""], "ab_internal": {"sl": 100, "ql": 200.0},
            "unknown": {"zeta": 1, "alpha": {"": null}},
            "releases": {"breakingChanges": {"1.0.0": {"message": "Now: typed.\n", "upgradeDeadline": "2026-12-31"}}},
        }],
    })
}

fn listed(place: &Place, index: &str) -> Value {
    let ran: Ran = place.run(["index", "list", index, "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    ran.result()
}

/// Nothing of an index is lost; in its lists the order of entries and of their keys is what it was, too.
#[track_caller]
fn assert_same(found: &str, wanted: &Value, keys: &[&str]) {
    let found: Value = serde_json::from_str(found).unwrap();
    for key in keys {
        assert_eq!(found[key].to_string(), wanted[key].to_string(), "{key}");
    }
}

#[test]
fn an_index_in_a_registry_and_one_in_a_folder_list_the_same_on_another_machine() {
    let registry = private();
    let here = Machine::without_engine(&registry);
    let project = here.project("source-counting");
    let repository = here.at("team/source-counting");
    let artifact = format!("oci:{}", here.at("team/index"));
    here.place.file("oss_registry.json", old_registry().to_string());
    for index in ["index", &artifact] {
        here.succeed(&["index", "import", index, "oss_registry.json"]);
        let publish = ["connector", "publish", &project, "--to", &repository, "--builder", "native", "--skip-tests"];
        here.succeed(&[publish.as_slice(), &["--index", index]].concat());
    }
    let published = listed(&here.place, "index");
    assert_eq!(published["definitions"].as_array().unwrap().len(), 3);
    assert_eq!(listed(&here.place, &artifact), published);

    let there = Machine::without_engine(&registry);
    let folder = here.place.path("index").display().to_string();
    for (from, to) in [(artifact.as_str(), "of-the-registry"), (&folder, "of-the-folder")] {
        there.succeed(&["index", "import", to, from]);
        assert_eq!(listed(&there.place, to), published, "{from}");
        let show =
            |machine: &Machine, index: &str| machine.succeed(&["index", "show", index, "Counting", "--json"]).result();
        assert_eq!(show(&there, to), show(&here, "index"), "{from}");
    }
    let copy = format!("oci:{}", there.at("elsewhere/index"));
    there.succeed(&["index", "import", &copy, "of-the-registry"]);
    assert_eq!(listed(&there.place, &copy), published);
}

#[test]
fn the_forms_of_other_programs_come_back_as_they_were() {
    let place = Place::new();
    place.file("oss_registry.json", old_registry().to_string());
    let run = |words: &[&str]| succeed(&mut place.longshore(words));
    let export = |index: &str, form: &str, out: &str| run(&["index", "export", index, "--form", form, "--out", out]);
    run(&["index", "import", "index", "oss_registry.json"]);
    export("index", "oss-registry", "out.json");
    assert_same(&place.text("out.json"), &old_registry(), &["sources", "destinations", "formatOfOthers"]);
    fs::create_dir(place.path("lists")).unwrap();
    for kind in ["source", "destination"] {
        let file = format!("lists/{kind}_definitions.yaml");
        export("index", &format!("{kind}-definitions"), &file);
        let of_list = format!("of-{kind}-list");
        run(&["index", "import", &of_list, &file]);
        let folder = format!("config/STANDARD_{}_DEFINITION", kind.to_uppercase());
        export(&of_list, &format!("standard-{kind}-definition"), &folder);
        run(&["index", "import", &format!("of-{kind}-folder"), &folder]);
        let again = format!("{kind}_definitions.yaml");
        export(&format!("of-{kind}-folder"), &format!("{kind}-definitions"), &again);
        assert_eq!(place.text(&again), place.text(&file));
    }
    for from in ["lists", "config"] {
        let to = format!("of-{from}");
        run(&["index", "import", &to, from]);
        let out = format!("{to}.json");
        export(&to, "oss-registry", &out);
        assert_same(&place.text(&out), &old_registry(), &["sources", "destinations"]);
    }
}

#[test]
fn an_import_that_is_repeated_changes_nothing() {
    let place = Place::new();
    place.file("oss_registry.json", old_registry().to_string());
    let import = || succeed(&mut place.longshore(["index", "import", "index", "oss_registry.json"])).stdout;
    assert!(import().contains("2 of them new or changed"));
    let before = place.text("index/index.json");
    assert!(import().contains("0 of them new or changed"));
    assert_eq!(place.text("index/index.json"), before);
}

#[test]
fn what_a_command_is_told_of_a_registry_holds_for_the_spec_that_it_asks_there() {
    let registry = private();
    let builder = Machine::without_engine(&registry);
    let project = builder.project("source-counting");
    let repository = builder.at("team/told");
    builder.succeed(&["connector", "publish", &project, "--to", &repository, "--builder", "native", "--skip-tests"]);
    // It has the credentials, and nobody told it of the authority.
    let machine = Machine::with_engine(&registry);
    fs::remove_file(machine.place.path(".config/longshore/registries.json")).unwrap();
    let project = machine.project("source-counting");
    let add = ["index", "add", "index", &project, "--image", &format!("{repository}:0.1.0")];
    machine.fail(&add, "registry.tls", 2, "--ca-file FILE");
    let ca_file = registry.ca_file().display().to_string();
    machine.succeed(&[add.as_slice(), &["--ca-file", &ca_file]].concat());
    assert_eq!(listed(&machine.place, "index")["definitions"].as_array().unwrap().len(), 1);
    machine.forget_images();
}
