//! The one division that all scores are made by.

/// `part / whole`, and 0 where there is no whole: the module's rule for empty classes.
pub(super) fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
