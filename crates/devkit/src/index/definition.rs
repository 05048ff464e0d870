//! A definition: the typed view of one entry. What it does not name is still there, in its map.

use serde_json::{Map, Value};

/// What a connector is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// It reads.
    Source,
    /// It writes.
    Destination,
}

impl Kind {
    /// Both, in the order of the document.
    pub const BOTH: [Self; 2] = [Self::Source, Self::Destination];

    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Destination => "destination",
        }
    }

    /// The key of the id in an entry.
    #[must_use]
    pub fn id_key(self) -> &'static str {
        match self {
            Self::Source => "sourceDefinitionId",
            Self::Destination => "destinationDefinitionId",
        }
    }

    pub(crate) fn list_key(self) -> &'static str {
        match self {
            Self::Source => "sources",
            Self::Destination => "destinations",
        }
    }

    pub(crate) fn other(self) -> Self {
        match self {
            Self::Source => Self::Destination,
            Self::Destination => Self::Source,
        }
    }

    /// The kind whose id an entry has.
    pub(crate) fn of_entry(map: &Map<String, Value>) -> Option<Self> {
        Self::BOTH.into_iter().find(|kind| map.contains_key(kind.id_key()))
    }
}

/// One entry of an index.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Definition<'a> {
    kind: Kind,
    map: &'a Map<String, Value>,
}

/// What changed in a version, as the table in the connector's documentation says.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// The version.
    pub version: String,
    /// The day, as it was written.
    pub date: String,
    /// What changed.
    pub text: String,
    /// Where it was discussed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pull_request: Option<String>,
}

/// A version that was published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version<'a> {
    /// Its tag.
    pub tag: &'a str,
    /// What the registry called it.
    pub digest: Option<&'a str>,
    /// When.
    pub released_at: Option<&'a str>,
}

/// A version that users cannot take without doing something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BreakingChange<'a> {
    /// The version.
    pub version: &'a str,
    /// What users have to know.
    pub message: &'a str,
    /// The day by which they must have upgraded.
    pub upgrade_deadline: Option<&'a str>,
    /// What happens to connections on that day: `auto_upgrade` or `disable`.
    pub deadline_action: Option<&'a str>,
    /// Where the steps are told.
    pub migration_documentation_url: Option<&'a str>,
}

impl<'a> Definition<'a> {
    pub(crate) fn new(kind: Kind, map: &'a Map<String, Value>) -> Self {
        Self { kind, map }
    }

    /// What the connector is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The entry as it is.
    #[must_use]
    pub fn map(&self) -> &'a Map<String, Value> {
        self.map
    }

    /// The id, which never changes.
    #[must_use]
    pub fn id(&self) -> &'a str {
        self.text(self.kind.id_key()).unwrap_or_default()
    }

    /// The name that users see.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.text("name").unwrap_or_default()
    }

    /// The image's name without tag: `docker.io/team/source-x`.
    #[must_use]
    pub fn repository(&self) -> &'a str {
        self.text("dockerRepository").unwrap_or_default()
    }

    /// The current version's tag.
    #[must_use]
    pub fn tag(&self) -> &'a str {
        self.text("dockerImageTag").unwrap_or_default()
    }

    /// The current version's digest, when it is known.
    #[must_use]
    pub fn digest(&self) -> Option<&'a str> {
        self.text("dockerImageDigest")
    }

    /// The current version's image: `REPOSITORY:TAG`.
    #[must_use]
    pub fn image(&self) -> String {
        format!("{}:{}", self.repository(), self.tag())
    }

    /// The connector's specification, when the entry holds it.
    #[must_use]
    pub fn spec(&self) -> Option<&'a Value> {
        self.map.get("spec").filter(|spec| !spec.is_null())
    }

    /// Where the documentation is; any text, as users wrote it.
    #[must_use]
    pub fn documentation_url(&self) -> Option<&'a str> {
        self.text("documentationUrl")
    }

    /// Whether it is listed only so that those who have it can keep it.
    #[must_use]
    pub fn is_tombstone(&self) -> bool {
        self.map.get("tombstone").and_then(Value::as_bool).unwrap_or_default()
    }

    /// What changed, newest first as the connector wrote it.
    #[must_use]
    pub fn changelog(&self) -> Vec<Change> {
        let changes = self.list("changelog").iter();
        changes.filter_map(|change| serde_json::from_value(change.clone()).ok()).collect()
    }

    /// All versions that were published, as far as the index saw them.
    #[must_use]
    pub fn versions(&self) -> Vec<Version<'a>> {
        let of = |version: &'a Value| {
            let text = |key: &str| version.get(key).and_then(Value::as_str);
            let tag = text("dockerImageTag")?;
            Some(Version { tag, digest: text("dockerImageDigest"), released_at: text("releasedAt") })
        };
        self.list("versions").iter().filter_map(of).collect()
    }

    /// The versions that users cannot take without doing something.
    #[must_use]
    pub fn breaking_changes(&self) -> Vec<BreakingChange<'a>> {
        let of = |(version, change): (&'a String, &'a Value)| {
            let text = |key: &str| change.get(key).and_then(Value::as_str);
            BreakingChange {
                version,
                message: text("message").unwrap_or_default(),
                upgrade_deadline: text("upgradeDeadline"),
                deadline_action: text("deadlineAction"),
                migration_documentation_url: text("migrationDocumentationUrl"),
            }
        };
        self.release_map("breakingChanges").into_iter().flatten().map(of).collect()
    }

    /// The tags of the release candidates that are offered.
    #[must_use]
    pub fn release_candidates(&self) -> Vec<&'a str> {
        self.release_map("releaseCandidates").into_iter().flatten().map(|(version, _)| version.as_str()).collect()
    }

    fn release_map(&self, key: &str) -> Option<&'a Map<String, Value>> {
        self.map.get("releases")?.get(key)?.as_object()
    }

    fn list(&self, key: &str) -> &'a [Value] {
        self.map.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    fn text(&self, key: &str) -> Option<&'a str> {
        self.map.get(key).and_then(Value::as_str)
    }
}
