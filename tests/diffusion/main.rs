//! Noise schedules, the way back, guidance.

mod chain;
