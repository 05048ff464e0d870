//! Where a run is interrupted: at about a third and two thirds, which follows from the number of its lines.

use crate::plan::Strictness;
use crate::take::Take;
use std::time::Duration;

/// With fewer lines there is no middle.
const FEWEST_LINES: usize = 6;

/// The most that is heard before a run is interrupted: longer ones are no better.
const MOST_BYTES: usize = 8 << 20;

/// What is read faster than this is killed at more places.
const QUICK: Duration = Duration::from_millis(500);

/// After how many lines it is killed. A slow source once.
pub(super) fn of_kills(take: &Take, strictness: Strictness) -> Vec<usize> {
    let is_quick = take.duration < QUICK || strictness == Strictness::High;
    let parts: &[usize] = if is_quick { &[33, 66, 85] } else { &[33] };
    let mut points: Vec<usize> = parts.iter().filter_map(|percent| lines_to_hear(take, *percent)).collect();
    points.dedup();
    points
}

/// After how many lines it gets SIGTERM.
pub(super) fn of_term(take: &Take) -> Option<usize> {
    lines_to_hear(take, 50)
}

/// So many percent of the lines and a few more, so that it is not always the same place between two states.
pub(in crate::clause::source) fn lines_to_hear(take: &Take, percent: usize) -> Option<usize> {
    let lines = take.heard.len();
    if lines < FEWEST_LINES {
        return None;
    }
    let wanted = (lines * percent / 100 + lines % 7).clamp(1, lines - 1);
    let mut bytes = 0;
    let within = take.heard.iter().take_while(|heard| {
        bytes += heard.line.len();
        bytes <= MOST_BYTES
    });
    Some(within.count().clamp(1, wanted))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clause::source::reading::script;

    #[test]
    fn points_lie_within_the_run() {
        let run =
            |lines: u8| script::take(&(0..lines).map(|id| script::row("users", id.into(), 1)).collect::<Vec<_>>());
        assert_eq!(lines_to_hear(&run(5), 50), None);
        assert_eq!(lines_to_hear(&run(6), 85), Some(5));
        assert_eq!(of_kills(&run(100), Strictness::High), [35, 68, 87]);
        assert_eq!(of_kills(&run(100), Strictness::Low), [35]);
    }
}
