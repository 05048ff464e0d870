//! Which of two cursor values is newer.

use crate::number::Decimal;
use crate::value::Cell;
use jiff::Timestamp;
use jiff::civil::DateTime;
use std::cmp::Ordering;

/// Compares two values of a cursor: numbers by value, moments by time, other texts letter by letter. Null is oldest.
pub(crate) fn compare(a: &Cell<'_>, b: &Cell<'_>) -> Ordering {
    match (a, b) {
        (Cell::Null, Cell::Null) => Ordering::Equal,
        (Cell::Null, _) => Ordering::Less,
        (_, Cell::Null) => Ordering::Greater,
        (Cell::Integer(a), Cell::Integer(b)) => a.cmp(b),
        (Cell::Text(a), Cell::Text(b)) if a == b => Ordering::Equal,
        _ => numbers(a, b).or_else(|| moments(a, b)).unwrap_or_else(|| text(a).cmp(&text(b))),
    }
}

fn numbers(a: &Cell<'_>, b: &Cell<'_>) -> Option<Ordering> {
    Some(Decimal::parse(&text(a))?.cmp(&Decimal::parse(&text(b))?))
}

fn moments(a: &Cell<'_>, b: &Cell<'_>) -> Option<Ordering> {
    let (Cell::Text(a), Cell::Text(b)) = (a, b) else { return None };
    match (a.parse::<Timestamp>(), b.parse::<Timestamp>()) {
        (Ok(a), Ok(b)) => Some(a.cmp(&b)),
        _ => Some(a.parse::<DateTime>().ok()?.cmp(&b.parse::<DateTime>().ok()?)),
    }
}

fn text(cell: &Cell<'_>) -> String {
    match cell {
        Cell::Null => String::new(),
        Cell::Integer(integer) => integer.to_string(),
        Cell::Real(real) => format!("{real:e}"),
        Cell::Text(text) => text.clone().into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(a: &str, b: &str) -> Ordering {
        compare(&Cell::Text(a.into()), &Cell::Text(b.into()))
    }

    #[test]
    fn values_are_compared_as_what_they_are() {
        assert_eq!(compare(&Cell::Null, &Cell::Integer(i64::MIN)), Ordering::Less);
        assert_eq!(compare(&Cell::Integer(9), &Cell::Integer(10)), Ordering::Less);
        assert_eq!(compare(&Cell::Integer(i64::MAX), &Cell::Text("9223372036854775808".into())), Ordering::Less);
        assert_eq!(compare(&Cell::Real(1.5), &Cell::Integer(1)), Ordering::Greater);
        assert_eq!(texts("12345678901234567890124", "12345678901234567890123"), Ordering::Greater);
        assert_eq!(texts("2026-01-01T00:00:00Z", "2026-01-01T00:00:00.5Z"), Ordering::Less);
        assert_eq!(texts("2026-01-01T01:00:00+02:00", "2026-01-01T00:00:00Z"), Ordering::Less);
        assert_eq!(texts("2026-01-01T00:00:00", "2026-01-01T00:00:00.25"), Ordering::Less);
        assert_eq!(texts("2026-01-01", "2026-01-02"), Ordering::Less);
        assert_eq!(texts("b", "abc"), Ordering::Greater);
    }
}
