use super::*;

#[test]
fn a_source_that_invents_ever_new_streams_does_not_fill_the_memory() {
    let names = crate::NameMapping::default();
    let plan = SyncPlan { streams: Vec::new(), names, destination_supports_refreshes: true };
    let mut session = Session::new(&plan);
    for at in 0..5000 {
        let line = format!("{{\"type\":\"RECORD\",\"record\":{{\"stream\":\"s{at}\",\"data\":{{}}}}}}\n");
        session.source_lines(line.as_bytes(), &mut Gather::default());
    }
    assert!(session.dropped.len() < 1100);
    assert_eq!(session.dropped.values().sum::<u64>(), 5000);
}

fn plan(streams: &[(&str, bool)]) -> SyncPlan {
    let planned = |(name, already_complete): &(&str, bool)| {
        let text = format!(r#"{{"stream":{{"name":"{name}","json_schema":{{}}}},"sync_mode":"incremental"}}"#);
        let configured = serde_json::from_str(&text).unwrap();
        crate::PlannedStream { already_complete: *already_complete, ..crate::PlannedStream::whole(configured) }
    };
    SyncPlan {
        streams: streams.iter().map(planned).collect(),
        names: crate::NameMapping::default(),
        destination_supports_refreshes: true,
    }
}

fn names(catalog: &longshore_protocol::ConfiguredCatalog) -> Vec<&str> {
    catalog.streams.iter().map(|stream| stream.stream.name.as_str()).collect()
}

#[test]
fn a_stream_that_an_interrupted_sync_completed_is_announced_and_not_read() {
    let plan = plan(&[("a", true), ("b", false)]);
    assert_eq!(names(&plan.source_catalog()), ["b"]);
    assert_eq!(names(&plan.destination_catalog()), ["a", "b"]);
    let session = Session::new(&plan);
    let mut gather = Gather::default();
    session.completions(1, &mut gather);
    let announced = String::from_utf8(gather.to_bytes(&[])).unwrap();
    assert_eq!(announced.matches("COMPLETE").count(), 2); // a source that says nothing of its streams ends them all
}

#[test]
fn a_stream_is_told_to_be_complete_once_all_of_it_is_acknowledged() {
    let plan = plan(&[("a", false)]);
    let mut session = Session::new(&plan);
    let mut gather = Gather::default();
    let status = stream_status_line(&StreamDescriptor::named("a"), StreamStatus::Complete, 1);
    let state = r#"{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"a"},"stream_state":{"c":1}},"id":1}}"#;
    session.source_lines(format!("{state}\n{status}\n").as_bytes(), &mut gather);
    assert!(session.take_acknowledged().is_none());
    session.destination_lines(format!("{state}\n").as_bytes());
    let (checkpoint, _) = session.take_acknowledged().unwrap();
    assert_eq!(checkpoint.complete, [StreamDescriptor::named("a")]);
    assert!(session.take_acknowledged().is_none());
}
