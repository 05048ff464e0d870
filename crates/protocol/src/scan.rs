//! Finds the end of a JSON value without building it. On the path of every record.
//!
//! An object or array is skipped 64 bytes at a time with bit masks: which bytes are inside strings, where brackets open
//! and close. What is checked on the way: brackets balance, strings are closed and hold no control characters, and
//! outside strings stand only bytes that JSON can hold there (so `NaN`, `Infinity` and `undefined` are caught). What is
//! **not** checked: that a bracket inside is closed by its own kind, the order of separators, the spelling of numbers and of
//! escapes. Whoever uses the value parses it.
//!
//! The technique (prefix XOR over quote bits, carry of odd backslash runs) is Langdale and Lemire's, "Parsing Gigabytes
//! of JSON per Second", 2019.

/// Why a value could not be skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ScanError {
    /// The bytes end inside the value.
    #[error("the line ends in the middle of a value")]
    Truncated,
    /// A byte that JSON does not allow at this place.
    #[error("byte {at} of the line cannot stand there in JSON")]
    Unexpected { at: usize },
}

type Result<T> = std::result::Result<T, ScanError>;

/// The position after white space.
#[inline]
pub(crate) fn skip_space(bytes: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\t' | b'\r' | b'\n') = bytes.get(at) {
        at += 1;
    }
    at
}

/// The position after the byte `expected`, white space before it skipped.
#[inline]
pub(crate) fn expect(bytes: &[u8], at: usize, expected: u8) -> Result<usize> {
    let at = skip_space(bytes, at);
    match bytes.get(at) {
        Some(&byte) if byte == expected => Ok(at + 1),
        Some(_) => Err(ScanError::Unexpected { at }),
        None => Err(ScanError::Truncated),
    }
}

/// The end of the value that starts at `at` (no white space there).
#[inline]
pub(crate) fn skip_value(bytes: &[u8], at: usize) -> Result<usize> {
    match bytes.get(at) {
        None => Err(ScanError::Truncated),
        Some(b'{' | b'[') => skip_container(bytes, at),
        Some(b'"') => skip_string(bytes, at),
        Some(_) => skip_scalar(bytes, at),
    }
}

/// The end of the string whose opening quote is at `at`; the end is after the closing quote.
pub(crate) fn skip_string(bytes: &[u8], at: usize) -> Result<usize> {
    let mut i = at + 1;
    loop {
        match bytes.get(i) {
            None => return Err(ScanError::Truncated),
            Some(b'"') => return Ok(i + 1),
            Some(b'\\') if bytes.get(i + 1).is_some_and(|next| *next >= 0x20) => i += 2,
            Some(b'\\') => i += 1,
            Some(0..0x20) => return Err(ScanError::Unexpected { at: i }),
            Some(_) => i += 1,
        }
    }
}

fn skip_scalar(bytes: &[u8], at: usize) -> Result<usize> {
    let rest = &bytes[at..];
    let length = rest.iter().take_while(|b| is_scalar(**b)).count();
    if length == rest.len() {
        return Err(ScanError::Truncated);
    }
    let text = &rest[..length];
    let literal = matches!(text, b"true" | b"false" | b"null");
    if literal || is_number(text) { Ok(at + length) } else { Err(ScanError::Unexpected { at }) }
}

fn is_scalar(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.')
}

