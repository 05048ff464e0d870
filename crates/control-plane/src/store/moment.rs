//! Times as the database keeps them: milliseconds since 1970.

use jiff::Timestamp;

/// For the database.
pub(crate) fn milliseconds(at: Timestamp) -> i64 {
    at.as_millisecond()
}

/// From the database. What it cannot hold has never been written.
pub(crate) fn timestamp(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(milliseconds).unwrap_or_default()
}

/// Without what the database would lose.
pub(crate) fn whole(at: Timestamp) -> Timestamp {
    timestamp(milliseconds(at))
}
