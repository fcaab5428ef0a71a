//! Pictures that one can see through: they are laid on white, as paper and browsers do it.

use image::{DynamicImage, GrayImage, RgbImage};

/// The picture without transparency. What lies under clear pixels is mostly black and means nothing.
pub(super) fn on_white(picture: DynamicImage) -> DynamicImage {
    let color = picture.color();
    if !color.has_alpha() {
        return picture;
    }
    let (width, height) = (picture.width(), picture.height());
    let laid = if color.has_color() {
        let bytes = mixed::<4>(&picture.into_rgba8());
        RgbImage::from_raw(width, height, bytes).map(DynamicImage::ImageRgb8)
    } else {
        let bytes = mixed::<2>(&picture.into_luma_alpha8());
        GrayImage::from_raw(width, height, bytes).map(DynamicImage::ImageLuma8)
    };
    // The numbers of bytes fit: they were counted from the same picture.
    laid.unwrap_or_default()
}

/// Pixels of `N` bytes, the last of which says how much of the others is seen.
fn mixed<const N: usize>(bytes: &[u8]) -> Vec<u8> {
    let (pixels, _) = bytes.as_chunks::<N>();
    let mix = |value: u8, cover: u8| {
        let (value, cover) = (u32::from(value), u32::from(cover));
        ((value * cover + 255 * (255 - cover) + 127) / 255) as u8
    };
    let mixed = |pixel: &[u8; N]| {
        let cover = pixel[N - 1];
        pixel.map(|value| mix(value, cover)).into_iter().take(N - 1)
    };
    pixels.iter().flat_map(mixed).collect()
}
