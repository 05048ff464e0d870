//! Connections: made of wishes, changed in part, deleted with what runs.

use crate::joined::{Joined, claim, code, simple, stream, sync};
use crate::place::{Place, behaviours, raw};
use crate::worker::Worker;
use longshore_control_plane::{
    By, CommandOutput, ConnectionChange, ConnectionFilter, ConnectionId, ConnectionStatus, Discovered, Error,
    EventFilter, JobStatus, LeaseStatus, NamespaceDefinition, NewConnection, Page, Schedule, SchemaChange,
    SchemaPolicy, StreamWish, Streams, TransformKind, modes_of_name,
};
use longshore_protocol::Catalog;
use serde_json::{Value, json};

behaviours!(
    a_connection_takes_everything_unless_told,
    wishes_are_checked_against_the_catalog,
    what_is_read_is_what_was_written,
    only_what_is_sent_changes,
    a_deleted_connection_is_gone_and_its_job_ends,
    a_locked_connection_stays_as_it_is,
    lists_are_filtered_and_cut_into_pages,
    tags_are_labels_of_one_workspace,
    columns_follow_the_source,
    a_breaking_change_stops_the_connection,
    a_policy_can_ignore_or_stop,
);

fn catalog() -> Value {
    let schema = json!({ "type": "object", "properties": { "id": { "type": "integer" }, "at": { "type": "string" },
        "who": { "type": "object", "properties": { "name": { "type": "string" } } } } });
    json!({ "streams": [
        { "name": "users", "json_schema": schema, "supported_sync_modes": ["full_refresh", "incremental"] },
        { "name": "orders", "json_schema": schema, "supported_sync_modes": ["full_refresh", "incremental"],
          "source_defined_cursor": true, "default_cursor_field": ["at"], "source_defined_primary_key": [["id"]] },
        { "name": "twin", "namespace": "a", "json_schema": schema, "supported_sync_modes": ["full_refresh"] },
        { "name": "twin", "namespace": "b", "json_schema": schema, "supported_sync_modes": ["full_refresh"] }] })
}

fn answering(place: &Place) -> Worker {
    Worker::new(place, |_| Ok(CommandOutput::Discover { catalog: raw(&catalog()), catalog_id: None }))
}

fn wish(name: &str, modes: &str) -> StreamWish {
    StreamWish { name: name.to_owned(), modes: modes_of_name(modes), ..StreamWish::default() }
}

async fn a_connection_takes_everything_unless_told(place: Place) {
    let joined = Joined::new(&place).await;
    let worker = answering(&place);
    let new = NewConnection::between(joined.source, joined.destination);
    let connection = place.plane.create_connection(By::platform(), new.clone()).await.unwrap();
    assert_eq!(connection.streams.len(), 4);
    let orders = &connection.streams[1].configured;
    assert_eq!((orders.sync_mode, orders.destination_sync_mode), modes_of_name("full_refresh_overwrite").unwrap());
    assert_eq!(orders.primary_key, Some(vec![vec!["id".to_owned()]]));
    assert!(connection.catalog_id.is_some() && connection.name.contains('→'));
    place.plane.create_connection(By::platform(), new).await.unwrap();
    assert_eq!(worker.end().await.len(), 1, "the catalog was known the second time");
}

