//! Which connectors a change touches.

use super::comment::is_connector_path;
use std::collections::BTreeSet;

/// The connectors (`connectors/NAME`, `bases/NAME`) that files belong to, each once. `files` are paths from the root of
/// the repository, as `git diff --name-only` prints them; a file beside the folders of connectors belongs to none.
#[must_use]
pub fn changed<'a>(files: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let of = |path: &'a str| {
        // Git puts a path with unusual letters in quotation marks.
        let mut parts = path.trim_end_matches('\r').trim_start_matches('"').splitn(3, '/');
        let connector = format!("{}/{}", parts.next()?, parts.next()?);
        parts.next().filter(|rest| !rest.is_empty() && is_connector_path(&connector)).map(|_| connector)
    };
    files.into_iter().filter_map(of).collect::<BTreeSet<_>>().into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::changed;

    #[test]
    fn a_file_belongs_to_the_connector_whose_folder_holds_it() {
        let files = [
            "connectors/source-x/src/main.rs",
            "connectors/source-x/metadata.yaml",
            "bases/base-java/build.gradle",
            "\"connectors/source-u/\\303\\274.md\"",
            "connectors/README.md",
            "docs/connectors/source-y/a.md",
            "connectors/source z/a",
            "connectors/../secrets/a",
            "connectors//a",
            "README.md",
        ];
        assert_eq!(changed(files), ["bases/base-java", "connectors/source-u", "connectors/source-x"]);
        assert!(changed([]).is_empty());
    }
}
