//! How a value that was sent compares with the one that was read back.
//!
//! Stores differ in how they spell a value, and readers too, so a value counts as kept when it means the same: a number
//! in other digits, a moment in another zone, JSON as its text. What means the same but came back as another JSON type is
//! told apart ([`Verdict::Respelled`]).

mod moments;
mod numbers;
mod row;

pub(crate) use row::{changes, field, find, id, is_noted, metadata};

use serde_json::Value;

/// What a value is meant to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Integer,
    Number,
    /// An integer that is sent as a text.
    BigInteger,
    Boolean,
    Text,
    Date,
    /// With or without a zone: without one, UTC is taken.
    Time,
    /// With or without a zone: without one, UTC is taken.
    Timestamp,
    /// Objects, arrays, unions, and what has no type.
    Json,
}

/// How a read value compares with the sent one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is the same.
    Same,
    /// It means the same, and is of another JSON type.
    Respelled,
    /// It is null, or not there.
    Absent,
    /// It means something else.
    Other,
}

impl Verdict {
    /// Whether nothing was lost.
    pub(crate) fn is_kept(self) -> bool {
        matches!(self, Self::Same | Self::Respelled)
    }

    fn same_if(is_same: bool) -> Self {
        if is_same { Self::Same } else { Self::Other }
    }

    fn respelled_if(is_same: bool) -> Self {
        if is_same { Self::Respelled } else { Self::Other }
    }
}

/// Compares the JSON text of a sent value with what was read. An empty text was not sent at all.
pub(crate) fn compare(kind: Kind, sent: &str, read: Option<&Value>) -> Verdict {
    let is_null = sent.is_empty() || sent == "null";
    let read = match read.filter(|read| !read.is_null()) {
        Some(read) if !is_null => read,
        read if is_null => return Verdict::same_if(read.is_none()),
        _ => return Verdict::Absent,
    };
    let text = || serde_json::from_str::<String>(sent).unwrap_or_default();
    match kind {
        Kind::Integer | Kind::Number => number(sent, read),
        Kind::BigInteger => Verdict::same_if(number(&text(), read).is_kept()),
        Kind::Boolean => boolean(sent == "true", read),
        Kind::Text => plain_text(&text(), read),
        Kind::Date => moment(moments::date, moments::is_day_number, &text(), read),
        Kind::Time => moment(moments::time, |_, _| false, &text(), read),
        Kind::Timestamp => moment(moments::timestamp, moments::is_epoch, &text(), read),
        Kind::Json => json(&serde_json::from_str(sent).unwrap_or_default(), read),
    }
}

fn number(sent: &str, read: &Value) -> Verdict {
    match read {
        Value::Number(read) => Verdict::same_if(numbers::equal(sent, &read.to_string())),
        // Digits that a double would lose are kept as a text by stores that have no longer numbers.
        Value::String(read) if numbers::equal(sent, read.trim()) => match numbers::is_short(sent) {
            true => Verdict::Respelled,
            false => Verdict::Same,
        },
        _ => Verdict::Other,
    }
}

/// Many stores have no booleans, and write 0 and 1.
fn boolean(sent: bool, read: &Value) -> Verdict {
    match read {
        Value::Bool(read) => Verdict::same_if(*read == sent),
        Value::Number(read) => Verdict::same_if(numbers::equal(if sent { "1" } else { "0" }, &read.to_string())),
        Value::String(read) => {
            let words = if sent { ["true", "t", "1"] } else { ["false", "f", "0"] };
            Verdict::respelled_if(words.contains(&read.to_ascii_lowercase().as_str()))
        }
        _ => Verdict::Other,
    }
}

/// A reader that takes texts for JSON where it can still shows that nothing was lost, if it leads back to the same text.
fn plain_text(sent: &str, read: &Value) -> Verdict {
    match read {
        Value::String(read) => Verdict::same_if(read == sent),
        read => {
            let spelled = read.to_string();
            Verdict::respelled_if(spelled == sent)
        }
    }
}

fn moment<M: PartialEq>(
    parse: fn(&str) -> Option<M>,
    is_number_of: fn(&M, f64) -> bool,
    sent: &str,
    read: &Value,
) -> Verdict {
    let Some(expected) = parse(sent) else { return plain_text(sent, read) };
    match read {
        Value::String(read) => Verdict::same_if(read == sent || parse(read.trim()) == Some(expected)),
        Value::Number(number) => Verdict::respelled_if(number.as_f64().is_some_and(|it| is_number_of(&expected, it))),
        _ => Verdict::Other,
    }
}

