//! JSON in which no number loses a digit.

use serde::de::Error as _;
use serde_json::value::RawValue;
use serde_json::{Map, Number, Result, Value};

/// Reads JSON. A number that neither 64 bits nor a double hold exactly becomes a text of its digits, where the usual way
/// would round it.
///
/// # Errors
/// When it is no JSON.
pub(crate) fn exact(json: &str) -> Result<Value> {
    let json = json.trim();
    match json.as_bytes().first() {
        Some(b'{') => {
            let properties: Properties = serde_json::from_str(json)?;
            properties
                .0
                .into_iter()
                .map(|(name, value)| Ok((name, exact(value.get())?)))
                .collect::<Result<Map<_, _>>>()
                .map(Value::Object)
        }
        Some(b'[') => {
            let items: Vec<Box<RawValue>> = serde_json::from_str(json)?;
            items.iter().map(|item| exact(item.get())).collect::<Result<_>>().map(Value::Array)
        }
        Some(b'-' | b'0'..=b'9') => {
            let raw: &RawValue = serde_json::from_str(json)?;
            Ok(number(raw.get()))
        }
        Some(_) => serde_json::from_str(json),
        None => Err(serde_json::Error::custom("there is nothing")),
    }
}

/// The properties of an object in their order.
struct Properties(Vec<(String, Box<RawValue>)>);

impl<'de> serde::Deserialize<'de> for Properties {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Properties;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> std::result::Result<Properties, A::Error> {
                let mut properties = Vec::new();
                while let Some(property) = map.next_entry()? {
                    properties.push(property);
                }
                Ok(Properties(properties))
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

fn number(text: &str) -> Value {
    if let Ok(integer) = text.parse::<i64>() {
        return Value::from(integer);
    }
    if let Ok(integer) = text.parse::<u64>() {
        return Value::from(integer);
    }
    let double = text.parse::<f64>().ok().and_then(Number::from_f64);
    let same = double.filter(|double| decimal(&double.to_string()) == decimal(text));
    same.map_or_else(|| Value::String(text.to_owned()), Value::Number)
}

/// The sign, the digits without the zeros around them, and the power of ten of the last digit.
fn decimal(text: &str) -> Option<(bool, String, i64)> {
    let (is_negative, text) = text.strip_prefix('-').map_or((false, text), |text| (true, text));
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let significant = digits.trim_end_matches('0');
    let zeros = digits.len() - significant.len();
    let power =
        exponent.parse::<i64>().ok()?.checked_add(i64::try_from(zeros).ok()? - i64::try_from(fraction.len()).ok()?)?;
    match significant.trim_start_matches('0') {
        "" => Some((false, String::new(), 0)),
        significant => Some((is_negative, significant.to_owned(), power)),
    }
}

#[cfg(test)]
mod tests {
    use super::exact;
    use serde_json::json;

    #[test]
    fn numbers_that_would_be_rounded_are_texts() {
        for (text, value) in [
            ("9223372036854775807", json!(i64::MAX)),
            ("18446744073709551615", json!(u64::MAX)),
            ("18446744073709551617", json!("18446744073709551617")),
            ("0.1", json!(0.1)),
            ("1.50", json!(1.5)),
            ("-0.0", json!(-0.0)),
            ("1E3", json!(1000.0)),
            ("1e400", json!("1e400")),
            ("0.1234567890123456789", json!("0.1234567890123456789")),
            ("100000000000000000000", json!(1e20)),
        ] {
            assert_eq!(exact(text).unwrap(), value, "{text}");
        }
    }

    #[test]
    fn everything_else_is_as_usual() {
        let text = r#" {"a":[1,{"b":null}],"c":"x\n","d":true,"e":{},"f":[]} "#;
        assert_eq!(exact(text).unwrap(), serde_json::from_str::<serde_json::Value>(text).unwrap());
        assert!(exact("").is_err() && exact("{").is_err() && exact("1 2").is_err() && exact("no").is_err());
    }
}
