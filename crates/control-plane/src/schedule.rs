//! When a connection runs by itself. Pure: the time is an argument.

use crate::{Error, Result};
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Runs of a cron expression are at least this far apart.
const CLOSEST: SignedDuration = SignedDuration::from_secs(60);

/// A run that begins this little after it was due counts as on time, so that intervals do not drift.
const PUNCTUAL: SignedDuration = SignedDuration::from_secs(5);

/// When a connection runs by itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Schedule {
    /// Never.
    #[default]
    Manual,
    /// A while after the last run, whoever asked for that.
    Basic {
        /// How many.
        units: i64,
        /// Of what.
        unit: TimeUnit,
    },
    /// At the times that an expression names; what people start does not shift them.
    Cron {
        /// Quartz syntax, seconds first; kept as it was sent.
        expression: String,
        /// An IANA name.
        time_zone: String,
    },
}

/// What an interval is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum TimeUnit {
    Minutes,
    Hours,
    Days,
    Weeks,
    /// Of 30 days.
    Months,
}

impl TimeUnit {
    fn seconds(self) -> i64 {
        match self {
            Self::Minutes => 60,
            Self::Hours => 3600,
            Self::Days => 86_400,
            Self::Weeks => 7 * 86_400,
            Self::Months => 30 * 86_400,
        }
    }
}

impl Schedule {
    /// Looks whether it can be carried out.
    ///
    /// # Errors
    /// `connection.schedule`, `connection.cron`.
    pub fn validate(&self) -> Result<()> {
        match self {
            Self::Manual => Ok(()),
            Self::Basic { units, unit } => match units.checked_mul(unit.seconds()) {
                Some(seconds) if *units >= 1 && seconds <= 10 * 366 * 86_400 => Ok(()),
                _ => Err(Error::invalid(
                    "connection.schedule",
                    "an interval is at least one minute and at most ten years",
                )),
            },
            Self::Cron { expression, time_zone } => {
                let zone = zone(time_zone)?;
                let cron = parse(expression)?;
                // An expression such as the 31st of February parses, and never comes.
                next_tick(&cron, &zone, Timestamp::UNIX_EPOCH).map(|_| ()).ok_or_else(|| never(expression))
            }
        }
    }

    /// When it runs next. `last_job_created` is that of any job of the connection; one that lies in the future, since the
    /// clock has gone back, counts as made now.
    #[must_use]
    pub fn next_after(&self, last_job_created: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Manual => None,
            Self::Basic { .. } => match last_job_created {
                None => Some(now),
                Some(created) => Some((created.min(now) + self.interval()?).max(now)),
            },
            Self::Cron { .. } => self.tick_after(now),
        }
    }

    /// When it runs next, after a run that was due at `due` begins now. Times that were missed meanwhile are not made up for.
    #[must_use]
    pub fn next_after_run(&self, due: Timestamp, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Manual => None,
            Self::Basic { .. } => {
                let late = now.duration_since(due);
                let from = if late >= SignedDuration::ZERO && late <= PUNCTUAL { due } else { now };
                Some(from + self.interval()?)
            }
            // The tick before the closest one that may follow is searched for exclusively.
            Self::Cron { .. } => {
                self.tick_after(now.max((due + CLOSEST - SignedDuration::from_secs(1)).min(now + CLOSEST)))
            }
        }
    }

    /// What the time of the next run becomes when somebody starts a job by hand.
    #[must_use]
    pub fn next_after_manual_run(&self, next: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Basic { .. } => Some(now + self.interval()?),
            Self::Manual | Self::Cron { .. } => next,
        }
    }

    /// What the time of the next run becomes when the clock has gone back.
    #[must_use]
    pub fn next_after_clock_change(&self, next: Timestamp, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Manual => None,
            Self::Basic { .. } => Some(next.min(now + self.interval()?)),
            Self::Cron { .. } => self.tick_after(now).map(|tick| tick.min(next)),
        }
    }

    fn interval(&self) -> Option<SignedDuration> {
        match self {
            Self::Basic { units, unit } => units.checked_mul(unit.seconds()).map(SignedDuration::from_secs),
            Self::Manual | Self::Cron { .. } => None,
        }
    }

    fn tick_after(&self, after: Timestamp) -> Option<Timestamp> {
        let Self::Cron { expression, time_zone } = self else { return None };
        next_tick(&parse(expression).ok()?, &zone(time_zone).ok()?, after)
    }
}

