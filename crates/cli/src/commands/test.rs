//! `longshore connector test DIR|REF`: whether a connector keeps its contract.

mod around;
mod in_docker;
mod preparation;
mod reader;
mod report_files;
mod role;
mod rules;
mod samples;
mod todos;
mod waiting;

use crate::args::test::TestArgs;
use crate::commands::doctor::VARIABLES;
use crate::config;
use crate::failure::Result;
use crate::signals::{self, Signals};
use longshore_acceptance::{Report, Subject};
use longshore_devkit::Tools;
use longshore_devkit::hooks::Hooks;
use preparation::Prepared;
use report_files::ReportFiles;
use std::cell::OnceCell;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use waiting::Waiting;

/// How long a connector may be silent, unless somebody says otherwise.
const SILENCE: Duration = Duration::from_secs(60);

/// How long what a signal interrupted may take to go away.
const TIDYING: Duration = Duration::from_secs(20);

/// Runs the command.
pub(crate) async fn run(args: TestArgs) -> Result<ExitCode> {
    if let Some(rule) = &args.explain {
        return rules::explain(rule);
    }
    rules::check(&args.only)?;
    let mut signals = Signals::listen()?;
    let tools = Tools { environment: config::tool_environment(), notice: Arc::new(|_| ()) };
    let around = OnceCell::new();
    let ended = tokio::select! {
        ended = test(&args, &tools, &around) => ended,
        number = signals.next() => Ok(ExitCode::from(signals::exit_code(number))),
    };
    if let Some(hooks) = around.get() {
        around::tear_down(hooks).await;
    }
    // What was dropped is ended and removed by tasks, which end with this program.
    let _ = tokio::time::timeout(TIDYING, longshore_runner::all_removed()).await;
    ended
}

/// `around` gets what must be torn down, however this ends.
async fn test<'a>(args: &TestArgs, tools: &'a Tools, around: &OnceCell<Hooks<'a>>) -> Result<ExitCode> {
    let files = ReportFiles::open(args)?;
    let report = judge(args, tools, around).await?;
    files.write(&report)?;
    Ok(if report.passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn judge<'a>(args: &TestArgs, tools: &'a Tools, around: &OnceCell<Hooks<'a>>) -> Result<Report> {
    let mut settings = config::settings_told(args.trust.options())?;
    let Prepared { reference, mut plan, secrets, origin, inside, sample: _sample } =
        preparation::prepare(args, tools).await?;
    let waiting = Waiting::new();
    settings.notice = waiting.notice();
    if let Some(hooks) = around::hooks(&plan, &reference, inside, tools)? {
        around.get_or_init(|| hooks).set_up().await?;
    }
    let subject = Subject {
        settings: &settings,
        reference: &reference,
        origin,
        variables: VARIABLES,
        tools,
        hide: &|text| secrets.hide(text),
        progress: &|what| waiting.tell(what),
        silence: SILENCE,
    };
    let report = longshore_acceptance::run(&subject, &mut plan, suffix()).await?;
    match around.get() {
        Some(hooks) => Ok(report.with(&plan, around::own_tests(hooks, &plan).await?)),
        None => Ok(report),
    }
}

/// What the names of this suite's streams end with: the time in few characters, so that no two suites write into the same
/// table.
fn suffix() -> String {
    const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let mut rest = jiff::Timestamp::now().as_millisecond().unsigned_abs();
    let mut text = String::new();
    while rest > 0 {
        let digit = usize::try_from(rest % 36).unwrap_or_default();
        text.insert(0, char::from(DIGITS[digit]));
        rest /= 36;
    }
    format!("x{text}")
}
