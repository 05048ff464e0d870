//! Definitions: made, upgraded, rolled back, deleted, and each way this can fail.

use crate::place::{Place, behaviours, raw};
use crate::worker::Worker;
use longshore_control_plane::{
    ActorKind, By, CommandInput, CommandOutput, ControlPlane, Definition, DefinitionChange, DefinitionFilter,
    DefinitionId, DefinitionOrigin, Error, NewConnection, NewDefinition, Policy, RefKind, WorkspaceId,
};
use longshore_protocol::{FailureKind, FailureOrigin, FailureReason};
use serde_json::{Value, json};

behaviours!(
    what_is_bundled_is_put_again_and_again,
    a_definition_is_what_its_connector_answers,
    a_spec_that_comes_along_starts_nothing,
    each_way_to_fail_has_its_code,
    what_the_worker_failed_with_is_told_as_it_is,
    a_policy_decides_what_is_accepted,
    a_new_tag_is_a_new_version_and_can_be_rolled_back,
    a_tag_that_moves_is_asked_each_time,
    public_definitions_are_not_changed,
    a_definition_is_seen_in_its_workspace,
    a_slug_finds_that_of_the_workspace_first,
    a_definition_goes_with_its_actors,
    a_definition_stays_while_connections_use_it,
    a_manifest_is_a_definition,
);

fn schema() -> Value {
    json!({ "type": "object", "required": ["key"], "properties": { "key": { "type": "string", "airbyte_secret": true } } })
}

fn new_definition(repository: &str, tag: &str) -> NewDefinition {
    NewDefinition {
        id: None,
        kind: ActorKind::Source,
        name: "mine".to_owned(),
        workspace_id: None,
        repository: repository.to_owned(),
        tag: tag.to_owned(),
        documentation_url: None,
        icon: None,
        resource_requirements: None,
        spec: None,
    }
}

fn with_spec(repository: &str, tag: &str) -> NewDefinition {
    let spec = raw(&json!({ "connectionSpecification": schema() }));
    NewDefinition { spec: Some(spec), ..new_definition(repository, tag) }
}

async fn create(plane: &ControlPlane, new: NewDefinition) -> Result<Definition, Error> {
    plane.create_definition(By::platform(), new).await
}

fn answering(place: &Place, spec: Value, digest: &str) -> Worker {
    let digest = Some(digest.to_owned());
    Worker::new(place, move |_| Ok(CommandOutput::Spec { spec: raw(&spec), digest: digest.clone() }))
}

async fn what_is_bundled_is_put_again_and_again(place: Place) {
    let first = place.bundled(ActorKind::Source, "source-faker", schema()).await;
    let again = place.bundled(ActorKind::Source, "source-faker", schema()).await;
    assert_eq!((again.version.number, again.updated_at), (1, first.updated_at));
    let newer = place.bundled(ActorKind::Source, "source-faker", json!({ "type": "object" })).await;
    assert_eq!((newer.id, newer.version.number), (first.id, 2));
    assert_eq!(place.plane.definition_versions(first.id).await.unwrap().len(), 2);
}

async fn a_definition_is_what_its_connector_answers(place: Place) {
    let spec = json!({ "documentationUrl": "https://docs.example.com", "connectionSpecification": schema(),
        "protocol_version": "0.7.0", "unknown": 1.50 });
    let worker = answering(&place, spec.clone(), "sha256:1");
    let made = create(&place.plane, new_definition("registry.example:5000/team/source-x:1.2", "")).await.unwrap();
    let asked = worker.end().await;
    assert!(matches!(&asked[..], [CommandInput::Spec { reference, refresh: false, .. }]
        if reference == "docker:registry.example:5000/team/source-x:1.2"));
    let found = place.plane.definition(ActorKind::Source, made.id).await.unwrap();
    assert_eq!(found.version.spec.get(), spec.to_string());
    let version = &found.version;
    assert_eq!((version.repository.as_str(), version.tag.as_str()), ("registry.example:5000/team/source-x", "1.2"));
    assert_eq!((version.digest.as_deref(), version.protocol_version.as_str()), (Some("sha256:1"), "0.7.0"));
    assert_eq!((found.slug().as_str(), found.origin), ("x", DefinitionOrigin::Custom));
    assert_eq!(found.documentation_url.as_deref(), Some("https://docs.example.com"));
}

