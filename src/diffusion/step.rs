//! One step back along the chain.

use super::schedule::{NoiseSchedule, same_length, wrong};
use crate::Result;

impl NoiseSchedule {
    /// The clean sample behind `x_t` if `noise` is what is in it: `(x_t - noise(t) z) / signal(t)`, cut to `[-clip, clip]`
    /// where there is a `clip`.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) for a step that is not in the schedule, [`Error::Shape`](crate::Error::Shape)
    /// where the numbers of the two differ.
    pub fn clean(&self, x: &[f32], t: usize, noise: &[f32], clip: Option<f32>) -> Result<Vec<f32>> {
        self.check(t)?;
        same_length("noise of a sample", x, noise)?;
        let (signal, spread) = (self.signal(t), self.noise(t));
        let clean = x.iter().zip(noise).map(|(x, z)| (x - spread * z) / signal);
        Ok(match clip {
            Some(most) => clean.map(|x| x.clamp(-most.abs(), most.abs())).collect(),
            None => clean.collect(),
        })
    }

    /// From step `t` to step `t - 1` with new noise `z`, if `noise` is what is in `x`: the mean of what `x_(t-1)` can have been,
    /// `sqrt(alpha_bar(t-1)) beta / (1 - alpha_bar(t)) x_0 + sqrt(1 - beta) (1 - alpha_bar(t-1)) / (1 - alpha_bar(t)) x_t`, and
    /// `z` times its standard deviation, the root of `beta (1 - alpha_bar(t-1)) / (1 - alpha_bar(t))`: 0 at step 1.
    ///
    /// Ho, Jain & Abbeel 2020, arXiv:2006.11239, formulas 6, 7 and 15. diffusers: `DDPMScheduler.step` with
    /// `variance_type="fixed_small"`.
    ///
    /// # Errors
    /// As [`clean`](Self::clean); step 0 has none before it.
    pub fn ddpm_step(&self, x: &[f32], t: usize, noise: &[f32], z: &[f32], clip: Option<f32>) -> Result<Vec<f32>> {
        if t == 0 {
            return Err(wrong("step to go back from", "at least 1", "0".into()));
        }
        same_length("new noise", x, z)?;
        let clean = self.clean(x, t, noise, clip)?;
        let (beta, before, now) = (self.beta(t), self.alpha_bar(t - 1), self.alpha_bar(t));
        let of_clean = (before.sqrt() * beta / (1.0 - now)) as f32;
        let of_x = ((1.0 - beta).sqrt() * (1.0 - before) / (1.0 - now)) as f32;
        let deviation = (beta * (1.0 - before) / (1.0 - now)).sqrt() as f32;
        let all = clean.iter().zip(x).zip(z);
        Ok(all
            .map(|((clean, x), z)| of_clean * clean + of_x * x + deviation * z)
            .collect())
    }

    /// From step `t` to any earlier step `to` without new noise, if `noise` is what is in `x`: the clean sample behind `x` with the
    /// same noise put back, as much as there is at `to`. Where the clean sample was cut to `clip`, the noise is what is then left
    /// of `x`.
    ///
    /// Song, Meng & Ermon 2021, *Denoising Diffusion Implicit Models*, arXiv:2010.02502, formula 12 with eta = 0. diffusers:
    /// `DDIMScheduler.step` with `use_clipped_model_output=True`.
    ///
    /// # Errors
    /// As [`clean`](Self::clean); [`Error::Argument`](crate::Error::Argument) where `to` is not before `t`.
    pub fn ddim_step(&self, x: &[f32], t: usize, to: usize, noise: &[f32], clip: Option<f32>) -> Result<Vec<f32>> {
        if to >= t {
            let expected = format!("below {t}, where it comes from");
            return Err(wrong("step to go back to", &expected, to.to_string()));
        }
        let clean = self.clean(x, t, noise, clip)?;
        let (signal, spread) = (self.signal(t), self.noise(t));
        let left = x.iter().zip(&clean).map(|(x, clean)| (x - signal * clean) / spread);
        let (signal, spread) = (self.signal(to), self.noise(to));
        Ok(clean
            .iter()
            .zip(left)
            .map(|(clean, z)| signal * clean + spread * z)
            .collect())
    }
}
