//! How much noise there is at each step.

use crate::{Error, Result};

/// How much noise there is at each step `t` from 1 to `T`: the share `beta(t)` of the variance that is new noise at this step, and
/// what is left of the picture after it.
///
/// One step is `x_t = sqrt(1 - beta) x_(t-1) + sqrt(beta) z`; all steps up to `t` at once are
/// `x_t = signal(t) x_0 + noise(t) z` with `signal² = alpha_bar = product of all (1 - beta)` and `noise² = 1 - alpha_bar`.
/// Step 0 is the picture itself. diffusers: `DDPMScheduler.betas` and `alphas_cumprod`, which count from 0. Taught in notebook 19.
#[derive(Clone, Debug, PartialEq)]
pub struct NoiseSchedule {
    /// The first entry, that of step 0, is 0.
    betas: Vec<f64>,
    /// The first entry, that of step 0, is 1.
    alpha_bars: Vec<f64>,
}

impl NoiseSchedule {
    /// Betas that rise evenly from `0.1 / T` to `20 / T`: for 1000 steps the 0.0001 to 0.02 of Ho, Jain & Abbeel 2020, *Denoising
    /// Diffusion Probabilistic Models*, arXiv:2006.11239; for other numbers of steps about as much noise in all.
    ///
    /// # Errors
    /// [`Error::Argument`] for fewer than 21 steps, of which the last would have a beta near 1.
    pub fn linear(steps: usize) -> Result<Self> {
        if steps < 21 {
            return Err(wrong(
                "steps of a linear noise schedule",
                "at least 21",
                steps.to_string(),
            ));
        }
        let (first, last) = (0.1 / steps as f64, 20.0 / steps as f64);
        let beta = |i: usize| first + (last - first) * i as f64 / (steps - 1) as f64;
        Self::from_betas((0..steps).map(beta).collect())
    }

    /// What is left of the picture falls like a squared cosine: `alpha_bar(t) = f(t) / f(0)`, `f(t) = cos²((t / T + 0.008) / 1.008 *
    /// pi / 2)`, with no beta above 0.999. Nichol & Dhariwal 2021, *Improved Denoising Diffusion Probabilistic Models*,
    /// arXiv:2102.09672.
    ///
    /// # Errors
    /// [`Error::Argument`] for no step.
    pub fn cosine(steps: usize) -> Result<Self> {
        let f = |t: usize| {
            let angle = (t as f64 / steps as f64 + 0.008) / 1.008 * std::f64::consts::FRAC_PI_2;
            angle.cos().powi(2)
        };
        Self::from_betas((1..=steps).map(|t| (1.0 - f(t) / f(t - 1)).min(0.999)).collect())
    }

    /// A schedule of your own: beta of step 1, of step 2 and so on.
    ///
    /// # Errors
    /// [`Error::Argument`] for no beta, and for one that is not between 0 and 1.
    pub fn from_betas(betas: Vec<f64>) -> Result<Self> {
        if betas.is_empty() {
            return Err(wrong("steps of a noise schedule", "at least 1", "0".into()));
        }
        if let Some(i) = betas.iter().position(|beta| !(*beta > 0.0 && *beta < 1.0)) {
            let what = format!("beta of step {}", i + 1);
            return Err(wrong(&what, "a number above 0 and below 1", betas[i].to_string()));
        }
        let mut alpha_bars = vec![1.0];
        for beta in &betas {
            alpha_bars.push(alpha_bars[alpha_bars.len() - 1] * (1.0 - beta));
        }
        Ok(Self {
            betas: [vec![0.0], betas].concat(),
            alpha_bars,
        })
    }

    /// The number of steps, `T`.
    pub fn steps(&self) -> usize {
        self.betas.len() - 1
    }

    /// The share of the variance that is new noise at step `t`; the last step's beyond it.
    pub fn beta(&self, t: usize) -> f64 {
        self.betas[t.min(self.steps())]
    }

    /// The share of the variance that is still the picture's after step `t`; the last step's beyond it.
    pub fn alpha_bar(&self, t: usize) -> f64 {
        self.alpha_bars[t.min(self.steps())]
    }

    /// What the picture is multiplied by to be as it is at step `t`: the root of [`alpha_bar`](Self::alpha_bar).
    pub fn signal(&self, t: usize) -> f32 {
        self.alpha_bar(t).sqrt() as f32
    }

    /// The standard deviation of the noise at step `t`: the root of what [`alpha_bar`](Self::alpha_bar) lacks to 1.
    pub fn noise(&self, t: usize) -> f32 {
        (1.0 - self.alpha_bar(t)).sqrt() as f32
    }

    /// `x_t = signal(t) x_0 + noise(t) z`, number by number.
    ///
    /// # Errors
    /// [`Error::Argument`] for a step beyond the last, [`Error::Shape`] for another number of `z` than of `x_0`.
    pub fn add_noise(&self, clean: &[f32], t: usize, z: &[f32]) -> Result<Vec<f32>> {
        self.check(t)?;
        same_length("noise that is added", clean, z)?;
        let (signal, noise) = (self.signal(t), self.noise(t));
        Ok(clean.iter().zip(z).map(|(x, z)| signal * x + noise * z).collect())
    }

    /// Whether `t` is a step of the schedule, or 0.
    pub(super) fn check(&self, t: usize) -> Result<()> {
        if t <= self.steps() {
            return Ok(());
        }
        let expected = format!("0 to {}, the steps of the schedule", self.steps());
        Err(wrong("step of a noise schedule", &expected, t.to_string()))
    }
}

pub(super) fn wrong(what: &str, expected: &str, got: String) -> Error {
    Error::Argument {
        what: what.into(),
        expected: expected.into(),
        got,
    }
}

/// Whether two rows of numbers are as long as each other.
pub(super) fn same_length(what: &str, x: &[f32], other: &[f32]) -> Result<()> {
    if x.len() == other.len() {
        return Ok(());
    }
    Err(Error::Shape {
        layer: what.into(),
        expected: format!("{} numbers, as many as the samples have", x.len()),
        got: other.len().to_string(),
    })
}
