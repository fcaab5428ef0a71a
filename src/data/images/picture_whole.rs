//! Whether a picture's file goes on to its end. Decoders are lenient: they fill what is missing with grey.

const PNG: [u8; 8] = *b"\x89PNG\r\n\x1a\n";
const JPEG: [u8; 2] = [0xFF, 0xD8];

/// Whether the bytes of a PNG or JPEG file reach its end mark; `true` for any other kind of file.
pub(super) fn is_whole(bytes: &[u8]) -> bool {
    if let Some(chunks) = bytes.strip_prefix(&PNG) {
        return png_ends(chunks);
    }
    match bytes.strip_prefix(&JPEG) {
        Some(segments) => jpeg_ends(segments),
        None => true,
    }
}

/// Chunks of a length, a name of four letters, data and a checksum; the last one is `IEND`.
fn png_ends(mut bytes: &[u8]) -> bool {
    while bytes.len() >= 12 {
        let length = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) as usize;
        if &bytes[4..8] == b"IEND" {
            return true;
        }
        match bytes.get(length.saturating_add(12)..) {
            Some(rest) => bytes = rest,
            None => return false,
        }
    }
    false
}

/// Segments of a mark `FF xx`, a length and data; the one that begins a scan (DA) is followed by compressed pixels, in
/// which `FF` is never followed by anything but 0 or a restart mark. The last mark is D9.
fn jpeg_ends(mut bytes: &[u8]) -> bool {
    loop {
        // Pixels, or filling between two segments.
        match bytes {
            [0xFF, 0xD9, ..] => return true,
            [0xFF, 0x01..=0xCF | 0xDA..=0xFE, high, low, ..] => {
                let length = usize::from(u16::from_be_bytes([*high, *low]));
                match bytes.get(2 + length..) {
                    Some(rest) => bytes = rest,
                    None => return false,
                }
            }
            [_, rest @ ..] => bytes = rest,
            [] => return false,
        }
    }
}
