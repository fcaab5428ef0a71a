//! A diffusion model at work: noise becomes a digit, and a digit becomes noise.

use anyhow::{Context, Result, bail, ensure};
use gradus::diffusion::{self, NoiseSchedule, Sampler, guide};
use gradus::nn::{StateDict, load_state_dict};
use gradus::prelude::*;
use serde::Deserialize;
use serde_json::json;

use crate::lab::{Lab, Reply, Request};

/// The network of chapter 19: 12 maps at full size, 24 at half and at a quarter; ten digits and "no class".
type Net = UNet<1, 12, 24, 48, 11>;

const PIXELS: usize = 28 * 28;
const NO_CLASS: usize = 10;
/// Steps of the schedule, and the most leaps that are waited for.
const STEPS: usize = 100;

/// What is to be drawn.
#[derive(Deserialize)]
struct Wish {
    /// 0 to 9; 10 leaves it open.
    class: usize,
    seed: u64,
    leaps: usize,
    /// The weight of classifier-free guidance: 1 is the network as it is.
    guidance: f32,
}

/// Which part of the way from a digit to noise is to be seen.
#[derive(Deserialize)]
struct Way {
    step: usize,
    seed: u64,
}

/// Where a picture with noise stands, and which class it is said to be.
#[derive(Deserialize)]
struct Place {
    step: usize,
    class: usize,
}

/// The laboratory: the network, and a chain on its way from noise.
pub(crate) struct Diffusion {
    net: Built<Net>,
    schedule: NoiseSchedule,
    chain: Option<Chain>,
}

/// Where the drawing stands.
struct Chain {
    wish: Wish,
    /// The steps that are visited, from the last of the schedule down to 0.
    visits: Vec<usize>,
    /// How many leaps have been taken.
    taken: usize,
    x: Vec<f32>,
}

impl Diffusion {
    /// Puts the weights of a file into the network.
    pub(crate) fn new(weights: &[u8]) -> Result<Self> {
        let mut net = device(0)?.build_module::<Net, f32>();
        load_state_dict(&mut net, &StateDict::from_bytes("digits_unet.safetensors", weights)?)?;
        let schedule = NoiseSchedule::cosine(STEPS)?;
        Ok(Self {
            net,
            schedule,
            chain: None,
        })
    }

    /// Begins with noise.
    fn begin(&mut self, wish: Wish) -> Result<Reply> {
        ensure!(
            wish.class <= NO_CLASS,
            "classes are 0 to 9, and {NO_CLASS} for none; not {}",
            wish.class
        );
        let weight = wish.guidance;
        ensure!(
            (0.0..=10.0).contains(&weight),
            "the weight of guidance is 0 to 10, not {weight}"
        );
        let visits = Sampler::ddim(wish.leaps).visits(&self.schedule)?;
        let x = diffusion::normal(PIXELS, wish.seed);
        let reply = json!({ "step": visits[0], "leaps": visits.len() - 1 });
        self.chain = Some(Chain {
            wish,
            visits,
            taken: 0,
            x: x.clone(),
        });
        Ok(Reply::with(reply, x))
    }

    /// One leap: the picture after it, and the clean picture that the network guessed behind the noise.
    fn leap(&mut self) -> Result<Reply> {
        let mut chain = self.chain.take().context("no drawing has begun")?;
        let Some(&[t, to]) = chain.visits.get(chain.taken..chain.taken + 2) else {
            bail!("the drawing is finished");
        };
        let noise = self.noise(&chain, t)?;
        let guess = self.schedule.clean(&chain.x, t, &noise, Some(1.0))?;
        chain.x = self.schedule.ddim_step(&chain.x, t, to, &noise, Some(1.0))?;
        chain.taken += 1;
        let reply = json!({ "step": to, "done": to == 0 });
        let numbers = [chain.x.as_slice(), &guess].concat();
        self.chain = Some(chain);
        Ok(Reply::with(reply, numbers))
    }

    /// The noise that the network sees, exaggerated towards the class as far as is wished.
    fn noise(&self, chain: &Chain, t: usize) -> Result<Vec<f32>> {
        let asked = |class: usize| self.net.noise(&chain.x, [28, 28], &[t], &[class]);
        let with = asked(chain.wish.class)?;
        if chain.wish.class == NO_CLASS || chain.wish.guidance == 1.0 {
            return Ok(with);
        }
        Ok(guide(&with, &asked(NO_CLASS)?, chain.wish.guidance)?)
    }

    /// A digit with as much noise as it has at a step.
    fn noised(&self, request: &Request) -> Result<Reply> {
        let way: Way = request.args()?;
        ensure!(
            way.step < STEPS,
            "the schedule has steps 0 to {}, not {}",
            STEPS - 1,
            way.step
        );
        let clean = request.numbers(PIXELS)?;
        let noisy = self
            .schedule
            .add_noise(&clean, way.step, &diffusion::normal(PIXELS, way.seed))?;
        let (signal, noise) = (self.schedule.signal(way.step), self.schedule.noise(way.step));
        Ok(Reply::with(json!({ "signal": signal, "noise": noise }), noisy))
    }
}

impl Diffusion {
    /// The clean picture that the network sees behind a noisy one, in one call.
    fn believed(&self, request: &Request) -> Result<Reply> {
        let place: Place = request.args()?;
        in_schedule(place.step)?;
        let noisy = request.numbers(PIXELS)?;
        let noise = self.net.noise(&noisy, [28, 28], &[place.step], &[place.class])?;
        let clean = self.schedule.clean(&noisy, place.step, &noise, Some(1.0))?;
        Ok(Reply::with(json!({}), clean))
    }
}

fn in_schedule(step: usize) -> Result<()> {
    ensure!(step < STEPS, "the schedule has steps 0 to {}, not {step}", STEPS - 1);
    Ok(())
}