/// The grammar of JSON numbers: `-? (0 | [1-9][0-9]*) ('.' [0-9]+)? ([eE] [+-]? [0-9]+)?`.
fn is_number(text: &[u8]) -> bool {
    let digits = |from: usize| text[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    let mut at = usize::from(text.first() == Some(&b'-'));
    let whole = digits(at);
    if whole == 0 || (whole > 1 && text[at] == b'0') {
        return false;
    }
    at += whole;
    if text.get(at) == Some(&b'.') {
        let fraction = digits(at + 1);
        if fraction == 0 {
            return false;
        }
        at += 1 + fraction;
    }
    if let Some(b'e' | b'E') = text.get(at) {
        at += 1 + usize::from(matches!(text.get(at + 1), Some(b'+' | b'-')));
        let exponent = if at <= text.len() { digits(at) } else { 0 };
        if exponent == 0 {
            return false;
        }
        at += exponent;
    }
    at == text.len()
}

/// The end of the object or array that starts at `at`.
pub(crate) fn skip_container(bytes: &[u8], at: usize) -> Result<usize> {
    #[cfg(target_arch = "x86_64")]
    if vector::is_available() {
        return closed_by_its_own_kind(bytes, at, vector::skip_container(bytes, at)?);
    }
    closed_by_its_own_kind(bytes, at, portable::skip_container(bytes, at)?)
}

/// The end of a container whose last byte closes its first one: `{` and `}` are two apart in ASCII, and so are `[` and `]`.
#[inline]
fn closed_by_its_own_kind(bytes: &[u8], start: usize, end: usize) -> Result<usize> {
    if bytes[end - 1] == bytes[start] + 2 { Ok(end) } else { Err(ScanError::Unexpected { at: end - 1 }) }
}

/// Which bytes may stand outside strings. A newline may not: it ends the line.
const fn allowed_outside(byte: u8) -> bool {
    matches!(
        byte,
        b' ' | b'\t' | b'\r' | b'{' | b'}' | b'[' | b']' | b':' | b',' | b'"' | b'0'
            ..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E' | b't' | b'r' | b'u' | b'f' | b'a' | b'l' | b's' | b'n'
    )
}

mod portable {
    //! The same answer, a byte at a time: the other machines' path, and the model that the vector path is tested with.

    use super::{Result, ScanError, allowed_outside, skip_string};

    const OUTSIDE: [bool; 256] = {
        let mut table = [false; 256];
        let mut byte = 0;
        while byte < 256 {
            table[byte] = allowed_outside(byte as u8);
            byte += 1;
        }
        table
    };

    pub(super) fn skip_container(bytes: &[u8], start: usize) -> Result<usize> {
        let (mut at, mut depth) = (start, 0i64);
        while let Some(&byte) = bytes.get(at) {
            match byte {
                b'"' => {
                    at = skip_string(bytes, at)?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ if OUTSIDE[usize::from(byte)] => {}
                _ => return Err(ScanError::Unexpected { at }),
            }
            at += 1;
            if depth == 0 {
                return Ok(at);
            }
        }
        Err(ScanError::Truncated)
    }
}

#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)] // vector instructions; each use says why it is sound
#[allow(clippy::wildcard_imports)] // the instructions' names say where they come from
mod vector {
    use super::{Result, ScanError};
    use std::arch::x86_64::*;

    pub(super) fn is_available() -> bool {
        is_x86_feature_detected!("avx2") && is_x86_feature_detected!("pclmulqdq") && is_x86_feature_detected!("bmi1")
    }

    pub(super) fn skip_container(bytes: &[u8], at: usize) -> Result<usize> {
        // SAFETY: only called when `is_available` has found these features on this machine.
        unsafe { skip(bytes, at) }
    }

    /// The 64 bytes of a block as bit masks, bit 0 for the first byte.
    struct Masks {
        quote: u64,
        backslash: u64,
        open: u64,
        close: u64,
        control: u64,
        outside: u64,
    }

    #[inline]
    #[target_feature(enable = "avx2,pclmulqdq,bmi1,popcnt")]
    fn masks(block: &[u8; 64]) -> Masks {
        // SAFETY: unaligned loads of 32 bytes each inside a 64-byte array.
        let (low, high) =
            unsafe { (_mm256_loadu_si256(block.as_ptr().cast()), _mm256_loadu_si256(block.as_ptr().add(32).cast())) };
        let bits = |a: __m256i, b: __m256i| {
            u64::from(_mm256_movemask_epi8(a) as u32) | (u64::from(_mm256_movemask_epi8(b) as u32) << 32)
        };
        let equal = |(low, high): (__m256i, __m256i), byte: u8| {
            let wanted = _mm256_set1_epi8(byte as i8);
            bits(_mm256_cmpeq_epi8(low, wanted), _mm256_cmpeq_epi8(high, wanted))
        };
        // `[` and `{` differ in one bit, and so do `]` and `}`.
        let case = _mm256_set1_epi8(0x20);
        let folded = (_mm256_or_si256(low, case), _mm256_or_si256(high, case));
        // A byte is allowed outside strings when its two nibbles' entries share a bit; a bit stands for a high nibble.
        let by_low = _mm256_broadcastsi128_si256(_mm_setr_epi8(
            0x06, 0x24, 0x46, 0x44, 0x44, 0x6c, 0x24, 0x04, 0x04, 0x05, 0x04, 0x52, 0x22, 0x53, 0x22, 0x00,
        ));
        let by_high = _mm256_broadcastsi128_si256(_mm_setr_epi8(
            0b0000001, 0, 0b0000010, 0b0000100, 0b0001000, 0b0010000, 0b0100000, 0b1000000, 0, 0, 0, 0, 0, 0, 0, 0,
        ));
        let nibble = _mm256_set1_epi8(0x0f);
        let allowed = |v: __m256i| {
            let l = _mm256_shuffle_epi8(by_low, v);
            let h = _mm256_shuffle_epi8(by_high, _mm256_and_si256(_mm256_srli_epi16(v, 4), nibble));
            _mm256_cmpeq_epi8(_mm256_and_si256(l, h), _mm256_setzero_si256())
        };
        let space = _mm256_set1_epi8(0x1f);
        let control = |v: __m256i| _mm256_cmpeq_epi8(_mm256_min_epu8(v, space), v);
        Masks {
            quote: equal((low, high), b'"'),
            backslash: equal((low, high), b'\\'),
            open: equal(folded, b'{'),
            close: equal(folded, b'}'),
            control: bits(control(low), control(high)),
            outside: !bits(allowed(low), allowed(high)),
        }
    }

    #[target_feature(enable = "avx2,pclmulqdq,bmi1,popcnt")]
    fn prefix_xor(mask: u64) -> u64 {
        let all = _mm_set1_epi8(-1);
        _mm_cvtsi128_si64(_mm_clmulepi64_si128(_mm_set_epi64x(0, mask as i64), all, 0)) as u64
    }

    #[target_feature(enable = "avx2,pclmulqdq,bmi1,popcnt")]
    fn skip(bytes: &[u8], start: usize) -> Result<usize> {
        let (mut at, mut in_string, mut escaped_first) = (start, 0u64, 0u64);
        let mut depth = 0i64;
        while at < bytes.len() {
            let mut padded = [b' '; 64];
            let block: &[u8; 64] = match bytes[at..].first_chunk() {
                Some(block) => block,
                None => {
                    padded[..bytes.len() - at].copy_from_slice(&bytes[at..]);
                    &padded
                }
            };
            let m = masks(block);
            let quotes = m.quote & !escaped(m.backslash, &mut escaped_first);
            let inside = prefix_xor(quotes) ^ in_string; // the opening quote counts as inside, the closing one does not
            in_string = ((inside as i64) >> 63) as u64;
            let (open, close) = (m.open & !inside, m.close & !inside);
            let wrong = (m.control & inside) | (!m.outside & !inside);

            if depth <= i64::from(close.count_ones()) {
                // The container may end in this block: walk its brackets.
                let mut brackets = open | close;
                while brackets != 0 {
                    let bit = brackets & brackets.wrapping_neg();
                    brackets ^= bit;
                    depth += if open & bit != 0 { 1 } else { -1 };
                    if depth == 0 {
                        let wrong = wrong & (bit - 1);
                        return match wrong {
                            0 => Ok(at + bit.trailing_zeros() as usize + 1),
                            _ => Err(ScanError::Unexpected { at: at + wrong.trailing_zeros() as usize }),
                        };
                    }
                }
            } else {
                depth += i64::from(open.count_ones()) - i64::from(close.count_ones());
            }
            if wrong != 0 {
                return Err(ScanError::Unexpected { at: at + wrong.trailing_zeros() as usize });
            }
            at += 64;
        }
        Err(ScanError::Truncated)
    }

    /// Which bytes are escaped: those after an odd run of backslashes. Carries over to the next block.
    #[inline]
    fn escaped(backslash: u64, carry: &mut u64) -> u64 {
        const EVEN: u64 = 0x5555_5555_5555_5555;
        if backslash == 0 {
            return std::mem::take(carry);
        }
        let backslash = backslash & !*carry;
        let follows = (backslash << 1) | *carry;
        let odd_starts = backslash & !EVEN & !follows;
        let (even_sequences, overflow) = odd_starts.overflowing_add(backslash);
        *carry = u64::from(overflow);
        (EVEN ^ (even_sequences << 1)) & follows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_table_of_the_vector_path_allows_exactly_the_bytes_of_the_portable_one() {
        for byte in 0..=255u8 {
            if matches!(byte, b'"' | b'{' | b'}' | b'[' | b']') {
                continue; // they change the structure; the random texts below cover them
            }
            let text = [b'[', byte, b']'];
            assert_eq!(skip_container(&text, 0).is_ok(), allowed_outside(byte), "byte {byte:#x}");
        }
    }

    #[test]
    fn numbers_are_spelled_as_json_spells_them() {
        for good in
            ["0", "-0", "1", "9223372036854775807", "1e400", "0.1", "-1.5E-7", "12345678901234567890123456789012345678"]
        {
            assert!(is_number(good.as_bytes()), "{good}");
        }
        for bad in ["", "-", "01", "1.", ".1", "1e", "1e+", "+1", "1.2.3", "0x1", "--1", "1-2"] {
            assert!(!is_number(bad.as_bytes()), "{bad}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn both_paths_agree_on_any_text(body in r#"([\[\]{}:,"\\ \n0-9a-zN\u{e9}]|\\\\|\\"|"[a-z\\\\]{0,70}"){0,120}"#) {
            for text in [format!("{{{body}"), format!("[{body}]"), format!("{{{body}}} x")] {
                let portable = portable::skip_container(text.as_bytes(), 0)
                    .and_then(|end| closed_by_its_own_kind(text.as_bytes(), 0, end));
                let found = skip_container(text.as_bytes(), 0);
                prop_assert_eq!(portable.is_ok(), found.is_ok(), "{}", text);
                if portable.is_ok() { prop_assert_eq!(portable, found); }
            }
        }

        #[test]
        fn every_json_object_is_skipped_to_its_end(keys in proptest::collection::vec(any::<String>(), 0..20), tail in any::<String>()) {
            let object: serde_json::Map<String, serde_json::Value> =
                keys.iter().map(|k| (k.clone(), serde_json::json!([k, {"n": k.len(), "d": -0.5, "t": true, "z": null}]))).collect();
            let text = serde_json::Value::Object(object).to_string();
            prop_assert_eq!(skip_container(format!("{text}{tail}").as_bytes(), 0), Ok(text.len()));
        }
    }
}