fn json(sent: &Value, read: &Value) -> Verdict {
    if same_json(sent, read) {
        return Verdict::Same;
    }
    match (sent, read) {
        (Value::Bool(sent), read) => boolean(*sent, read),
        // Stores without JSON keep its text; unions may be kept as texts altogether.
        (sent, Value::String(read)) => match serde_json::from_str::<Value>(read) {
            Ok(read) => Verdict::same_if(same_json(sent, &read)),
            Err(_) => Verdict::Other,
        },
        _ => Verdict::Other,
    }
}

/// Equal as JSON: a missing property is one that is null, and numbers are equal by value.
pub(crate) fn same_json(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            let other =
                |map: &serde_json::Map<String, Value>, name: &String| map.get(name).cloned().unwrap_or_default();
            a.iter().all(|(name, value)| same_json(value, &other(b, name)))
                && b.iter().all(|(name, value)| a.contains_key(name) || value.is_null())
        }
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_json(a, b)),
        (Value::Number(a), Value::Number(b)) => numbers::equal(&a.to_string(), &b.to_string()),
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn verdict(kind: Kind, sent: &str, read: Value) -> Verdict {
        compare(kind, sent, Some(&read))
    }

    #[test]
    fn numbers_are_compared_by_their_digits() {
        for (kind, sent, read, expected) in [
            (Kind::Integer, "9007199254740993", json!(9_007_199_254_740_993_i64), Verdict::Same),
            (Kind::Integer, "9007199254740993", json!(9_007_199_254_740_992_i64), Verdict::Other),
            (Kind::Integer, "9007199254740993", json!(9_007_199_254_740_992.0), Verdict::Other),
            (Kind::Integer, "9007199254740993", json!("9007199254740993"), Verdict::Same),
            (Kind::Integer, "42", json!("42"), Verdict::Respelled),
            (Kind::Integer, "42", json!(42.0), Verdict::Same),
            (Kind::Integer, "0", json!(false), Verdict::Other),
            (Kind::Number, "0.1", json!(0.1), Verdict::Same),
            (Kind::Number, "0.1", json!(0.100_000_001_490_116_12), Verdict::Other),
            (Kind::Number, "-0.0", json!(0), Verdict::Same),
            (Kind::Number, "123456789.123456789", json!("123456789.123456789"), Verdict::Same),
            (Kind::BigInteger, "\"9007199254740993\"", json!(9_007_199_254_740_993_i64), Verdict::Same),
        ] {
            assert_eq!(verdict(kind, sent, read.clone()), expected, "{sent} and {read}");
        }
    }

    #[test]
    fn texts_are_the_same_or_lead_back_to_the_same() {
        for (sent, read, expected) in [
            (r#""007""#, json!("007"), Verdict::Same),
            (r#""007""#, json!(7), Verdict::Other),
            (r#""1.10""#, json!(1.1), Verdict::Other),
            (r#""true""#, json!(true), Verdict::Respelled),
            (r#""{\"a\":1}""#, json!({"a": 1}), Verdict::Respelled),
            (r#""""#, json!(null), Verdict::Absent),
            (r#"" x""#, json!("x"), Verdict::Other),
        ] {
            assert_eq!(verdict(Kind::Text, sent, read.clone()), expected, "{sent} and {read}");
        }
    }

    #[test]
    fn booleans_may_be_zero_and_one() {
        assert_eq!(verdict(Kind::Boolean, "true", json!(1)), Verdict::Same);
        assert_eq!(verdict(Kind::Boolean, "false", json!("False")), Verdict::Respelled);
        assert_eq!(verdict(Kind::Boolean, "false", json!(1)), Verdict::Other);
        assert_eq!(verdict(Kind::Boolean, "false", json!("")), Verdict::Other);
    }

    #[test]
    fn null_is_nothing_else() {
        for sent in ["null", ""] {
            assert_eq!(compare(Kind::Text, sent, None), Verdict::Same);
            assert_eq!(verdict(Kind::Text, sent, json!(null)), Verdict::Same);
            assert_eq!(verdict(Kind::Text, sent, json!("")), Verdict::Other);
            assert_eq!(verdict(Kind::Json, sent, json!("null")), Verdict::Other);
        }
    }

    #[test]
    fn json_may_be_its_text_and_null_may_be_left_out() {
        let sent = r#"{"a":[1,{"b":null}],"c":"ü"}"#;
        assert_eq!(verdict(Kind::Json, sent, json!({"a": [1, {}], "c": "ü"})), Verdict::Same);
        assert_eq!(verdict(Kind::Json, sent, json!(r#"{"c": "ü", "a": [1.0, {}]}"#)), Verdict::Same);
        assert_eq!(verdict(Kind::Json, sent, json!("{'a': 1}")), Verdict::Other);
        assert_eq!(verdict(Kind::Json, sent, json!({"a": [1], "c": "ü"})), Verdict::Other);
        assert_eq!(verdict(Kind::Json, "5", json!("5")), Verdict::Same);
        assert_eq!(compare(Kind::Json, "{}", None), Verdict::Absent);
    }
}
