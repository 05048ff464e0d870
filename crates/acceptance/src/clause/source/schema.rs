//! Schemas: every record conforms to the schema of its stream, and has no fields that the schema does not know.

mod conformance;
mod fields;
mod formats;
mod lenient;

use super::reading::Reads;
use crate::bench::Bench;
use crate::clause::{Binds, Clause, Judge};
use crate::finding::Finding;
use crate::rule::{Level, Rule, skip_all};

pub(crate) static CLAUSE: Clause = Clause {
    title: "Schemas of records",
    binds: Binds::Sources,
    rules: RULES,
    judge: Judge::Runs(|bench| Box::pin(judge(bench))),
};

const RULES: &[Rule] = &[CONFORMS, SHARES_FIELDS, UNDECLARED_FIELDS, EVERY_FIELD_HAS_VALUES];

const CONFORMS: Rule = Rule {
    id: "read.schema",
    level: Level::Must,
    title: "Records conform to their schema",
    demand: "Every value of every record MUST conform to the `json_schema` of its stream, nested ones too. Null and absence are always right.",
    reason: "Destinations make their columns of the schema: a value that does not fit becomes null there.",
    check: "Every record of the shared reads is validated. `integer` accepts no fraction, `date`, `date-time` and `time` must be readable as such (a zone is optional), other formats, `required` and `additionalProperties: false` are not judged.",
    remedy: "Correct the type in the schema, or convert the value before it is emitted.",
};

const SHARES_FIELDS: Rule = Rule {
    id: "read.shares_fields",
    level: Level::Must,
    title: "Records have fields of their schema",
    demand: "A record of a stream whose schema declares properties MUST have at least one of them.",
    reason: "A record that shares nothing with its schema arrives as an empty row: most likely it was wrapped, or is of another stream.",
    check: "The field names of every record of the shared reads are compared with the properties of the schema.",
    remedy: "Emit the fields themselves under `data`, with the names and the case that the schema has.",
};

const UNDECLARED_FIELDS: Rule = Rule {
    id: "read.undeclared_fields",
    level: Level::Should,
    title: "Records have only declared fields",
    demand: "The fields at the top of every record SHOULD be declared in the schema of its stream.",
    reason: "Most destinations have no column for such a field, and its values are lost.",
    check: "The field names at the top of every record of the shared reads are compared with the properties of the schema. Schemas without properties and those with `patternProperties` or a schema under `additionalProperties` are not judged.",
    remedy: "Add the field to the schema, do not emit it, or allow it with `fail_on_extra_columns: false`.",
};

const EVERY_FIELD_HAS_VALUES: Rule = Rule {
    id: "read.every_field_has_values",
    level: Level::Should,
    title: "Every declared field has values",
    demand: "Each property of a schema SHOULD have a value in some record, when the test configuration asks for it.",
    reason: "A property without any value was never proven to be read.",
    check: "With `validate_data_points: true`, the paths of all properties are looked up in the records of the shared reads.",
    remedy: "Put data for the field into the test account, or remove it from the schema.",
};

async fn judge(bench: &Bench<'_>) -> Vec<Finding> {
    let reads = Reads::of(bench).await;
    let readings = match reads.readings() {
        Ok(readings) => readings,
        Err(why) => return skip_all(RULES, &why),
    };
    vec![
        conformance::conforms(&readings),
        fields::shares_fields(&readings),
        fields::undeclared_fields(&readings, bench.plan),
        fields::every_field_has_values(&readings, bench.plan),
    ]
}