async fn a_spec_that_comes_along_starts_nothing(place: Place) {
    let made = create(&place.plane, with_spec("team/source-x", "1")).await.unwrap();
    assert_eq!(made.version.reference, "docker:team/source-x:1");
    assert!(place.plane.claim_command("w").await.unwrap().is_none());
    let again = NewDefinition { id: Some(made.id), ..with_spec("team/source-x", "1") };
    assert_eq!(create(&place.plane, again).await.unwrap_err().code(), "definition.exists");
}

async fn each_way_to_fail_has_its_code(place: Place) {
    let nameless = NewDefinition { name: " ".to_owned(), ..with_spec("team/x", "1") };
    let lost = NewDefinition { workspace_id: Some(WorkspaceId::random()), ..with_spec("team/x", "1") };
    let of = |spec: Value| NewDefinition { spec: Some(raw(&spec)), ..with_spec("team/x", "1") };
    let cases = [
        (nameless, "definition.name_missing"),
        (lost, "resource.not_found"),
        (with_spec("https://team/x", "1"), "definition.repository_invalid"),
        (with_spec("Team/X", "1"), "definition.repository_invalid"),
        (with_spec("team//x", "1"), "definition.repository_invalid"),
        (with_spec("", "1"), "definition.repository_invalid"),
        (with_spec("team/x:1", "2"), "definition.repository_invalid"),
        (with_spec("team/x@sha256:00", "2"), "definition.repository_invalid"),
        (with_spec("team/x", "a b"), "definition.repository_invalid"),
        (with_spec("team/x", ""), "definition.tag_missing"),
        (with_spec("pypi:x", ""), "definition.tag_missing"),
        (with_spec("exec:/bin/sh", "1"), "policy.reference_not_allowed"),
        (with_spec("team/destination-x", "1"), "definition.not_this_kind"),
        (of(json!({})), "definition.spec_invalid"),
        (
            of(json!({ "connectionSpecification": schema(), "protocol_version": "1.0" })),
            "definition.protocol_not_supported",
        ),
    ];
    for (new, code) in cases {
        let (repository, tag) = (new.repository.clone(), new.tag.clone());
        let error = create(&place.plane, new).await.unwrap_err();
        assert_eq!(error.code(), code, "{repository} {tag}: {error}");
    }
    let all = place.plane.definitions(ActorKind::Source, &DefinitionFilter::default()).await.unwrap();
    assert!(all.is_empty());
}

async fn what_the_worker_failed_with_is_told_as_it_is(place: Place) {
    let reason =
        FailureReason::new(FailureOrigin::Platform, FailureKind::ConfigError, "image.not_found", "no such image");
    let told = reason.clone();
    let worker = Worker::new(&place, move |_| Err(told.clone()));
    let error = create(&place.plane, new_definition("team/source-x", "9")).await.unwrap_err();
    worker.end().await;
    assert_eq!(error.into_reason(), reason);
}

async fn a_policy_decides_what_is_accepted(place: Place) {
    let policy = Policy {
        kinds: vec![RefKind::Docker, RefKind::Exec],
        registries: Some(vec!["registry.example:5000".to_owned()]),
        private_addresses: true,
    };
    let plane = place.with_policy(policy).await;
    create(&plane, with_spec("registry.example:5000/team/x", "1")).await.unwrap();
    create(&plane, with_spec("exec:/bin/sh -c true", "")).await.unwrap();
    let error = create(&plane, with_spec("team/x", "1")).await.unwrap_err();
    assert_eq!(error.code(), "policy.registry_not_allowed");
    let error = create(&plane, with_spec("pypi:x", "1")).await.unwrap_err();
    assert_eq!(error.code(), "policy.reference_not_allowed");
    let input = CommandInput::Spec { reference: "singer:tap".to_owned(), kind: ActorKind::Source, refresh: false };
    let error = plane.start_command(By::platform(), None, None, input).await.unwrap_err();
    assert_eq!(error.code(), "policy.reference_not_allowed");
}

async fn change(place: &Place, id: DefinitionId, tag: &str) -> Result<Definition, Error> {
    let change = DefinitionChange { tag: Some(tag.to_owned()), ..DefinitionChange::default() };
    place.plane.change_definition(By::platform(), ActorKind::Source, id, change).await
}

