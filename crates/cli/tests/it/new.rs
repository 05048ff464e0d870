//! `connector new`, `todo` and `checklist`, as people and programs call them.

mod terminal;

use crate::place::{Place, Ran};
use serde_json::Value;
use std::fs;
use std::path::Path;
use terminal::Terminal;

const NEW: [&str; 2] = ["connector", "new"];

fn new(place: &Place, words: &[&str]) -> Ran {
    place.run(NEW.iter().chain(words))
}

#[test]
fn a_project_is_made_and_says_what_comes_next() {
    let place = Place::new();
    let ran = new(&place, &["generic-source", "source-Zürich 3"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    for wanted in
        ["made source-zurich-3 in source-zurich-3", "1. longshore connector dev source-zurich-3", "places need you"]
    {
        assert!(ran.stdout.contains(wanted), "{ran:?}");
    }
    assert!(place.text("source-zurich-3/metadata.yaml").contains("name: \"Zürich 3\""));
    let again = new(&place, &["generic-source", "source-Zürich 3"]);
    assert_eq!((again.code, again.stderr.contains("error[connector.exists]")), (2, true), "{again:?}");
}

#[test]
fn answers_come_from_a_file_or_stdin_and_flags_win() {
    let place = Place::new();
    let yaml = "template: generic-source\nname: my-api\nlicense: MIT\nrepository: team/x\n";
    let file = place.file("answers.yaml", yaml);
    let ran = new(&place, &["--answers", &file, "--answer", "license=ELv2", "--out", "a/b", "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let result = ran.result();
    assert_eq!(
        (&result["connector"], &result["dir"], &result["dry_run"]),
        (&"source-my-api".into(), &"a/b".into(), &false.into())
    );
    let files = result["files"].as_array().unwrap();
    assert!(files.iter().any(|file| file["path"] == "connector.sh" && file["executable"] == true), "{files:?}");
    assert_eq!(result["next"][0], "longshore connector dev a/b");
    let metadata = place.text("a/b/metadata.yaml");
    assert!(metadata.contains("license: \"ELv2\"") && metadata.contains("dockerRepository: \"team/x\""), "{metadata}");
    let json = r#"{"template": "generic-destination", "name": "my-lake"}"#;
    let output = place.run_with_input([&NEW[..], &["--answers", "-"]].concat(), json.as_bytes());
    assert!(output.status.success() && place.path("destination-my-lake/write.awk").is_file());
}

#[test]
fn what_cannot_be_made_is_a_usage_error_and_writes_nothing() {
    let place = Place::new();
    place.file("file", "");
    let bad = place.file("bad.yaml", "- a\n");
    let long = "x".repeat(300);
    for (words, code) in [
        (vec![], "connector.template_missing"),
        (vec!["generic-source"], "connector.name_missing"),
        (vec!["generic-sorce", "x"], "connector.template_unknown"),
        (vec!["generic-source", ""], "connector.name_empty"),
        (vec!["generic-source", "con"], "connector.name_reserved"),
        (vec!["generic-source", &long], "connector.name_too_long"),
        (vec!["generic-source", "../x"], "connector.name_is_path"),
        (vec!["generic-source", "destination-x"], "connector.name_wrong_kind"),
        (vec!["generic-source", "x", "--answer", "licence=MIT"], "connector.answer_unknown"),
        (vec!["generic-source", "x", "--answer", "license=GPL"], "connector.answer_invalid"),
        (vec!["generic-source", "x", "--answer", "license"], "connector.answers_invalid"),
        (vec!["--answers", &bad], "connector.answers_invalid"),
        (vec!["--answers", "nowhere.yaml"], "connector.answers_unreadable"),
        (vec!["generic-source", "x", "--out", "file"], "connector.exists"),
        (vec!["generic-source", "x", "--out", "file/x"], "connector.unwritable"),
        (vec!["--update", "."], "connector.no_record"),
    ] {
        let ran = new(&place, &words);
        assert_eq!(ran.code, 2, "{words:?} {ran:?}");
        assert!(ran.stderr.contains(&format!("error[{code}]")), "{words:?} {ran:?}");
    }
    assert_eq!(fs::read_dir(place.path("")).unwrap().count(), 2, "nothing was written");
}

#[test]
fn a_dry_run_shows_the_files_and_writes_none() {
    let place = Place::new();
    let ran = new(&place, &["generic-source", "x", "--dry-run"]);
    assert!(ran.stdout.contains("connector.sh*") && ran.stdout.contains("nothing was written"), "{ran:?}");
    assert!(!place.path("source-x").exists());
}

#[test]
fn the_list_has_what_machines_need() {
    let ran = new(&Place::new(), &["--list", "--json"]);
    let result = ran.result();
    let generic = result.as_array().unwrap().iter().find(|template| template["name"] == "generic-source").unwrap();
    assert_eq!((&generic["kind"], &generic["language"]), (&Value::from("source"), &Value::from("any")));
    assert!(generic["questions"].as_array().unwrap().iter().any(|question| question["key"] == "license"));
    assert!(new(&Place::new(), &["--list"]).stdout.starts_with("TEMPLATE"));
}

#[test]
fn a_person_chooses_with_arrow_keys_and_types_a_name() {
    let place = Place::new();
    let mut terminal = Terminal::start(&place, &NEW, "xterm");
    let menu = terminal.wait_for("Generic source");
    // The menu begins at its first line: as many steps down as there are templates before the one that is wanted.
    let first = menu.find('❯').expect("a mark at the first line");
    let steps = menu[first..menu.find("Generic source").unwrap()].matches('\n').count();
    for _ in 0..steps {
        terminal.type_keys("\x1b[B");
    }
    terminal.type_keys("\r");
    terminal.wait_for("Name");
    terminal.type_keys("../x\r");
    terminal.wait_for("is a path");
    terminal.type_keys("my-apo\x7fi\r");
    terminal.wait_for("[local/source-my-api]");
    terminal.type_keys("\r");
    terminal.wait_for("Licence");
    terminal.type_keys("\x1b[B\r");
    let ran = terminal.finish();
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.contains("made source-my-api"), "{ran:?}");
    assert!(place.text("source-my-api/metadata.yaml").contains("license: \"MIT\""));
}

#[test]
fn escape_and_ctrl_c_end_it_and_nothing_is_written() {
    for (keys, before) in [("\x1b", "Template"), ("\x03", "Template"), ("\x1b", "Name"), ("\x03", "Name")] {
        let place = Place::new();
        let words = if before == "Name" { &["connector", "new", "generic-source"][..] } else { &NEW };
        let mut terminal = Terminal::start(&place, words, "xterm");
        terminal.wait_for(before);
        terminal.type_keys(keys);
        let ran = terminal.finish();
        assert_eq!(ran.code, 130, "{keys:?} at {before}: {ran:?}");
        assert_eq!(fs::read_dir(place.path("")).unwrap().count(), 0);
    }
}

#[test]
fn a_terminal_that_moves_no_cursor_gets_numbers() {
    let place = Place::new();
    let mut terminal = Terminal::start(&place, &["connector", "new", "--answer", "repository=team/x"], "dumb");
    let menu = terminal.wait_for("(a number)");
    let line = menu.lines().find(|line| line.contains("Generic destination")).expect("the template");
    let number = line.split_whitespace().next().unwrap().to_owned();
    terminal.type_keys("99\n");
    terminal.wait_for("a number from 1 to");
    terminal.type_keys(&format!("{number}\n"));
    terminal.wait_for("Name");
    terminal.type_keys("lake\n");
    terminal.wait_for("Licence");
    terminal.type_keys("\n");
    let ran = terminal.finish();
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(place.path("destination-lake/connector.sh").is_file());
}

#[test]
fn a_signal_ends_the_asking() {
    let place = Place::new();
    let mut terminal = Terminal::start(&place, &NEW, "dumb");
    terminal.wait_for("(a number)");
    terminal.interrupt();
    assert_eq!(terminal.finish().code, 130);
}

#[test]
fn defaults_are_taken_at_a_terminal_too_when_that_is_asked() {
    let place = Place::new();
    let ran = Terminal::start(&place, &["connector", "new", "generic-source", "x", "--yes"], "xterm").finish();
    assert_eq!(ran.code, 0, "{ran:?}");
}

#[test]
fn places_are_lines_for_a_pipe_and_their_count_goes_beside() {
    let place = Place::new();
    new(&place, &["generic-source", "x"]);
    let ran = place.run(["connector", "todo", "source-x"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.stdout.lines().all(|line| line.splitn(3, ':').nth(2).is_some_and(|text| text.contains("TODO"))),
        "{ran:?}"
    );
    assert!(ran.stderr.contains(&format!("{} places need you", ran.stdout.lines().count())), "{ran:?}");
    let found = place.run(["connector", "todo", "source-x", "--json"]).result();
    assert_eq!(found.as_array().unwrap().len(), ran.stdout.lines().count());
}

#[test]
fn a_checklist_is_judged_and_ticked() {
    let place = Place::new();
    new(&place, &["generic-source", "x"]);
    let ran = place.run(["connector", "checklist", "source-x", "--run", "--write"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stdout.contains("[x] The unit tests pass") && ran.stdout.contains("open: "), "{ran:?}");
    assert!(place.text("source-x/CHECKLIST.md").contains("- [x] The connector answers `spec`"));
    let result = place.run(["connector", "checklist", "source-x", "--json"]).result();
    assert!(result["open"].as_u64() > Some(0) && result["not_judged"] == 2, "{result}");
    finish(&place.path("source-x"));
    fs::write(place.path("source-x/CHECKLIST.md"), "- [ ] a <!-- check: todo -->\n- [ ] b <!-- check: icon -->\n")
        .unwrap();
    let ran = place.run(["connector", "checklist", "source-x"]);
    assert_eq!(ran.code, 0, "{ran:?}");
}

/// Does what is left to do.
fn finish(dir: &Path) {
    for entry in fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file()) {
        let text = fs::read_to_string(&entry).unwrap();
        fs::write(&entry, text.replace("TODO", "Done")).unwrap();
    }
}

#[test]
fn a_newer_template_is_shown_and_then_brought() {
    let place = Place::new();
    let about = "version: 1\nkind: source\nlanguage: any\ntitle: T\ndescription: D\nsubtype: api\n";
    fs::create_dir_all(place.path("templates/own/files")).unwrap();
    place.file("templates/own/template.yaml", about);
    place.file("templates/own/files/a.txt", "one\ntwo\nthree\n");
    let own = ["--templates", "templates"];
    assert_eq!(new(&place, &[&["own", "x"], &own[..]].concat()).code, 0);
    place.file("templates/own/template.yaml", about.replace("version: 1", "version: 2"));
    place.file("templates/own/files/a.txt", "one\ntwo\nTHREE\n");
    let update = |more: &[&str]| new(&place, &[&["--update", "source-x"], &own[..], more].concat());
    let shown = update(&["--dry-run"]);
    assert!(shown.stdout.contains("+THREE") && shown.stdout.contains("would bring version 1"), "{shown:?}");
    assert!(place.text("source-x/a.txt").contains("three"));
    place.file("source-x/a.txt", "ONE\ntwo\nthree\n");
    let ran = update(&["--json"]);
    assert_eq!((ran.code, ran.result()["conflicts"].as_u64()), (0, Some(0)), "{ran:?}");
    assert_eq!(place.text("source-x/a.txt"), "ONE\ntwo\nTHREE\n");
    place.file("templates/own/files/a.txt", "first\ntwo\nTHREE\n");
    let ran = update(&[]);
    assert_eq!((ran.code, ran.stderr.contains("1 conflicts")), (1, true), "{ran:?}");
    assert!(place.text("source-x/a.txt").contains("<<<<<<<"));
}
