//! Acknowledging states: a destination gives back what it was given, and nothing else.

mod judgement;

use super::session::{Script, Written, echoes, plain_data, plain_schema, well};
use crate::bench::{Bench, Unavailable};
use crate::clause::{Binds, Clause, Judge};
use crate::finding::Finding;
use crate::rule::{Level, Rule, skip_all};
use serde_json::json;

pub(crate) static CLAUSE: Clause = Clause {
    title: "Acknowledging states",
    binds: Binds::Destinations,
    rules: RULES,
    judge: Judge::Runs(|bench| Box::pin(judge(bench))),
};

const RULES: &[Rule] = &[LAST_STATE, ORDER, AS_RECEIVED, NOTHING_MADE_UP, ONCE, STATS, STATS_PRESENT, GLOBAL];

const LAST_STATE: Rule = Rule {
    id: "echo.last_state",
    level: Level::Must,
    title: "the last state of every stream is echoed",
    demand: "A destination MUST print the last STATE of every stream once the records before it are stored, also for \
             a stream without records. It MAY leave out states before it.",
    reason: "A platform stores only what was echoed: the next sync would read everything again.",
    check: "In a sync of three streams, one of them without records, the last state sent of each comes back.",
    remedy: "Print the states that wait when the input ends, after the last rows are stored.",
};

const ORDER: Rule = Rule {
    id: "echo.order",
    level: Level::Must,
    title: "states of a stream are echoed in order",
    demand: "A destination MUST echo the states of one stream in the order in which they came.",
    reason: "The last echo is what is stored: an older state behind a newer one makes the next sync read again, and \
             drops what the newer one has told.",
    check: "Five states of each of two streams are sent; the echoes of each stream are in their order.",
    remedy: "Keep waiting states in a queue for each stream.",
};

const AS_RECEIVED: Rule = Rule {
    id: "echo.as_received",
    level: Level::Must,
    title: "states are echoed as received",
    demand: "A destination MUST echo what stands under `state` as it came: `id`, `stream_state`, `sourceStats` and \
             properties that it does not know. It MAY add `destinationStats`.",
    reason: "Platforms find the state by its `id`, and a source finds its place by the content. What is lost is lost \
             for good.",
    check: "States with an id, counts, unknown properties, nested content, an empty one, numbers of 64 bits and \
            Unicode come back equal. The order of properties is free.",
    remedy: "Keep the message as it came, and add to it, in place of building a new one.",
};

const NOTHING_MADE_UP: Rule = Rule {
    id: "echo.nothing_made_up",
    level: Level::Must,
    title: "only received states are echoed",
    demand: "A destination MUST NOT print a STATE that it was not given.",
    reason: "A platform would store it, and the source goes on from a place where it never was.",
    check: "Each STATE of the destination is one of those that were sent, by its id or else by its content.",
    remedy: "Print nothing but states that came from stdin.",
};

const ONCE: Rule = Rule {
    id: "echo.once",
    level: Level::Must,
    title: "a state is echoed once",
    demand: "A destination MUST NOT echo a state twice.",
    reason: "Platforms count records by echoed states: a second echo counts them twice, or is taken for a state out \
             of order.",
    check: "No state comes back twice in a sync of three streams.",
    remedy: "Forget a state when it was printed.",
};

const STATS: Rule = Rule {
    id: "echo.destination_stats",
    level: Level::Must,
    title: "destinationStats count what was stored",
    demand: "`destinationStats.recordCount` of an echoed state, if it is there, MUST be the count of the records \
             that the destination took since the last echoed state of the stream.",
    reason: "Platforms compare it with `sourceStats` to see whether records are lost on the way, and raise an alarm.",
    check: "Each count equals the records between the echoed state and the one before it; those of states left out \
            add up.",
    remedy: "Count records as they come, and start again at zero when a state is echoed.",
};

const STATS_PRESENT: Rule = Rule {
    id: "echo.destination_stats_present",
    level: Level::Should,
    title: "echoed states have destinationStats",
    demand: "An echoed state SHOULD have `destinationStats` with a `recordCount`.",
    reason: "Without it a platform cannot see that records are lost between source and destination.",
    check: "Echoed states are looked at for `destinationStats.recordCount`.",
    remedy: "Add `\"destinationStats\": {\"recordCount\": N}` to the echoed state.",
};