async fn a_new_tag_is_a_new_version_and_can_be_rolled_back(place: Place) {
    let made = create(&place.plane, with_spec("team/source-x", "1")).await.unwrap();
    let worker = answering(&place, json!({ "connectionSpecification": { "type": "object" } }), "sha256:2");
    let upgraded = change(&place, made.id, "2").await.unwrap();
    assert_eq!((upgraded.version.number, upgraded.version.tag.as_str()), (2, "2"));
    assert_eq!(change(&place, made.id, "2").await.unwrap().version.id, upgraded.version.id);
    assert_eq!(change(&place, made.id, "1").await.unwrap().version.id, made.version.id);
    let back = place.plane.roll_back_definition(By::platform(), ActorKind::Source, made.id, 2).await.unwrap();
    assert_eq!(back.version.id, upgraded.version.id);
    assert_eq!(worker.end().await.len(), 1);
    let numbers: Vec<_> =
        place.plane.definition_versions(made.id).await.unwrap().iter().map(|one| one.number).collect();
    assert_eq!(numbers, [2, 1]);
    let missing = place.plane.roll_back_definition(By::platform(), ActorKind::Source, made.id, 3).await.unwrap_err();
    assert_eq!(missing.code(), "resource.not_found");
}

async fn a_tag_that_moves_is_asked_each_time(place: Place) {
    let made = create(&place.plane, with_spec("team/source-x", "dev")).await.unwrap();
    let worker = answering(&place, json!({ "connectionSpecification": schema() }), "sha256:2");
    let moved = change(&place, made.id, "dev").await.unwrap();
    assert_eq!((moved.version.number, moved.version.digest.as_deref()), (2, Some("sha256:2")));
    assert_eq!(change(&place, made.id, "dev").await.unwrap().version.number, 2);
    let asked = worker.end().await;
    assert!(asked.iter().all(|input| matches!(input, CommandInput::Spec { refresh: true, .. })) && asked.len() == 2);
}

async fn public_definitions_are_not_changed(place: Place) {
    let id = place.bundled(ActorKind::Source, "source-faker", schema()).await.id;
    let plane = &place.plane;
    let codes = [
        change(&place, id, "2").await.unwrap_err(),
        plane.delete_definition(By::platform(), ActorKind::Source, id).await.unwrap_err(),
        plane.roll_back_definition(By::platform(), ActorKind::Source, id, 1).await.unwrap_err(),
        plane.delete_definition(By::platform(), ActorKind::Destination, id).await.unwrap_err(),
    ]
    .map(|error| error.code().to_owned());
    assert_eq!(codes, ["definition.is_public", "definition.is_public", "definition.is_public", "resource.not_found"]);
}

async fn a_definition_is_seen_in_its_workspace(place: Place) {
    let (a, b) = (place.workspace("a").await, place.workspace("b").await);
    place.bundled(ActorKind::Source, "source-faker", schema()).await;
    let new = NewDefinition { workspace_id: Some(a.id), ..with_spec("team/source-x", "1") };
    let made = create(&place.plane, new).await.unwrap();
    let names = async |filter: DefinitionFilter| {
        let found = place.plane.definitions(ActorKind::Source, &filter).await.unwrap();
        found.into_iter().map(|one| one.name).collect::<Vec<_>>()
    };
    let of = |workspace| DefinitionFilter { workspace: Some(workspace), ..DefinitionFilter::default() };
    assert_eq!(names(of(a.id)).await, ["mine", "source-faker"]);
    assert_eq!(names(of(b.id)).await, ["source-faker"]);
    let custom = DefinitionFilter { origins: Some(vec![DefinitionOrigin::Custom]), ..of(a.id) };
    assert_eq!(names(custom.clone()).await, ["mine"]);
    let other = crate::place::new_actor(&b, &made, json!({ "key": "k" }));
    assert_eq!(place.plane.create_actor(By::platform(), other).await.unwrap_err().code(), "resource.not_found");
    place.plane.delete_definition(By::platform(), ActorKind::Source, made.id).await.unwrap();
    assert!(names(custom.clone()).await.is_empty());
    assert_eq!(names(DefinitionFilter { includes_deleted: true, ..custom }).await, ["mine"]);
}

