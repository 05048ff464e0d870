//! Lists and their pages, shown by workspaces.

use crate::instance::Instance;
use longshore_control_plane::Clock;
use longshore_server::ServerSettings;
use serde_json::{Value, json};

const WORKSPACES: &str = "/api/public/v1/workspaces";

async fn three() -> Instance {
    let settings =
        ServerSettings { public_url: Some("https://longshore.example/".to_owned()), ..ServerSettings::default() };
    let instance = Instance::with(settings, Clock::system()).await;
    for name in ["b", "c"] {
        assert_eq!(instance.call("POST", WORKSPACES, json!({"name": name})).await.status, 200);
    }
    instance
}

#[tokio::test]
async fn next_leads_through_all_pages_until_one_is_empty() {
    let instance = three().await;
    let (mut path, mut names) = (format!("{WORKSPACES}?limit=2"), Vec::new());
    while !path.is_empty() {
        let page = instance.get(&path).await.json();
        let data = page["data"].as_array().expect("a list");
        names.extend(data.iter().map(|workspace| workspace["name"].as_str().expect("a name").to_owned()));
        let next = page["next"].as_str().expect("a text");
        assert_eq!(next.is_empty(), data.is_empty());
        path = next.strip_prefix("https://longshore.example").unwrap_or_default().to_owned();
    }
    assert_eq!(names, ["Default Workspace", "b", "c"]);
}

#[tokio::test]
async fn workspaces_are_picked_by_repeated_keys_and_by_commas() {
    let instance = three().await;
    let all = instance.get(WORKSPACES).await.json();
    let id = |at: usize| all["data"][at]["workspaceId"].as_str().expect("an id");
    for query in [format!("workspaceIds={}&workspaceIds={}", id(0), id(2)), format!("workspaceIds={},{}", id(0), id(2))]
    {
        let page = instance.get(&format!("{WORKSPACES}?{query}")).await.json();
        assert_eq!(page["data"].as_array().map(Vec::len), Some(2), "{query}");
        assert!(page["next"].as_str().is_some_and(|next| next.contains(id(2))));
    }
}

#[tokio::test]
async fn a_change_of_notifications_keeps_the_others() {
    let instance = three().await;
    let path = format!("{WORKSPACES}/{}", instance.first.workspace_id);
    let failure = json!({"failure": {"webhook": {"enabled": true, "url": "https://hooks.example/x"}}});
    let changed = instance.call("PATCH", &path, json!({"notifications": failure})).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    let changed = instance.call(
        "PATCH",
        &path,
        json!({"name": "new", "notifications": {"success": {"email": {"enabled": true}}}}),
    );
    let changed = changed.await.json();
    assert_eq!(changed["name"], "new");
    assert_eq!(
        changed["notifications"]["failure"]["webhook"],
        json!({"enabled": true, "url": "https://hooks.example/x"})
    );
    assert_eq!(changed["notifications"]["success"]["email"], json!({"enabled": true}));
    assert_eq!(instance.call("DELETE", &path, Value::Null).await.status, 204);
    assert_eq!(instance.get(&path).await.status, 404);
}
