//! The rules of `discover`.

use crate::rule::{Level, Rule};

pub(super) const RULES: &[Rule] = &[
    ONE_CATALOG,
    HAS_STREAMS,
    UNIQUE_NAMES,
    SYNC_MODES,
    CURSOR_DECLARED,
    CURSOR_IN_SCHEMA,
    PRIMARY_KEY_IN_SCHEMA,
    PRIMARY_KEY_SCALAR,
    FLAGS,
    SCHEMA_VALID,
    SCHEMA_IS_OBJECT,
    NO_REFS,
    NO_COMPOSITION,
    ADDITIONAL_PROPERTIES,
    DATA_TYPES,
    SCHEMA_HAS_PROPERTIES,
    STABLE,
    FAILS_ON_INVALID_CONFIG,
];

pub(super) const ONE_CATALOG: Rule = Rule {
    id: "discover.one_catalog",
    level: Level::Must,
    title: "discover prints exactly one CATALOG",
    demand: "`discover` MUST print exactly one CATALOG message with a list of streams.",
    reason: "Without it there is nothing to choose; of several, platforms take the first and the rest is lost.",
    check: "The CATALOG messages of `discover` with the configuration under test are counted.",
    remedy: "Print all streams in one message: {\"type\": \"CATALOG\", \"catalog\": {\"streams\": […]}}.",
};

pub(super) const HAS_STREAMS: Rule = Rule {
    id: "discover.has_streams",
    level: Level::Must,
    title: "The catalog has streams",
    demand: "The catalog MUST have at least one stream.",
    reason: "There is nothing to sync, and platforms do not let anybody go on.",
    check: "The streams of the catalog are counted.",
    remedy: "List the streams, or fail with a message when the account has none.",
};

pub(super) const UNIQUE_NAMES: Rule = Rule {
    id: "discover.unique_names",
    level: Level::Must,
    title: "Streams are unique by namespace and name",
    demand: "No two streams of the catalog may have the same namespace and name: the pair MUST be unique.",
    reason: "Records and states name their stream by the pair, so two streams become one.",
    check: "The pairs of namespace and name are compared.",
    remedy: "Give one of the streams another name or namespace.",
};

pub(super) const SYNC_MODES: Rule = Rule {
    id: "discover.sync_modes",
    level: Level::Must,
    title: "supported_sync_modes are present and known",
    demand: "Each stream MUST have `supported_sync_modes` with `full_refresh`, `incremental`, or both.",
    reason: "A stream without a mode cannot be selected.",
    check: "The list of every stream is read.",
    remedy: "Write `\"supported_sync_modes\": [\"full_refresh\"]`.",
};

pub(super) const CURSOR_DECLARED: Rule = Rule {
    id: "discover.cursor_declared",
    level: Level::Should,
    title: "Incremental streams name their cursor",
    demand: "A stream that can be read incrementally SHOULD have a `default_cursor_field`, or `source_defined_cursor: true`.",
    reason: "Otherwise whoever makes a connection has to guess which field grows.",
    check: "Both members of every stream with the mode `incremental` are read.",
    remedy: "Add `\"default_cursor_field\": [\"updated_at\"]`, and `\"source_defined_cursor\": true` when no other will do.",
};

pub(super) const CURSOR_IN_SCHEMA: Rule = Rule {
    id: "discover.cursor_in_schema",
    level: Level::Must,
    title: "Cursor fields are in the schema",
    demand: "The `default_cursor_field` of a stream MUST be a path of its `json_schema`.",
    reason: "Destinations deduplicate by the cursor, and find none; sources compare with a value that is never there.",
    check: "The path of every stream is followed through the `properties`.",
    remedy: "Add the field to the schema, or correct the path: `[\"updated_at\"]`, one element per level.",
};

pub(super) const PRIMARY_KEY_IN_SCHEMA: Rule = Rule {
    id: "discover.primary_key_in_schema",
    level: Level::Must,
    title: "Primary keys are in the schema",
    demand: "The `source_defined_primary_key` of a stream MUST be a list of paths of its `json_schema`.",
    reason: "Deduplication by a field that is not there takes all records for one, or fails.",
    check: "The paths of every stream are followed through the `properties`.",
    remedy: "Add the field to the schema, or correct the path: `[[\"id\"]]`, a list of paths.",
};

pub(super) const PRIMARY_KEY_SCALAR: Rule = Rule {
    id: "discover.primary_key_scalar",
    level: Level::Must,
    title: "Primary keys are no objects or arrays",
    demand: "A field of a primary key MUST NOT be of the type object or array.",
    reason: "Databases cannot compare them, so the table cannot be made or rows are never found again.",
    check: "The type of every field of every `source_defined_primary_key` is looked at.",
    remedy: "Use a field within the object as the key: `[[\"user\", \"id\"]]`.",
};

pub(super) const FLAGS: Rule = Rule {
    id: "discover.flags",
    level: Level::Must,
    title: "Flags of streams are booleans, cursors lists",
    demand: "`source_defined_cursor`, `is_resumable` and `is_file_based` of a stream MUST be booleans, its `namespace` a text, \
             and `default_cursor_field` a list of texts, where they are there.",
    reason: "Platforms refuse the whole catalog because of one wrong type.",
    check: "These members of every stream are read.",
    remedy: "Write true or false without quotation marks, and cursors as a list: `[\"updated_at\"]`.",
};