async fn a_slug_finds_that_of_the_workspace_first(place: Place) {
    let (a, b) = (place.workspace("a").await.id, place.workspace("b").await.id);
    let bundled = place.bundled(ActorKind::Source, "source-google-sheets", schema()).await;
    let new = NewDefinition { workspace_id: Some(a), ..with_spec("team/source-google-sheets", "1") };
    let mine = create(&place.plane, new).await.unwrap();
    let found = async |workspace, slug: &str| {
        place.plane.definition_by_slug(ActorKind::Source, workspace, slug).await.map(|one| one.id).ok()
    };
    assert_eq!(found(a, "google-sheets").await, Some(mine.id));
    assert_eq!(found(b, "Google_Sheets").await, Some(bundled.id));
    assert_eq!(found(b, "sheets").await, None);
}

async fn a_definition_goes_with_its_actors(place: Place) {
    let workspace = place.workspace("a").await;
    let made = create(&place.plane, with_spec("team/source-x", "1")).await.unwrap();
    let actor = place.actor(&workspace, &made, json!({ "key": "k" })).await;
    place.plane.delete_definition(By::platform(), ActorKind::Source, made.id).await.unwrap();
    for error in [
        place.plane.actor(ActorKind::Source, actor).await.map(drop).unwrap_err(),
        place.plane.definition(ActorKind::Source, made.id).await.map(drop).unwrap_err(),
    ] {
        assert_eq!(error.code(), "resource.not_found");
    }
}

async fn a_manifest_is_a_definition(place: Place) {
    let workspace = place.workspace("a").await.id;
    let manifest = |word: &str| {
        raw(&json!({ "type": "DeclarativeSource", "version": "6.0.0", "word": word,
            "spec": { "type": "Spec", "connection_specification": schema(), "documentation_url": "https://d.example" } }))
    };
    let plane = &place.plane;
    let made = plane.create_declarative(By::platform(), workspace, "mine", manifest("one")).await.unwrap();
    assert_eq!((made.origin, made.version.number), (DefinitionOrigin::Declarative, 1));
    assert_eq!(made.version.manifest.as_ref().unwrap().get(), manifest("one").get());
    let changed = plane.change_declarative(By::platform(), made.id, manifest("two")).await.unwrap();
    assert_eq!((changed.version.number, changed.version.tag.as_str()), (2, "2"));
    let found = plane.definition(ActorKind::Source, made.id).await.unwrap();
    let spec: Value = serde_json::from_str(found.version.spec.get()).unwrap();
    assert_eq!(spec["connectionSpecification"], schema());
    for wrong in [json!([]), json!({ "type": "Spec" }), json!("text")] {
        let error = plane.create_declarative(By::platform(), workspace, "x", raw(&wrong)).await.unwrap_err();
        assert_eq!(error.code(), "definition.manifest_invalid");
    }
}

async fn a_definition_stays_while_connections_use_it(place: Place) {
    let workspace = place.workspace("a").await;
    let made = create(&place.plane, with_spec("team/source-x", "1")).await.unwrap();
    let bundled = place.bundled(ActorKind::Destination, "destination-local", json!({ "type": "object" })).await;
    let source = place.actor(&workspace, &made, json!({ "key": "k" })).await;
    let destination = place.actor(&workspace, &bundled, json!({})).await;
    let catalog =
        raw(&json!({ "streams": [{ "name": "a", "json_schema": {}, "supported_sync_modes": ["full_refresh"] }] }));
    let worker =
        Worker::new(&place, move |_| Ok(CommandOutput::Discover { catalog: catalog.clone(), catalog_id: None }));
    let new = NewConnection::between(source, destination);
    let connection = place.plane.create_connection(By::platform(), new).await.unwrap();
    worker.end().await;
    let delete = async || place.plane.delete_definition(By::platform(), ActorKind::Source, made.id).await;
    let error = delete().await.unwrap_err();
    assert_eq!(error.code(), "definition.in_use");
    assert!(error.to_string().contains(&connection.name), "{error}");
    place.plane.delete_actor(By::platform(), ActorKind::Destination, destination).await.unwrap();
    let gone = place.plane.connection(connection.id).await.unwrap_err();
    assert_eq!(gone.code(), "resource.not_found");
    delete().await.unwrap();
}
