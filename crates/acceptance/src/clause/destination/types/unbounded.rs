//! Numbers that neither 64 bits nor a double can hold.

use crate::bench::Bench;
use crate::clause::destination::compare::Kind;
use crate::clause::destination::trial::{Cell, Sheet, Sheets};
use crate::finding::Finding;
use crate::rule::Rule;
use serde_json::json;

const WHOLE: [&str; 3] = ["18446744073709551616", "12345678901234567890123", "-99999999999999999999999999999999999999"];
const NUMBERS: [&str; 3] = ["1e300", "0.1234567890123456789012345", "12345678901234567890.123456789"];

/// In a run of its own: some destinations fail here.
pub(super) async fn judge(bench: &Bench<'_>, rule: &Rule) -> Finding {
    let cell = |field: &str, kind, sent: &str| {
        vec![Cell { field: field.to_owned(), kind, sent: sent.to_owned(), is_extreme: true }]
    };
    let whole = WHOLE.iter().map(|sent| cell("whole", Kind::Integer, sent));
    let numbers = NUMBERS.iter().map(|sent| cell("number", Kind::Number, sent));
    let sheet = Sheet {
        word: "unbounded_numbers",
        what: "numbers beyond 64 bits and doubles",
        properties: vec![
            ("whole".to_owned(), json!({"type": "integer"})),
            ("number".to_owned(), json!({"type": "number"})),
        ],
        rows: whole.chain(numbers).collect(),
        may_rename: false,
    };
    match Sheets::send(bench, "unbounded", sheet.what, vec![sheet]).await {
        Ok(sheets) => sheets.judge(bench, rule, "unbounded_numbers"),
        Err(why) => rule.skipped(why.0),
    }
}
