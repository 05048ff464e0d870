//! What the three streams have in common: records that follow from the pass and the id.

use crate::draw::Draw;
use crate::moment::Moment;
use crate::{Config, State};
use serde::Serialize;
use serde_json::Value;

/// The field that fills a record up to the size that the user asked for.
pub(crate) const PADDING: &str = "padding";

/// One stream. Ids count from 1 without gaps.
pub(crate) trait Table {
    /// The name of the stream.
    const NAME: &'static str;

    /// How many records there are when `count` users are asked for.
    fn total(count: u64) -> u64;

    /// The schemas of the fields, without padding.
    fn properties() -> Value;

    /// The record with this id.
    fn row(id: u64, pass: &Pass) -> impl Serialize;
}

/// What the records of a pass have in common.
#[derive(Debug)]
pub(crate) struct Pass {
    pub(crate) seed: i64,
    pub(crate) updated_at: Moment,
    /// Products that can be bought.
    pub(crate) products: u32,
    /// The value of the padding field, when there is one.
    pub(crate) padding: Option<String>,
}

impl Pass {
    pub(crate) fn new<T: Table>(config: &Config, state: &State) -> Self {
        let products = crate::products::Products::total(config.count) as u32;
        let mut pass = Self { seed: state.seed, updated_at: state.updated_at, products, padding: None };
        if let Some(size) = config.record_size_bytes {
            // The first record stands for all of them: it must not matter where a run resumes.
            pass.padding = Some(String::new());
            pass.padding = Some(filler((size as usize).saturating_sub(pass.typical_bytes::<T>())));
        }
        pass
    }

    /// The size of the data of a record, roughly: that of the first.
    pub(crate) fn typical_bytes<T: Table>(&self) -> usize {
        serde_json::to_vec(&T::row(1, self)).map_or(0, |data| data.len())
    }
}

/// Letters that do not compress to nothing.
fn filler(length: usize) -> String {
    let mut draw = Draw::new(0, 0, 0);
    (0..length).map(|_| char::from(b'a' + draw.below(26) as u8)).collect()
}
