//! What runs next in a round, decided without running anything.
//!
//! Whoever saves a file wants to see records. When the catalog is known from an earlier round, records come first, and the
//! spec, the check and the catalog follow beside them. Else each waits for the one before.

/// One thing to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Task {
    Spec,
    Check,
    Discover,
    /// Reading a source, or writing to a destination.
    Move,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    /// The round begins.
    Begun,
    /// The first record came, or it takes its time: others need not wait any longer.
    Underway,
    /// A task ended well.
    Good(Task),
    /// A catalog came that is not the one of before.
    NewCatalog,
    /// The configuration does not work, as the connector says: the catalog may be known all the same, records are not.
    Refused,
    /// A task ended badly.
    Bad(Task),
}

/// What to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    Start(Task),
    /// End the task that runs; what it shows is of yesterday.
    Cancel(Task),
}

/// One round.
#[derive(Debug)]
pub(super) struct Plan {
    is_source: bool,
    /// Whether records can be moved at once.
    knows_catalog: bool,
    is_moving: bool,
    has_moved: bool,
    has_asked: bool,
    is_refused: bool,
}

impl Plan {
    pub(super) fn new(is_source: bool, knows_catalog: bool) -> Self {
        Self { is_source, knows_catalog, is_moving: false, has_moved: false, has_asked: false, is_refused: false }
    }

    /// The next steps after an event.
    pub(super) fn after(&mut self, event: Event) -> Vec<Action> {
        match event {
            Event::Begun if self.knows_catalog => self.start_moving(),
            Event::Begun | Event::Underway => self.ask(),
            Event::Good(Task::Spec) => vec![Action::Start(Task::Check)],
            Event::Good(Task::Check) if self.is_source => vec![Action::Start(Task::Discover)],
            Event::Good(Task::Check | Task::Discover) if self.is_moving || self.has_moved => Vec::new(),
            Event::Good(Task::Check | Task::Discover) => self.start_moving(),
            Event::Refused => {
                self.is_refused = true;
                self.is_source.then_some(Action::Start(Task::Discover)).into_iter().collect()
            }
            Event::NewCatalog if self.is_refused && !self.has_moved => Vec::new(),
            Event::NewCatalog => self.move_again(),
            Event::Good(Task::Move) | Event::Bad(Task::Move) => {
                self.is_moving = false;
                self.ask()
            }
            Event::Bad(_) => Vec::new(),
        }
    }

    fn ask(&mut self) -> Vec<Action> {
        let first = !std::mem::replace(&mut self.has_asked, true);
        first.then_some(Action::Start(Task::Spec)).into_iter().collect()
    }

    fn start_moving(&mut self) -> Vec<Action> {
        (self.is_moving, self.has_moved) = (true, true);
        vec![Action::Start(Task::Move)]
    }

    fn move_again(&mut self) -> Vec<Action> {
        let cancel = self.is_moving.then_some(Action::Cancel(Task::Move));
        cancel.into_iter().chain(self.start_moving()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Action::{Cancel, Start};
    use super::Event::{Bad, Begun, Good, NewCatalog, Refused, Underway};
    use super::Task::{Check, Discover, Move, Spec};
    use super::{Action, Event, Plan};

    fn actions(plan: &mut Plan, events: &[Event]) -> Vec<Vec<Action>> {
        events.iter().map(|event| plan.after(*event)).collect()
    }

    #[test]
    fn the_first_round_of_a_source_asks_before_it_reads() {
        let mut plan = Plan::new(true, false);
        let events = [Begun, Good(Spec), Good(Check), NewCatalog, Underway, Good(Move)];
        let expected =
            [vec![Start(Spec)], vec![Start(Check)], vec![Start(Discover)], vec![Start(Move)], vec![], vec![]];
        assert_eq!(actions(&mut plan, &events), expected);
    }

    #[test]
    fn later_rounds_read_first_and_ask_beside_it() {
        let mut plan = Plan::new(true, true);
        let events = [Begun, Underway, Good(Spec), Good(Move), Good(Check), Good(Discover)];
        let expected =
            [vec![Start(Move)], vec![Start(Spec)], vec![Start(Check)], vec![], vec![Start(Discover)], vec![]];
        assert_eq!(actions(&mut plan, &events), expected);
    }

    #[test]
    fn another_catalog_is_read_anew_and_what_reads_the_old_one_is_ended() {
        let mut plan = Plan::new(true, true);
        assert_eq!(actions(&mut plan, &[Begun, Underway, NewCatalog])[2], [Cancel(Move), Start(Move)]);
        let mut plan = Plan::new(true, true);
        assert_eq!(actions(&mut plan, &[Begun, Good(Move), NewCatalog])[2], [Start(Move)]);
    }

    #[test]
    fn what_fails_holds_up_what_depends_on_it_and_nothing_else() {
        let mut plan = Plan::new(true, false);
        assert_eq!(actions(&mut plan, &[Begun, Bad(Spec)])[1], []);
        let mut plan = Plan::new(true, true);
        assert_eq!(actions(&mut plan, &[Begun, Bad(Move), Bad(Spec)]), [vec![Start(Move)], vec![Start(Spec)], vec![]]);
    }

    #[test]
    fn a_configuration_that_is_refused_shows_the_catalog_and_reads_nothing() {
        let mut plan = Plan::new(true, false);
        let expected = [vec![Start(Spec)], vec![Start(Check)], vec![Start(Discover)], vec![]];
        assert_eq!(actions(&mut plan, &[Begun, Good(Spec), Refused, NewCatalog]), expected);
        assert_eq!(actions(&mut Plan::new(false, false), &[Begun, Good(Spec), Refused])[2], []);
    }

    #[test]
    fn a_destination_is_written_to_after_its_check_and_then_at_once() {
        let mut plan = Plan::new(false, false);
        let expected = [vec![Start(Spec)], vec![Start(Check)], vec![Start(Move)], vec![]];
        assert_eq!(actions(&mut plan, &[Begun, Good(Spec), Good(Check), Good(Move)]), expected);
        let mut plan = Plan::new(false, true);
        let expected = [vec![Start(Move)], vec![Start(Spec)], vec![Start(Check)], vec![]];
        assert_eq!(actions(&mut plan, &[Begun, Good(Move), Good(Spec), Good(Check)]), expected);
    }
}
