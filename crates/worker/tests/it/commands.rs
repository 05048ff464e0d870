//! Commands: what connectors answer to whoever waits.

use crate::stage::play;
use longshore_control_plane::{ActorKind, By, Error};
use longshore_worker::Timing;
use serde_json::json;

#[test]
fn a_check_and_a_discover_are_answered() {
    play(Timing::default(), async |stage| {
        let configuration = json!({"folder": stage.path(""), "count": 1});
        let source = stage.actor(ActorKind::Source, "source.py", configuration).await;
        let checked = stage.plane.check_actor(By::platform(), source).await.unwrap();
        assert!(checked.succeeded, "{checked:?}");
        let discovered = stage.plane.discover(By::platform(), source, true).await.unwrap();
        assert_eq!(discovered.catalog.streams[0].name, "numbers");
    });
}

#[test]
fn a_program_that_is_not_there_keeps_its_own_code() {
    play(Timing::default(), async |stage| {
        let source = stage.actor(ActorKind::Source, "no-such-source.py", json!({"count": 1})).await;
        let checked = stage.plane.check_actor(By::platform(), source).await.unwrap();
        let failure = checked.failure.expect("python finds no such file");
        assert_eq!(failure.code, "connector.no_answer", "{failure:?}");
        let Err(Error::Failed(reason)) = stage.plane.discover(By::platform(), source, true).await else { panic!() };
        assert!(reason.detail.unwrap().contains("no-such-source.py"));
    });
}
