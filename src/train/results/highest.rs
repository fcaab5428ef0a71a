//! The answer among scores.

/// The class with the highest score; of equals, the lower one.
pub(in crate::train) fn highest(row: &[f32]) -> usize {
    let mut best = 0;
    for (class, score) in row.iter().enumerate() {
        if *score > row[best] {
            best = class;
        }
    }
    best
}
