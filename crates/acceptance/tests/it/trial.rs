//! One connector, one plan, and what the suite finds.

use futures_util::future::join_all;
use longshore_acceptance::{
    CheckCase, CheckResult, Expected, Level, Plan, Reader, Report, Status, Strictness, Subject,
};
use longshore_devkit::Tools;
use longshore_protocol::{FailureKind, FailureOrigin, FailureReason, StreamDescriptor};
use longshore_runner::{ConnectorRef, EngineImages, ImageProvider, Provided, Settings};
use serde_json::{Value, json};
use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

/// How many suites of one test run at once.
const AT_ONCE: usize = 4;

/// The most rules that may fail beside the one that a defect is for.
const MOST_BESIDE: usize = 3;

/// Defects of what nearly all syncs do: there is no rule that alone could see them.
const WIDE: &[&str] = &[
    "ResumeBreaks",
    "StateIgnored",
    "ExitsThree",
    "FailsWithZero",
    "RowLost",
    "RowsTwice",
    "GenerationIsZero",
    "AppendReplaces",
    "OverwriteAppends",
    "OverwriteClearsAll",
    "OldestWins",
    "DedupWithinRun",
];

/// The secret in the configuration of the sound source. It has what base64, JSON and URLs write differently.
const TOKEN: &str = "tok-Gr\"ün/and+so=on?";

/// A connector under test, and a place for all that it writes.
pub(crate) struct Trial {
    pub(crate) folder: TempDir,
    pub(crate) reference: ConnectorRef,
    pub(crate) origin: FailureOrigin,
    pub(crate) plan: Plan,
    pub(crate) silence: Duration,
}

/// A defect, and the rule that must fail; what else the plan must say for it to be seen.
pub(crate) type Planted = (&'static str, &'static str, fn(&mut Trial));

/// Nothing beside the usual plan.
pub(crate) fn usual(_: &mut Trial) {}

/// The program with the mutants, and its first words.
pub(crate) fn mutant(kind: &str, defect: Option<&str>) -> ConnectorRef {
    let mut words = vec![env!("CARGO_BIN_EXE_longshore-mutant").to_owned(), kind.to_owned()];
    words.extend(defect.into_iter().flat_map(|defect| ["--defect".to_owned(), defect.to_owned()]));
    ConnectorRef::Exec { words }
}

impl Trial {
    /// The source of this crate, sound or with a defect.
    pub(crate) fn source(defect: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let lock = folder.path().join("lock");
        let config = |token: &str| json!({"count": 205, "token": token, "lock": lock}).to_string();
        let case = |token: &str, expects| CheckCase {
            config: config(token),
            origin: token.to_owned(),
            expects,
            is_derived: false,
        };
        let plan = Plan {
            config: Some(config(TOKEN)),
            checks: vec![case("nonsense", CheckResult::Fails), case("tok-breaks-down", CheckResult::Breaks)],
            expected: Some(Expected {
                records: vec![(stream(Some("geo"), "countries"), json!({"code": "DE", "name": "Germany"}))],
                extra_fields: true,
                extra_records: true,
                ..Expected::default()
            }),
            future_state: Some(vec![
                state("users", &json!({"updated_at": "2030-01-01T00:00:00Z"})),
                state("events", &json!({"at": "2030-01-01T00:00:00Z"})),
            ]),
            every_field_has_values: true,
            ..Plan::default()
        };
        Self { folder, reference: mutant("source", defect), origin: FailureOrigin::Source, plan, silence: LONG }
    }

    /// The destination of this crate, sound or with a defect.
    pub(crate) fn destination(defect: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = |path: &Path| json!({"path": path, "password": "hunter2-hunter2"}).to_string();
        let ConnectorRef::Exec { words } = mutant("destination", None) else { unreachable!() };
        let plan = Plan {
            config: Some(config(&folder.path().join("rows.sqlite"))),
            checks: vec![CheckCase {
                config: config(&folder.path().join("no such folder/rows.sqlite")),
                origin: "no such folder".to_owned(),
                expects: CheckResult::Fails,
                is_derived: false,
            }],
            reader: Some(Reader::Command([words, vec!["rows".to_owned()]].concat())),
            ..Plan::default()
        };
        let reference = mutant("destination", defect);
        Self { folder, reference, origin: FailureOrigin::Destination, plan, silence: LONG }
    }

    /// The same at another strictness.
    pub(crate) fn at(mut self, strictness: Strictness) -> Self {
        self.plan.strictness = strictness;
        self
    }

