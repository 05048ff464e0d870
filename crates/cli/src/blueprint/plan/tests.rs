//! Plans, each a row: what is there, what is wished, what comes out.

use super::*;

const THERE: &str = "
definitions:
  - {kind: source, name: Shop, repository: host/source-shop, tag: '1.0'}
sources:
  - {name: shop, definition: Shop, configuration: {url: 'https://a', token: '**********', pages: 3}}
destinations:
  - {name: lake, definition: SQLite, configuration: {path: /data/lake.db}}
tags:
  - {name: daily, color: FF0000}
connections:
  - name: orders
    source: shop
    destination: lake
    schedule: every 6 hours
    status: active
    namespace: destination
    schema_changes: ignore
    tags: [daily]
    streams: [{name: users, syncMode: full_refresh_overwrite, cursorField: [], primaryKey: [[id]]}]
";

fn read(text: &str) -> Blueprint {
    Blueprint::read(text, "file").unwrap()
}

fn around() -> Surroundings {
    let definitions = [(KindArg::Source, "Shop"), (KindArg::Destination, "SQLite")];
    Surroundings {
        definitions: definitions.map(|(kind, name)| (kind, name.to_owned())).into(),
        secrets: BTreeMap::from([((KindArg::Source, "shop".to_owned()), BTreeSet::from(["token".to_owned()]))]),
        ..Surroundings::default()
    }
}

fn lines(current: &str, wanted: &str, around: &Surroundings) -> Vec<String> {
    let mut lines = plan(&read(current), &read(wanted), around).unwrap().lines();
    lines.pop();
    lines
}

fn code(wanted: &str) -> String {
    plan(&read(THERE), &read(wanted), &around()).unwrap_err().code
}

#[test]
fn what_was_exported_changes_nothing() {
    assert_eq!(lines(THERE, THERE, &around()), Vec::<String>::new());
    assert_eq!(lines(THERE, "", &around()), Vec::<String>::new());
    assert_eq!(
        lines(THERE, THERE, &Surroundings { prunes: true, sets_secrets: true, ..around() }),
        Vec::<String>::new()
    );
}

#[test]
fn an_empty_workspace_gets_everything_in_the_order_of_need() {
    let wanted = THERE.replace("'**********'", "'${TOKEN}'");
    assert_eq!(
        lines("", &wanted, &around()),
        [
            "+ tag daily",
            "+ source definition Shop",
            "    image: host/source-shop:1.0",
            "+ source shop",
            "    definition: Shop",
            "+ destination lake",
            "    definition: SQLite",
            "+ connection orders",
            "    shop -> lake",
        ]
    );
}

#[test]
fn each_change_is_told_by_its_field() {
    for (from, to, expected) in [
        ("tag: '1.0'", "tag: '1.1'", &["~ source definition Shop", r#"    tag: "1.0" -> "1.1""#][..]),
        ("pages: 3", "pages: 4", &["~ source shop", "    configuration.pages: 3 -> 4"]),
        (", pages: 3", "", &["~ source shop", "    configuration.pages: removed"]),
        ("'**********'", "'${TOKEN}'", &["~ source shop", "    configuration.token: (secret)"]),
        ("FF0000", "'#00ff00'", &["~ tag daily", r#"    color: "FF0000" -> "00FF00""#]),
        ("FF0000", "'#ff0000'", &[]),
        (
            "every 6 hours",
            "every 1 hour",
            &["~ connection orders", r#"    schedule: "every 6 hours" -> "every 1 hours""#],
        ),
        ("every 6 hours", "Every  6 HOURS", &[]),
        ("    schedule: every 6 hours\n", "", &[]),
        ("tags: [daily]", "tags: []", &["~ connection orders", r#"    tags: "daily" -> """#]),
        ("status: active", "prefix: x_", &["~ connection orders", r#"    prefix: "" -> "x_""#]),
        (", syncMode: full_refresh_overwrite", "", &[]),
        (
            "full_refresh_overwrite",
            "full_refresh_append",
            &[
                "~ connection orders",
                r#"    streams.users.syncMode: "full_refresh_overwrite" -> "full_refresh_append""#,
            ],
        ),
    ] {
        let wanted = THERE.replacen(from, to, 1);
        assert!(wanted != THERE, "{from}");
        assert_eq!(lines(THERE, &wanted, &around()), expected, "{from} -> {to}");
    }
}

#[test]
fn only_what_changes_is_told_to_the_server() {
    let plan = plan(&read(THERE), &read(&THERE.replace("every 6 hours", "manual")), &around()).unwrap();
    let [Step { thing: Thing::Connection(_, wishes), .. }] = &plan.steps[..] else { panic!("{:?}", plan.steps) };
    assert_eq!(**wishes, Wishes { schedule: Some("manual".to_owned()), ..Wishes::default() });
}

#[test]
fn a_secret_that_is_there_stays_unless_it_is_to_be_set() {
    let wanted = THERE.replace("'**********'", "hunter2").replace("pages: 3", "pages: 4");
    let kept = plan(&read(THERE), &read(&wanted), &around()).unwrap();
    assert_eq!(kept.kept, ["source shop: configuration.token"]);
    let [Step { thing: Thing::Actor(_, actor), .. }] = &kept.steps[..] else { panic!("{:?}", kept.steps) };
    assert_eq!(actor.configuration["token"], "**********");
    let set = plan(&read(THERE), &read(&wanted), &Surroundings { sets_secrets: true, ..around() }).unwrap();
    let [Step { thing: Thing::Actor(_, actor), .. }] = &set.steps[..] else { panic!("{:?}", set.steps) };
    assert_eq!(actor.configuration["token"], "hunter2");
    assert!(
        [kept.json().to_string(), set.json().to_string(), set.lines().join("\n"), format!("{set:?}")]
            .iter()
            .all(|text| !text.contains("hunter2"))
    );
}

#[test]
fn nothing_is_deleted_unless_asked_and_then_in_the_order_of_need() {
    assert_eq!(lines(THERE, "", &around()), Vec::<String>::new());
    assert_eq!(
        lines(THERE, "", &Surroundings { prunes: true, ..around() }),
        ["- connection orders", "- destination lake", "- source shop", "- source definition Shop", "- tag daily"]
    );
}

#[test]
fn what_cannot_be_done_is_refused_before_anything_is() {
    for (from, to, expected) in [
        ("definition: SQLite", "definition: Postgres", "apply.reference_unknown"),
        ("source: shop", "source: store", "apply.reference_unknown"),
        ("host/source-shop", "other/source-shop", "apply.cannot_change"),
        ("every 6 hours", "sometimes", "connection.schedule_invalid"),
        ("path: /data/lake.db", "key: '**********'", "apply.secret_missing"),
    ] {
        let wanted = THERE.replacen(from, to, 1);
        assert_eq!(code(&wanted), expected, "{from} -> {to}");
    }
    let other_source =
        "sources: [{name: other, definition: Shop}]\nconnections: [{name: orders, source: other, destination: lake}]";
    assert_eq!(code(other_source), "apply.cannot_change");
    assert_eq!(
        code("sources: [{name: new, definition: Shop, configuration: {token: '**********'}}]"),
        "apply.secret_missing"
    );
}
