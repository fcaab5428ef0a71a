//! Sequences of different lengths: layers hand the lengths on, and what stands behind an end changes nothing.

use gradus::nn::PaddedSteps;
use gradus::prelude::*;

type Block = (Linear<4, 4>, GELU, LayerNorm<4>, Dropout<50>);
type Net = (
    PaddedEmbedding<9, 4>,
    Residual<Block>,
    (Linear<4, 6>, LeakyReLU, Softmax),
    MeanSteps,
    Linear<6, 3>,
);

fn ids(dev: &Dev, lists: &[&[usize]], steps: usize) -> Tensor<(usize, usize), f32, Dev> {
    let list = |ids: &&[usize]| {
        (0..steps)
            .map(|t| ids.get(t).map_or(0.0, |id| *id as f32))
            .collect::<Vec<_>>()
    };
    dev.tensor_from_vec(lists.iter().flat_map(list).collect(), (lists.len(), steps))
}

#[test]
fn filling_changes_nothing() -> gradus::Result<()> {
    let dev = device(2)?;
    let net = dev.build_module::<Net, f32>();
    let lists: [&[usize]; 3] = [&[3, 1, 8], &[5], &[2, 2, 7, 4]];
    let together = net.try_forward(ids(&dev, &lists, 4))?.as_vec();
    for steps in [4, 7] {
        for (list, row) in lists.iter().zip(together.chunks(3)) {
            let alone = net.try_forward(ids(&dev, &[list], steps))?.as_vec();
            gradus_tests::close("alone", &alone, row, 1e-6);
        }
    }
    Ok(())
}

#[test]
fn training_learns_nothing_of_the_filling() -> gradus::Result<()> {
    let dev = device(2)?;
    let mut net = dev.build_module::<Net, f32>();
    assert!(
        net.0.weight.as_vec()[..4].iter().all(|x| *x == 0.0),
        "the row of padding begins as zeros"
    );
    let x = ids(&dev, &[&[3, 1, 8], &[5]], 6);
    let gradients = net
        .try_forward_mut(x.leaky_trace())?
        .square()
        .sum::<Rank0, _>()
        .backward();
    let table = gradients.get(&net.0.weight).as_vec();
    let rows: Vec<bool> = table.chunks(4).map(|row| row.iter().any(|g| *g != 0.0)).collect();
    assert_eq!(rows, [false, true, false, true, false, true, false, false, true]);
    Ok(())
}

#[test]
fn lengths_come_out_as_they_went_in() -> gradus::Result<()> {
    let dev = device(0)?;
    type Stepwise = (
        PaddedEmbedding<9, 4>,
        Block,
        (ReLU, Tanh, Sigmoid, LogSoftmax),
        Linear<4, 2>,
    );
    let mut net = dev.build_module::<Stepwise, f32>();
    let y = net.try_forward_mut(ids(&dev, &[&[3, 1, 8], &[], &[5]], 4).leaky_trace())?;
    assert_eq!((*y.lengths).to_vec(), [3, 0, 1]);
    assert_eq!(y.steps.shape().concrete(), [3, 4, 2]);
    Ok(())
}

#[test]
fn numbers_over_time_say_their_lengths_by_nan() -> gradus::Result<()> {
    let (dev, nan) = (device(0)?, f32::NAN);
    // One number that is missing inside a sequence is none of its end.
    let x = vec![1.0, 2.0, nan, 4.0, nan, nan, 5.0, 6.0, nan, nan, nan, nan];
    let x = dev.tensor_from_vec(x, (2, 3, Const::<2>));
    let padded = PaddedSteps::<2>.try_forward(x)?;
    assert_eq!((*padded.lengths).to_vec(), [2, 1]);
    assert_eq!(
        padded.steps.as_vec(),
        [1.0, 2.0, 0.0, 4.0, 0.0, 0.0, 5.0, 6.0, 0.0, 0.0, 0.0, 0.0]
    );
    Ok(())
}
