//! Texts with `{name}` in them, filled with what a request is about: its slice, its cursor.

use serde_json::Value;

/// Names and what they stand for; `None` when it is known that there is nothing to say.
#[derive(Debug, Clone, Default)]
pub(crate) struct Words(Vec<(String, Option<Value>)>);

impl Words {
    pub(crate) fn set(&mut self, name: &str, value: Option<Value>) {
        self.0.retain(|(known, _)| known != name);
        self.0.push((name.to_owned(), value));
    }

    /// The text with every known name replaced. `None` when one of them stands for nothing: what holds the text is left
    /// out then. Braces around anything else are only braces.
    pub(crate) fn fill(&self, text: &str, shape: impl Fn(&str) -> String) -> Option<String> {
        let mut filled = text.to_owned();
        for (name, value) in &self.0 {
            let place = format!("{{{name}}}");
            if text.contains(&place) {
                filled = filled.replace(&place, &shape(&plain(value.as_ref()?)));
            }
        }
        Some(filled)
    }

    /// What the text stands for, as JSON: a number stays one where `{name}` is the whole text.
    pub(crate) fn fill_value(&self, text: &str) -> Option<Value> {
        let whole = text.strip_prefix('{').and_then(|text| text.strip_suffix('}'));
        match self.0.iter().find(|(name, _)| Some(name.as_str()) == whole) {
            Some((_, value)) => value.clone(),
            None => self.fill(text, str::to_owned).map(Value::String),
        }
    }

    /// The body with every text in it filled.
    pub(crate) fn fill_body(&self, body: &Value) -> Option<Value> {
        Some(match body {
            Value::String(text) => self.fill_value(text)?,
            Value::Array(items) => items.iter().filter_map(|item| self.fill_body(item)).collect(),
            Value::Object(fields) => {
                let fields = fields.iter();
                Value::Object(fields.filter_map(|(name, value)| Some((name.clone(), self.fill_body(value)?))).collect())
            }
            other => other.clone(),
        })
    }
}

/// A value as it stands in a path, a query, a header.
pub(crate) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_stands_for_nothing_is_left_out() {
        let mut words = Words::default();
        words.set("repo", Some("a/b".into()));
        words.set("cursor", None);
        assert_eq!(words.fill("/x/{repo}/{other}", super::super::url::escape).unwrap(), "/x/a%2Fb/{other}");
        assert_eq!(words.fill(">{cursor}", str::to_owned), None);
        let body = json!({"query": "{ repo { id } }", "repo": "{repo}", "since": "{cursor}", "in": ["{cursor}", 7]});
        assert_eq!(words.fill_body(&body).unwrap(), json!({"query": "{ repo { id } }", "repo": "a/b", "in": [7]}));
    }

    #[test]
    fn a_number_stays_one_unless_it_is_within_a_text() {
        let mut words = Words::default();
        words.set("order", Some(7.into()));
        assert_eq!(words.fill("/orders/{order}", str::to_owned).unwrap(), "/orders/7");
        let body = json!({"order": "{order}", "name": "order {order}"});
        assert_eq!(words.fill_body(&body).unwrap(), json!({"order": 7, "name": "order 7"}));
    }
}
