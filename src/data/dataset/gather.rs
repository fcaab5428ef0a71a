//! How a batch is made of the samples that a set keeps.

use super::batch::Batch;
use super::normalize::Normalization;
use super::set::Dataset;
use super::store::Inputs;

impl Dataset {
    /// The batch of the samples at these positions of the storage. Sequences are filled up to the longest of them, and to
    /// `least` steps.
    pub(super) fn gather(&self, rows: &[usize], least: usize) -> Batch {
        if let Inputs::Tokens(_) | Inputs::Rows(..) = &self.inputs {
            return self.gather_sequences(rows, least);
        }
        let n = self.sample_len();
        let mut inputs = Vec::with_capacity(rows.len() * n);
        let (channels, plane) = self.channels();
        match &self.inputs {
            Inputs::Pixels(bytes) => {
                let table = pixel_table(self.normalization.as_ref(), channels);
                for row in rows {
                    for (channel, lookup) in table.iter().enumerate() {
                        let start = row * n + channel * plane;
                        inputs.extend(bytes[start..start + plane].iter().map(|&b| lookup[usize::from(b)]));
                    }
                }
            }
            Inputs::Values(values) => {
                for row in rows {
                    inputs.extend_from_slice(&values[row * n..(row + 1) * n]);
                }
                if let Some(normalization) = &self.normalization {
                    normalization.apply(&mut inputs, plane);
                }
            }
            // Done above.
            Inputs::Tokens(_) | Inputs::Rows(..) => {}
        }
        Batch {
            inputs,
            sample_shape: self.sample_shape.to_vec(),
            targets: self.targets.at(rows, 0),
        }
    }
}

/// What each byte becomes, channel by channel: a table is exact and saves a division per pixel.
fn pixel_table(normalization: Option<&Normalization>, channels: usize) -> Vec<[f32; 256]> {
    let scaled: [f32; 256] = std::array::from_fn(|byte| byte as f32 / 255.0);
    let mut table = vec![scaled; channels];
    if let Some(normalization) = normalization {
        normalization.apply(table.as_flattened_mut(), 256);
    }
    table
}
