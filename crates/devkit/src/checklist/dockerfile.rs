//! What a Dockerfile says that its image runs: `ENTRYPOINT` and `AIRBYTE_ENTRYPOINT` of its last stage.

/// Both, as far as the file says them in a form that can be read without building: words, joined by spaces.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Entrypoints {
    pub(super) docker: Option<String>,
    pub(super) platform: Option<String>,
}

pub(super) fn entrypoints(text: &str) -> Entrypoints {
    let mut found = Entrypoints::default();
    for line in joined(text) {
        let Some((instruction, rest)) = line.trim().split_once(char::is_whitespace) else { continue };
        match instruction.to_ascii_uppercase().as_str() {
            "FROM" => found = Entrypoints::default(),
            "ENTRYPOINT" => found.docker = Some(words(rest.trim())),
            "ENV" => found.platform = platform(rest.trim()).or(found.platform),
            _ => {}
        }
    }
    found
}

/// Instructions, each in one line.
fn joined(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
        let (part, goes_on) = line.trim_end().strip_suffix('\\').map_or((line, false), |part| (part, true));
        if let Some(last) = lines.last_mut() {
            last.push_str(part);
            last.push(' ');
        }
        if !goes_on {
            lines.push(String::new());
        }
    }
    lines
}

/// `["a", "b"]`, or a line for a shell.
fn words(rest: &str) -> String {
    serde_json::from_str::<Vec<String>>(rest).map_or_else(|_| rest.to_owned(), |words| words.join(" "))
}

/// `KEY=VALUE …`, or the old form `KEY VALUE`.
fn platform(rest: &str) -> Option<String> {
    const NAME: &str = "AIRBYTE_ENTRYPOINT";
    if let Some(value) = rest.strip_prefix(NAME).filter(|value| value.starts_with(char::is_whitespace)) {
        return Some(value.trim().to_owned());
    }
    let words = shell_words::split(rest).ok()?;
    words.iter().find_map(|word| Some(word.strip_prefix(NAME)?.strip_prefix('=')?.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::{Entrypoints, entrypoints};

    #[test]
    fn what_the_last_stage_runs() {
        let both = |text: &str| Entrypoints { docker: Some(text.to_owned()), platform: Some(text.to_owned()) };
        let text = "FROM a\nENTRYPOINT [\"/x\"]\nFROM b\nENV A=1 \\\n    AIRBYTE_ENTRYPOINT=\"python /m.py\"\n\
                    ENTRYPOINT [\"python\", \"/m.py\"]\n# ENTRYPOINT no\n";
        assert_eq!(entrypoints(text), both("python /m.py"));
        assert_eq!(entrypoints("from a\nenv AIRBYTE_ENTRYPOINT /c\nentrypoint [\"/c\"]\n"), both("/c"));
        assert_eq!(entrypoints("FROM a\nCMD x\n"), Entrypoints::default());
    }
}
