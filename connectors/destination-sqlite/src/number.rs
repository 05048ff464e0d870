//! Numbers of any length, exact to the last digit.

use std::cmp::Ordering;

/// A decimal number: `0.DIGITS * 10^exponent`. Zero has no digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decimal {
    negative: bool,
    /// Without zeros at either end.
    digits: Vec<u8>,
    exponent: i64,
}

impl Decimal {
    /// Reads a number as JSON spells it; `None` for any other text.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (mantissa, exponent) = match text.find(['e', 'E']) {
            Some(at) => (&text[..at], exponent(&text[at + 1..])?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').map_or((mantissa, None), |(w, f)| (w, Some(f)));
        let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_digits(whole) || !fraction.is_none_or(is_digits) || (whole.len() > 1 && whole.starts_with('0')) {
            return None;
        }
        let all = [whole, fraction.unwrap_or_default()].concat();
        let digits = all.trim_start_matches('0');
        let exponent = exponent.saturating_add(whole.len() as i64 - (all.len() - digits.len()) as i64);
        let digits = digits.trim_end_matches('0').as_bytes().to_vec();
        Some(if digits.is_empty() {
            Self { negative: false, digits, exponent: 0 }
        } else {
            Self { negative, digits, exponent }
        })
    }

    /// Whether nothing but zeros stands behind the point.
    pub(crate) fn is_integral(&self) -> bool {
        self.exponent >= self.digits.len() as i64
    }

    /// The number as an integer, if it is one and fits.
    pub(crate) fn to_i64(&self) -> Option<i64> {
        if !self.is_integral() || self.exponent > 19 {
            return None;
        }
        let digits = self.digits.iter().map(|digit| i128::from(digit - b'0'));
        let value = digits.fold(0, |value, digit| value * 10 + digit)
            * 10_i128.pow((self.exponent - self.digits.len() as i64) as u32);
        i64::try_from(if self.negative { -value } else { value }).ok()
    }

    /// The double that stands for exactly this number: its shortest spelling has the same digits. `text` spells it.
    pub(crate) fn to_f64(&self, text: &str) -> Option<f64> {
        let double: f64 = text.parse().ok()?;
        (double.is_finite() && Self::parse(&format!("{double:e}"))? == *self).then_some(double)
    }
}

fn exponent(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix(['+', '-']) {
        Some(digits) => (text.starts_with('-'), digits),
        None => (false, text),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let value = digits.parse().unwrap_or(i64::MAX / 4);
    Some(if negative { -value } else { value })
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let sign = |number: &Self| {
            if number.digits.is_empty() {
                0
            } else if number.negative {
                -1
            } else {
                1
            }
        };
        let size = || self.exponent.cmp(&other.exponent).then_with(|| self.digits.cmp(&other.digits));
        sign(self).cmp(&sign(other)).then_with(|| if self.negative { size().reverse() } else { size() })
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::parse(text).unwrap()
    }

    #[test]
    fn spellings_of_one_number_are_equal() {
        for group in [["1", "1.0", "10e-1"], ["0", "-0.00", "0e5"], ["-120", "-1.2e2", "-0.12E+3"]] {
            assert!(group.iter().all(|text| decimal(text) == decimal(group[0])), "{group:?}");
        }
    }

    #[test]
    fn numbers_are_ordered_by_value() {
        let sorted = [
            "-1e400",
            "-9223372036854775809",
            "-2",
            "-1.5",
            "0",
            "1e-7",
            "0.99",
            "1",
            "1.01",
            "9",
            "10",
            "9223372036854775807",
            "9223372036854775808",
            "12345678901234567890123456789012345678",
            "1e400",
        ];
        for pair in sorted.windows(2) {
            assert!(decimal(pair[0]) < decimal(pair[1]), "{pair:?}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in ["", "-", "01", "1.", ".5", "1e", "+1", " 1", "1 ", "0x1", "NaN", "1e+", "1.2.3"] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }

    #[test]
    fn only_exact_conversions_are_made() {
        assert_eq!(decimal("9223372036854775807.0").to_i64(), Some(i64::MAX));
        assert_eq!(decimal("-9.223372036854775808e18").to_i64(), Some(i64::MIN));
        assert_eq!(decimal("9223372036854775808").to_i64(), None);
        assert_eq!(decimal("0.5").to_i64(), None);
        for (text, double) in [("0.1", Some(0.1)), ("1e22", Some(1e22)), ("0.10000000000000001", None), ("1e400", None)]
        {
            assert_eq!(decimal(text).to_f64(text), double, "{text}");
        }
    }
}
