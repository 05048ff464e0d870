//! Selection: a source reads what is asked for, and can do without the rest.

use super::checkpoints::Sameness;
use super::full_refresh::{SAME_RECORDS, differences, has_seed};
use super::reading::{Read, Reading, StreamReading, full_refresh};
use crate::bench::{Bench, Call, Expects, Unavailable};
use crate::clause::{Binds, Clause, Judge};
use crate::finding::{Finding, Status};
use crate::rule::{Level, Rule, skip_all};
use crate::take::Take;
use longshore_protocol::{ConfiguredCatalog, ConfiguredStream};
use longshore_runner::Verb;
use serde_json::{Value, json};
use std::rc::Rc;
use std::time::Duration;

pub(crate) static CLAUSE: Clause = Clause {
    title: "Selection of streams and fields",
    binds: Binds::Sources,
    rules: RULES,
    judge: Judge::Runs(|bench| Box::pin(judge(bench))),
};

const RULES: &[Rule] = &[ONE_STREAM, FEWER_FIELDS, EMPTY_STATE];

const ONE_STREAM: Rule = Rule {
    id: "selection.one_stream",
    level: Level::Must,
    title: "Reads one stream alone, and all of it",
    demand: "A read of one stream MUST yield all records of that stream, and none of others.",
    reason: "People select streams; one that comes only together with others, or brings others along, breaks their syncs.",
    check: "A stream that is not the first is read alone and compared with the read of all; more of them when reads are quick.",
    remedy: "Go by the configured catalog; a stream that needs the rows of another must read them itself.",
};

const FEWER_FIELDS: Rule = Rule {
    id: "selection.fewer_fields",
    level: Level::Must,
    title: "Reads with fewer fields in the schema",
    demand: "A read MUST succeed when the configured schema lacks fields that were discovered.",
    reason: "Platforms take the fields that people did not select out of the schema.",
    check: "One property that is neither key nor cursor is taken out of the configured schema, of more streams when reads are quick. Whether its values come is left to the source.",
    remedy: "Do not rely on finding your own schema in the configured catalog.",
};

const EMPTY_STATE: Rule = Rule {
    id: "selection.empty_state",
    level: Level::Should,
    title: "An empty array of states is no state",
    demand: "A read whose state is an empty array SHOULD yield what a read without state yields.",
    reason: "Several platforms pass `[]` in the first sync.",
    check: "The same stream is read with `--state` and a file that holds `[]`.",
    remedy: "Look for the states of the configured streams; when there are none, begin at the beginning.",
};

/// Of a source that is read faster than this, so many more streams are read alone.
const QUICK: Duration = Duration::from_millis(500);
const MORE_STREAMS: usize = 3;

/// What of the three is tried in a run.
#[derive(Clone, Copy)]
struct Tried {
    fewer_fields: bool,
    empty_state: bool,
}

async fn judge(bench: &Bench<'_>) -> Vec<Finding> {
    match all(bench).await {
        Ok(findings) => findings,
        Err(why) => skip_all(RULES, &why),
    }
}

