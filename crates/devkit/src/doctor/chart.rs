//! What came of each step: passed, failed, skipped, or not reached, and how long it took.

use super::STEPS;
use longshore_protocol::FailureReason;
use longshore_runner::ConnectorRef;
use serde::Serialize;
use std::time::Instant;

/// What came of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It is as it should be.
    Passed,
    /// It is broken.
    Failed,
    /// It does not concern this connector.
    Skipped,
    /// A step before it is broken.
    NotReached,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// `resolve`, `credentials`, `pull`…
    pub name: &'static str,
    /// What came of it.
    pub status: Status,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// The code of the failure.
    pub code: Option<String>,
    /// What was found, or what is wrong.
    pub message: String,
    /// What the connector printed, or an inner error.
    pub detail: Option<String>,
    /// What mends it.
    pub remedy: Option<String>,
}

/// The whole examination.
#[derive(Debug, Clone, Serialize)]
pub struct Diagnosis {
    /// The connector.
    pub reference: String,
    /// All steps, in their order.
    pub steps: Vec<Step>,
    /// Whether no step is broken.
    pub healthy: bool,
    /// Why the first broken step is broken.
    #[serde(skip)]
    pub failure: Option<FailureReason>,
}

impl Diagnosis {
    /// The name of the broken step.
    #[must_use]
    pub fn broken_step(&self) -> Option<&'static str> {
        self.steps.iter().find(|step| step.status == Status::Failed).map(|step| step.name)
    }
}

/// What a step found.
pub(crate) struct Found<T> {
    value: T,
    message: String,
    is_skipped: bool,
}

impl<T> Found<T> {
    pub(super) fn new(value: T, message: impl Into<String>) -> Self {
        Self { value, message: message.into(), is_skipped: false }
    }

    pub(crate) fn value(self) -> T {
        self.value
    }

    pub(super) fn skipped(value: T, why: impl Into<String>) -> Self {
        Self { value, message: why.into(), is_skipped: true }
    }
}

/// The steps so far.
#[derive(Default)]
pub(super) struct Chart {
    steps: Vec<Step>,
}

impl Chart {
    /// A step that has to wait for something.
    pub(super) async fn step<T>(
        &mut self,
        name: &'static str,
        work: impl Future<Output = Result<Found<T>, FailureReason>>,
    ) -> Result<T, FailureReason> {
        let begun = Instant::now();
        let result = work.await;
        self.note(name, begun, result)
    }

    /// A step that only looks at what is known. Of one that is judged again, a good end adds nothing.
    pub(super) fn judge<T>(
        &mut self,
        name: &'static str,
        work: impl FnOnce() -> Result<Found<T>, FailureReason>,
    ) -> Result<T, FailureReason> {
        let begun = Instant::now();
        let result = work();
        self.note(name, begun, result)
    }

    /// Steps that do not concern this connector.
    pub(super) fn skip(&mut self, names: &[&'static str], why: &str) -> Result<(), FailureReason> {
        names.iter().try_for_each(|name| self.judge(name, || Ok(Found::skipped((), why))))
    }

    fn note<T>(
        &mut self,
        name: &'static str,
        begun: Instant,
        result: Result<Found<T>, FailureReason>,
    ) -> Result<T, FailureReason> {
        let duration_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let known = self.steps.iter().position(|step| step.name == name);
        let (status, message) = match &result {
            Ok(_) if known.is_some() => return result.map(|found| found.value),
            Ok(found) if found.is_skipped => (Status::Skipped, found.message.clone()),
            Ok(found) => (Status::Passed, found.message.clone()),
            Err(failure) => (Status::Failed, failure.message.clone()),
        };
        let failure = result.as_ref().err();
        let code = failure.map(|failure| failure.code.clone());
        let detail = failure.and_then(|failure| failure.detail.clone()).filter(|detail| !detail.is_empty());
        let step = Step { name, status, duration_ms, code, message, detail, remedy: failure.and_then(remedy) };
        match known {
            Some(at) => self.steps[at] = step,
            None => self.steps.push(step),
        }
        result.map(|found| found.value)
    }

    pub(super) fn into_diagnosis(
        self,
        reference: &ConnectorRef,
        failure: Option<FailureReason>,
        hide: impl Fn(&str) -> String,
    ) -> Diagnosis {
        let shown = shell_words::join([reference.to_string()]);
        let hide = |text: &str| hide(&text.replace(" REF", &format!(" {shown}")));
        let hidden = |text: Option<String>| text.map(|text| hide(&text));
        let mut steps: Vec<Step> = self.steps;
        for step in &mut steps {
            step.message = hide(&step.message);
            step.detail = hidden(step.detail.take());
            step.remedy = hidden(step.remedy.take());
        }
        let missing =
            STEPS.iter().filter(|name| !steps.iter().any(|step| step.name == **name)).map(|name| not_reached(name));
        let missing: Vec<Step> = missing.collect();
        steps.extend(missing);
        steps.sort_by_key(|step| STEPS.iter().position(|name| *name == step.name));
        let failure = failure.map(|failure| FailureReason {
            message: hide(&failure.message),
            detail: hidden(failure.detail),
            ..failure
        });
        Diagnosis { reference: hide(&reference.to_string()), steps, healthy: failure.is_none(), failure }
    }
}

fn not_reached(name: &'static str) -> Step {
    let message = "not reached".to_owned();
    Step { name, status: Status::NotReached, duration_ms: 0, code: None, message, detail: None, remedy: None }
}

/// A message ends with what mends it, after its last semicolon.
fn remedy(failure: &FailureReason) -> Option<String> {
    failure.message.rsplit_once("; ").map(|(_, remedy)| remedy.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Chart, Found, Status};
    use crate::failure::config_failure;
    use longshore_runner::ConnectorRef;

    #[test]
    fn steps_after_the_broken_one_are_not_reached_and_nothing_secret_is_shown() {
        let mut chart = Chart::default();
        chart.judge("resolve", || Ok(Found::new((), "fine"))).unwrap();
        chart.skip(&["credentials"], "none are needed").unwrap();
        let failure =
            chart.judge("pull", || Err::<Found<()>, _>(config_failure("x", "hunter2 is wrong; try REF"))).unwrap_err();
        let reference = ConnectorRef::Bundled { name: "source-x".to_owned() };
        let diagnosis = chart.into_diagnosis(&reference, Some(failure), |text| text.replace("hunter2", "***"));
        let statuses: Vec<_> = diagnosis.steps.iter().take(4).map(|step| step.status).collect();
        assert_eq!(statuses, [Status::Passed, Status::Skipped, Status::Failed, Status::NotReached]);
        assert_eq!(diagnosis.steps[2].remedy.as_deref(), Some("try source-x"));
        assert_eq!(diagnosis.failure.unwrap().message, "*** is wrong; try source-x");
        assert!(!diagnosis.healthy && diagnosis.steps.len() == super::STEPS.len());
    }
}
