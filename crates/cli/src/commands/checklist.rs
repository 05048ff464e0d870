//! `longshore connector checklist`: judges the items of a connector project's CHECKLIST.md.

use crate::args::new::ChecklistArgs;
use crate::config;
use crate::connector::spec_of;
use crate::failure::Result;
use crate::print::{self, note};
use crate::runnable::runnable;
use longshore_devkit::{Checklist, Evidence, Judged, Project, Tools, Verdict, run_unit_tests};
use longshore_runner::ConnectorRef;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

/// Judges them; 1 when one that was judged is open.
pub(crate) async fn run(args: &ChecklistArgs) -> Result<ExitCode> {
    let checklist = Checklist::read(&args.dir)?;
    let tools = Tools { environment: config::tool_environment(), notice: Arc::new(|line| note(line)) };
    let mut evidence = Evidence::gather(&args.dir, &tools).await?;
    if args.run {
        let project = evidence.project().cloned();
        if let Some(project) = &project {
            evidence.spec = Some(spec(&args.dir).await);
            evidence.tests = Some(tests(project, &tools).await);
        }
    }
    let judged = checklist.judge(&evidence);
    if args.write {
        let changed = checklist.tick(&judged)?;
        note(format_args!("{changed} boxes changed in CHECKLIST.md"));
    }
    let counts = Counts::of(&judged);
    if args.json {
        let items: Vec<_> = judged.iter().map(as_json).collect();
        let Counts { done, open, not_judged, by_hand } = counts;
        let result = json!({
            "items": items, "done": done, "open": open, "not_judged": not_judged, "for_you": by_hand,
        });
        print::result(result)?;
    } else {
        print::result(for_people(&judged))?;
        let Counts { done, open, not_judged, by_hand } = counts;
        note(format_args!("{done} done, {open} open, {not_judged} not judged, {by_hand} for you to tick"));
    }
    Ok(if counts.open == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn spec(dir: &Path) -> Result<Value> {
    let reference = runnable(ConnectorRef::Project { dir: dir.to_owned() }, None).await?;
    spec_of(&config::settings()?, &reference).await
}

async fn tests(project: &Project, tools: &Tools) -> Result<longshore_devkit::Tests> {
    run_unit_tests(project, tools).await
}

struct Counts {
    done: usize,
    open: usize,
    not_judged: usize,
    /// What only a person can say, and none has.
    by_hand: usize,
}

impl Counts {
    fn of(judged: &[Judged]) -> Self {
        let count = |is: &dyn Fn(&Judged) -> bool| judged.iter().filter(|item| is(item)).count();
        Self {
            done: count(&|item| state(item) == "done"),
            open: count(&|item| matches!(item.verdict, Verdict::Open(_))),
            not_judged: count(&|item| matches!(item.verdict, Verdict::NotJudged(_))),
            by_hand: count(&|item| state(item) == "for_you"),
        }
    }
}

fn state(item: &Judged) -> &'static str {
    match item.verdict {
        Verdict::Done => "done",
        Verdict::Open(_) => "open",
        Verdict::NotJudged(_) => "not_judged",
        Verdict::ByHand if item.is_ticked => "done",
        Verdict::ByHand => "for_you",
    }
}

fn why(item: &Judged) -> Option<&str> {
    match &item.verdict {
        Verdict::Open(why) | Verdict::NotJudged(why) => Some(why),
        Verdict::Done | Verdict::ByHand => None,
    }
}

fn as_json(item: &Judged) -> Value {
    json!({"line": item.line, "text": item.text, "check": item.check, "state": state(item), "why": why(item)})
}

fn for_people(judged: &[Judged]) -> String {
    let mut text = String::new();
    for item in judged {
        let mark = match state(item) {
            "done" => 'x',
            "not_judged" => '?',
            _ => ' ',
        };
        let _ = writeln!(text, "[{mark}] {}", item.text);
        if let Some(why) = why(item) {
            let _ = writeln!(text, "      {}: {why}", state(item).replace('_', " "));
        }
    }
    text.truncate(text.trim_end().len());
    text
}
