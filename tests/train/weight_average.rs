//! The mean of the weights over the last steps: as a callback, in a loop of one's own, and taken up again.

use std::cell::RefCell;
use std::rc::Rc;

use gradus::prelude::*;

type Net = (Linear<2, 4>, BatchNorm1D<4>, ReLU, Linear<4, 2>);

/// Keeps the weights after every batch.
#[derive(Clone, Default)]
struct Keep(Rc<RefCell<Vec<Vec<Vec<f32>>>>>);

fn weights(learner: &Learner) -> gradus::Result<Vec<Vec<f32>>> {
    let dict = learner.state_dict()?;
    Ok(dict
        .names()
        .iter()
        .map(|name| dict.get(name).expect("there").1.to_vec())
        .collect())
}

impl Callback for Keep {
    fn fit_begin(&mut self, learner: &mut Learner, _: &FitBegin) -> gradus::Result<()> {
        self.0.borrow_mut().push(weights(learner)?);
        Ok(())
    }

    fn batch_end(&mut self, learner: &mut Learner, _: &BatchEnd) -> gradus::Result<Control> {
        self.0.borrow_mut().push(weights(learner)?);
        Ok(Control::Continue)
    }
}

fn learner() -> gradus::Result<(Learner, Dataset)> {
    let mut learner = Learner::classifier::<Net>(
        &device(2)?,
        Sgd {
            lr: 0.1,
            ..Sgd::default()
        },
    )?;
    learner.quiet().set_batch_size(10);
    Ok((learner, data::moons(50, 0.1, 1)?))
}

/// The first tensors by the rule, running statistics (names with `running`) as they are in the end.
#[test]
fn a_run_ends_with_the_average() -> gradus::Result<()> {
    let (mut learner, data) = learner()?;
    let kept = Keep::default();
    learner.add(kept.clone()).add(WeightAverage::new(0.6));
    let names = learner.state_dict()?.names();
    learner.fit(&data, &data, 4)?;
    let all = kept.0.borrow();
    assert_eq!(all.len(), 1 + 4 * 5);
    let (got, last) = (weights(&learner)?, &all[all.len() - 1]);
    let mut differs = 0;
    for (i, name) in names.iter().enumerate() {
        for place in 0..got[i].len() {
            let mut wanted = f64::from(all[0][i][place]);
            for (n, now) in all[1..].iter().enumerate() {
                let decay = f64::min(0.6, (1.0 + n as f64) / (10.0 + n as f64));
                wanted = decay * wanted + (1.0 - decay) * f64::from(now[i][place]);
            }
            let raw = f64::from(last[i][place]);
            let wanted = if name.contains("running") { raw } else { wanted };
            differs += usize::from((wanted - raw).abs() > 1e-3);
            assert!(
                (f64::from(got[i][place]) - wanted).abs() < 1e-5,
                "{name}[{place}]: {}, not {wanted}",
                got[i][place]
            );
        }
    }
    assert!(differs > 5, "the average is not the last weights");
    Ok(())
}

#[test]
fn a_run_taken_up_again_has_the_same_average() -> gradus::Result<()> {
    let folder = tempfile::tempdir().expect("folder");
    let run = |learner: &mut Learner, data: &Dataset, epochs| learner.fit(data, data, epochs);
    let (mut whole, data) = learner()?;
    whole.add(WeightAverage::new(0.9));
    run(&mut whole, &data, 4)?;
    // Killed in the third epoch.
    let (mut first, _) = learner()?;
    first
        .add(WeightAverage::new(0.9))
        .add(Checkpoint::new(folder.path()))
        .add(Killed);
    run(&mut first, &data, 4).expect_err("killed");
    let (mut second, _) = learner()?;
    second.add(WeightAverage::new(0.9)).resume(folder.path())?;
    run(&mut second, &data, 4)?;
    assert_eq!(weights(&whole)?, weights(&second)?);
    Ok(())
}

/// Ends a run by an error in its third epoch.
struct Killed;

impl Callback for Killed {
    fn batch_end(&mut self, _: &mut Learner, event: &BatchEnd) -> gradus::Result<Control> {
        if event.epoch < 3 {
            return Ok(Control::Continue);
        }
        Err(Error::Device("killed".into()))
    }
}

#[test]
fn a_loop_of_ones_own_has_it_too() -> gradus::Result<()> {
    let dev = device(0)?;
    let mut net = dev.build_module::<(Linear<1, 1>, BatchNorm1D<1>), f32>();
    net.0.weight.copy_from(&[2.0]);
    let mut average = NetAverage::new(&net, 0.15)?;
    let mut wanted = 2.0;
    for (weight, decay) in [(1.0, 0.1), (-3.0, 0.15), (5.0, 0.15)] {
        net.0.weight.copy_from(&[weight]);
        net.1.running_mean.copy_from(&[weight]);
        average.update(&net)?;
        wanted = decay * wanted + (1.0 - decay) * weight;
        assert!((average.net.0.weight.as_vec()[0] - wanted).abs() < 1e-6);
        assert_eq!(average.net.1.running_mean.as_vec(), [weight]);
    }
    assert_eq!(net.0.weight.as_vec(), [5.0]);
    Ok(())
}

#[test]
fn a_decay_of_one_would_never_learn() -> gradus::Result<()> {
    for decay in [1.0, -0.1, f64::NAN] {
        let (mut learner, data) = learner()?;
        learner.add(WeightAverage::new(decay));
        let error = learner.fit(&data, &data, 1).expect_err("no meaning").to_string();
        assert!(
            error.contains("below 1") && error.contains(&decay.to_string()),
            "{error}"
        );
        assert!(NetAverage::new(&device(0)?.build_module::<Linear<1, 1>, f32>(), decay).is_err());
    }
    Ok(())
}
