//! Versions in files that are programs or plain settings: setup.py, setup.cfg, Gradle.

use std::ops::Range;

/// The first `version="…"` of a setup.py that is not in a comment.
pub(super) fn in_setup_py(text: &str) -> Vec<Range<usize>> {
    let is_part_of_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '"' | '\'');
    let candidates = text.match_indices("version").filter(|(at, _)| {
        let before = &text[..*at];
        let line = &before[before.rfind('\n').map_or(0, |end| end + 1)..];
        !before.ends_with(is_part_of_word) && !line.contains('#')
    });
    candidates.filter_map(|(at, word)| quoted_after(text, at + word.len(), "=")).take(1).collect()
}

/// `version = …` of the section `[metadata]`; `attr:` and `file:` name it elsewhere.
pub(super) fn in_setup_cfg(text: &str) -> Vec<Range<usize>> {
    let mut section = "";
    let mut found = Vec::new();
    for (start, line) in lines(text) {
        let trimmed = line.trim();
        if let Some(name) = trimmed.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name.trim();
        } else if section == "metadata" && !line.starts_with(char::is_whitespace) {
            found.extend(setting(start, line, "version"));
        }
    }
    found
}

/// `version=…` of a gradle.properties.
pub(super) fn in_properties(text: &str) -> Vec<Range<usize>> {
    lines(text).filter_map(|(start, line)| setting(start, line, "version")).collect()
}

/// `version = "…"` or `version '…'` of a build script, outside of every block.
pub(super) fn in_gradle(text: &str) -> Vec<Range<usize>> {
    let (mut depth, mut in_comment, mut found) = (0_usize, false, Vec::new());
    for (start, line) in lines(text) {
        let code = line.trim_start();
        in_comment |= code.starts_with("/*");
        if in_comment {
            in_comment = !line.contains("*/");
            continue;
        }
        let after = start + line.len() - code.len() + "version".len();
        if depth == 0 && code.starts_with("version") && !code.starts_with("//") {
            found.extend(quoted_after(text, after, "=").or_else(|| quoted_after(text, after, "")));
        }
        let code = code.split("//").next().unwrap_or_default();
        depth = (depth + code.matches('{').count()).saturating_sub(code.matches('}').count());
    }
    found
}

/// A version between quotation marks on the same line, after a sign.
fn quoted_after(text: &str, at: usize, sign: &str) -> Option<Range<usize>> {
    let rest = text[at..].lines().next()?.trim_start_matches([' ', '\t']).strip_prefix(sign)?;
    let rest = rest.trim_start_matches([' ', '\t']);
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let inner = &rest[1..];
    let version = &inner[..inner.find(quote)?];
    let start = inner.as_ptr() as usize - text.as_ptr() as usize; // `inner` is a part of `text`
    version.starts_with(|c: char| c.is_ascii_digit()).then(|| start..start + version.len())
}

/// The value of `key = value` when it begins as a version does.
fn setting(start: usize, line: &str, key: &str) -> Option<Range<usize>> {
    let (name, value) = line.split_once(['=', ':'])?;
    let trimmed = value.trim();
    let is_version = name.trim() == key && trimmed.starts_with(|c: char| c.is_ascii_digit());
    let at = start + name.len() + 1 + (value.len() - value.trim_start().len());
    is_version.then(|| at..at + trimmed.len())
}

/// Each line without its end, and where it begins.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut next = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = next;
        next += line.len();
        (start, line.trim_end_matches(['\n', '\r']))
    })
}

#[cfg(test)]
mod tests {
    use super::{in_gradle, in_properties, in_setup_cfg, in_setup_py};
    use std::ops::Range;

    fn found(of: fn(&str) -> Vec<Range<usize>>, text: &str) -> Vec<&str> {
        of(text).into_iter().map(|span| &text[span]).collect()
    }

    #[test]
    fn setup_py_names_it_as_an_argument() {
        let text = "# version=\"9\"\r\nsetup(\r\n  python_version='3', version = '1.2.3',\r\n  name=\"x\")\r\n";
        assert_eq!(found(in_setup_py, text), ["1.2.3"]);
        assert!(found(in_setup_py, "setup(version=VERSION)\nx['version']='1'").is_empty());
    }

    #[test]
    fn setup_cfg_names_it_in_one_section() {
        let text = "[tool]\nversion = 9.9.9\n[metadata]\nname = x\nversion = 1.2.3\r\n";
        assert_eq!(found(in_setup_cfg, text), ["1.2.3"]);
        assert!(found(in_setup_cfg, "[metadata]\nversion = attr: x.__version__\n").is_empty());
    }

    #[test]
    fn gradle_names_it_outside_of_blocks() {
        for text in
            ["version = '1.2.3'\n", "version '1.2.3'", "plugins {\n  id 'x' version '9'\n}\nversion=\"1.2.3\"\r\n"]
        {
            assert_eq!(found(in_gradle, text), ["1.2.3"], "{text}");
        }
        let none =
            "// version = '1'\n/*\nversion = '1'\n*/\next {\n  version = '1'\n}\nversions = '1'\nversion = v()\n";
        assert!(found(in_gradle, none).is_empty());
        assert_eq!(found(in_properties, "cdk=1\nversion = 1.2.3\n"), ["1.2.3"]);
    }
}