impl Lab for Diffusion {
    fn ask(&mut self, request: &Request) -> Result<Reply> {
        match request.name.as_str() {
            "begin" => self.begin(request.args()?),
            "leap" => self.leap(),
            "noised" => self.noised(request),
            "believed" => self.believed(request),
            other => bail!("the laboratory does not know \"{other}\""),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEIGHTS: &[u8] = include_bytes!("../../notebooks/checkpoints/digits_unet.safetensors");

    fn ask(lab: &mut Diffusion, name: &str, args: serde_json::Value) -> Result<Reply> {
        lab.ask(&Request {
            name: name.into(),
            args,
            bytes: Vec::new(),
        })
    }

    fn wish(class: usize, leaps: usize, guidance: f32) -> serde_json::Value {
        json!({ "class": class, "seed": 3, "leaps": leaps, "guidance": guidance })
    }

    /// Leap by leap the same picture as the crate's sampler draws in one go.
    #[test]
    fn draws_what_the_sampler_draws() -> Result<()> {
        let mut lab = Diffusion::new(WEIGHTS)?;
        ask(&mut lab, "begin", wish(7, 5, 1.0))?;
        let mut last = ask(&mut lab, "leap", json!({}))?;
        while last.values["done"] == json!(false) {
            last = ask(&mut lab, "leap", json!({}))?;
        }
        let net = lab.net.clone();
        let model = |x: &[f32], t: usize| net.noise(x, [28, 28], &[t], &[7]);
        let sampler = Sampler {
            seed: 3,
            clip: Some(1.0),
            ..Sampler::ddim(5)
        };
        let whole = diffusion::sample(&lab.schedule, &model, [1, PIXELS], &sampler)?;
        assert_eq!(&last.numbers[..PIXELS], whole.samples);
        assert!(ask(&mut lab, "leap", json!({})).is_err_and(|why| why.to_string().contains("finished")));
        Ok(())
    }

    #[test]
    fn guidance_changes_the_picture_and_none_is_needed_without_a_class() -> Result<()> {
        let mut lab = Diffusion::new(WEIGHTS)?;
        let mut drawn = |class, guidance| -> Result<Vec<f32>> {
            ask(&mut lab, "begin", wish(class, 2, guidance))?;
            Ok(ask(&mut lab, "leap", json!({}))?.numbers)
        };
        assert_ne!(drawn(7, 1.0)?, drawn(7, 3.0)?);
        assert_eq!(drawn(10, 1.0)?, drawn(10, 3.0)?);
        Ok(())
    }

    #[test]
    fn what_cannot_be_drawn_is_refused_in_words() -> Result<()> {
        for (bytes, expected) in [(&WEIGHTS[..0], "safetensors"), (&WEIGHTS[..5000], "safetensors")] {
            let why = Diffusion::new(bytes)
                .err()
                .map(|why| format!("{why:#}"))
                .unwrap_or_default();
            assert!(why.contains(expected), "{why}");
        }
        let other = include_bytes!("../../notebooks/checkpoints/digits_vae_1.safetensors");
        assert!(Diffusion::new(other).is_err());
        let mut lab = Diffusion::new(WEIGHTS)?;
        assert!(ask(&mut lab, "leap", json!({})).is_err());
        for (class, leaps, guidance) in [(11, 5, 1.0), (1, 0, 1.0), (1, 5, -1.0), (1, 5, f32::NAN)] {
            assert!(ask(&mut lab, "begin", wish(class, leaps, guidance)).is_err());
        }
        assert!(ask(&mut lab, "noised", json!({ "step": 100, "seed": 1 })).is_err());
        Ok(())
    }

    #[test]
    fn behind_a_little_noise_the_network_sees_the_digit() -> Result<()> {
        let mut lab = Diffusion::new(WEIGHTS)?;
        ask(&mut lab, "begin", wish(7, 10, 1.0))?;
        let mut last = ask(&mut lab, "leap", json!({}))?;
        while last.values["done"] == json!(false) {
            last = ask(&mut lab, "leap", json!({}))?;
        }
        let bytes = |numbers: &[f32]| numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        let digit = &last.numbers[..PIXELS];
        let mut sent = |name: &str, args, numbers: &[f32]| {
            lab.ask(&Request {
                name: name.into(),
                args,
                bytes: bytes(numbers),
            })
        };
        let noisy = sent("noised", json!({ "step": 30, "seed": 1 }), digit)?.numbers;
        let seen = sent("believed", json!({ "step": 30, "class": 7 }), &noisy)?.numbers;
        let apart = |a: &[f32]| a.iter().zip(digit).map(|(a, b)| (a - b).powi(2)).sum::<f32>() / PIXELS as f32;
        assert!(apart(&seen) < 0.5 * apart(&noisy), "{} {}", apart(&seen), apart(&noisy));
        assert!(sent("believed", json!({ "step": 30, "class": 11 }), &noisy).is_err());
        assert!(sent("believed", json!({ "step": 100, "class": 1 }), &noisy).is_err());
        Ok(())
    }

    #[test]
    fn at_the_last_step_a_digit_is_nearly_noise() -> Result<()> {
        let mut lab = Diffusion::new(WEIGHTS)?;
        let digit: Vec<u8> = [0.5_f32; PIXELS].iter().flat_map(|pixel| pixel.to_le_bytes()).collect();
        let mut share = |step: usize| -> Result<f64> {
            let args = json!({ "step": step, "seed": 1 });
            let reply = lab.ask(&Request {
                name: "noised".into(),
                args,
                bytes: digit.clone(),
            })?;
            reply.values["signal"].as_f64().context("a number")
        };
        assert!(share(0)? > 0.99 && share(STEPS - 1)? < 0.05);
        Ok(())
    }
}