/// All at once, and one by one when something is wrong.
async fn all(bench: &Bench<'_>) -> Result<Vec<Finding>, Unavailable> {
    let read = full_refresh(bench, 0).await?;
    if !read.take.is_success() {
        return Err(Unavailable(format!("`{}` {}", read.take.call, read.take.how_it_ended())));
    }
    let chosen = choose(&read).ok_or_else(|| Unavailable("no stream has records".to_owned()))?;
    let sameness = Sameness::of(bench).await;
    let field = droppable(&chosen);
    let try_it = async |rule: &Rule, tried: Tried| -> Result<Finding, Unavailable> {
        let catalog = catalog(&chosen, field.as_deref().filter(|_| tried.fewer_fields));
        let take = run(bench, &catalog, tried).await?;
        Ok(found(rule, &read, &catalog, &take, &sameness))
    };
    let together = Tried { fewer_fields: field.is_some(), empty_state: true };
    let first = try_it(&ONE_STREAM, together).await?;
    let is_good = first.status == Status::Passed;
    let (one, fewer, empty) = match is_good {
        true => (first.clone(), FEWER_FIELDS.passed(first.message.clone()), EMPTY_STATE.passed(first.message.clone())),
        false => (
            try_it(&ONE_STREAM, Tried { fewer_fields: false, empty_state: false }).await?,
            try_it(&FEWER_FIELDS, Tried { fewer_fields: true, empty_state: false }).await?,
            try_it(&EMPTY_STATE, Tried { fewer_fields: false, empty_state: true }).await?,
        ),
    };
    let (one, fewer) = match one.status {
        Status::Passed => {
            let found = others(bench, &read, &chosen, &sameness).await?;
            let is_of = |rule: &Rule| found.clone().filter(|finding| finding.rule == rule.id);
            (is_of(&ONE_STREAM).unwrap_or(one), is_of(&FEWER_FIELDS).unwrap_or(fewer))
        }
        _ => (one, fewer),
    };
    let is_broken = one.status == Status::Failed;
    let unless_broken = |finding: Finding, rule: &Rule| match is_broken {
        true => rule.skipped("the stream cannot be read alone, see selection.one_stream"),
        false => finding,
    };
    if is_broken && let Some(findings) = unstable(bench, &read).await? {
        return Ok(findings);
    }
    let fewer = match field {
        Some(_) => unless_broken(fewer, &FEWER_FIELDS),
        None => FEWER_FIELDS.skipped("the stream has no field beside key and cursor"),
    };
    Ok(vec![one, fewer, unless_broken(empty, &EMPTY_STATE)])
}

/// When a read lacks records, full refreshes may differ by themselves: then that is what is wrong.
async fn unstable(bench: &Bench<'_>, read: &Read) -> Result<Option<Vec<Finding>>, Unavailable> {
    let call = Call::new(Verb::Read, "read (full refresh, a third time)").catalog(read.catalog.clone());
    let take = bench.run(call.expects(Expects::Either)).await?;
    let again = full_refresh(bench, 1).await?;
    let first = read.reading();
    let third = Reading::of(&take, &read.catalog);
    let mut wrong = Vec::new();
    for other in [&again.reading(), &third] {
        let found = differences(&first, other, bench.plan, has_seed(bench).await).unwrap_or_default();
        wrong.extend(found.into_iter().flat_map(|(_, wrong)| wrong));
    }
    if wrong.is_empty() {
        return Ok(None);
    }
    let why = "full refreshes differ by themselves, see full_refresh.same_records";
    let skipped = RULES.iter().map(|rule| rule.skipped(why));
    Ok(Some(skipped.chain([SAME_RECORDS.judged(String::new(), wrong)]).collect()))
}

/// More streams, each alone, when reads are quick; the finding of the first one that is not read well.
async fn others(
    bench: &Bench<'_>,
    read: &Read,
    chosen: &ConfiguredStream,
    sameness: &Sameness<'_>,
) -> Result<Option<Finding>, Unavailable> {
    let most = if read.take.duration < QUICK { MORE_STREAMS } else { 0 };
    let rest = read.catalog.streams.iter().rev().filter(|stream| stream.descriptor() != chosen.descriptor());
    for stream in rest.take(most) {
        let field = droppable(stream);
        let try_it = async |rule: &Rule, fewer_fields: bool| -> Result<Finding, Unavailable> {
            let catalog = catalog(stream, field.as_deref().filter(|_| fewer_fields));
            let take = run(bench, &catalog, Tried { fewer_fields, empty_state: false }).await?;
            Ok(found(rule, read, &catalog, &take, sameness))
        };
        let fewer = try_it(&FEWER_FIELDS, field.is_some()).await?;
        if fewer.status == Status::Failed {
            let one = try_it(&ONE_STREAM, false).await?;
            return Ok(Some(if one.status == Status::Failed { one } else { fewer }));
        }
    }
    Ok(None)
}

