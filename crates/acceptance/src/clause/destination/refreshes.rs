//! Whether a destination knows refreshes: generations, and streams that are complete or not. Older ones do not, and what is
//! about these is not judged of them.

use super::compare;
use super::completion;
use super::session::{Target, Written, ids, well};
use super::trial::{Visit, script};
use crate::bench::{Bench, Expects, Unavailable};
use longshore_devkit::Project;
use longshore_protocol::DestinationSyncMode;
use serde_json::json;
use std::rc::Rc;

impl Bench<'_> {
    /// Whether `metadata.yaml` says so of the destination.
    pub(crate) fn is_declared_old(&self) -> bool {
        self.supports_refreshes() == Some(false)
    }

    /// Why what is about refreshes is not judged, if it is not.
    pub(crate) async fn without_refreshes(&self) -> Option<Unavailable> {
        let why = self.without_refreshes.get_or_init(|| async {
            match self.supports_refreshes() {
                Some(true) => None,
                Some(false) => Some("metadata.yaml says `supportsRefreshes: false`".to_owned()),
                None => observed(self).await.unwrap_or_default(),
            }
        });
        why.await.clone().map(Unavailable)
    }

    /// A sync that ends without the COMPLETE of its stream; it is made once.
    pub(crate) async fn incomplete(&self) -> Result<Rc<Written>, Unavailable> {
        self.incomplete.get_or_init(|| completion::appended(self)).await.clone()
    }

    fn supports_refreshes(&self) -> Option<bool> {
        let metadata = self.plan.project.as_ref().map(Project::metadata)?;
        metadata.data["supportsRefreshes"].as_bool()
    }
}

/// What a destination does that knows no refreshes. One such thing alone is a defect; two of them are its age.
async fn observed(bench: &Bench<'_>) -> Result<Option<String>, Unavailable> {
    bench.writes().await?;
    let rows = bench.rows(bench.written().await?.script.stream(0)).await?;
    if rows.is_empty() {
        return Ok(None);
    }
    let generation = |row| compare::metadata(row, "_airbyte_generation_id").filter(|value| !value.is_null());
    let mut signs = Vec::new();
    if !rows.iter().any(|row| generation(row).is_some()) {
        signs.push("no row has an `_airbyte_generation_id`");
    }
    if bench.incomplete().await?.take.is_success() {
        signs.push("an incomplete sync ends with exit code 0");
    }
    // With none, one more would not change anything; with two it is clear.
    if signs.len() == 1 && keeps_older(bench).await? {
        signs.push("a new generation does not replace older ones");
    }
    Ok((signs.len() > 1).then(|| format!("the destination does not know refreshes: {}", signs.join(", and "))))
}

async fn keeps_older(bench: &Bench<'_>) -> Result<bool, Unavailable> {
    if !bench.modes().await?.contains(&DestinationSyncMode::Append) {
        return Ok(false);
    }
    let schema = json!({"type": "object", "properties": {"id": {"type": "integer"}}});
    let target = Target::append(bench.stream("older"), schema);
    for (target, id) in [(target.clone(), 1), (target.clone().truncating(2), 2)] {
        let lines = script(&[&Visit::of(target, &[json!({"id": id})])]).finished();
        well(bench.write_lines("one row in a generation", &lines, Expects::Either).await?)?;
    }
    let there = ids(&bench.rows(&target.stream).await?);
    Ok(there.contains_key(&1) && there.contains_key(&2))
}
