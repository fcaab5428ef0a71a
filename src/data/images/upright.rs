//! How a picture is to be turned before it is looked at. Cameras store what the sensor saw, and note beside it (EXIF) how
//! they were held.

use image::ImageDecoder;
use image::metadata::Orientation;

const PNG: [u8; 8] = *b"\x89PNG\r\n\x1a\n";
/// The number of the note among those of EXIF.
const ORIENTATION: u16 = 0x0112;

/// What the file says. A file without a note, or with one that cannot be read, is not turned.
pub(super) fn orientation(bytes: &[u8], decoder: &mut impl ImageDecoder) -> Orientation {
    // The decoder looks for the note in JPEG files only.
    let note = match bytes.strip_prefix(&PNG) {
        Some(chunks) => png_note(chunks).map(<[u8]>::to_vec),
        None => decoder.exif_metadata().ok().flatten(),
    };
    note.and_then(|note| read(&note)).unwrap_or(Orientation::NoTransforms)
}

/// The data of the chunk `eXIf`.
fn png_note(mut bytes: &[u8]) -> Option<&[u8]> {
    while bytes.len() >= 12 {
        let length = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) as usize;
        let data = bytes[8..].get(..length)?;
        if &bytes[4..8] == b"eXIf" {
            return Some(data);
        }
        bytes = bytes.get(length.saturating_add(12)..)?;
    }
    None
}

/// The note itself: a table of entries of 12 bytes (number, type, count, value), in the byte order of the camera.
fn read(note: &[u8]) -> Option<Orientation> {
    let note = note.strip_prefix(b"Exif\0\0").unwrap_or(note);
    let little = match note.get(..4)? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    let short = |at: usize| {
        let bytes: [u8; 2] = note.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if little {
            u16::from_le_bytes(bytes)
        } else {
            u16::from_be_bytes(bytes)
        })
    };
    let long = |at: usize| {
        let bytes: [u8; 4] = note.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if little {
            u32::from_le_bytes(bytes)
        } else {
            u32::from_be_bytes(bytes)
        })
    };
    let table = long(4)? as usize;
    for entry in 0..usize::from(short(table)?) {
        let at = table.checked_add(2 + 12 * entry)?;
        if short(at)? == ORIENTATION {
            // A short number; some programs write a long one.
            let value = match short(at + 2)? {
                3 => u32::from(short(at + 8)?),
                4 => long(at + 8)?,
                _ => return None,
            };
            return Orientation::from_exif(u8::try_from(value).ok()?);
        }
    }
    None
}