async fn wishes_are_checked_against_the_catalog(place: Place) {
    let joined = Joined::new(&place).await;
    let worker = answering(&place);
    let path = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let dedup = || wish("users", "incremental_deduped_history");
    let cases: Vec<(&str, Vec<StreamWish>)> = vec![
        ("it was done", vec![wish("users", ""), wish("orders", "incremental_deduped_history")]),
        ("connection.stream_unknown", vec![wish("nobody", "")]),
        ("connection.stream_unknown", vec![wish("twin", "")]),
        ("it was done", vec![StreamWish { namespace: Some("b".to_owned()), ..wish("twin", "") }]),
        ("connection.stream_twice", vec![wish("users", ""), wish("users", "")]),
        ("connection.sync_mode", vec![wish("users", "incremental_update")]),
        ("connection.cursor", vec![wish("users", "incremental_append")]),
        (
            "connection.cursor",
            vec![StreamWish { cursor_field: Some(path(&["no"])), ..wish("users", "incremental_append") }],
        ),
        (
            "connection.cursor",
            vec![StreamWish { cursor_field: Some(path(&["id"])), ..wish("orders", "incremental_append") }],
        ),
        ("it was done", vec![StreamWish { cursor_field: Some(path(&["at"])), ..wish("orders", "incremental_append") }]),
        (
            "it was done",
            vec![StreamWish { cursor_field: Some(path(&["who", "name"])), ..wish("users", "incremental_append") }],
        ),
        ("connection.primary_key", vec![StreamWish { cursor_field: Some(path(&["at"])), ..dedup() }]),
        (
            "connection.primary_key",
            vec![StreamWish { cursor_field: Some(path(&["at"])), primary_key: Some(vec![path(&["no"])]), ..dedup() }],
        ),
        (
            "connection.primary_key",
            vec![StreamWish {
                primary_key: Some(vec![path(&["at"])]),
                ..wish("orders", "full_refresh_overwrite_deduped")
            }],
        ),
        ("connection.selected_fields", vec![StreamWish { selected_fields: Some(Vec::new()), ..wish("users", "") }]),
        (
            "connection.selected_fields",
            vec![StreamWish { selected_fields: Some(vec![path(&["no"])]), ..wish("users", "") }],
        ),
        (
            "connection.selected_fields",
            vec![StreamWish { selected_fields: Some(vec![path(&["who", "name"])]), ..wish("users", "") }],
        ),
        (
            "connection.selected_fields",
            vec![StreamWish {
                selected_fields: Some(vec![path(&["at"])]),
                ..wish("orders", "incremental_deduped_history")
            }],
        ),
        ("it was done", vec![StreamWish { selected_fields: Some(vec![path(&["who"])]), ..wish("users", "") }]),
        ("mapper.not_supported", vec![StreamWish { mappers: vec![json!({})], ..wish("users", "") }]),
    ];
    for (at, (expected, wishes)) in cases.into_iter().enumerate() {
        let new = NewConnection::between(joined.source, joined.destination);
        let new = NewConnection { streams: Streams::Wishes(wishes), ..new };
        assert_eq!(code(place.plane.create_connection(By::platform(), new).await), expected, "case {at}");
    }
    worker.end().await;
}

async fn what_is_read_is_what_was_written(place: Place) {
    let joined = Joined::new(&place).await;
    let id = ConnectionId::random();
    let schedule = Schedule::Cron { expression: "0 0 12 * * ? UTC".to_owned(), time_zone: "UTC".to_owned() };
    let new = NewConnection {
        id: Some(id),
        name: Some("mine".to_owned()),
        namespace: NamespaceDefinition::Custom("x_${SOURCE_NAMESPACE}".to_owned()),
        prefix: "p_".to_owned(),
        schema_policy: SchemaPolicy::PropagateFully,
        schedule,
        backfills: true,
        ..joined.connection(&["s incremental append", "t full_refresh overwrite"])
    };
    let made = place.plane.create_connection(By::platform(), new.clone()).await.unwrap();
    let read = place.plane.connection(id).await.unwrap();
    assert_eq!(format!("{made:?}"), format!("{read:?}"));
    assert_eq!(code(place.plane.create_connection(By::platform(), new).await), "connection.already_exists");
    let events = EventFilter { resource: Some(("connection".to_owned(), id.to_string())), ..EventFilter::default() };
    assert_eq!(place.plane.events(&events, Page::all()).await.unwrap()[0].action, "created");
}

async fn only_what_is_sent_changes(place: Place) {
    let connection = simple(&place).await;
    let change = ConnectionChange { prefix: Some("q_".to_owned()), ..ConnectionChange::default() };
    let changed = place.plane.change_connection(By::platform(), connection.id, change).await.unwrap();
    assert_eq!((changed.prefix.as_str(), &changed.name, changed.streams.len()), ("q_", &connection.name, 1));
    let streams = Streams::Selections(vec![stream("t full_refresh append"), stream("u full_refresh append")]);
    let change = ConnectionChange { streams: Some(streams), ..ConnectionChange::default() };
    let changed = place.plane.change_connection(By::platform(), connection.id, change).await.unwrap();
    assert_eq!((changed.prefix.as_str(), changed.streams.len()), ("q_", 2));
    let blank = NamespaceDefinition::Custom(" ".to_owned());
    let change = ConnectionChange { namespace: Some(blank), ..ConnectionChange::default() };
    assert_eq!(
        code(place.plane.change_connection(By::platform(), connection.id, change).await),
        "connection.namespace"
    );
}

async fn a_deleted_connection_is_gone_and_its_job_ends(place: Place) {
    let connection = simple(&place).await;
    sync(&place, &connection).await;
    let claimed = claim(&place.plane).await;
    place.plane.delete_connection(By::platform(), connection.id).await.unwrap();
    assert!(matches!(place.plane.connection(connection.id).await, Err(Error::NotFound { .. })));
    assert_eq!(place.plane.heartbeat(&claimed.lease, None).await.unwrap(), LeaseStatus::CancelRequested);
    let end = crate::joined::end(longshore_control_plane::EndStatus::Cancelled);
    assert_eq!(place.plane.finish_attempt(&claimed.lease, end).await.unwrap().status, JobStatus::Cancelled);
    let deleted = ConnectionFilter { includes_deleted: true, ..ConnectionFilter::default() };
    let listed = place.plane.connections(&deleted, Page::all()).await.unwrap();
    assert_eq!((listed.len(), listed[0].status), (1, ConnectionStatus::Deprecated));
    assert!(place.plane.connections(&ConnectionFilter::default(), Page::all()).await.unwrap().is_empty());
}

