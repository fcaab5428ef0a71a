//! The font's two files: a subset of DejaVu Sans.

pub(super) static REGULAR: &[u8] = include_bytes!("fonts/DejaVuSans.ttf");
#[cfg(not(target_arch = "wasm32"))]
pub(super) static BOLD: &[u8] = include_bytes!("fonts/DejaVuSans-Bold.ttf");
