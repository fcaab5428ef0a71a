//! How many passed and how many failed.

/// How many tests, notebooks or exercises passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tally {
    /// Those that passed.
    pub passed: usize,
    /// Those that failed.
    pub failed: usize,
}

impl Tally {
    /// One that passed.
    pub const ONE: Self = Self { passed: 1, failed: 0 };

    /// Counts those of `other` too.
    pub fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}
