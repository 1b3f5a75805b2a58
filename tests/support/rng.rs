//! A random number generator with a seed, so that runs can be repeated.

use std::hash::{BuildHasher, RandomState};

/// Xorshift: enough to be unpredictable and repeatable.
pub(crate) struct Rng(u64);

impl Rng {
    /// Uses the seed in `TB_SEED`, or a new one, and prints it.
    pub(crate) fn new() -> Rng {
        let seed = std::env::var("TB_SEED")
            .ok()
            .and_then(|seed| seed.parse().ok());
        let seed = seed.unwrap_or_else(|| RandomState::new().hash_one(0) | 1);
        println!("TB_SEED={seed}");
        Rng(seed)
    }

    /// Uses `seed`, which must not be 0.
    pub(crate) fn seeded(seed: u64) -> Rng {
        Rng(seed)
    }

    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    /// One of `choices`.
    pub(crate) fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u64) as usize]
    }
}
