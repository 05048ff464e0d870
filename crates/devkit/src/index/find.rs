//! Finding definitions: by id, by name, by repository or its last part.

use super::{Definition, Index, Kind};
use crate::failure::config_failure;
use longshore_protocol::FailureReason;
use serde_json::Value;

/// Which definitions are meant; all when it says nothing.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only those of a kind.
    pub kind: Option<Kind>,
    /// Only those whose name or repository holds this, in whichever case.
    pub text: Option<String>,
}

impl Filter {
    fn takes(&self, definition: &Definition<'_>) -> bool {
        let holds = |text: &str| {
            let wanted = text.to_lowercase();
            [definition.name(), definition.repository()].iter().any(|it| it.to_lowercase().contains(&wanted))
        };
        self.kind.is_none_or(|kind| kind == definition.kind()) && self.text.as_deref().is_none_or(holds)
    }
}

impl Index {
    /// The definitions that a filter takes, in the order of the document.
    #[must_use]
    pub fn list(&self, filter: &Filter) -> Vec<Definition<'_>> {
        self.definitions().filter(|definition| filter.takes(definition)).collect()
    }

    /// The one definition with this id, else this repository, name, or last part of the repository.
    ///
    /// # Errors
    /// `index.definition_not_found`, and `index.definition_ambiguous` when several fit equally well.
    pub fn show(&self, which: &str) -> Result<Definition<'_>, FailureReason> {
        let fits: [fn(&Definition<'_>, &str) -> bool; 4] = [
            |definition, which| definition.id().eq_ignore_ascii_case(which),
            |definition, which| definition.repository() == which,
            |definition, which| definition.name().to_lowercase() == which.to_lowercase(),
            |definition, which| definition.repository().rsplit('/').next() == Some(which),
        ];
        for fit in fits {
            let found: Vec<_> = self.definitions().filter(|definition| fit(definition, which)).collect();
            match found.as_slice() {
                [] => {}
                [one] => return Ok(*one),
                several => return Err(ambiguous(which, several)),
            }
        }
        let message = format!("the index has no definition `{which}`; `longshore index list` prints those it has");
        Err(config_failure("index.definition_not_found", message))
    }

    /// Takes a definition off; its entry is what comes back.
    ///
    /// # Errors
    /// Those of [`Index::show`].
    pub fn remove(&mut self, which: &str) -> Result<Value, FailureReason> {
        let found = self.show(which)?;
        let (kind, map) = (found.kind(), found.map());
        let position =
            self.entries(kind).iter().position(|entry| entry.as_object().is_some_and(|it| std::ptr::eq(it, map)));
        // `show` has just found it in this list.
        Ok(position.map(|position| self.list_mut(kind).remove(position)).unwrap_or_default())
    }
}

fn ambiguous(which: &str, found: &[Definition<'_>]) -> FailureReason {
    let ids: Vec<_> = found.iter().map(|one| format!("{} ({})", one.id(), one.repository())).collect();
    let message = format!("`{which}` may be {}; name one by its id: `longshore index show PLACE ID`", ids.join(" or "));
    config_failure("index.definition_ambiguous", message)
}
