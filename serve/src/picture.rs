//! From the bytes of an upload to what the network sees.
//!
//! A file of a few bytes may claim any size. So its header is read first, and nothing is decoded that is larger than allowed.

use std::io::Cursor;

use axum::http::StatusCode;
use gradus::Error;
use gradus::data::{Image, Normalization};
use image::{ImageError, ImageFormat, ImageReader};

use crate::card::Card;
use crate::fault::Fault;

/// How many times as long as the other a side may be. Scaled until it covers a square, a longer strip would take far more
/// memory than it has pixels.
const STRIP: u32 = 20;

/// The numbers `(C, H, W)` that the network sees of the picture in `bytes`.
///
/// # Errors
/// 400 where the bytes are not a whole picture, 413 where it has more than `max_pixels`, 415 where it is of another format,
/// 422 where it cannot be brought into the size of the network.
pub fn values(bytes: &[u8], card: &Card, max_pixels: u64) -> Result<Vec<f32>, Fault> {
    check_size(bytes, max_pixels)?;
    let image = Image::decode(bytes, card.input, card.fit.into()).map_err(refused)?;
    let mut values = image.pixels().to_vec();
    let [_, height, width] = card.input;
    Normalization::new(&card.mean, &card.std)
        .map_err(|error| Fault::internal(error.to_string()))?
        .apply(&mut values, height * width);
    Ok(values)
}

/// Reads format and size, and refuses what is not to be decoded.
fn check_size(bytes: &[u8], max_pixels: u64) -> Result<(), Fault> {
    let format = match image::guess_format(bytes) {
        Ok(format @ (ImageFormat::Jpeg | ImageFormat::Png)) => format,
        Ok(other) => {
            return Err(Fault::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "a JPEG or PNG picture",
                format!("one in the format {other:?}"),
            ));
        }
        Err(_) => return Err(Fault::broken(format!("{} bytes that are no picture", bytes.len()))),
    };
    let header = ImageReader::with_format(Cursor::new(bytes), format).into_dimensions();
    let (width, height) = header.map_err(|error| match error {
        // Its decoder has limits too, which no allowed picture reaches.
        ImageError::Limits(error) => Fault::too_large(
            format!("a picture of at most {max_pixels} pixels"),
            format!("one that promises far more ({error})"),
        ),
        error => Fault::broken(format!("{} bytes whose header cannot be read ({error})", bytes.len())),
    })?;
    let pixels = u64::from(width) * u64::from(height);
    let size = format!("{width} x {height} = {pixels} pixels");
    if pixels > max_pixels {
        return Err(Fault::too_large(
            format!("a picture of at most {max_pixels} pixels"),
            size,
        ));
    }
    if width.max(height) > width.min(height).saturating_mul(STRIP) {
        return Err(Fault::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            format!("a picture whose longer side is at most {STRIP} times the shorter"),
            size,
        ));
    }
    Ok(())
}

fn refused(error: Error) -> Fault {
    match error {
        Error::File { got, .. } => Fault::broken(got),
        other => Fault::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "a picture that fits the network",
            other.to_string(),
        ),
    }
}
