//! Workspaces, users, rights, applications, sessions, and the first start.

use crate::place::{Place, behaviours};
use jiff::SignedDuration;
use longshore_control_plane::{
    By, EventFilter, FirstUser, NewPermission, NewUser, NewWorkspace, Notification, Notifications, Page,
    PermissionFilter, PermissionKind, Rights, Role, UserChange, UserFilter, UserId, WorkspaceChange, WorkspaceFilter,
};
use std::time::Duration;

behaviours!(
    the_first_start_tells_credentials_once,
    two_processes_that_start_together_make_one_first_user,
    a_wrong_password_is_nobody,
    tables_are_made_once_and_known,
    a_workspace_lives,
    a_list_of_workspaces_is_cut_into_pages,
    a_webhook_is_a_url,
    a_user_lives,
    an_address_belongs_to_one_user,
    rights_are_what_permissions_say,
    the_last_admin_stays,
    an_application_acts_as_its_user,
    a_session_ends_in_time_and_at_logout,
    each_change_is_written_down,
);

async fn user(place: &Place, email: &str) -> UserId {
    let new = NewUser { email: email.to_owned(), ..NewUser::default() };
    place.plane.create_user(By::platform(), new).await.unwrap().id
}

async fn the_first_start_tells_credentials_once(place: Place) {
    let plane = &place.plane;
    let first = plane.first_run(FirstUser::default()).await.unwrap().unwrap();
    assert!(plane.first_run(FirstUser::default()).await.unwrap().is_none());
    assert!(first.password.len() >= 24 && first.client_secret.len() >= 32);
    let admin = UserId(uuid::Uuid::nil());
    assert_eq!(plane.verify_password(&first.email.to_uppercase(), &first.password).await.unwrap(), Some(admin));
    assert_eq!(plane.verify_client(&first.client_id, &first.client_secret).await.unwrap(), Some(admin));
    let rights = plane.rights(admin).await.unwrap();
    assert!(rights.instance_admin && rights.visible().is_none());
    assert_eq!(rights.workspaces.get(&first.workspace_id), Some(&Role::Admin));
    assert_eq!(plane.workspace(first.workspace_id).await.unwrap().name, "Default Workspace");
}

async fn two_processes_that_start_together_make_one_first_user(place: Place) {
    let other = place.another_process().await;
    let (one, two) = tokio::join!(place.plane.first_run(FirstUser::default()), other.first_run(FirstUser::default()));
    assert_eq!([one.unwrap().is_some(), two.unwrap().is_some()].iter().filter(|told| **told).count(), 1);
    let all = place.plane.users(&UserFilter::default(), Page::all()).await.unwrap();
    assert_eq!(all.len(), 1);
}

async fn a_wrong_password_is_nobody(place: Place) {
    let new = NewUser { email: "a@x.test".to_owned(), name: String::new(), password: Some("long enough".to_owned()) };
    let id = place.plane.create_user(By::platform(), new).await.unwrap().id;
    let verify = async |email: &str, password: &str| place.plane.verify_password(email, password).await.unwrap();
    assert_eq!(verify("a@x.test", "long enough").await, Some(id));
    assert_eq!(verify("a@x.test", "long enougH").await, None);
    assert_eq!(verify("b@x.test", "long enough").await, None);
    place.plane.set_password(By::platform(), id, "another one").await.unwrap();
    assert_eq!(verify("a@x.test", "long enough").await, None);
    assert_eq!(verify("a@x.test", "another one").await, Some(id));
    let short = place.plane.set_password(By::platform(), id, "short").await.unwrap_err();
    assert_eq!(short.code(), "user.password_too_short");
    let keyless = user(&place, "c@x.test").await;
    assert_eq!(verify("c@x.test", "").await, None);
    place.plane.delete_user(By::platform(), keyless).await.unwrap();
}

async fn tables_are_made_once_and_known(place: Place) {
    assert!(place.plane.is_migrated().await.unwrap());
    let other = place.another_process().await;
    let (one, two) = tokio::join!(place.plane.migrate(), other.migrate());
    one.and(two).unwrap();
    place.plane.ping().await.unwrap();
}

async fn a_workspace_lives(place: Place) {
    let plane = &place.plane;
    let maker = user(&place, "maker@x.test").await;
    let new = NewWorkspace { name: "one".to_owned(), ..NewWorkspace::default() };
    let made = plane.create_workspace(By::user(maker), new).await.unwrap();
    assert_eq!(plane.rights(maker).await.unwrap().role_in(made.id), Some(Role::Admin));
    assert_eq!(plane.workspace(made.id).await.unwrap(), made);
    let change = WorkspaceChange { name: Some("two".to_owned()), ..WorkspaceChange::default() };
    assert_eq!(plane.change_workspace(By::platform(), made.id, change.clone()).await.unwrap().name, "two");
    plane.delete_workspace(By::platform(), made.id).await.unwrap();
    assert!(plane.workspace(made.id).await.unwrap().deleted_at.is_some());
    assert_eq!(plane.rights(maker).await.unwrap(), Rights::default());
    for error in [
        plane.change_workspace(By::platform(), made.id, change).await.map(drop).unwrap_err(),
        plane.delete_workspace(By::platform(), made.id).await.unwrap_err(),
    ] {
        assert_eq!(error.code(), "resource.not_found");
    }
    let again = NewWorkspace { id: Some(made.id), name: "three".to_owned(), ..NewWorkspace::default() };
    assert_eq!(plane.create_workspace(By::platform(), again).await.unwrap_err().code(), "workspace.exists");
}

