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
