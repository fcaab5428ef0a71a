//! Pictures in files: PNG and JPEG are read, PNG is written.

use std::io::Cursor;
use std::path::Path;

use image::{DynamicImage, ImageDecoder, ImageReader, ImageResult, Limits};

use super::image::Image;
use super::opaque::on_white;
use super::picture_whole::is_whole;
use super::resize::{Fit, Resampler, check_size, scaled, vertically};
use super::upright;
use crate::{Error, Result};

impl Image {
    /// The picture in a PNG or JPEG file, whatever its name ends in: in colour, or grey where the file is.
    /// What is transparent lies on white. A camera's note that the picture be turned (EXIF) is followed: the picture comes
    /// as one looks at it.
    ///
    /// PyTorch: `torchvision.io.read_image(path, apply_exif_orientation=True)`. Taught in notebook 09.
    ///
    /// # Errors
    /// [`Error::Io`] where the file cannot be read, [`Error::File`] where it does not hold a whole PNG or JPEG picture.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let (picture, _) = decode(path.as_ref(), &read(path.as_ref())?)?;
        Ok(to_size(&picture, picture.height() as usize, picture.width() as usize))
    }

    /// The picture in the bytes of a PNG or JPEG file, fitted into `shape`, `(C, H, W)`, of one channel (grey) or three: what
    /// an upload has to become before a network sees it. It is the same that [`ImageFolder`](crate::data::ImageFolder) makes of
    /// a file with these bytes. Taught in notebook 24.
    ///
    /// # Errors
    /// [`Error::File`] where the bytes are not a whole PNG or JPEG picture, [`Error::Argument`] where the shape does not have
    /// one channel or three, or a side of it is 0.
    pub fn decode(bytes: &[u8], shape: [usize; 3], fit: Fit) -> Result<Self> {
        let [channels, height, width] = shape;
        if channels != 1 && channels != 3 {
            return Err(Error::Argument {
                what: "shape of a picture".into(),
                expected: "1 channel (grey) or 3 (red, green, blue)".into(),
                got: format!("{shape:?}"),
            });
        }
        Ok(fitted(Path::new("the picture"), bytes, [height, width], fit, channels == 3)?.image)
    }

    /// Writes the picture to a PNG file.
    ///
    /// # Errors
    /// [`Error::Argument`] where the name does not end in `.png`, [`Error::Io`] where the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        if !path.extension().is_some_and(|e| e.eq_ignore_ascii_case("png")) {
            return Err(Error::Argument {
                what: format!("file name {}", path.display()),
                expected: "the ending .png".into(),
                got: path.extension().unwrap_or_default().to_string_lossy().into_owned(),
            });
        }
        let [channels, height, width] = self.shape();
        let plane = height * width;
        let byte = |value: f32| (value * 255.0).round() as u8;
        let bytes: Vec<u8> = (0..plane)
            .flat_map(|i| (0..channels).map(move |c| byte(self.pixels()[c * plane + i])))
            .collect();
        let color = if channels == 1 {
            image::ExtendedColorType::L8
        } else {
            image::ExtendedColorType::Rgb8
        };
        let mut file = Cursor::new(Vec::new());
        image::write_buffer_with_format(
            &mut file,
            &bytes,
            width as u32,
            height as u32,
            color,
            image::ImageFormat::Png,
        )
        .map_err(|error| Error::Plot(format!("PNG: {error}")))?;
        std::fs::write(path, file.into_inner()).map_err(|source| Error::Io {
            path: path.into(),
            source,
        })
    }
}

/// A picture from a file, fitted into a size.
pub(in crate::data) struct Opened {
    /// The picture in that size.
    pub image: Image,
    /// Height and width of the whole picture, as one looks at it.
    pub size: [usize; 2],
    /// Height and width in the file, before the camera's note turns it.
    pub stored: [usize; 2],
}

