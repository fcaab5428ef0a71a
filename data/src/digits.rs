//! Digits that the project drew itself, compiled in: 6000 for training and 1000 for testing, 28x28, grey, in MNIST's
//! own format (idx, gzip-compressed).
//!
//! They stand in where MNIST cannot be had. `cargo run -p gradus-data --example draw_digits` draws them again.

/// The training pictures: idx3, 6000 x 28 x 28.
pub const TRAIN_IMAGES: &[u8] = include_bytes!("../digits/train-images-idx3-ubyte.gz");
/// The training labels: idx1, 6000.
pub const TRAIN_LABELS: &[u8] = include_bytes!("../digits/train-labels-idx1-ubyte.gz");
/// The test pictures: idx3, 1000 x 28 x 28.
pub const TEST_IMAGES: &[u8] = include_bytes!("../digits/test-images-idx3-ubyte.gz");
/// The test labels: idx1, 1000.
pub const TEST_LABELS: &[u8] = include_bytes!("../digits/test-labels-idx1-ubyte.gz");
