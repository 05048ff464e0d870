//! Sound connectors: no rule fails, however strict the suite is.

use crate::trial::{Trial, failed};
use longshore_acceptance::{Status, Strictness};

#[track_caller]
fn expect_no_failure(mut trial: Trial) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let report = runtime.block_on(trial.run()).unwrap();
    assert_eq!(failed(&report), []);
    assert!(report.passed);
    assert!(report.findings.iter().any(|finding| finding.status == Status::Passed), "nothing was looked at");
}

#[test]
fn a_sound_source_keeps_the_contract() {
    expect_no_failure(Trial::source(None));
    expect_no_failure(Trial::source(None).at(Strictness::High));
}

#[test]
fn a_sound_destination_keeps_the_contract() {
    expect_no_failure(Trial::destination(None));
    expect_no_failure(Trial::destination(None).at(Strictness::High));
}
