//! What a destination refuses, and what it has to bear.

mod tolerance;

use super::session::{Script, plain_data, plain_schema};
use crate::bench::{Bench, Call, Expects, Unavailable};
use crate::clause::{Binds, Clause, Judge};
use crate::finding::Finding;
use crate::messages;
use crate::plan::CheckResult;
use crate::rule::{Level, Rule, skip_all};
use crate::take::Take;
use longshore_runner::Verb;
use serde_json::json;
use std::rc::Rc;

pub(crate) static CLAUSE: Clause = Clause {
    title: "Refusing and bearing",
    binds: Binds::Destinations,
    rules: RULES,
    judge: Judge::Runs(|bench| Box::pin(judge(bench))),
};

const RULES: &[Rule] = &[UNKNOWN_STREAM, UNKNOWN_STATE, BROKEN_LINE, INVALID_CONFIG, OTHER_MESSAGES, UNKNOWN_TYPES];

const UNKNOWN_STREAM: Rule = Rule {
    id: "refusal.unknown_stream",
    level: Level::Must,
    title: "a record of an unknown stream fails",
    demand: "`write` MUST end with an exit code other than 0 when a record comes of a stream that is not in its \
             catalog.",
    reason: "The record is lost, and a success would say that it was stored.",
    check: "Among the records of a stream comes one of a stream that is not in the catalog.",
    remedy: "Look each record's namespace and name up in the catalog, and fail with an error TRACE that names them.",
};

const UNKNOWN_STATE: Rule = Rule {
    id: "refusal.unknown_state",
    level: Level::Should,
    title: "a state of an unknown stream fails",
    demand: "`write` SHOULD end with an exit code other than 0 when a STREAM state comes of a stream that is not in \
             its catalog.",
    reason: "It is a sign that names were mapped in one place and not in another, and that state is never stored.",
    check: "Behind the records of a stream comes a state of a stream that is not in the catalog.",
    remedy: "Look the state's stream up in the catalog, and fail with an error TRACE that names it.",
};

const BROKEN_LINE: Rule = Rule {
    id: "refusal.broken_line",
    level: Level::Should,
    title: "a line that is no message fails",
    demand: "`write` SHOULD end with an exit code other than 0 when a line of its input is not JSON.",
    reason: "Nobody but a platform writes there: such a line is a message that was torn, and its record would be \
             lost.",
    check: "Among the records comes a line that is the beginning of one.",
    remedy: "Fail with an error TRACE that shows the beginning of the line, and not its data.",
};

const INVALID_CONFIG: Rule = Rule {
    id: "refusal.invalid_config",
    level: Level::Must,
    title: "write with an invalid configuration fails",
    demand: "`write` MUST end with an exit code other than 0 when its configuration does not work.",
    reason: "Accounts are closed and passwords change between the check and the sync.",
    check: "A stream is written with each configuration of which it was declared that it does not work.",
    remedy: "Connect before the first echo, and fail with a TRACE of failure_type config_error when that does not \
             work.",
};

const OTHER_MESSAGES: Rule = Rule {
    id: "tolerance.other_messages",
    level: Level::Must,
    title: "other messages do not break a sync",
    demand: "`write` MUST pass over LOG and TRACE messages that tell it nothing, over the STREAM_STATUS STARTED and \
             RUNNING, and over properties that it does not know, and do what it does without them.",
    reason: "The protocol grows by such messages and properties; platforms hand on what sources print.",
    check: "They are put between the records of a stream. The sync succeeds, its last state comes back, and the rows \
            are there.",
    remedy: "Look only at what you need, and pass over the rest.",
};

const UNKNOWN_TYPES: Rule = Rule {
    id: "tolerance.unknown_types",
    level: Level::Should,
    title: "messages of unknown types do not break a sync",
    demand: "`write` SHOULD pass over messages whose `type` it does not know.",
    reason: "A destination outlives the version of the protocol that it was written for.",
    check: "A message of the type X_NEW is put between the records of a stream, and the sync succeeds.",
    remedy: "Pass over every `type` that you do not handle.",
};