async fn a_list_of_workspaces_is_cut_into_pages(place: Place) {
    let mut made = Vec::new();
    for name in ["a", "b", "c", "d"] {
        made.push(place.workspace(name).await);
    }
    place.plane.delete_workspace(By::platform(), made[3].id).await.unwrap();
    let names = async |filter: WorkspaceFilter, page| {
        let found = place.plane.workspaces(&filter, page).await.unwrap();
        found.into_iter().map(|one| one.name).collect::<String>()
    };
    let all = WorkspaceFilter::default();
    assert_eq!(names(all.clone(), Page::all()).await, "abc");
    assert_eq!(names(all.clone(), Page { limit: 2, offset: 1 }).await, "bc");
    assert_eq!(names(all.clone(), Page { limit: 2, offset: 3 }).await, "");
    assert_eq!(names(WorkspaceFilter { includes_deleted: true, ..all.clone() }, Page::all()).await, "abcd");
    let some = |ids: Vec<_>| WorkspaceFilter { ids: Some(ids), ..WorkspaceFilter::default() };
    assert_eq!(names(some(vec![made[2].id, made[0].id]), Page::all()).await, "ac");
    assert_eq!(names(some(Vec::new()), Page::all()).await, "");
}

async fn a_webhook_is_a_url(place: Place) {
    let failure = Notification { webhook: Some("file:///etc".to_owned()), ..Notification::default() };
    let notifications = Notifications { failure, ..Notifications::default() };
    let new = NewWorkspace { name: "x".to_owned(), notifications, ..NewWorkspace::default() };
    let error = place.plane.create_workspace(By::platform(), new).await.unwrap_err();
    assert_eq!(error.code(), "notification.url_invalid");
}

async fn a_user_lives(place: Place) {
    let plane = &place.plane;
    let id = user(&place, "One@X.test ").await;
    assert_eq!(plane.user(id).await.unwrap().email, "one@x.test");
    let change = UserChange { name: Some("One".to_owned()), email: None };
    assert_eq!(plane.change_user(By::platform(), id, change).await.unwrap().name, "One");
    let by_email = UserFilter { emails: Some(vec!["ONE@x.test".to_owned()]), ids: Some(vec![id]) };
    assert_eq!(plane.users(&by_email, Page::all()).await.unwrap().len(), 1);
    let none = UserFilter { emails: Some(vec!["two@x.test".to_owned()]), ids: None };
    assert!(plane.users(&none, Page::all()).await.unwrap().is_empty());
    let error = plane.create_user(By::platform(), NewUser { email: "nobody".to_owned(), ..NewUser::default() }).await;
    assert_eq!(error.unwrap_err().code(), "user.email_invalid");
}

async fn an_address_belongs_to_one_user(place: Place) {
    let (one, two) = (user(&place, "one@x.test").await, user(&place, "two@x.test").await);
    let new = NewUser { email: "ONE@x.test".to_owned(), ..NewUser::default() };
    let taken = place.plane.create_user(By::platform(), new).await.unwrap_err();
    let change = UserChange { email: Some("one@x.test".to_owned()), name: None };
    let taken_too = place.plane.change_user(By::platform(), two, change.clone()).await.unwrap_err();
    assert_eq!([taken.code(), taken_too.code()], ["user.email_taken"; 2]);
    place.plane.delete_user(By::platform(), one).await.unwrap();
    place.plane.change_user(By::platform(), two, change).await.unwrap();
}

async fn give(place: &Place, user_id: UserId, kind: PermissionKind) {
    let new = NewPermission { user_id, workspace_id: None, kind };
    place.plane.create_permission(By::platform(), new).await.unwrap();
}

