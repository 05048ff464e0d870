//! The stream `purchases`: which user put which product into the cart, and what became of it.

use crate::discover::{optional_timestamp, timestamp};
use crate::draw::Draw;
use crate::moment::Moment;
use crate::table::{Pass, Table};
use serde::Serialize;
use serde_json::{Value, json};

pub(crate) struct Purchases;

const SALT: u64 = 3;
const PERCENT_PURCHASED: u32 = 70;
const PERCENT_RETURNED: u32 = 15;

#[derive(Serialize)]
struct Purchase<'a> {
    id: u64,
    product_id: u32,
    user_id: u64,
    created_at: Moment,
    updated_at: Moment,
    added_to_cart_at: Moment,
    #[serde(skip_serializing_if = "Option::is_none")]
    purchased_at: Option<Moment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    returned_at: Option<Moment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    padding: Option<&'a str>,
}

impl Table for Purchases {
    const NAME: &'static str = "purchases";

    /// The purchases of users 1 to `count`.
    fn total(count: u64) -> u64 {
        match count % 10 {
            7 | 8 => count - 1,
            _ => count,
        }
    }

    fn properties() -> Value {
        json!({
            "id": {"type": "integer"},
            "user_id": {"type": "integer"},
            "product_id": {"type": "integer"},
            "created_at": timestamp(),
            "updated_at": timestamp(),
            "added_to_cart_at": optional_timestamp(),
            "purchased_at": optional_timestamp(),
            "returned_at": optional_timestamp(),
        })
    }

    fn row(id: u64, pass: &Pass) -> impl Serialize {
        let mut draw = Draw::new(pass.seed, SALT, id);
        let created_at = Moment::made_up(&mut draw);
        let added_to_cart_at = created_at.some_time_later(&mut draw);
        let purchased_at = draw.chance(PERCENT_PURCHASED).then(|| added_to_cart_at.some_time_later(&mut draw));
        let returned_at = purchased_at.filter(|_| draw.chance(PERCENT_RETURNED));
        Purchase {
            id,
            product_id: 1 + draw.below(pass.products.max(1)),
            user_id: buyer(id),
            created_at,
            updated_at: pass.updated_at,
            added_to_cart_at,
            purchased_at,
            returned_at: returned_at.map(|purchased_at| purchased_at.some_time_later(&mut draw)),
            padding: pass.padding.as_deref(),
        }
    }
}

/// Ten users make ten purchases: of each ten the seventh buys nothing, the ninth twice, and all others once.
fn buyer(purchase_id: u64) -> u64 {
    match purchase_id % 10 {
        7 | 8 => purchase_id + 1,
        _ => purchase_id,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_the_users_that_exist_buy() {
        for count in 0..50 {
            let buyers: Vec<u64> = (1..=Purchases::total(count)).map(buyer).collect();
            let expected = (1..=count).flat_map(|user| {
                let purchases = match user % 10 {
                    7 => 0,
                    9 => 2,
                    _ => 1,
                };
                std::iter::repeat_n(user, purchases)
            });
            assert_eq!(buyers, expected.collect::<Vec<u64>>(), "count {count}");
        }
    }
}
