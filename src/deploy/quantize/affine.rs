//! From numbers to whole numbers and back.

use crate::{Error, Result};

/// How many bits weights and activations get, 2 to 8. Taught in notebook 23.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bits {
    /// Bits of a weight.
    pub weights: u32,
    /// Bits of an activation.
    pub activations: u32,
}

impl Default for Bits {
    /// 8 and 8.
    fn default() -> Self {
        Self::of(8)
    }
}

impl Bits {
    /// The same number of bits for both.
    pub fn of(bits: u32) -> Self {
        Self {
            weights: bits,
            activations: bits,
        }
    }

    pub(super) fn check(self) -> Result<()> {
        checked(self.weights).and(checked(self.activations)).map(drop)
    }
}

fn checked(bits: u32) -> Result<u32> {
    if (2..=8).contains(&bits) {
        return Ok(bits);
    }
    Err(Error::Argument {
        what: "bits of a quantized number".into(),
        expected: "2 to 8: a whole number has to fit into an i8".into(),
        got: bits.to_string(),
    })
}

/// An affine map between numbers and whole numbers of few bits: `x` is about `scale * (q - zero)`.
///
/// Jacob et al. 2018, *Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference*,
/// arXiv:1712.05877, equation 1. PyTorch: `torch.quantize_per_tensor(x, scale, zero_point, torch.qint8)`. Taught in notebook 23.
///
/// ```
/// use gradus::deploy::Affine;
///
/// # fn main() -> gradus::Result<()> {
/// let map = Affine::of_range(-1.0, 3.0, 8)?;
/// assert_eq!((map.quantize(-1.0), map.quantize(0.0), map.quantize(3.0)), (-128, map.zero, 127));
/// assert_eq!(map.dequantize(map.quantize(0.0)), 0.0);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Affine {
    /// What one step of the whole number is worth.
    pub scale: f32,
    /// The whole number that stands for 0.
    pub zero: i8,
    /// How many bits the whole number has.
    pub bits: u32,
}

impl Affine {
    /// The map whose whole numbers, from `-2^(bits - 1)` to `2^(bits - 1) - 1`, reach from `least` to `most`; a range that does
    /// not hold 0 is made longer until it does, so that 0 has a whole number of its own.
    ///
    /// # Errors
    /// [`Error::Argument`] for a range that ends before it begins and for bits that are not 2 to 8, [`Error::NotFinite`] for ends
    /// that are NaN or infinite.
    pub fn of_range(least: f32, most: f32, bits: u32) -> Result<Self> {
        let bits = checked(bits)?;
        if let Some(value) = [least, most].into_iter().find(|end| !end.is_finite()) {
            return Err(Error::NotFinite {
                what: "an end of the range to quantize".into(),
                value: f64::from(value),
                hint: "Look at the activations: one of them is not finite".into(),
            });
        }
        if least > most {
            return Err(Error::Argument {
                what: "range to quantize".into(),
                expected: "a least number that is not above the most".into(),
                got: format!("{least} to {most}"),
            });
        }
        let (least, most) = (least.min(0.0), most.max(0.0));
        let (low, high) = ends(bits);
        let steps = (high - low) as f32;
        let scale = ((most - least) / steps).max(f32::MIN_POSITIVE);
        let zero = (low as f32 - least / scale)
            .round_ties_even()
            .clamp(low as f32, high as f32);
        Ok(Self {
            scale,
            zero: zero as i8,
            bits,
        })
    }

    /// The whole number nearest to `x`, the last one of its side for an `x` outside the range.
    pub fn quantize(&self, x: f32) -> i8 {
        let (low, high) = ends(self.bits);
        // As the kernel computes it: by the reciprocal, and one half to the even side.
        let q = (x * (1.0 / self.scale)).round_ties_even() + f32::from(self.zero);
        q.clamp(low as f32, high as f32) as i8
    }

    /// The number that `q` stands for.
    pub fn dequantize(&self, q: i8) -> f32 {
        self.scale * (i32::from(q) - i32::from(self.zero)) as f32
    }
}

/// The least and the largest whole number.
pub(super) fn ends(bits: u32) -> (i32, i32) {
    let half = 1 << (bits - 1);
    (-half, half - 1)
}

/// The rows of a matrix as whole numbers with a scale for each row and no zero point: `w` is about `scale * q`, where the largest
/// number of the row has the largest whole number, `2^(bits - 1) - 1`. Returns the whole numbers and the scales.
///
/// Krishnamoorthi 2018, *Quantizing deep convolutional networks for efficient inference*, arXiv:1806.08342. PyTorch:
/// `torch.quantize_per_channel`. Taught in notebook 23.
///
/// # Errors
/// [`Error::Argument`] for bits that are not 2 to 8 and for numbers that are not whole rows, [`Error::NotFinite`] for a number
/// that is NaN or infinite.
pub fn symmetric_rows(weights: &[f32], row: usize, bits: u32) -> Result<(Vec<i8>, Vec<f32>)> {
    let most = ends(checked(bits)?).1 as f32;
    if row == 0 || !weights.len().is_multiple_of(row) {
        return Err(Error::Argument {
            what: "length of a row".into(),
            expected: format!("a number that divides {} weights", weights.len()),
            got: row.to_string(),
        });
    }
    if let Some(value) = weights.iter().find(|w| !w.is_finite()) {
        return Err(Error::NotFinite {
            what: "a weight to quantize".into(),
            value: f64::from(*value),
            hint: "A network with such a weight answers nothing but NaN".into(),
        });
    }
    let (mut whole, mut scales) = (Vec::with_capacity(weights.len()), Vec::new());
    for row in weights.chunks(row) {
        let largest = row.iter().fold(0.0f32, |m, w| m.max(w.abs()));
        let scale = (largest / most).max(f32::MIN_POSITIVE);
        whole.extend(
            row.iter()
                .map(|w| (w / scale).round_ties_even().clamp(-most, most) as i8),
        );
        scales.push(scale);
    }
    Ok((whole, scales))
}
