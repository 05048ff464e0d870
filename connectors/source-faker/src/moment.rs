//! Points in time, to the second, written like `2024-04-08T18:07:20+00:00`.

use crate::draw::Draw;
use jiff::Timestamp;
use jiff::tz::Offset;
use serde::de::{Deserialize, Deserializer, Error};
use serde::{Serialize, Serializer};

/// Seconds since the epoch; from year 0 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(i64);

const DAY: i64 = 86_400;
/// 2000-01-01T00:00:00+00:00.
const YEAR_2000: i64 = 946_684_800;

impl Moment {
    /// 2026-01-01T00:00:00+00:00: later than everything that is made up.
    pub(crate) const YEAR_2026: Self = Self(1_767_225_600);

    /// What the clock says.
    pub(crate) fn now() -> Self {
        Self(Timestamp::now().as_second())
    }

    /// Any second of the years 2000 to 2025.
    pub(crate) fn made_up(draw: &mut Draw) -> Self {
        Self(YEAR_2000 + i64::from(draw.below((Self::YEAR_2026.0 - YEAR_2000) as u32)))
    }

    /// Any second from this one until 2026.
    pub(crate) fn some_time_later(self, draw: &mut Draw) -> Self {
        Self(self.0 + i64::from(draw.below((Self::YEAR_2026.0 - self.0).max(1) as u32)))
    }

    pub(crate) fn next_day(self) -> Self {
        Self(self.0 + DAY)
    }

    pub(crate) fn next_second(self) -> Self {
        Self(self.0 + 1)
    }

    /// The text. Written digit by digit: a formatter would cost as much as half a record.
    fn text(self) -> [u8; 25] {
        let time = Offset::UTC.to_datetime(Timestamp::from_second(self.0).unwrap_or(Timestamp::UNIX_EPOCH));
        let mut text = *b"0000-00-00T00:00:00+00:00";
        let year = time.year().unsigned_abs();
        let parts = [(0, year / 100), (2, year % 100)];
        let pairs = [(5, time.month()), (8, time.day()), (11, time.hour()), (14, time.minute()), (17, time.second())];
        for (at, value) in parts.into_iter().chain(pairs.map(|(at, value)| (at, value.unsigned_abs().into()))) {
            text[at] += (value / 10) as u8;
            text[at + 1] += (value % 10) as u8;
        }
        text
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(std::str::from_utf8(&self.text()).unwrap_or_default())
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let timestamp: Timestamp = text.parse().map_err(D::Error::custom)?;
        Ok(Self(timestamp.as_second()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_reads_back_as_it_was_written() {
        for (seconds, text) in [
            (0, r#""1970-01-01T00:00:00+00:00""#),
            (951_825_599, r#""2000-02-29T11:59:59+00:00""#),
            (Moment::YEAR_2026.0, r#""2026-01-01T00:00:00+00:00""#),
        ] {
            assert_eq!(serde_json::to_string(&Moment(seconds)).unwrap(), text);
            assert_eq!(serde_json::from_str::<Moment>(text).unwrap(), Moment(seconds));
        }
    }

    #[test]
    fn what_is_later_is_not_earlier() {
        for id in 0..1000 {
            let mut draw = Draw::new(1, 2, id);
            let first = Moment::made_up(&mut draw);
            let second = first.some_time_later(&mut draw);
            assert!(first <= second && second <= Moment::YEAR_2026);
        }
        assert_eq!(Moment::YEAR_2026.some_time_later(&mut Draw::new(1, 2, 3)), Moment::YEAR_2026);
    }
}