async fn rights_are_what_permissions_say(place: Place) {
    let plane = &place.plane;
    let (id, other) = (user(&place, "one@x.test").await, user(&place, "two@x.test").await);
    let (a, b) = (place.workspace("a").await.id, place.workspace("b").await.id);
    let in_a = NewPermission { user_id: id, workspace_id: Some(a), kind: PermissionKind::WorkspaceEditor };
    let made = plane.create_permission(By::platform(), in_a).await.unwrap();
    assert_eq!(plane.create_permission(By::platform(), in_a).await.unwrap_err().code(), "permission.exists");
    let rights = plane.rights(id).await.unwrap();
    assert!(rights.include(Role::Runner, a) && !rights.include(Role::Admin, a) && !rights.include(Role::Reader, b));
    assert_eq!(rights.visible(), Some(vec![a]));
    give(&place, id, PermissionKind::OrganizationRunner).await;
    let rights = plane.rights(id).await.unwrap();
    assert!(rights.include(Role::Runner, b) && rights.include(Role::Editor, a) && !rights.include(Role::Editor, b));
    give(&place, other, PermissionKind::OrganizationMember).await;
    assert_eq!(plane.rights(other).await.unwrap(), Rights::default());
    let mine = PermissionFilter { user: Some(id), workspace: None };
    assert_eq!(plane.permissions(&mine, Page::all()).await.unwrap().len(), 2);
    let there = PermissionFilter { user: None, workspace: Some(a) };
    assert_eq!(plane.permissions(&there, Page::all()).await.unwrap(), [made]);
    for (workspace_id, kind) in [(None, PermissionKind::WorkspaceAdmin), (Some(a), PermissionKind::InstanceAdmin)] {
        let new = NewPermission { user_id: id, workspace_id, kind };
        let error = plane.create_permission(By::platform(), new).await.unwrap_err();
        assert_eq!(error.code(), "permission.scope_invalid");
    }
}

async fn the_last_admin_stays(place: Place) {
    let plane = &place.plane;
    let (one, two) = (user(&place, "one@x.test").await, user(&place, "two@x.test").await);
    give(&place, one, PermissionKind::InstanceAdmin).await;
    let held = PermissionFilter { user: Some(one), workspace: None };
    let id = plane.permissions(&held, Page::all()).await.unwrap()[0].id;
    let codes = [
        plane.delete_permission(By::platform(), id).await.unwrap_err(),
        plane.change_permission(By::platform(), id, PermissionKind::OrganizationAdmin).await.unwrap_err(),
        plane.delete_user(By::platform(), one).await.unwrap_err(),
    ]
    .map(|error| error.code().to_owned());
    assert_eq!(codes, ["permission.last_admin"; 3]);
    assert!(plane.rights(one).await.unwrap().instance_admin);
    give(&place, two, PermissionKind::InstanceAdmin).await;
    plane.delete_user(By::platform(), one).await.unwrap();
}

async fn an_application_acts_as_its_user(place: Place) {
    let plane = &place.plane;
    let id = user(&place, "one@x.test").await;
    let (made, secret) = plane.create_application(By::user(id), id, "dagster").await.unwrap();
    assert_eq!(plane.applications(id).await.unwrap(), std::slice::from_ref(&made));
    assert_eq!(plane.verify_client(&made.client_id, &secret).await.unwrap(), Some(id));
    assert_eq!(plane.verify_client(&made.client_id, &made.client_id).await.unwrap(), None);
    assert_eq!(plane.verify_client("somebody", &secret).await.unwrap(), None);
    plane.delete_application(By::user(id), made.id).await.unwrap();
    assert_eq!(plane.verify_client(&made.client_id, &secret).await.unwrap(), None);
}

async fn a_session_ends_in_time_and_at_logout(place: Place) {
    let plane = &place.plane;
    let id = user(&place, "one@x.test").await;
    let token = plane.begin_session(id, Duration::from_secs(60)).await.unwrap();
    let other = plane.begin_session(id, Duration::from_secs(600)).await.unwrap();
    assert_eq!(plane.session(&token).await.unwrap(), Some(id));
    place.pass(SignedDuration::from_secs(61));
    assert_eq!(plane.session(&token).await.unwrap(), None);
    assert_eq!(plane.session(&other).await.unwrap(), Some(id));
    plane.end_session(&other).await.unwrap();
    assert_eq!(plane.session(&other).await.unwrap(), None);
    assert_eq!(plane.token_key(), place.another_process().await.token_key());
}

async fn each_change_is_written_down(place: Place) {
    let id = user(&place, "one@x.test").await;
    let new = NewWorkspace { name: "a".to_owned(), ..NewWorkspace::default() };
    let workspace = place.plane.create_workspace(By::user(id), new).await.unwrap().id;
    place.plane.delete_workspace(By::user(id), workspace).await.unwrap();
    let filter = EventFilter { workspaces: Some(vec![workspace]), resource: None };
    let events = place.plane.events(&filter, Page::all()).await.unwrap();
    let told: Vec<_> = events.iter().map(|one| (one.resource_kind.as_str(), one.action.as_str())).collect();
    assert_eq!(told, [("workspace", "deleted"), ("workspace", "created"), ("permission", "created")]);
    assert!(events.iter().all(|event| event.user_id == Some(id)));
    let of_one = EventFilter { resource: Some(("workspace".to_owned(), workspace.to_string())), ..filter };
    assert_eq!(place.plane.events(&of_one, Page { limit: 1, offset: 1 }).await.unwrap()[0].action, "created");
}
