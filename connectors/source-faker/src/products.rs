//! The stream `products`: a catalogue of a hundred things, the same for every seed.

use crate::discover::timestamp;
use crate::draw::Draw;
use crate::moment::Moment;
use crate::table::{Pass, Table};
use crate::words::{MAKES, MODELS};
use serde::Serialize;
use serde_json::{Value, json};

pub(crate) struct Products;

/// Each make has each model.
const CATALOGUE: u64 = (MAKES.len() * MODELS.len()) as u64;
const SALT: u64 = 1;
/// All seeds share the catalogue.
const CATALOGUE_SEED: i64 = 0;

#[derive(Serialize)]
struct Product<'a> {
    id: u64,
    make: &'static str,
    model: &'static str,
    year: u32,
    price: u32,
    created_at: Moment,
    updated_at: Moment,
    #[serde(skip_serializing_if = "Option::is_none")]
    padding: Option<&'a str>,
}

impl Table for Products {
    const NAME: &'static str = "products";

    fn total(count: u64) -> u64 {
        count.min(CATALOGUE)
    }

    fn properties() -> Value {
        json!({
            "id": {"type": "integer"},
            "make": {"type": "string"},
            "model": {"type": "string"},
            "year": {"type": "integer"},
            "price": {"type": "number"},
            "created_at": timestamp(),
            "updated_at": timestamp(),
        })
    }

    fn row(id: u64, pass: &Pass) -> impl Serialize {
        let mut draw = Draw::new(CATALOGUE_SEED, SALT, id);
        let place = (id - 1) as usize;
        Product {
            id,
            make: MAKES[place % MAKES.len()],
            model: MODELS[place / MAKES.len() % MODELS.len()],
            year: 1990 + draw.below(36),
            price: 900 + draw.below(60_000),
            created_at: Moment::made_up(&mut draw),
            updated_at: pass.updated_at,
            padding: pass.padding.as_deref(),
        }
    }
}
