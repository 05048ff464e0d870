//! What is sent, and which rows are to be left.

use serde_json::Value;

/// A stream with a primary key.
pub(super) struct Case {
    pub(super) rule: &'static str,
    pub(super) properties: &'static [(&'static str, &'static str)],
    pub(super) key: &'static [&'static str],
    /// Empty for none.
    pub(super) cursor: &'static str,
    /// JSON arrays: each version has the values of the properties.
    pub(super) first: &'static str,
    /// Empty when there is no second sync.
    pub(super) second: &'static str,
    pub(super) left: &'static str,
}

impl Case {
    pub(super) fn schema(&self) -> Value {
        super::schema(self.properties)
    }

    /// Versions as records.
    pub(super) fn versions(&self, arrays: &str) -> Vec<Value> {
        let versions: Vec<Vec<Value>> = serde_json::from_str(arrays).unwrap_or_default();
        let names = || self.properties.iter().map(|(name, _)| (*name).to_owned());
        versions.into_iter().map(|values| Value::Object(names().zip(values).collect())).collect()
    }
}

const SIMPLE: &[(&str, &str)] = &[("id", "integer"), ("version", "integer"), ("words", "string")];

const fn simple(rule: &'static str, first: &'static str, second: &'static str, left: &'static str) -> Case {
    Case { rule, properties: SIMPLE, key: &["id"], cursor: "version", first, second, left }
}

pub(super) const CASES: [Case; 9] = [
    simple(
        "deduplication.newest_wins",
        r#"[[1,9,"older"],[2,1,"only"],[1,10,"newer"],[3,5,"older"],[3,100,"newer"]]"#,
        "",
        r#"[[1,10,"newer"],[2,1,"only"],[3,100,"newer"]]"#,
    ),
    simple(
        "deduplication.equal_cursor",
        r#"[[1,5,"first"],[1,5,"second"],[2,7,"first"]]"#,
        r#"[[2,7,"second"]]"#,
        r#"[[1,5,"second"],[2,7,"second"]]"#,
    ),
    simple(
        "deduplication.late_older_loses",
        r#"[[1,20,"newer"],[1,10,"older"],[2,20,"newer"]]"#,
        r#"[[2,10,"older"]]"#,
        r#"[[1,20,"newer"],[2,20,"newer"]]"#,
    ),
    simple(
        "deduplication.across_syncs",
        r#"[[1,1,"old"],[2,1,"untouched"],[3,1,"old"]]"#,
        r#"[[1,2,"new"],[3,2,"new"],[4,2,"added"]]"#,
        r#"[[1,2,"new"],[2,1,"untouched"],[3,2,"new"],[4,2,"added"]]"#,
    ),
    Case {
        rule: "deduplication.composite_key",
        properties: &[
            ("id", "integer"),
            ("part", "string"),
            ("other", "string"),
            ("version", "integer"),
            ("words", "string"),
        ],
        key: &["id", "part", "other"],
        cursor: "version",
        first: r#"[[1,"a","x",1,"one"],[1,"b","x",2,"two"],[2,"a","x",3,"three"],[1,"a","y",4,"four"],[5,"ab","c",5,"five"],[5,"a","bc",6,"six"],[1,"b","x",7,"two again"]]"#,
        second: r#"[[2,"a","x",8,"three again"],[2,"b","x",9,"seven"]]"#,
        left: r#"[[1,"a","x",1,"one"],[1,"b","x",7,"two again"],[2,"a","x",8,"three again"],[1,"a","y",4,"four"],[5,"ab","c",5,"five"],[5,"a","bc",6,"six"],[2,"b","x",9,"seven"]]"#,
    },
    Case {
        rule: "deduplication.string_key",
        properties: &[("id", "string"), ("version", "integer"), ("words", "string")],
        key: &["id"],
        cursor: "version",
        first: r#"[["a",1,"one"],["A",2,"two"],["1",3,"three"],["01",4,"four"],["ä'\"",5,"five"],["a",6,"one again"]]"#,
        second: r#"[["A",7,"two again"],["b",8,"six"]]"#,
        left: r#"[["a",6,"one again"],["A",7,"two again"],["1",3,"three"],["01",4,"four"],["ä'\"",5,"five"],["b",8,"six"]]"#,
    },
    Case {
        rule: "deduplication.no_cursor",
        properties: SIMPLE,
        key: &["id"],
        cursor: "",
        first: r#"[[1,9,"first"],[1,3,"second"],[2,1,"first"]]"#,
        second: r#"[[2,0,"second"]]"#,
        left: r#"[[1,3,"second"],[2,0,"second"]]"#,
    },
    simple(
        "deduplication.null_cursor",
        r#"[[1,5,"known"],[1,null,"unknown"],[2,null,"unknown"],[2,5,"known"]]"#,
        "",
        r#"[[1,5,"known"],[2,5,"known"]]"#,
    ),
    Case {
        rule: "deduplication.deletion",
        properties: &[("id", "integer"), ("version", "integer"), ("words", "string"), ("_ab_cdc_deleted_at", "string")],
        key: &["id"],
        cursor: "version",
        first: r#"[[1,1,"deleted at once",null],[2,1,"stays",null],[3,1,"comes back",null],[4,1,"deleted later",null],[1,2,null,"2024-05-06T07:08:09Z"],[3,2,null,"2024-05-06T07:08:09Z"],[3,3,"came back",null]]"#,
        second: r#"[[4,2,null,"2024-05-06T07:08:10Z"]]"#,
        left: r#"[[2,1,"stays",null],[3,3,"came back",null]]"#,
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_has_versions_of_all_properties() {
        for case in &CASES {
            for arrays in [case.first, case.left] {
                let versions = case.versions(arrays);
                assert!(!versions.is_empty(), "{}", case.rule);
                let width = |version: &Value| version.as_object().map_or(0, serde_json::Map::len);
                assert!(versions.iter().all(|version| width(version) == case.properties.len()), "{}", case.rule);
            }
            assert!(case.second.is_empty() || !case.versions(case.second).is_empty(), "{}", case.rule);
        }
    }
}
