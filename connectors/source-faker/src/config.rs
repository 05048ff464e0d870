//! The configuration. What a value may be is said by its type, so whatever is read is valid.

use longshore_connector_kit::{JsonSchema, schemars};
use serde::Deserialize;
use std::num::NonZeroU64;

/// How much sample data to make, and how fast
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(title = "Sample data (faker)")]
pub struct Config {
    /// How many users to make. There are about as many purchases, and at most 100 products
    #[schemars(title = "Count", extend("order" = 0))]
    #[serde(default = "default_count")]
    pub count: u64,

    /// The same seed gives the same data in every run; -1 chooses one at random
    #[schemars(title = "Seed", extend("order" = 1))]
    #[serde(default = "random_seed")]
    pub seed: i64,

    /// How many records there are between two states of a stream
    #[schemars(title = "Records per slice", extend("order" = 2))]
    #[serde(default = "default_records_per_slice")]
    pub records_per_slice: NonZeroU64,

    /// Whether an incremental sync with nothing left to make gives all records again, with a newer `updated_at`
    #[schemars(title = "Always updated", extend("order" = 3))]
    #[serde(default = "default_always_updated")]
    pub always_updated: bool,

    /// Without effect: one thread makes more than a pipe takes. Accepted because the Python connector has it
    #[schemars(title = "Parallelism", extend("order" = 4))]
    #[serde(default = "default_parallelism")]
    pub parallelism: NonZeroU64,

    /// Records per second of each stream at most; as fast as possible when absent
    #[schemars(title = "Rate", with = "f64", extend("order" = 5, "exclusiveMinimum" = 0))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Rate>,

    /// Fills the data of each record up to about this many bytes with a further field, `padding`
    #[schemars(title = "Record size in bytes", with = "u32", extend("order" = 6))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record_size_bytes: Option<u32>,
}

impl Config {
    /// The seed, unless it is to be chosen at random.
    pub(crate) fn fixed_seed(&self) -> Option<i64> {
        (self.seed != random_seed()).then_some(self.seed)
    }
}

/// Records per second: more than 0.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(try_from = "f64")]
pub struct Rate(f64);

impl Rate {
    /// Records per second.
    pub(crate) fn per_second(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Rate {
    type Error = &'static str;

    fn try_from(per_second: f64) -> Result<Self, Self::Error> {
        if per_second > 0.0 { Ok(Self(per_second)) } else { Err("a rate must be more than 0 records per second") }
    }
}

fn default_count() -> u64 {
    1000
}

fn random_seed() -> i64 {
    -1
}

fn default_records_per_slice() -> NonZeroU64 {
    // Checked by the compiler.
    const { NonZeroU64::new(1000).unwrap() }
}

fn default_always_updated() -> bool {
    true
}

fn default_parallelism() -> NonZeroU64 {
    // Checked by the compiler.
    const { NonZeroU64::new(4).unwrap() }
}