async fn judge(bench: &Bench<'_>) -> Vec<Finding> {
    if let Err(why) = bench.writes().await {
        return skip_all(RULES, &why);
    }
    vec![
        refused(bench, &UNKNOWN_STREAM, "record of an unknown stream", unknown_record).await,
        refused(bench, &UNKNOWN_STATE, "state of an unknown stream", unknown_state).await,
        refused(bench, &BROKEN_LINE, "a line that is no message", |_, _| {
            r#"{"type":"RECORD","record":{"str"#.to_owned()
        })
        .await,
        invalid_config(bench).await.unwrap_or_else(|why| INVALID_CONFIG.skipped(why.0)),
        tolerance::other_messages(bench).await.unwrap_or_else(|why| OTHER_MESSAGES.skipped(why.0)),
        tolerance::unknown_types(bench).await.unwrap_or_else(|why| UNKNOWN_TYPES.skipped(why.0)),
    ]
}

/// A script of one stream, with some records.
async fn begun(bench: &Bench<'_>, word: &str) -> Result<Script, Unavailable> {
    let mut script = Script::new(vec![bench.plain(bench.stream(word), plain_schema()).await?]);
    more(&mut script);
    Ok(script)
}

/// Ten records more.
fn more(script: &mut Script) {
    for _ in 0..10 {
        let id = script.sent[0] + 1;
        script.record_text(0, &plain_data(id, 40));
    }
}

async fn refused(bench: &Bench<'_>, rule: &Rule, name: &str, line: fn(&Bench<'_>, &Script) -> String) -> Finding {
    let run = async {
        let mut script = begun(bench, "refused").await?;
        let line = line(bench, &script);
        script.line(line.clone());
        more(&mut script);
        Ok::<_, Unavailable>((bench.write_refused(name, &script.finished()).await?, line))
    };
    match run.await {
        Err(why) => rule.skipped(why.0),
        Ok((take, line)) => judged(rule, &take, name).with(format!("sent: {line}")),
    }
}

fn judged(rule: &Rule, take: &Rc<Take>, what: &str) -> Finding {
    match take.is_success() {
        true => rule.failed(format!("{what}: the sync ended with exit code 0")).with(take.last_words()),
        false => rule.passed(format!("{what}: the sync {}", take.how_it_ended())),
    }
}

fn unknown_record(bench: &Bench<'_>, _: &Script) -> String {
    messages::record(&bench.stream("unknown"), &plain_data(1, 40))
}

fn unknown_state(bench: &Bench<'_>, script: &Script) -> String {
    let id = script.states.len() as u64 + 1_000;
    messages::state(&bench.stream("unknown"), &json!({"at": 1}), id, 0)
}

async fn invalid_config(bench: &Bench<'_>) -> Result<Finding, Unavailable> {
    let is_invalid = |case: &&crate::plan::CheckCase| !case.is_derived && case.expects != CheckResult::Succeeds;
    let cases: Vec<_> = bench.plan.checks.iter().filter(is_invalid).collect();
    let count = cases.len();
    for case in cases {
        let script = begun(bench, "refused").await?.finished();
        let _place = bench.place().await;
        let name = format!("write (configuration {})", case.origin);
        let call = Call::new(Verb::Write, name).catalog(bench.catalog_of(&script)).config(&case.config);
        let mut recorder = bench.start(call).await?;
        script.lines.iter().for_each(|line| recorder.send(line));
        recorder.close_input();
        let take = recorder.end().await;
        let expects = if take.is_success() { Expects::Either } else { Expects::Failure };
        let take = bench.keep(take, expects);
        if take.is_success() {
            return Ok(judged(&INVALID_CONFIG, &take, &format!("configuration {}", case.origin)));
        }
    }
    Ok(match count {
        0 => INVALID_CONFIG.skipped("no invalid configuration is given: give one with `--invalid-config FILE`"),
        count => INVALID_CONFIG.passed(format!("{count} invalid configurations: each sync failed")),
    })
}
