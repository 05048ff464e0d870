//! The test configuration itself: whether its author said all that only an author knows.

use super::{Binds, Clause, Judge};
use crate::finding::Finding;
use crate::plan::Plan;
use crate::rule::{Level, Rule, Wrong};

pub(crate) static CLAUSE: Clause = Clause {
    title: "The test configuration",
    binds: Binds::Both,
    rules: &[COMPLETE],
    judge: Judge::Afterwards(|bench, _| vec![judge(bench.plan)]),
};

const COMPLETE: Rule = Rule {
    id: "config.complete",
    level: Level::Should,
    title: "Test configuration is complete",
    demand: "A test configuration SHOULD say everything that a strict suite asks for, and give a reason for what it leaves \
             out.",
    reason: "What nobody says, nobody tests: an empty stream or a field that always differs looks like a defect that was \
             overlooked.",
    check: "Every entry that the configuration lacks, and every one without a reason, is listed.",
    remedy: "Add the entries that are listed to acceptance-test-config.yml, or a `bypass_reason` to each of them.",
};

fn judge(plan: &Plan) -> Finding {
    if !plan.is_from_file {
        return COMPLETE.skipped("there is no test configuration");
    }
    let lacks = plan.unmet.iter().map(|sentence| Wrong::new(sentence.clone(), "")).collect();
    COMPLETE.judged("nothing that this strictness asks for is missing", lacks)
}

#[cfg(test)]
mod tests {
    use super::judge;
    use crate::finding::Status;
    use crate::plan::Plan;

    #[test]
    fn each_thing_that_is_missing_is_evidence() {
        assert_eq!(judge(&Plan::default()).status, Status::Skipped);
        assert_eq!(judge(&Plan { is_from_file: true, ..Plan::default() }).status, Status::Passed);
        let unmet = vec!["`incremental` is not there".to_owned(), "`users` may be empty without a reason".to_owned()];
        let finding = judge(&Plan { unmet: unmet.clone(), is_from_file: true, ..Plan::default() });
        assert_eq!((finding.status, finding.evidence), (Status::Failed, unmet));
    }
}