fn next_tick(cron: &Cron, zone: &TimeZone, after: Timestamp) -> Option<Timestamp> {
    cron.find_next_occurrence(&after.to_zoned(zone.clone()), false).ok().map(|tick| tick.timestamp())
}

/// Quartz: six or seven fields, seconds first, Sunday is 1. A zone `UTC` behind it is a habit of the API.
fn parse(expression: &str) -> Result<Cron> {
    let fields = expression.trim();
    let fields = fields.strip_suffix("UTC").map_or(fields, str::trim_end);
    let count = fields.split_whitespace().count();
    if !(6..=7).contains(&count) {
        let message =
            format!("`{expression}` is not a Quartz expression: it has {count} fields, not 6 or 7, seconds first");
        return Err(Error::invalid("connection.cron", message));
    }
    let parser = CronParser::builder().seconds(Seconds::Required).year(Year::Optional);
    let parser = parser.alternative_weekdays(true).sloppy_ranges(true).build();
    parser.parse(fields).map_err(|error| {
        Error::invalid("connection.cron", format!("`{expression}` is not a Quartz expression: {error}"))
    })
}

fn zone(name: &str) -> Result<TimeZone> {
    TimeZone::get(name).map_err(|_| Error::invalid("connection.cron", format!("there is no time zone `{name}`")))
}

