use super::{Decision, decide};
use crate::ci::comment::Facts;
use serde_json::{Value, json};

const HEAD: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const OTHER: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
const TEST: &str = "/test connector=connectors/source-x";

fn event(body: &str) -> Value {
    let user = json!({"login": "ann", "type": "User"});
    json!({"action": "created", "issue": {"number": 7, "state": "open", "pull_request": {"url": "u"}},
        "comment": {"id": 1, "body": body, "user": user}, "sender": user})
}

fn with(mut event: Value, pointer: &str, value: Value) -> Value {
    *event.pointer_mut(pointer).unwrap() = value;
    event
}

fn facts(head_repository: Value, permission: &str, reviews: Value) -> Facts {
    let pull =
        json!({"head": {"sha": HEAD, "repo": head_repository}, "base": {"repo": {"full_name": "team/connectors"}}});
    let tree = json!({"tree": [{"path": "source-x", "type": "tree"}, {"path": "README", "type": "blob"}]});
    Facts::from_github(
        "ann",
        &pull,
        &json!({ "permission": permission }),
        &reviews,
        [&tree, &json!({"message": "Not Found"})],
    )
    .unwrap()
}

fn own(permission: &str) -> Facts {
    facts(json!({"full_name": "team/connectors"}), permission, json!([]))
}

fn fork(reviews: Value) -> Facts {
    facts(json!({"full_name": "bob/connectors"}), "write", reviews)
}

fn review(login: &str, sha: &str, state: &str) -> Value {
    json!({"user": {"login": login}, "commit_id": sha, "state": state})
}

fn reason(decision: Decision) -> String {
    match decision {
        Decision::Ignore { reason } => format!("ignored: {reason}"),
        Decision::Reject { reason, reply } => {
            assert!(reply.starts_with('❌'), "{reply}");
            format!("rejected: {reason}")
        }
        Decision::Run(run) => {
            assert_eq!((run.sha.as_str(), run.with_secrets), (HEAD, true));
            "run".to_owned()
        }
    }
}

#[test]
fn who_can_write_runs_the_newest_commit_of_a_branch() {
    for permission in ["admin", "maintain", "write"] {
        assert_eq!(reason(decide(&event(TEST), &own(permission))), "run", "{permission}");
    }
    for permission in ["triage", "read", "none", "", "WRITE"] {
        assert_eq!(reason(decide(&event(TEST), &own(permission))), "rejected: no write access", "{permission}");
    }
}

#[test]
fn an_answer_without_permission_is_none() {
    let pull = json!({"head": {"sha": HEAD, "repo": {"full_name": "a/b"}}, "base": {"repo": {"full_name": "a/b"}}});
    let nothing = json!({"message": "Not Found"});
    let facts = Facts::from_github("ann", &pull, &nothing, &nothing, [&nothing, &nothing]).unwrap();
    assert_eq!(reason(decide(&event(TEST), &facts)), "rejected: no write access");
    assert_eq!(
        Facts::from_github("ann", &nothing, &nothing, &nothing, [&nothing, &nothing]).unwrap_err().code,
        "ci.event_invalid"
    );
}

#[test]
fn a_commit_of_a_fork_runs_only_when_the_author_has_seen_it() {
    let named = format!("{TEST} ref={HEAD}");
    let approved = review("Ann", HEAD, "APPROVED");
    for (body, reviews, expected) in [
        (TEST, json!([]), "rejected: fork without review"),
        (&named, json!([]), "run"),
        (&format!("{TEST} ref={OTHER}"), json!([]), "rejected: another commit"),
        (TEST, json!([approved]), "run"),
        (TEST, json!([[approved], []]), "run"),
        (TEST, json!([review("ann", OTHER, "APPROVED")]), "rejected: fork without review"),
        (TEST, json!([review("bob", HEAD, "APPROVED")]), "rejected: fork without review"),
        (TEST, json!([review("ann", HEAD, "COMMENTED")]), "rejected: fork without review"),
        (TEST, json!([approved, review("ann", HEAD, "CHANGES_REQUESTED")]), "rejected: fork without review"),
        (TEST, json!([approved, review("ann", HEAD, "DISMISSED")]), "rejected: fork without review"),
        (TEST, json!([approved, review("ann", HEAD, "COMMENTED")]), "run"),
        (TEST, json!([{"state": "APPROVED"}]), "rejected: fork without review"),
    ] {
        assert_eq!(reason(decide(&event(body), &fork(reviews.clone()))), expected, "{body} {reviews}");
    }
}

#[test]
fn a_fork_that_was_deleted_is_a_fork() {
    assert_eq!(reason(decide(&event(TEST), &facts(Value::Null, "write", json!([])))), "rejected: fork without review");
}

#[test]
fn an_older_commit_of_a_branch_is_not_run_either() {
    let event = event(&format!("{TEST} ref={OTHER}"));
    assert_eq!(reason(decide(&event, &own("write"))), "rejected: another commit");
}

#[test]
fn what_is_no_new_comment_of_a_person_on_a_pull_request_is_ignored() {
    let bot = json!({"login": "x[bot]", "type": "Bot"});
    let disguised = json!({"login": "x[bot]", "type": "User"});
    for (pointer, value) in [
        ("/action", json!("edited")),
        ("/action", json!("deleted")),
        ("/issue/pull_request", Value::Null),
        ("/comment/user", bot.clone()),
        ("/sender", bot),
        ("/sender", disguised),
        ("/sender/login", json!("eve")),
        ("/comment/user", Value::Null),
        ("/comment/body", json!("nice work")),
        ("/comment/body", Value::Null),
    ] {
        let decided = reason(decide(&with(event(TEST), pointer, value.clone()), &own("admin")));
        assert!(decided.starts_with("ignored: "), "{pointer} {value}: {decided}");
    }
    assert!(reason(decide(&Value::Null, &own("admin"))).starts_with("ignored: "));
}

#[test]
fn a_closed_pull_request_an_unknown_connector_and_a_mistake_are_answered() {
    let closed = with(event(TEST), "/issue/state", json!("closed"));
    assert_eq!(reason(decide(&closed, &own("write"))), "rejected: closed");
    for body in ["/test connector=connectors/source-y", "/test connector=README", "/publish connector=bases/source-x"] {
        assert_eq!(reason(decide(&event(body), &own("write"))), "rejected: no such connector", "{body}");
    }
    let Decision::Reject { reply, .. } = decide(&event("/test conector=`@all`"), &own("none")) else { panic!() };
    assert!(reply.contains("`conector`") && reply.contains("/publish connector=") && !reply.contains('@'), "{reply}");
}

#[test]
fn the_answer_is_one_json_document() {
    let decision = serde_json::to_value(decide(&event(TEST), &own("write"))).unwrap();
    assert_eq!(
        decision,
        json!({"decision": "run", "command": "test", "connectors": ["connectors/source-x"], "sha": HEAD,
            "with_secrets": true, "is_fork": false})
    );
}
