//! The report for programs: one JSON document.

use super::Report;

/// The fields of [`Report`], by their names.
pub(super) fn render(report: &Report) -> String {
    // Only maps with keys that are no texts cannot be written, and there are none.
    serde_json::to_string_pretty(report).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use crate::report::fixture::report;
    use serde_json::Value;

    #[test]
    fn it_has_the_fields_that_scripts_go_by() {
        let text = super::render(&report());
        let value: Value = serde_json::from_str(&text).unwrap();
        let names: Vec<&str> = value["findings"][0].as_object().unwrap().keys().map(String::as_str).collect();
        assert!(
            names.iter().all(|it| ["rule", "level", "status", "title", "message", "evidence", "remedy"].contains(it))
        );
        insta::assert_snapshot!(text);
    }
}
