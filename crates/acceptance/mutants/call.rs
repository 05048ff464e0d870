//! What a connector is asked for: a verb, and files by flag.

use serde_json::Value;

/// The words of a command line.
pub(crate) struct Call {
    pub(crate) verb: String,
    flags: Vec<(String, String)>,
}

impl Call {
    /// `VERB --flag VALUE …`
    pub(crate) fn parse(words: &[String]) -> Self {
        let verb = words.first().cloned().unwrap_or_default();
        let pairs = words.get(1..).unwrap_or_default().chunks_exact(2);
        Self { verb, flags: pairs.map(|pair| (pair[0].clone(), pair[1].clone())).collect() }
    }

    /// The value of a flag.
    pub(crate) fn flag(&self, name: &str) -> Option<&str> {
        self.flags.iter().find(|(flag, _)| flag == name).map(|(_, value)| value.as_str())
    }

    /// The content of a flag's file; none without the flag.
    ///
    /// # Errors
    /// When the file cannot be read or is not JSON.
    pub(crate) fn json(&self, name: &str) -> Result<Option<Value>, String> {
        let Some(path) = self.flag(name) else { return Ok(None) };
        let text = std::fs::read_to_string(path).map_err(|error| format!("{name}: {error}"))?;
        serde_json::from_str(&text).map(Some).map_err(|error| format!("{name} is not JSON: {error}"))
    }
}
