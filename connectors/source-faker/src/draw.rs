//! Random values that depend on nothing but the seed, the stream and the id of a record.
//!
//! The generator is SplitMix64 (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014): a
//! counter that advances by a fixed odd number, and a mixing function. Each record starts a generator of its own, so no
//! record needs the ones before it.

/// 2^64 divided by the golden ratio, odd.
const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// The random values of one record, one after the other.
#[derive(Debug)]
pub(crate) struct Draw(u64);

impl Draw {
    /// The values of record `id` of the stream with this `salt` (any number, another one for each stream).
    pub(crate) fn new(seed: i64, salt: u64, id: u64) -> Self {
        Self(mix(mix(seed as u64 ^ salt).wrapping_add(id.wrapping_mul(GAMMA))))
    }

    /// A number from 0 to `limit` - 1. `limit` is more than 0.
    #[inline]
    pub(crate) fn below(&mut self, limit: u32) -> u32 {
        (((self.next() >> 32) * u64::from(limit)) >> 32) as u32
    }

    /// One of the words.
    #[inline]
    pub(crate) fn one_of(&mut self, words: &[&'static str]) -> &'static str {
        words[self.below(words.len() as u32) as usize]
    }

    /// True in `percent` of 100 cases.
    #[inline]
    pub(crate) fn chance(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }

    #[inline]
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GAMMA);
        mix(self.0)
    }
}

#[inline]
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_is_the_published_one() {
        // The first outputs of SplitMix64 for the seed 1234567, as Rosetta Code lists them.
        let mut draw = Draw(1_234_567);
        assert_eq!([draw.next(), draw.next()], [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]);
    }

    #[test]
    fn records_differ_by_seed_stream_and_id_and_by_nothing_else() {
        let first = |seed, salt, id| Draw::new(seed, salt, id).next();
        assert_eq!(first(1, 2, 3), first(1, 2, 3));
        for other in [first(2, 2, 3), first(1, 3, 3), first(1, 2, 4)] {
            assert_ne!(first(1, 2, 3), other);
        }
    }

    #[test]
    fn every_number_below_the_limit_comes_up() {
        let mut seen = [0; 7];
        (0..700).for_each(|id| seen[Draw::new(5, 0, id).below(7) as usize] += 1);
        assert!(seen.iter().all(|count| (60..150).contains(count)), "{seen:?}");
    }
}
