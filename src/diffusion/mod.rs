//! Diffusion: noise that is added step by step, and a network that takes it away again.
//!
//! [`NoiseSchedule`] says how much noise there is at each step, and adds it in one formula. Whoever knows the noise in a
//! picture, a [`NoiseModel`], can be asked to draw: [`sample`] starts from noise and goes the chain back, with noise of its
//! own at each step (DDPM) or without and in leaps (DDIM). [`Guided`] pulls what is drawn towards a class. Numbers are plain
//! rows here, `(samples, width)` one behind the other, so that points in the plane and pictures go the same way. Taught in
//! notebook 19.
//!
//! ```
//! use gradus::diffusion::{self, Chain, NoiseSchedule, Sampler};
//!
//! # fn main() -> gradus::Result<()> {
//! // All data are the one point (2, -1): then the noise in x is known exactly.
//! let schedule = NoiseSchedule::cosine(50)?;
//! let noise = |x: &[f32], t: usize| {
//!     let part = |(i, x): (usize, &f32)| (x - schedule.signal(t) * [2.0, -1.0][i % 2]) / schedule.noise(t);
//!     Ok(x.iter().enumerate().map(part).collect())
//! };
//! let Chain { samples, .. } = diffusion::sample(&schedule, &noise, [3, 2], &Sampler::ddim(10))?;
//! assert!(samples.chunks(2).all(|p| (p[0] - 2.0).abs() < 1e-3 && (p[1] + 1.0).abs() < 1e-3));
//! # Ok(())
//! # }
//! ```

mod guidance;
mod noised;
mod sampler;
mod schedule;
mod step;

pub use guidance::{Guided, guide};
pub use noised::{Noised, normal};
pub use sampler::{Chain, NoiseModel, Sampler, Way, sample};
pub use schedule::NoiseSchedule;