fn never(expression: &str) -> Error {
    Error::invalid("connection.cron", format!("`{expression}` names no time that ever comes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn cron(expression: &str, time_zone: &str) -> Schedule {
        Schedule::Cron { expression: expression.to_owned(), time_zone: time_zone.to_owned() }
    }

    fn every(units: i64, unit: TimeUnit) -> Schedule {
        Schedule::Basic { units, unit }
    }

    #[test]
    fn an_interval_begins_at_once_and_counts_from_the_last_job() {
        let hourly = every(1, TimeUnit::Hours);
        let now = at("2026-03-01T10:00:00Z");
        assert_eq!(hourly.next_after(None, now), Some(now));
        assert_eq!(hourly.next_after(Some(at("2026-03-01T09:30:00Z")), now), Some(at("2026-03-01T10:30:00Z")));
        assert_eq!(hourly.next_after(Some(at("2026-03-01T02:00:00Z")), now), Some(now));
        assert_eq!(every(1, TimeUnit::Months).next_after(Some(now), now), Some(at("2026-03-31T10:00:00Z")));
    }

    #[test]
    fn an_interval_does_not_drift_when_runs_begin_on_time_and_starts_over_when_they_do_not() {
        let minutely = every(1, TimeUnit::Minutes);
        let due = at("2026-03-01T10:00:00Z");
        assert_eq!(minutely.next_after_run(due, at("2026-03-01T10:00:00.3Z")), Some(at("2026-03-01T10:01:00Z")));
        assert_eq!(minutely.next_after_run(due, at("2026-03-01T11:00:00Z")), Some(at("2026-03-01T11:01:00Z")));
        assert_eq!(minutely.next_after_run(due, at("2026-03-01T09:00:00Z")), Some(at("2026-03-01T09:01:00Z")));
    }

    #[test]
    fn what_a_person_starts_shifts_an_interval_but_no_cron() {
        let (now, next) = (at("2026-03-01T10:20:00Z"), Some(at("2026-03-01T11:00:00Z")));
        assert_eq!(every(1, TimeUnit::Hours).next_after_manual_run(next, now), Some(at("2026-03-01T11:20:00Z")));
        assert_eq!(cron("0 0 * * * ?", "UTC").next_after_manual_run(next, now), next);
        assert_eq!(Schedule::Manual.next_after_manual_run(None, now), None);
    }

    #[test]
    fn every_minute_of_a_cron_comes_and_none_comes_twice() {
        let minutely = cron("0 * * * * ?", "UTC");
        let mut due = minutely.next_after(None, at("2026-03-01T09:59:30Z")).unwrap();
        for minute in 0..10 {
            assert_eq!(due, at(&format!("2026-03-01T10:{minute:02}:00Z")));
            due = minutely.next_after_run(due, due + SignedDuration::from_millis(250)).unwrap();
        }
    }

    #[test]
    fn runs_of_a_cron_are_a_minute_apart_and_missed_ones_are_not_made_up_for() {
        let secondly = cron("* * * * * ?", "UTC");
        let due = at("2026-03-01T10:00:00Z");
        assert_eq!(secondly.next_after_run(due, at("2026-03-01T10:00:00.1Z")), Some(at("2026-03-01T10:01:00Z")));
        let hourly = cron("0 0 * * * ?", "UTC");
        assert_eq!(hourly.next_after_run(due, at("2026-03-01T15:20:00Z")), Some(at("2026-03-01T16:00:00Z")));
    }

    #[test]
    fn a_clock_that_goes_back_stops_nothing_for_long() {
        let now = at("2026-03-01T10:00:00Z");
        let tomorrow = at("2026-03-02T10:00:00Z");
        let back = |schedule: Schedule, next| schedule.next_after_clock_change(next, now);
        assert_eq!(back(every(1, TimeUnit::Hours), tomorrow), Some(at("2026-03-01T11:00:00Z")));
        assert_eq!(back(every(1, TimeUnit::Hours), at("2026-03-01T10:30:00Z")), Some(at("2026-03-01T10:30:00Z")));
        assert_eq!(back(cron("0 0 12 * * ?", "UTC"), tomorrow), Some(at("2026-03-01T12:00:00Z")));
        assert_eq!(every(1, TimeUnit::Hours).next_after(Some(tomorrow), now), Some(at("2026-03-01T11:00:00Z")));
    }

    #[test]
    fn quartz_is_understood() {
        let after = at("2026-03-04T00:00:00Z"); // a Wednesday
        let next = |expression: &str| cron(expression, "UTC").next_after(None, after).map(|next| next.to_string());
        assert_eq!(next("0 0 12 * * ? 2027").as_deref(), Some("2027-01-01T12:00:00Z"));
        assert_eq!(next("0 0 12 ? * 1").as_deref(), Some("2026-03-08T12:00:00Z"));
        assert_eq!(next("0 0 12 ? * MON").as_deref(), Some("2026-03-09T12:00:00Z"));
        assert_eq!(next("0 0/20 1 * * ?").as_deref(), Some("2026-03-04T01:00:00Z"));
        assert_eq!(next("0 5/20 0 * * ?").as_deref(), Some("2026-03-04T00:05:00Z"));
        assert_eq!(next("0 0 0 L * ?").as_deref(), Some("2026-03-31T00:00:00Z"));
        assert_eq!(next("0 0 9 ? * 6#3").as_deref(), Some("2026-03-20T09:00:00Z"));
        assert_eq!(next("0 30 8 * * ? UTC").as_deref(), Some("2026-03-04T08:30:00Z"));
    }

    #[test]
    fn a_zone_keeps_its_hour_over_the_change_of_summer_time() {
        let daily = cron("0 0 8 * * ?", "Europe/Zurich");
        assert_eq!(daily.next_after(None, at("2026-03-28T12:00:00Z")), Some(at("2026-03-29T06:00:00Z")));
        assert_eq!(daily.next_after(None, at("2026-10-24T12:00:00Z")), Some(at("2026-10-25T07:00:00Z")));
        let in_the_gap = cron("0 30 2 * * ?", "Europe/Zurich");
        assert!(in_the_gap.next_after(None, at("2026-03-28T12:00:00Z")) < Some(at("2026-03-30T03:00:00Z")));
    }

    #[test]
    fn what_cannot_be_carried_out_is_refused() {
        let code = |schedule: Schedule| schedule.validate().map_err(|error| error.code().to_owned());
        for expression in ["", "0 0 * * *", "61 0 0 * * ?", "nonsense at all in six words", "0 0 0 31 2 ?"] {
            assert_eq!(code(cron(expression, "UTC")), Err("connection.cron".to_owned()), "{expression}");
        }
        assert_eq!(code(cron("0 0 12 * * ?", "Atlantis/Center")), Err("connection.cron".to_owned()));
        assert_eq!(code(every(0, TimeUnit::Hours)), Err("connection.schedule".to_owned()));
        assert_eq!(code(every(i64::MAX, TimeUnit::Months)), Err("connection.schedule".to_owned()));
        assert_eq!(code(cron("0 0 12 * * ?", "America/New_York")), Ok(()));
    }
}
