//! What a program says about itself: `--help`, and `--about` of those built with the SDK.

use crate::Wrapper;
use crate::args::Kind;
use crate::child::Stderr;
use serde::Deserialize;
use serde_json::Value;
use std::time::Duration;

/// Long enough for an interpreter that starts on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);

/// The answer to `--about --format=json`.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct About {
    #[serde(default)]
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) description: Option<String>,
    #[serde(default)]
    capabilities: Vec<String>,
    #[serde(default)]
    pub(crate) settings: Option<Value>,
}

impl About {
    pub(crate) fn can(&self, capability: &str) -> bool {
        self.capabilities.iter().any(|known| known == capability)
    }

    fn kind(&self) -> Option<Kind> {
        match () {
            () if self.can("discover") || self.can("catalog") => Some(Kind::Tap),
            () if self.can("target-schema") || self.can("hard-delete") || self.name.starts_with("target-") => {
                Some(Kind::Target)
            }
            () => None,
        }
    }
}

/// The options that a program lists in its help.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Help {
    pub(crate) discover: bool,
    pub(crate) catalog: bool,
    pub(crate) properties: bool,
    /// It answered at all.
    pub(crate) known: bool,
}

impl Help {
    fn of(text: &str) -> Self {
        let has = |option: &str| text.contains(option);
        let known = has("--config") || has("--help");
        Self { discover: has("--discover"), catalog: has("--catalog"), properties: has("--properties"), known }
    }
}

impl Wrapper {
    /// `None` when the program does not know the question.
    pub(crate) fn about(&self) -> Option<About> {
        let arguments = ["--about".into(), "--format=json".into()];
        let (answer, end) = self.ask(&arguments, Stderr::Kept, Some(PATIENCE)).ok()?;
        let answer = String::from_utf8_lossy(&answer);
        let about = end.status.success().then(|| crate::entry::first_object(&answer)).flatten()?;
        serde_json::from_value(about).ok()
    }

    pub(crate) fn help(&self) -> Help {
        let Ok((answer, _)) = self.ask(&["--help".into()], Stderr::Kept, Some(PATIENCE)) else {
            return Help::default();
        };
        Help::of(&String::from_utf8_lossy(&answer))
    }

    /// Whether the program is a tap or a target: told, or by what it says, or by its name.
    pub(crate) fn kind(&self, about: Option<&About>) -> Kind {
        self.settings.kind.or(about.and_then(About::kind)).or(self.kind_by_name()).unwrap_or(Kind::Tap)
    }

    /// As [`Wrapper::kind`]; the program is asked only if its name says nothing.
    pub(crate) fn kind_asked(&self) -> Kind {
        let known = self.settings.kind.or_else(|| self.kind_by_name());
        known.unwrap_or_else(|| self.kind(self.about().as_ref()))
    }

    fn kind_by_name(&self) -> Option<Kind> {
        let of_word = |word: &std::ffi::OsString| {
            let name = std::path::Path::new(word).file_name()?.to_string_lossy().into_owned();
            let is = |prefix: &str| name.split(['-', '_']).any(|part| part == prefix);
            is("target").then_some(Kind::Target).or(is("tap").then_some(Kind::Tap))
        };
        self.words.iter().find_map(of_word)
    }
}
