//! What the author wants done around a suite: containers and commands before and after it, and tests of their own.

use crate::print::note;
use longshore_acceptance::{Finding, Plan, own_test};
use longshore_devkit::Tools;
use longshore_devkit::hooks::Hooks;
use longshore_protocol::FailureReason;
use longshore_runner::ConnectorRef;

/// The hooks of a project; none without a project. `inside` is the image in which its commands run.
pub(super) fn hooks<'a>(
    plan: &Plan,
    reference: &ConnectorRef,
    inside: Option<String>,
    tools: &'a Tools,
) -> Result<Option<Hooks<'a>>, FailureReason> {
    let Some(project) = &plan.project else { return Ok(None) };
    let client = (plan.client_container.clone(), plan.config.as_deref());
    Hooks::of(project, client, &reference.to_string(), inside, tools).map(Some)
}

/// What came of the author's tests. A rule was asked for when somebody looks at some only.
pub(super) async fn own_tests(hooks: &Hooks<'_>, plan: &Plan) -> Result<Vec<Finding>, FailureReason> {
    if !plan.wants("own") {
        return Ok(Vec::new());
    }
    let results = hooks.tests().await?;
    let told = results.into_iter().map(|it| own_test(&it.name, it.passed, &it.ending, it.output));
    Ok(told.collect())
}

/// Cleans up, and tells what went wrong with that: the report stands all the same.
pub(super) async fn tear_down(hooks: &Hooks<'_>) {
    for failure in hooks.tear_down().await {
        note(format!("warning[{}]: {}", failure.code, failure.message));
    }
}