async fn a_locked_connection_stays_as_it_is(place: Place) {
    let connection = simple(&place).await;
    let lock = ConnectionChange { status: Some(ConnectionStatus::Locked), ..ConnectionChange::default() };
    place.plane.change_connection(By::platform(), connection.id, lock).await.unwrap();
    let change = ConnectionChange { prefix: Some("q_".to_owned()), ..ConnectionChange::default() };
    assert_eq!(code(place.plane.change_connection(By::platform(), connection.id, change).await), "connection.locked");
    let start = longshore_control_plane::StartJob::sync(connection.id);
    assert_eq!(code(place.plane.start_job(By::platform(), start).await), "connection.locked");
}

async fn lists_are_filtered_and_cut_into_pages(place: Place) {
    let joined = Joined::new(&place).await;
    let tag = place.plane.create_tag(By::platform(), joined.workspace.id, "t", "FF8800").await.unwrap();
    let mut ids = Vec::new();
    for number in 0..3 {
        let tags = if number == 1 { vec![tag.id] } else { Vec::new() };
        let new = NewConnection { tags, ..joined.connection(&["s incremental append"]) };
        ids.push(place.plane.create_connection(By::platform(), new).await.unwrap().id);
    }
    let list = async |filter: ConnectionFilter, limit, offset| {
        let found = place.plane.connections(&filter, Page { limit, offset }).await.unwrap();
        found.iter().map(|connection| connection.id).collect::<Vec<_>>()
    };
    let all = ConnectionFilter::default;
    assert_eq!(list(all(), 2, 1).await, ids[1..]);
    assert_eq!(list(ConnectionFilter { tags: Some(vec![tag.id]), ..all() }, 9, 0).await, [ids[1]]);
    assert_eq!(list(ConnectionFilter { workspaces: Some(vec![joined.workspace.id]), ..all() }, 9, 0).await, ids);
    assert!(list(ConnectionFilter { workspaces: Some(Vec::new()), ..all() }, 9, 0).await.is_empty());
    assert!(list(ConnectionFilter { source: Some(joined.destination), ..all() }, 9, 0).await.is_empty());
}

async fn tags_are_labels_of_one_workspace(place: Place) {
    let joined = Joined::new(&place).await;
    let workspace = joined.workspace.id;
    let create = async |name: &str, color: &str| place.plane.create_tag(By::platform(), workspace, name, color).await;
    let tag = create("one", "#FF8800").await.unwrap();
    assert_eq!(code(create("one", "000000").await), "tag.already_exists");
    assert_eq!(code(create("two", "red").await), "tag.invalid");
    assert_eq!(code(create(&"x".repeat(31), "000000").await), "tag.invalid");
    let other = create("two", "000000").await.unwrap();
    assert_eq!(code(place.plane.change_tag(By::platform(), other.id, Some("one"), None).await), "tag.already_exists");
    place.plane.change_tag(By::platform(), other.id, Some("two"), Some("111111")).await.unwrap();
    let new = NewConnection { tags: vec![tag.id, other.id], ..joined.connection(&["s incremental append"]) };
    let connection = place.plane.create_connection(By::platform(), new).await.unwrap();
    assert_eq!(connection.tags.len(), 2);
    place.plane.delete_tag(By::platform(), tag.id).await.unwrap();
    let tags = place.plane.connection(connection.id).await.unwrap().tags;
    assert_eq!((tags.len(), tags[0].color.as_str()), (1, "111111"));
    assert_eq!(place.plane.tags(Some(&[workspace])).await.unwrap().len(), 1);
    let elsewhere = place.workspace("b").await.id;
    let foreign = place.plane.create_tag(By::platform(), elsewhere, "f", "000000").await.unwrap();
    let change = ConnectionChange { tags: Some(vec![foreign.id]), ..ConnectionChange::default() };
    assert!(matches!(
        place.plane.change_connection(By::platform(), connection.id, change).await,
        Err(Error::NotFound { .. })
    ));
}