/// A stream with records, if there is one: with a field that can be left out, not the first, and the one with the fewest.
fn choose(read: &Read) -> Option<ConfiguredStream> {
    let reading = read.reading();
    let with_records = reading.streams.iter().enumerate().filter(|(_, stream)| !stream.records.is_empty());
    let place = |(at, stream): &(usize, &StreamReading<'_>)| {
        (droppable(stream.configured).is_none(), *at == 0, stream.records.len())
    };
    let chosen = with_records.min_by_key(place)?;
    Some(chosen.1.configured.clone())
}

fn properties(stream: &ConfiguredStream) -> Option<serde_json::Map<String, Value>> {
    let schema: Value = serde_json::to_value(&stream.stream.json_schema).ok()?;
    schema["properties"].as_object().cloned()
}

/// The last property that is neither in the key nor in the cursor, nor required.
fn droppable(stream: &ConfiguredStream) -> Option<String> {
    let schema: Value = serde_json::to_value(&stream.stream.json_schema).ok()?;
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let keys =
        [&stream.primary_key, &stream.stream.source_defined_primary_key].into_iter().flatten().flatten().flatten();
    let needed: Vec<&String> = keys.chain(stream.cursor().into_iter().flatten()).collect();
    let properties = properties(stream)?;
    properties.keys().rfind(|name| !needed.contains(name) && !required.contains(&json!(name))).cloned()
}

fn catalog(stream: &ConfiguredStream, without: Option<&str>) -> ConfiguredCatalog {
    let mut catalog = json!({"streams": [stream]});
    if let (Some(name), Some(properties)) = (without, catalog.pointer_mut("/streams/0/stream/json_schema/properties")) {
        properties.as_object_mut().map(|properties| properties.remove(name));
    }
    let plain =
        || ConfiguredCatalog { streams: vec![stream.clone()], extra: longshore_protocol::object::Extra::default() };
    serde_json::from_value(catalog).unwrap_or_else(|_| plain())
}

async fn run(bench: &Bench<'_>, catalog: &ConfiguredCatalog, tried: Tried) -> Result<Rc<Take>, Unavailable> {
    let mut name = "read (one stream alone".to_owned();
    name.push_str(if tried.fewer_fields { ", with a field less" } else { "" });
    name.push_str(if tried.empty_state { ", state []" } else { "" });
    let call = Call::new(Verb::Read, name + ")").catalog(catalog.clone()).expects(Expects::Either);
    bench.run(if tried.empty_state { call.state(json!([])) } else { call }).await
}

fn found(rule: &Rule, read: &Read, catalog: &ConfiguredCatalog, take: &Rc<Take>, sameness: &Sameness<'_>) -> Finding {
    let reading = Reading::of(take, catalog);
    let first = read.reading();
    if !take.is_success() {
        return rule.failed(format!("`{}` {}", take.call, take.how_it_ended())).with(take.last_words());
    }
    let record = reading.strangers.iter().find(|stranger| stranger.what == "record");
    if let Some(stranger) = record {
        let message =
            format!("`{}` yields records of stream `{}`, which was not asked for", take.call, stranger.descriptor);
        return rule.failed(message).with(reading.line(stranger.at));
    }
    let Some(other) = reading.streams.first() else { return rule.skipped("no stream was read") };
    let Some(one) = first.stream(&other.descriptor) else { return rule.skipped("the stream was not read before") };
    let missing = match other.primary_key().is_empty() {
        // Without a key the values tell records apart, and one of them was left out.
        true => one.records.iter().skip(other.records.len()).collect(),
        false => sameness.missing(one, one.records.iter(), &other.records),
    };
    match missing.first() {
        Some(record) => {
            let of = one.records.len();
            let message = format!(
                "`{}` yields {} records of stream `{}`, and lacks {} of {of}",
                take.call,
                other.records.len(),
                one.descriptor,
                missing.len()
            );
            rule.failed(message).with(first.line(record.at))
        }
        None => rule.passed(format!(
            "all {} records of stream `{}` came in `{}`",
            one.records.len(),
            one.descriptor,
            take.call
        )),
    }
}
