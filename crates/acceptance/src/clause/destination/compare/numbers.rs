//! Numbers as their digits spell them.

use std::cmp::Ordering;

/// How far two doubles may be apart, as a part of their size: the last bits differ between well-made programs.
const TOLERANCE: f64 = 1e-14;

/// The most digits that every double keeps.
const DOUBLE_DIGITS: usize = 15;

/// Whether two spellings are one number. Integers are compared digit by digit as long as 64 bits hold them: longer ones
/// went through a double on their way here.
pub(super) fn equal(sent: &str, read: &str) -> bool {
    match (integer(sent), integer(read)) {
        (Some(a), Some(b)) => a == b || (is_huge(a) && read.contains(['e', 'E']) && close(sent, read)),
        // What is no integer is never one that fits.
        (Some(a), None) if !is_huge(a) => false,
        _ => close(sent, read),
    }
}

/// Whether every double holds all digits of it.
pub(super) fn is_short(number: &str) -> bool {
    let mantissa = number.split(['e', 'E']).next().unwrap_or_default();
    mantissa.bytes().filter(u8::is_ascii_digit).count() <= DOUBLE_DIGITS
}

fn is_huge(integer: i128) -> bool {
    i64::try_from(integer).is_err()
}

/// An integer, also one with zeros behind the point, or with an exponent that a double of up to 64 bits has.
fn integer(text: &str) -> Option<i128> {
    if let Ok(integer) = text.parse() {
        return Some(integer);
    }
    if let Some((whole, zeros)) = text.split_once('.')
        && !zeros.is_empty()
        && zeros.bytes().all(|byte| byte == b'0')
    {
        return whole.parse().ok();
    }
    let double: f64 = text.parse().ok().filter(|_| text.contains(['e', 'E']))?;
    (double.fract() == 0.0 && double.abs() < 1e38).then_some(double as i128)
}

fn close(a: &str, b: &str) -> bool {
    let (Ok(a), Ok(b)) = (a.parse::<f64>(), b.parse::<f64>()) else { return false };
    let distance = (a - b).abs();
    a == b || distance.partial_cmp(&(TOLERANCE * a.abs().max(b.abs()))) == Some(Ordering::Less)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_number_are_equal() {
        for (a, b) in [
            ("5", "5.0"),
            ("-0.0", "0"),
            ("1e-7", "0.0000001"),
            ("12345678901234567890123", "1.2345678901234568e22"),
            ("12345678901234567890123", "12345678901234567890123"),
            ("1e300", "1e+300"),
            ("20000", "2e4"),
            ("123456789.123456789", "123456789.12345679"),
        ] {
            assert!(equal(a, b), "{a} and {b}");
        }
        for (a, b) in [
            ("9223372036854775807", "9.223372036854775807e18"),
            ("9223372036854775807", "9223372036854775808"),
            ("18446744073709551616", "9223372036854775807"),
            ("0.1", "0.10000000149"),
            ("5", "5.5"),
            ("5", "x"),
            ("1", "0.9999999999999999"),
        ] {
            assert!(!equal(a, b), "{a} and {b}");
        }
    }

    #[test]
    fn fifteen_digits_fit_a_double() {
        assert!(is_short("-123456.123456789") && is_short("1e300"));
        assert!(!is_short("123456789.123456789"));
    }
}