/// The picture in a file, in three channels or one, fitted into `height` x `width` pixels.
pub(in crate::data) fn open_fitted(path: &Path, size: [usize; 2], fit: Fit, color: bool) -> Result<Opened> {
    check_size(size[0], size[1])?;
    fitted(path, &read(path)?, size, fit, color)
}

/// The same of the bytes of a file; `path` is for messages.
fn fitted(path: &Path, bytes: &[u8], [height, width]: [usize; 2], fit: Fit, color: bool) -> Result<Opened> {
    check_size(height, width)?;
    let (picture, stored) = decode(path, bytes)?;
    let size = [picture.height() as usize, picture.width() as usize];
    // Scaled on the way from bytes to numbers: a large photograph as `f32` takes much memory.
    let (h, w) = scaled(size, [height, width], fit);
    check_size(h, w).map_err(|_| Error::File {
        path: path.into(),
        expected: format!("a picture that can be scaled to {height} x {width} pixels"),
        got: format!("{} x {} pixels, which would become {h} x {w} first", size[0], size[1]),
        hint: "Cut a part out of it, or choose Fit::Stretch or Fit::Pad".into(),
    })?;
    let fitted = to_size(&picture, h, w).fit(height, width, fit)?;
    let image = match (color, fitted.channels()) {
        (false, _) => fitted.grey(),
        (true, 1) => Image::new(3, height, width, fitted.pixels().repeat(3))?,
        (true, _) => fitted,
    };
    Ok(Opened { image, size, stored })
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|source| Error::Io {
        path: path.into(),
        source,
    })
}

/// The picture in the bytes of a file, upright and opaque, and its height and width before it was turned.
fn decode(path: &Path, bytes: &[u8]) -> Result<(DynamicImage, [usize; 2])> {
    let wrong = |got: String| Error::File {
        path: path.into(),
        expected: "a whole PNG or JPEG picture".into(),
        got,
        hint: "Replace or delete the file, or skip broken files".into(),
    };
    match pixels(bytes) {
        Ok(_) if !is_whole(bytes) => Err(wrong(format!("{} bytes that break off", bytes.len()))),
        Ok((picture, stored)) if !stored.contains(&0) => Ok((on_white(picture), stored)),
        Ok(_) => Err(wrong("one without pixels".into())),
        Err(error) => Err(wrong(format!("{} bytes ({error})", bytes.len()))),
    }
}

/// The picture in these bytes, upright, and its height and width before it was turned.
fn pixels(bytes: &[u8]) -> ImageResult<(DynamicImage, [usize; 2])> {
    // The content decides, not the ending: both kinds of picture travel under each other's names.
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?;
    let mut decoder = reader.into_decoder()?;
    // A file of a few bytes may claim to be larger than the memory.
    Limits::default().reserve(decoder.total_bytes())?;
    let orientation = upright::orientation(bytes, &mut decoder);
    let mut picture = DynamicImage::from_decoder(decoder)?;
    let stored = [picture.height() as usize, picture.width() as usize];
    picture.apply_orientation(orientation);
    Ok((picture, stored))
}

/// The picture in `height` x `width` pixels, in colour or in grey as the file is.
fn to_size(picture: &DynamicImage, height: usize, width: usize) -> Image {
    let (rows, columns) = (picture.height() as usize, picture.width() as usize);
    let (channels, bytes) = if picture.color().has_color() {
        (3, picture.to_rgb8().into_raw())
    } else {
        (1, picture.to_luma8().into_raw())
    };
    let across = Resampler::new(columns, width);
    let mut pixels = Vec::with_capacity(channels * height * width);
    let mut plane = Vec::with_capacity(rows * width);
    for channel in 0..channels {
        plane.clear();
        for row in bytes.chunks_exact(columns * channels) {
            across.line(|x| f32::from(row[x * channels + channel]) / 255.0, &mut plane);
        }
        vertically(&plane, rows, width, height, &mut pixels);
    }
    Image::trusted(channels, height, width, pixels)
}