    /// Runs the suite.
    pub(crate) async fn run(&mut self) -> Result<Report, FailureReason> {
        let settings = settings(self.folder.path());
        let tools = Tools { environment: environment(), notice: Arc::new(|_| ()) };
        let subject = Subject {
            settings: &settings,
            reference: &self.reference,
            origin: self.origin,
            variables: |_, _| Vec::new(),
            tools: &tools,
            hide: &str::to_owned,
            progress: &|_| (),
            silence: self.silence,
        };
        longshore_acceptance::run(&subject, &mut self.plan, "t1".to_owned()).await
    }
}

/// What no sound connector of these tests stays silent for, however busy the machine is.
const LONG: Duration = Duration::from_secs(10);

fn stream(namespace: Option<&str>, name: &str) -> StreamDescriptor {
    StreamDescriptor { namespace: namespace.map(str::to_owned), name: name.to_owned() }
}

fn state(stream: &str, state: &Value) -> Value {
    json!({"type": "STREAM", "stream": {"stream_descriptor": {"name": stream}, "stream_state": state}})
}

fn environment() -> Vec<(OsString, OsString)> {
    vec![("PATH".into(), std::env::var_os("PATH").unwrap())]
}

fn settings(folder: &Path) -> Settings {
    Settings {
        own_program: "/bin/false".into(),
        work_dir: folder.join("runs"),
        cache_dir: folder.join("cache"),
        images: Box::new(NoImages),
        docker_host: None,
        base_environment: environment(),
        notice: Box::new(|_| ()),
    }
}

/// The rules that failed, each with its message.
pub(crate) fn failed(report: &Report) -> Vec<(String, String)> {
    let failed = report.findings.iter().filter(|finding| finding.status == Status::Failed);
    failed.map(|finding| (finding.rule.to_string(), finding.message.clone())).collect()
}

/// Runs the suite on every defect, and says what is wrong with all of them at once. Only these areas of rules are judged,
/// those that a defect of the table might break: the sound connectors are judged by all.
#[track_caller]
pub(crate) fn expect_all(table: &[Planted], areas: &[&str], trial: fn(Option<&str>) -> Trial) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let places = tokio::sync::Semaphore::new(AT_ONCE);
    let judged = runtime.block_on(join_all(table.iter().map(|planted| async {
        let _place = places.acquire().await.unwrap();
        judge(planted, areas, trial).await
    })));
    let wrong: Vec<String> = judged.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{} of {} defects:\n{}", wrong.len(), table.len(), wrong.join("\n"));
}

/// What is wrong with the findings on one defect.
async fn judge((defect, rule, with): &Planted, areas: &[&str], trial: fn(Option<&str>) -> Trial) -> Option<String> {
    let mut trial = trial(Some(defect));
    trial.plan.only = areas.iter().map(|area| (*area).to_owned()).collect();
    with(&mut trial);
    let report = match trial.run().await {
        Ok(report) => report,
        Err(failure) => return Some(format!("{defect}: no report: {failure}")),
    };
    let failed = failed(&report);
    let beside: Vec<String> = failed
        .iter()
        .filter(|(it, _)| it != rule)
        .map(|(rule, message)| format!("        beside: {rule}: {message}"))
        .collect();
    let beside_text = beside.join("\n");
    let Some(found) = report.findings.iter().find(|finding| finding.rule == *rule) else {
        return Some(format!("{defect}: there is no rule {rule}\n{beside_text}"));
    };
    if found.status != Status::Failed {
        return Some(format!("{defect}: {rule} is {:?}: {}\n{beside_text}", found.status, found.message));
    }
    if found.level == Level::Must && report.passed {
        return Some(format!("{defect}: {rule} is a must that failed, and all of it passed"));
    }
    (beside.len() > MOST_BESIDE && !WIDE.contains(defect))
        .then(|| format!("{defect}: {rule} failed, and {} beside it\n{beside_text}", beside.len()))
}

/// Brings no image, and says so.
struct NoImages;

impl ImageProvider for NoImages {
    fn provide<'a>(&'a self, image: &'a str, local_name: &'a str, _: &'a EngineImages) -> Provided<'a> {
        let message = format!("{image} cannot be had, to be called {local_name}");
        let reason = FailureReason::new(FailureOrigin::Platform, FailureKind::ConfigError, "image.not_found", message);
        Box::pin(async { Err(reason) })
    }
}
