//! What a destination does when the place that it writes to fails it.

mod connection;
mod disk;
mod proxy;

use super::session::{Script, Target, plain_data, plain_schema};
use crate::bench::{Bench, Unavailable};
use crate::clause::{Binds, Clause, Judge};
use crate::finding::Finding;
use crate::rule::{Level, Rule, skip_all};
use crate::take::{Recorder, Take};
use serde_json::json;

pub(crate) static CLAUSE: Clause = Clause {
    title: "Failing resources",
    binds: Binds::Destinations,
    rules: RULES,
    judge: Judge::Runs(|bench| Box::pin(judge(bench))),
};

const RULES: &[Rule] = &[DISK_FULL, LOST_CONNECTION, FAILURE_TYPE];

const DISK_FULL: Rule = Rule {
    id: "resources.disk_full",
    level: Level::Must,
    title: "a full disk fails the sync",
    demand: "A destination MUST end with an exit code other than 0 when there is no space left for what it writes, \
             and MUST NOT echo a state whose records found none.",
    reason: "Records that found no space are gone once their state is acknowledged.",
    check: "The path of the configuration is moved onto a file system of 8 MiB (tmpfs in a mount namespace of its \
            own), and 24 MiB are written. The exit code is not 0, and the last state does not come back.",
    remedy: "Look at the result of every write, flush, sync and close; fail with a TRACE of failure_type \
             transient_error or system_error.",
};

const LOST_CONNECTION: Rule = Rule {
    id: "resources.lost_connection",
    level: Level::Must,
    title: "a lost connection fails the sync",
    demand: "A destination MUST end with an exit code other than 0, and MUST NOT hang, when the server that it \
             writes to goes away and does not come back.",
    reason: "A sync that waits for ever blocks the next one; one that succeeds has lost records.",
    check: "The host and port of the configuration are replaced by a proxy, which closes all connections, and takes \
            no new one, while records are written.",
    remedy: "Set a time limit for every call, and fail with a TRACE of failure_type transient_error when the server \
             is gone.",
};

const FAILURE_TYPE: Rule = Rule {
    id: "resources.failure_type",
    level: Level::Should,
    title: "failing resources are no config_error",
    demand: "The error TRACE of a full disk or of a lost connection SHOULD have the failure_type transient_error or \
             system_error.",
    reason: "A config_error is not tried again, and tells the user to change a configuration with which nothing is \
             wrong.",
    check: "The failure_type of the error TRACE in the runs of resources.disk_full and resources.lost_connection.",
    remedy: "Sort errors of the operating system and of the network under transient_error.",
};

async fn judge(bench: &Bench<'_>) -> Vec<Finding> {
    if let Err(why) = bench.writes().await {
        return skip_all(RULES, &why);
    }
    let disk = disk::full(bench).await;
    let connection = connection::lost(bench).await;
    let failure_type = failure_type(&[&disk, &connection]);
    let finding =
        |outcome: Outcome, rule: &Rule| outcome.map_or_else(|why| rule.skipped(why.0), |(finding, _)| finding);
    vec![finding(disk, &DISK_FULL), finding(connection, &LOST_CONNECTION), failure_type]
}

/// What was found, and of which run.
type Outcome = Result<(Finding, std::rc::Rc<Take>), Unavailable>;

fn failure_type(outcomes: &[&Outcome]) -> Finding {
    let mut seen = Vec::new();
    for (_, take) in outcomes.iter().filter_map(|outcome| outcome.as_ref().ok()).filter(|(_, take)| !take.is_success())
    {
        for trace in take.traces("ERROR") {
            let kind = trace["error"]["failure_type"].as_str().unwrap_or("system_error");
            if kind == "config_error" {
                let message = format!("`{}`: the failure_type is config_error", take.call);
                return FAILURE_TYPE.failed(message).with(trace.to_string());
            }
            seen.push(kind.to_owned());
        }
    }
    match seen.is_empty() {
        true => FAILURE_TYPE.skipped("no resource could be made to fail, or none was told of in a TRACE"),
        false => FAILURE_TYPE.passed(seen.join(", ")),
    }
}

/// How many bytes are written to a file system of [`disk::SPACE_BYTES`], or until the connection is lost.
const INPUT_BYTES: usize = 24 << 20;

/// Records and states of about that many bytes, and what a platform sends at the end.
async fn much(bench: &Bench<'_>, word: &str) -> Result<Script, Unavailable> {
    let target: Target = bench.plain(bench.stream(word), plain_schema()).await?;
    let mut script = Script::new(vec![target]);
    let mut bytes = 0;
    while bytes < INPUT_BYTES {
        for _ in 0..500 {
            let id = script.sent[0] + 1;
            let data = plain_data(id, 1_500);
            bytes += data.len();
            script.record_text(0, &data);
        }
        let sent = script.sent[0];
        script.state(0, &json!({"sent": sent}));
    }
    Ok(script.finished())
}

/// Sends all of a script and waits for the end.
fn feed(recorder: &mut Recorder, script: &Script) {
    script.lines.iter().for_each(|line| recorder.send(line));
    recorder.close_input();
}
