//! Texts: every character that is sent comes back.

use super::trial::{Cell, Sheet, Sheets};
use crate::bench::Bench;
use crate::clause::destination::compare::Kind;
use crate::clause::{Binds, Clause, Judge};
use crate::finding::Finding;
use crate::rule::{Level, Rule, skip_all};
use serde_json::json;

pub(crate) static CLAUSE: Clause = Clause {
    title: "Texts",
    binds: Binds::Destinations,
    rules: RULES,
    judge: Judge::Runs(|bench| Box::pin(judge(bench))),
};

const RULES: &[Rule] = &[
    text(
        "text.unicode",
        "Unicode is kept",
        "A destination MUST keep every character of a text, in whatever script, and MUST NOT normalise it.",
    ),
    text(
        "text.line_breaks",
        "Line breaks are kept",
        "A destination MUST keep line feeds, carriage returns, tabs, and the separators U+2028, U+2029 and U+0085 inside \
         a text, and MUST NOT take them for the end of a row.",
    ),
    text(
        "text.empty_is_not_null",
        "Empty text and null are different",
        "A destination MUST keep an empty text as an empty text. If its store knows none, the field MUST be null and \
         that be noted in `_airbyte_meta.changes`.",
    ),
    text(
        "text.white_space",
        "White space is kept",
        "A destination MUST keep blanks at the beginning and at the end of a text, and a text of nothing but blanks.",
    ),
    text(
        "text.long",
        "Long texts are not cut",
        "A destination MUST keep texts of 300 and of 100,000 characters. What its store cannot hold MUST be cut or made \
         null, and that be noted in `_airbyte_meta.changes`.",
    ),
    text(
        "text.escapes",
        "Quotes, backslashes and separators are kept",
        "A destination MUST keep quotes, backslashes, separators, percent signs, and whatever means something to SQL, \
         CSV, HTML or a shell.",
    ),
];

const fn text(id: &'static str, title: &'static str, demand: &'static str) -> Rule {
    Rule {
        id,
        level: Level::Must,
        title,
        demand,
        reason: "Texts are what people type: names, addresses, comments. A character that is lost is lost for good.",
        check: "A stream with a row for each text of a list is written, read back, and compared.",
        remedy: "Use UTF-8 throughout, bind values in place of putting them into statements, let a library write CSV and \
                 JSON, and look for code that trims, replaces or cuts.",
    }
}

const UNICODE: &[&str] = &[
    "Zürich, naïve, Ærø",
    "日本語のテキスト",
    "Привет, мир",
    "مرحبا بالعالم",
    "👩‍👩‍👧‍👦 and 🏳️‍🌈",
    "𝒜 beyond the basic plane",
    "e\u{301} is not é",
    "no\u{a0}break, zero\u{200b}width, \u{feff}mark",
    "ﬁ ß ẞ İ ı ſ",
];
const LINE_BREAKS: &[&str] = &[
    "one\ntwo",
    "one\rtwo",
    "one\r\ntwo",
    "one\u{2028}two",
    "one\u{2029}two",
    "one\u{85}two",
    "one\ttwo",
    "one\n\n\ntwo",
];
const WHITE_SPACE: &[&str] = &[" before", "after ", "  both  ", " ", "   ", "in  between", "line\n", "\n"];
const ESCAPES: &[&str] = &[
    r#"say "hi""#,
    "it's",
    r"C:\temp\new",
    r"\",
    r"\n is no line break",
    r"\u0041 is no A",
    "a,b;c|d",
    r#""quoted","csv""#,
    "100% %s %d {} $1 ${HOME} `id`",
    "'; DROP TABLE users; --",
    "<b>&amp;</b>",
    r"\N",
];

async fn judge(bench: &Bench<'_>) -> Vec<Finding> {
    let sheets = match Sheets::send(bench, "text", "texts", sheets()).await {
        Ok(sheets) => sheets,
        Err(why) => return skip_all(RULES, &why),
    };
    RULES.iter().map(|rule| sheets.judge(bench, rule, rule.id.trim_start_matches("text."))).collect()
}

fn sheets() -> Vec<Sheet> {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    let long = vec!["abcdefghij".repeat(30), "x".repeat(1_000), "long, text".repeat(10_000)];
    vec![
        sheet("unicode", "texts in many scripts", owned(UNICODE), false),
        sheet("line_breaks", "texts with line breaks", owned(LINE_BREAKS), false),
        sheet("empty_is_not_null", "empty texts", vec![String::new()], true),
        sheet("white_space", "texts with blanks", owned(WHITE_SPACE), false),
        sheet("long", "long texts", long, true),
        sheet("escapes", "texts with quotes and the like", owned(ESCAPES), false),
    ]
}

fn sheet(word: &'static str, what: &'static str, texts: Vec<String>, is_extreme: bool) -> Sheet {
    let cell =
        |text: String| Cell { field: "words".to_owned(), kind: Kind::Text, sent: json!(text).to_string(), is_extreme };
    Sheet {
        word,
        what,
        properties: vec![("words".to_owned(), json!({"type": "string"}))],
        rows: texts.into_iter().map(|text| vec![cell(text)]).collect(),
        may_rename: false,
    }
}
