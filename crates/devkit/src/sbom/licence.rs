//! Tells the licence expressions of SPDX from the free words in which packages name their licence.

/// Identifiers of SPDX without a hyphen. All others have one, and the free words have none or are several.
const PLAIN: [&str; 11] =
    ["MIT", "ISC", "Zlib", "Unlicense", "X11", "curl", "OpenSSL", "NTP", "PSF-2.0", "0BSD", "WTFPL"];

/// The expression, when the text is one.
pub(super) fn expression(text: &str) -> Option<String> {
    // Crates once wrote `MIT/Apache-2.0`.
    let text = text.trim().replace('/', " OR ");
    let spaced = text.replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().filter(|word| !matches!(*word, "(" | ")")).collect();
    let is_right = |(at, word): (usize, &&str)| match at % 2 {
        0 => is_identifier(word),
        _ => matches!(*word, "AND" | "OR" | "WITH"),
    };
    let is_balanced = text.matches('(').count() == text.matches(')').count();
    let is_expression = words.len() % 2 == 1 && words.iter().enumerate().all(is_right) && is_balanced;
    is_expression.then(|| text.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn is_identifier(word: &str) -> bool {
    let has_right_signs = word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+'));
    has_right_signs && (word.contains('-') || PLAIN.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::expression;

    #[test]
    fn expressions_are_told_from_free_words() {
        let is = |text: &str| expression(text).unwrap_or_else(|| "none".to_owned());
        assert_eq!(is("MIT/Apache-2.0"), "MIT OR Apache-2.0");
        assert_eq!(is("(MIT OR Apache-2.0) AND Unicode-3.0"), "(MIT OR Apache-2.0) AND Unicode-3.0");
        assert_eq!(is("GPL-2.0-only WITH Classpath-exception-2.0"), "GPL-2.0-only WITH Classpath-exception-2.0");
        for free in ["BSD", "MIT License", "Apache 2.0", "", "see LICENSE", "(MIT", "MIT OR", "Copyright 2020 Someone"]
        {
            assert_eq!(expression(free), None, "{free}");
        }
    }
}
