//! A loop of one's own that diverges ends with the name of the network and the number of the step.

use gradus::data::Targets;
use gradus::prelude::*;

type Net = (Linear<2, 4>, ReLU, Linear<4, 1>);

#[test]
fn a_gradient_that_is_no_number_ends_the_run_and_moves_nothing() -> gradus::Result<()> {
    let dev = device(0)?;
    let mut net = dev.build_module::<Net, f32>();
    let mut stepper = NetStepper::new(Adam::default()).named("discriminator");
    let mut gradients = net.try_alloc_grads()?;
    let loss = Loss::from(BinaryCrossEntropy::default());
    let mut step = |net: &mut Built<Net>, x: [f32; 2]| {
        let x: Tensor<(usize, Const<2>), f32, _> = dev.tensor_from_vec(x.to_vec(), (1, Const));
        let table = std::mem::replace(&mut gradients, Gradients::leaky());
        let cost = loss.forward(net.try_forward_mut(x.traced(table))?, &Targets::Classes(vec![1]))?;
        gradients = cost.try_backward()?;
        stepper.step(net, &mut gradients)
    };
    for _ in 0..2 {
        step(&mut net, [1.0, -1.0])?;
    }
    let before = (net.0.weight.as_vec(), net.2.bias.as_vec());
    let error = step(&mut net, [f32::NAN, 1.0]).expect_err("no number").to_string();
    assert!(
        error.contains("a gradient of the discriminator in step 3 is NaN"),
        "{error}"
    );
    assert!(error.contains("diverged"), "{error}");
    assert_eq!((net.0.weight.as_vec(), net.2.bias.as_vec()), before);
    Ok(())
}

#[test]
fn a_weight_that_runs_away_ends_the_run() -> gradus::Result<()> {
    let dev = device(0)?;
    let mut net = dev.build_module::<Linear<2, 1>, f32>();
    let far = Sgd {
        lr: f32::MAX,
        ..Sgd::default()
    };
    let mut stepper = NetStepper::new(far).named("generator");
    let x: Tensor<(usize, Const<2>), f32, _> = dev.tensor_from_vec(vec![30.0, 40.0], (1, Const));
    let table = net.try_alloc_grads()?;
    let targets = Targets::Values {
        data: vec![5.0],
        dim: 1,
    };
    let cost = Loss::Mse.forward(net.try_forward_mut(x.traced(table))?, &targets)?;
    let mut gradients = cost.try_backward()?;
    let error = stepper
        .step(&mut net, &mut gradients)
        .expect_err("far away")
        .to_string();
    assert!(error.contains("a weight of the generator in step 1 is"), "{error}");
    assert_eq!(stepper.steps(), 0, "no step was completed");
    Ok(())
}