pub(super) const SCHEMA_VALID: Rule = Rule {
    id: "discover.schema_valid",
    level: Level::Must,
    title: "Stream schemas are valid JSON Schema",
    demand: "The `json_schema` of each stream MUST be valid by draft-07.",
    reason: "Destinations make columns of it. With an unknown type or a misplaced word they make wrong ones, or none.",
    check: "Every schema is validated against the meta-schema of draft-07.",
    remedy: "Correct the keyword that is named; types are string, number, integer, boolean, object, array and null.",
};

pub(super) const SCHEMA_IS_OBJECT: Rule = Rule {
    id: "discover.schema_is_object",
    level: Level::Must,
    title: "Stream schemas describe objects",
    demand: "The `json_schema` of each stream MUST be an object that describes an object: `type: object`, or that and null.",
    reason: "Records are objects; a schema of anything else describes none of them.",
    check: "The `type` at the top of every schema is looked at. A schema with `properties` and no `type` will do.",
    remedy: "Write `\"type\": \"object\"` at the top of the schema.",
};

pub(super) const NO_REFS: Rule = Rule {
    id: "discover.no_refs",
    level: Level::Must,
    title: "Stream schemas have no $ref left",
    demand: "The schemas of streams MUST NOT contain `$ref`.",
    reason: "Neither platforms nor destinations resolve references, so the field has no type.",
    check: "Every schema is searched for `$ref`.",
    remedy: "Put what it refers to in the place of the `$ref` before the catalog is printed.",
};

pub(super) const NO_COMPOSITION: Rule = Rule {
    id: "discover.no_composition",
    level: Level::Must,
    title: "Stream schemas use no allOf and no not",
    demand: "The schemas of streams MUST NOT use `allOf` or `not`.",
    reason: "Destinations cannot make a column type of them.",
    check: "Every schema is searched for both keywords.",
    remedy: "Merge what is under `allOf` into one schema; write what is allowed in place of what is `not`.",
};

pub(super) const ADDITIONAL_PROPERTIES: Rule = Rule {
    id: "discover.additional_properties",
    level: Level::Must,
    title: "Stream schemas allow additional properties",
    demand: "`additionalProperties` in the schemas of streams MUST NOT be false.",
    reason: "The day on which the source gains a field, every record breaks the schema.",
    check: "Every schema is searched for `additionalProperties: false`.",
    remedy: "Remove it, or write true.",
};

pub(super) const DATA_TYPES: Rule = Rule {
    id: "discover.data_types",
    level: Level::Should,
    title: "airbyte_type goes with type and format",
    demand: "An `airbyte_type` in the schema of a stream SHOULD be one that the protocol knows, with the `type` and `format` \
             that belong to it: `timestamp_with_timezone` and `timestamp_without_timezone` with string and date-time, \
             `time_with_timezone` and `time_without_timezone` with string and time, `integer` with number.",
    reason: "Destinations choose the column by the three together; a combination that they do not know becomes text.",
    check: "Every `airbyte_type` of every schema is looked at.",
    remedy: "Write the combination as the protocol has it, such as `{\"type\": \"string\", \"format\": \"date-time\", \
             \"airbyte_type\": \"timestamp_with_timezone\"}`.",
};

pub(super) const SCHEMA_HAS_PROPERTIES: Rule = Rule {
    id: "discover.schema_has_properties",
    level: Level::Should,
    title: "Stream schemas have properties",
    demand: "The `json_schema` of each stream SHOULD have `properties`.",
    reason: "Without them there are no columns, and nobody can select fields.",
    check: "The properties of every schema are counted.",
    remedy: "Describe the fields of the stream.",
};

pub(super) const STABLE: Rule = Rule {
    id: "discover.stable",
    level: Level::Must,
    title: "Two discovers give the same catalog",
    demand: "Two runs of `discover` with nothing changed in between MUST print the same catalog.",
    reason: "Every difference is reported as a change of the schema, columns are added, and connections are paused.",
    check: "`discover` is run twice, and the streams are compared by namespace and name, without their order.",
    remedy: "Do not derive schemas from samples that differ, or sort and widen them.",
};

pub(super) const FAILS_ON_INVALID_CONFIG: Rule = Rule {
    id: "discover.fails_on_invalid_config",
    level: Level::Should,
    title: "discover fails with an invalid configuration",
    demand: "`discover` SHOULD end with an error trace and another exit code than 0 for a configuration that is declared as \
             invalid and breaks the spec, and never with 0 and no CATALOG, or an empty one, for any.",
    reason: "A catalog that is empty because the sign-in failed looks like one whose streams were all removed.",
    check: "`discover` is run with the first configuration that is declared as invalid, and with one against the spec that `check` \
            refuses when no declared one is. A source whose catalog needs no \
            sign-in may print it for a configuration that is valid for the spec.",
    remedy: "Validate the configuration first; let failures of requests end `discover`.",
};
