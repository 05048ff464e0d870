//! Where the rows of a run go: to their stream's final place, or to a staged one that takes its place at the end.
//!
//! A run that truncates must leave the old rows visible until its stream is complete, so it fills a staged place. A
//! run that was interrupted leaves staged rows behind, and the next run has to say what becomes of them. That depends
//! on three things only, so it is decided here, apart from the doing.

/// What a stream looks like before a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Before {
    /// An interrupted run left staged rows.
    pub staged: bool,
    /// The rows written last, staged or not, belong to the generation of this run.
    pub same_generation: bool,
    /// The source goes on from a state that was stored with the rows written last.
    pub continues: bool,
}

/// Where the rows of a run go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// To the final place.
    Final,
    /// To the final place, after the rows that an interrupted run staged have been added to it: that run was to
    /// replace the older rows, this one goes on from its state without replacing anything.
    FinalWithStaged,
    /// To the final place; what an interrupted run staged is of an older generation and worth nothing.
    FinalWithoutStaged,
    /// To the staged place, behind the rows that are there.
    Staged,
    /// To a new staged place.
    NewStaged,
}

impl Target {
    /// Decides, for a run that truncates ([`crate::ConfiguredStream::truncates`]) or does not.
    #[must_use]
    pub fn choose(truncates: bool, before: Before) -> Self {
        let goes_on = before.same_generation || before.continues;
        match (truncates, before.staged) {
            (true, true) if goes_on => Self::Staged,
            // This generation has replaced the older ones already; the run is repeated from an earlier state.
            (true, false) if before.same_generation => Self::Final,
            (true, _) => Self::NewStaged,
            (false, true) if goes_on => Self::FinalWithStaged,
            (false, true) => Self::FinalWithoutStaged,
            (false, false) => Self::Final,
        }
    }

    /// Whether rows are staged.
    #[must_use]
    pub fn is_staged(self) -> bool {
        matches!(self, Self::Staged | Self::NewStaged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(truncates: bool, staged: bool, same_generation: bool, continues: bool) -> Target {
        Target::choose(truncates, Before { staged, same_generation, continues })
    }

    #[test]
    fn a_new_generation_is_staged_and_an_interrupted_one_goes_on() {
        assert_eq!(choose(true, false, false, false), Target::NewStaged);
        assert_eq!(choose(true, true, true, false), Target::Staged);
        assert_eq!(choose(true, true, false, true), Target::Staged);
        assert_eq!(choose(true, true, false, false), Target::NewStaged);
    }

    #[test]
    fn a_generation_that_has_replaced_the_older_ones_is_not_staged_again() {
        assert_eq!(choose(true, false, true, false), Target::Final);
    }

    #[test]
    fn rows_of_an_interrupted_refresh_are_not_lost_when_the_next_run_truncates_nothing() {
        assert_eq!(choose(false, true, true, false), Target::FinalWithStaged);
        assert_eq!(choose(false, true, false, true), Target::FinalWithStaged);
        assert_eq!(choose(false, true, false, false), Target::FinalWithoutStaged);
        assert_eq!(choose(false, false, false, false), Target::Final);
    }
}
