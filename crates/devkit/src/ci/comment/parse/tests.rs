use super::{CommandKind, parse};

const SHA: &str = "0123456789abcdef0123456789abcdef01234567";

fn connectors(body: &str) -> Vec<String> {
    parse(body)
        .unwrap_or_else(|| panic!("no command: {body:?}"))
        .unwrap_or_else(|error| panic!("{body:?}: {error}"))
        .connectors
}

fn problem(body: &str) -> String {
    parse(body).unwrap_or_else(|| panic!("no command: {body:?}")).expect_err(body)
}

#[test]
fn commands_are_understood() {
    for (body, expected) in [
        ("/test connector=connectors/source-x", vec!["connectors/source-x"]),
        ("/test connector=bases/base_java", vec!["bases/base_java"]),
        ("/test connector=source-x", vec!["connectors/source-x"]),
        ("/publish connector=connectors/source-x\r\nplease", vec!["connectors/source-x"]),
        ("   /test\tconnector=connectors/a  ", vec!["connectors/a"]),
        ("/test connector=\"connectors/a\"", vec!["connectors/a"]),
        ("/test connector='connectors/a,bases/b,connectors/a'", vec!["connectors/a", "bases/b"]),
        ("/test connector=connectors/a\n/publish connector=connectors/b", vec!["connectors/a"]),
    ] {
        assert_eq!(connectors(body), expected, "{body:?}");
    }
    let publish = parse(&format!("/publish ref={} connector=connectors/a", SHA.to_uppercase())).unwrap().unwrap();
    assert_eq!((publish.kind, publish.sha.as_deref()), (CommandKind::Publish, Some(SHA)));
}

#[test]
fn what_only_mentions_a_command_is_none() {
    for body in [
        "",
        "hello",
        "please /test connector=connectors/a",
        "    /test connector=connectors/a",
        "\t/test connector=connectors/a",
        "```\n/test connector=connectors/a\n```",
        "> /test connector=connectors/a",
        "`/test connector=connectors/a`",
        "\n/test connector=connectors/a",
        "thanks\n/test connector=connectors/a",
        "/tests connector=connectors/a",
        "/testconnector=connectors/a",
        "/Test connector=connectors/a",
        "/test\u{a0}connector=connectors/a",
        "/te\u{455}t connector=connectors/a",
        "\u{feff}/test connector=connectors/a",
        "\u{200b}/test connector=connectors/a",
        "//test connector=connectors/a",
        "/deploy connector=connectors/a",
    ] {
        assert!(parse(body).is_none(), "{body:?}");
    }
}

#[test]
fn whatever_is_no_plain_path_is_refused() {
    for item in [
        "connectors/../secrets",
        "../x",
        "connectors/a/b",
        "connectors/",
        "/etc/passwd",
        "connectors/a;id",
        "connectors/$(id)",
        "connectors/`id`",
        "connectors/a|b",
        "connectors/a&b",
        "connectors/a>b",
        "connectors/a*",
        "connectors/a.b",
        "connectors/-rf",
        "-rf",
        "connectors/\u{441}ource-x",
        "connectors/source\u{2010}x",
        "connectors/\u{ff41}",
        "connectors/a\u{0}",
        "connectors/a\u{202e}b",
        "Connectors/a",
        "templates/a",
        "connectors\\\\a",
        "a,,b",
        ",",
        "",
        "${{github.token}}",
    ] {
        let body = format!("/test connector='{item}'");
        let said = problem(&body);
        assert!(said.contains("is no path of a connector"), "{body:?}: {said}");
        assert!(said.is_ascii(), "{said}");
    }
    let long = format!("/test connector=connectors/{}", "a".repeat(101));
    assert!(problem(&long).contains("is no path"));
    assert!(problem("/publish connector=source-x").contains("is no path"));
}

#[test]
fn arguments_with_mistakes_are_explained() {
    let many: Vec<_> = (0..21).map(|number| format!("a{number}")).collect();
    for (rest, part) in [
        ("".to_owned(), "`connector=` is missing"),
        ("connectors/a".to_owned(), "has no `=`"),
        ("connector=a repo=evil/x".to_owned(), "There is no argument `repo`"),
        ("connector=a CONNECTOR=b".to_owned(), "There is no argument `CONNECTOR`"),
        ("connector=a connector=b".to_owned(), "twice"),
        ("connector=\"a".to_owned(), "no partner"),
        ("connector=a; rm=".to_owned(), "There is no argument `rm`"),
        ("connector=a;".to_owned(), "is no path"),
        ("connector=a && id".to_owned(), "has no `=`"),
        ("connector=a ref=main".to_owned(), "40 digits"),
        (format!("connector=a ref={}", &SHA[..12]), "40 digits"),
        (format!("connector=a ref={SHA}0"), "40 digits"),
        ("connector=a ref=refs/heads/x".to_owned(), "40 digits"),
        (format!("connector={}", many.join(",")), "at most 20"),
        ("connector=a @team=x".to_owned(), "There is no argument `@team`"),
    ] {
        let said = problem(&format!("/test {rest}"));
        assert!(said.contains(part), "{rest:?}: {said}");
    }
}
