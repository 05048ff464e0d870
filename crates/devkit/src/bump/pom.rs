//! The version of a Maven project: `/project/version`, and no other of the many.

use std::ops::Range;

/// The bytes of the project's own version.
pub(super) fn versions(text: &str) -> Vec<Range<usize>> {
    let mut open: Vec<&str> = Vec::new();
    let mut at = 0;
    while let Some(tag) = next_tag(text, at) {
        let inner = &text[tag.clone()];
        at = tag.end + 1;
        if inner.starts_with('/') {
            open.pop();
        } else if !inner.starts_with(['?', '!']) && !inner.ends_with('/') {
            open.push(inner.split_whitespace().next().unwrap_or_default());
        }
        if open == ["project", "version"] && !inner.starts_with(['/', '?', '!']) {
            return content(text, at).into_iter().collect();
        }
    }
    Vec::new()
}

/// What stands between the next `<` and its `>`; comments and CDATA are one tag, whatever they hold.
fn next_tag(text: &str, from: usize) -> Option<Range<usize>> {
    let start = from + text.get(from..)?.find('<')? + 1;
    let rest = &text[start..];
    let end = match rest {
        _ if rest.starts_with("!--") => "-->",
        _ if rest.starts_with("![CDATA[") => "]]>",
        _ => ">",
    };
    Some(start..start + rest.find(end)? + end.len() - 1)
}

/// The text up to the next tag, trimmed; a `${variable}` is no version.
fn content(text: &str, from: usize) -> Option<Range<usize>> {
    let whole = &text[from..from + text[from..].find('<')?];
    let start = from + whole.len() - whole.trim_start().len();
    let version = whole.trim();
    version.starts_with(|c: char| c.is_ascii_digit()).then(|| start..start + version.len())
}

#[cfg(test)]
mod tests {
    use super::versions;

    #[test]
    fn only_the_projects_own_version_is_found() {
        let text = "<?xml version=\"1.0\"?>\n<!-- <version>9</version> -->\n<project xmlns=\"x\">\n  <parent>\n    \
                    <version>2</version></parent><empty/>\n  <version> 1.2.3 </version>\n  <dependencies><dependency>\
                    <version>3</version></dependency></dependencies>\n</project>\n";
        let found: Vec<&str> = versions(text).into_iter().map(|bytes| &text[bytes]).collect();
        assert_eq!(found, ["1.2.3"]);
        assert!(versions("<project><version>${revision}</version></project>").is_empty());
        assert!(versions("<project><version>1.2.3").is_empty());
    }
}
