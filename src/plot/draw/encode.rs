//! Bytes and text of finished pictures: PNG, base64, XML.

use std::collections::HashMap;

use crate::{Error, Result};

/// A PNG file; with a palette where 256 colours are enough, which is a third of the size.
pub(crate) fn png(rgb: &[u8], width: u32, height: u32, description: &str) -> Result<Vec<u8>> {
    let failed = |e: png::EncodingError| Error::Plot(format!("PNG: {e}"));
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, width, height);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::High);
    let chunk = encoder.add_itxt_chunk("Description".into(), description.into());
    chunk.map_err(failed)?;
    match indexed(rgb) {
        Some((palette, indices)) => {
            encoder.set_color(png::ColorType::Indexed);
            encoder.set_palette(palette);
            // Filters predict brightness from neighbours; palette numbers have no such order.
            encoder.set_filter(png::Filter::NoFilter);
            let mut writer = encoder.write_header().map_err(failed)?;
            writer.write_image_data(&indices).map_err(failed)?;
        }
        None => {
            encoder.set_color(png::ColorType::Rgb);
            let mut writer = encoder.write_header().map_err(failed)?;
            writer.write_image_data(rgb).map_err(failed)?;
        }
    }
    Ok(out)
}

/// The picture as a palette and one number per pixel, if it has at most 256 colours.
pub(crate) fn indexed(rgb: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let mut numbers: HashMap<[u8; 3], u8> = HashMap::new();
    let mut palette = Vec::new();
    let mut indices = Vec::with_capacity(rgb.len() / 3);
    for pixel in rgb.chunks_exact(3) {
        let color = [pixel[0], pixel[1], pixel[2]];
        let next = numbers.len();
        let index = match numbers.get(&color) {
            Some(&index) => index,
            None if next == 256 => return None,
            None => {
                palette.extend_from_slice(&color);
                numbers.insert(color, next as u8);
                next as u8
            }
        };
        indices.push(index);
    }
    Some((palette, indices))
}

/// Base64 with padding, in one line (RFC 4648).
pub(crate) fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0u32, |n, &b| n << 8 | u32::from(b)) << (8 * (3 - group.len()));
        for i in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * i) & 63) as usize];
            out.push(if i <= group.len() { char::from(letter) } else { '=' });
        }
    }
    out
}

/// Text with the characters escaped that mean something in XML.
pub(crate) fn xml(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;").replace('\'', "&apos;")
}

/// Whether neither XML nor a font has this character.
pub(crate) fn unprintable(c: char) -> bool {
    c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_matches_rfc_4648() {
        // The test vectors of RFC 4648, section 10, and two of the upper alphabet.
        let cases = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
        ];
        for (plain, coded) in cases {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
        assert_eq!(base64(&[0xfb, 0xff, 0xfe]), "+//+");
    }

    #[test]
    fn few_colours_get_a_palette_and_many_do_not() {
        let (palette, indices) = indexed(&[1, 2, 3, 9, 9, 9, 1, 2, 3]).unwrap();
        assert_eq!(
            (palette.as_slice(), indices.as_slice()),
            ([1, 2, 3, 9, 9, 9].as_slice(), [0, 1, 0].as_slice())
        );
        let exactly: Vec<u8> = (0..=255u8).flat_map(|v| [v, 0, 0]).collect();
        assert!(indexed(&exactly).is_some());
        let many: Vec<u8> = (0..=256u16).flat_map(|v| [v as u8, (v >> 8) as u8, 0]).collect();
        assert!(indexed(&many).is_none());
    }
}