/// A connection to the streams `users` (incremental, dedup) and `orders`, and what its source says next.
async fn discovered(place: &Place, policy: SchemaPolicy, change: impl Fn(&mut Value)) -> (ConnectionId, Discovered) {
    let joined = Joined::new(place).await;
    let worker = answering(place);
    let path = |name: &str| vec![name.to_owned()];
    let users = StreamWish {
        cursor_field: Some(path("at")),
        primary_key: Some(vec![path("id")]),
        ..wish("users", "incremental_deduped_history")
    };
    let streams = Streams::Wishes(vec![users, wish("orders", "")]);
    let new = NewConnection { streams, schema_policy: policy, backfills: true, ..joined.connection(&[]) };
    let connection = place.plane.create_connection(By::platform(), new).await.unwrap();
    let mut discovered = place.plane.discover(By::platform(), joined.source, false).await.unwrap();
    worker.end().await;
    let mut new = catalog();
    change(&mut new);
    discovered.catalog = serde_json::from_str::<Catalog>(&new.to_string()).unwrap();
    (connection.id, discovered)
}

async fn columns_follow_the_source(place: Place) {
    let (id, discovered) = discovered(&place, SchemaPolicy::PropagateFully, |new| {
        new["streams"][0]["json_schema"]["properties"]["mail"] = json!({ "type": "string" });
        new["streams"].as_array_mut().unwrap().remove(1);
        let fresh = json!({ "name": "fresh", "json_schema": {}, "supported_sync_modes": ["full_refresh"] });
        new["streams"].as_array_mut().unwrap().push(fresh);
    })
    .await;
    let connection = place.plane.connection(id).await.unwrap();
    let claimed = crate::joined::running(&place, &connection).await;
    place.plane.commit_checkpoint(&claimed.lease, &crate::joined::checkpoint("users", "{}", 1)).await.unwrap();
    let diff = place.plane.apply_schema(By::platform(), id, &discovered).await.unwrap();
    assert!(!diff.is_breaking);
    let kinds: Vec<_> = diff.transforms.iter().map(|t| (t.stream.name.as_str(), t.kind)).collect();
    let expected =
        [("orders", TransformKind::Removed), ("users", TransformKind::Changed), ("fresh", TransformKind::Added)];
    assert_eq!(kinds, expected);
    let connection = place.plane.connection(id).await.unwrap();
    let names: Vec<_> = connection.streams.iter().map(|stream| stream.configured.stream.name.as_str()).collect();
    assert_eq!(names, ["users", "fresh"]);
    assert!(connection.streams[0].configured.stream.json_schema.get().contains("mail"));
    assert_eq!((connection.status, connection.schema_change), (ConnectionStatus::Active, SchemaChange::None));
    assert!(
        matches!(place.plane.states(id).await.unwrap(), longshore_control_plane::ConnectionState::NotSet),
        "backfilled"
    );
}

async fn a_breaking_change_stops_the_connection(place: Place) {
    let (id, discovered) = discovered(&place, SchemaPolicy::PropagateFully, |new| {
        new["streams"][0]["json_schema"]["properties"].as_object_mut().unwrap().remove("at");
    })
    .await;
    assert!(place.plane.apply_schema(By::platform(), id, &discovered).await.unwrap().is_breaking);
    let connection = place.plane.connection(id).await.unwrap();
    assert_eq!((connection.status, connection.schema_change), (ConnectionStatus::Inactive, SchemaChange::Breaking));
    assert!(connection.status_reason.is_some());
    let on = ConnectionChange { status: Some(ConnectionStatus::Active), ..ConnectionChange::default() };
    let connection = place.plane.change_connection(By::platform(), id, on).await.unwrap();
    assert_eq!((connection.schema_change, connection.status_reason), (SchemaChange::None, None));
}

async fn a_policy_can_ignore_or_stop(place: Place) {
    let retyped = |new: &mut Value| new["streams"][0]["json_schema"]["properties"]["at"] = json!({ "type": "integer" });
    let (id, changed) = discovered(&place, SchemaPolicy::Ignore, retyped).await;
    place.plane.apply_schema(By::platform(), id, &changed).await.unwrap();
    let connection = place.plane.connection(id).await.unwrap();
    assert_eq!((connection.status, connection.schema_change), (ConnectionStatus::Active, SchemaChange::NonBreaking));
    let accept = ConnectionChange {
        accepts_schema: true,
        schema_policy: Some(SchemaPolicy::Disable),
        ..ConnectionChange::default()
    };
    place.plane.change_connection(By::platform(), id, accept).await.unwrap();
    place.plane.apply_schema(By::platform(), id, &changed).await.unwrap();
    let connection = place.plane.connection(id).await.unwrap();
    assert_eq!((connection.status, connection.schema_change), (ConnectionStatus::Inactive, SchemaChange::NonBreaking));
}