const GLOBAL: Rule = Rule {
    id: "echo.global",
    level: Level::Must,
    title: "GLOBAL states are echoed",
    demand: "A destination MUST echo GLOBAL states too, whole: the shared state and that of every stream.",
    reason: "Sources that read a database's log have no other states.",
    check: "Two streams are written with two GLOBAL states; the last comes back with the same content.",
    remedy: "Treat a GLOBAL state as one that is about every stream of the catalog.",
};

async fn judge(bench: &Bench<'_>) -> Vec<Finding> {
    let written = match bench.written().await {
        Ok(written) if written.take.is_success() => written,
        Ok(written) => return skip_all(RULES, &Unavailable(format!("a plain sync {}", written.take.how_it_ended()))),
        Err(why) => return skip_all(RULES, &why),
    };
    let mut findings = judgement::findings(&written);
    findings.push(global(bench).await.unwrap_or_else(|why| GLOBAL.skipped(why.0)));
    findings
}

async fn global(bench: &Bench<'_>) -> Result<Finding, Unavailable> {
    let streams = [bench.stream("global_a"), bench.stream("global_b")];
    let mut targets = Vec::new();
    for stream in streams {
        targets.push(bench.plain(stream, plain_schema()).await?);
    }
    let mut script = Script::new(targets);
    for round in 0..2 {
        for id in 1..=10 {
            script.record_text(0, &plain_data(round * 10 + id, 20));
            script.record_text(1, &plain_data(round * 10 + id, 20));
        }
        script.global_state(&json!({"position": {"log": round, "at": "0/16B3748"}}), &json!({"version": round}));
    }
    let take = bench.write("GLOBAL states", script.clone()).await?;
    if !take.is_success() {
        return Ok(GLOBAL.failed(format!("a sync with GLOBAL states {}", take.how_it_ended())).with(take.last_words()));
    }
    let take = well(take)?;
    let echoes = echoes(&take, &script);
    let Some(last) = echoes.last() else {
        return Ok(GLOBAL.failed("2 GLOBAL states were sent, and none came back"));
    };
    let sent = &script.states[1].state;
    // Their order is another rule's matter.
    Ok(match echoes.iter().any(|echo| judgement::same_content(sent, echo.state)) {
        true => GLOBAL.passed(format!("{} of 2 GLOBAL states of 2 streams came back", echoes.len())),
        false => GLOBAL
            .failed("the last GLOBAL state that was sent did not come back as it was")
            .with(format!("sent: {sent}"))
            .with(format!("came back: {}", last.line)),
    })
}

impl Bench<'_> {
    /// A plain sync of three streams, which several clauses look at.
    pub(crate) async fn written(&self) -> Result<std::rc::Rc<Written>, Unavailable> {
        let write = || async {
            let mut targets = Vec::new();
            for word in ["plain_a", "plain_b", "plain_c"] {
                targets.push(self.plain(self.stream(word), plain_schema()).await?);
            }
            let script = plain_script(targets).finished();
            let take = self.write_lines("3 streams", &script, crate::bench::Expects::Success).await?;
            Ok(std::rc::Rc::new(Written { script, take }))
        };
        self.written.get_or_init(write).await.clone()
    }
}

fn plain_script(targets: Vec<super::session::Target>) -> Script {
    let mut script = Script::new(targets);
    odd_state(&mut script, 2, json!({}));
    for round in 1..=5_u64 {
        for target in [0, 1] {
            let begin = script.sent[target];
            // Not the same count for each state, so that a wrong one is seen.
            (begin + 1..=begin + 20 + round).for_each(|id| {
                script.record_text(target, &plain_data(id, 40));
            });
            let content = json!({
                "cursor": format!("2024-05-0{round}T00:00:00Z"),
                "round": round,
                "nested": {"large": i64::MAX, "half": 0.5, "none": null, "list": [1, "ü\"", {}]},
            });
            odd_state(&mut script, target, content);
        }
    }
    script
}

/// A state with a property that nobody knows.
fn odd_state(script: &mut Script, target: usize, content: serde_json::Value) {
    let stream = script.stream(target).clone();
    script.any_state(&[target], |id, records| {
        json!({
            "type": "STREAM",
            "stream": {"stream_descriptor": stream, "stream_state": content},
            "id": id,
            "sourceStats": {"recordCount": records as f64},
            "x_unknown": {"kept": [true, id]},
        })
    });
}
