//! A small network on a GPU that is emulated: `emulate.sh` says how. Values and gradients must be those of the CPU.

use gradus::dfdx::prelude::*;
use gradus::ops::{self, Activation, Conv2dOptions, Kernels, Pool2dOptions};
use gradus::prelude::{describe, device};

type Maps<D> = Tensor<(usize, usize, usize, usize), f32, D>;
type Numbers<D> = Tensor<(usize,), f32, D>;

/// What a network of our own kernels alone gives: dfdx's are not emulated. Its result, and the gradients of all that it has.
fn results<D: Kernels>(dev: &D, data: &[Vec<f32>]) -> gradus::Result<Vec<(&'static str, Vec<f32>)>> {
    let maps = |i: usize, shape| -> Maps<D> { dev.tensor_from_vec(data[i].clone(), shape) };
    let four = |i: usize| -> Numbers<D> { dev.tensor_from_vec(data[i].clone(), (4,)) };
    let (x, weight, last) = (maps(0, (2, 3, 9, 8)), maps(1, (4, 3, 3, 3)), maps(5, (1, 8, 5, 4)));
    let (bias, scale, shift) = (four(2), four(3), four(4));
    let options = Conv2dOptions {
        padding: 1,
        relu: true,
        ..Conv2dOptions::default()
    };
    let y = ops::conv2d(x.leaky_trace(), &weight, Some(&bias), options)?;
    let (y, _) = ops::batch_norm(y, &scale, &shift, 1e-5)?;
    let window = Pool2dOptions {
        kernel: 3,
        stride: 2,
        padding: 1,
        ceil_mode: false,
    };
    let y = ops::max_pool2d(ops::activate(y, Activation::GELU)?, window)?;
    let y = ops::dropout(y, 0.2)?.reshape_like(&(1usize, 8usize, 5usize, 4usize));
    let middle = y.as_vec();
    let y = ops::conv2d(y, &last, None, Conv2dOptions::default())?;
    let loss: Tensor<Rank0, f32, D, _> = y.reshape_like(&());
    let result = loss.as_vec();
    let gradients = loss.backward();
    Ok(vec![
        ("maps", middle),
        ("result", result),
        ("gradient of the image", gradients.get(&x).as_vec()),
        ("gradient of the filters", gradients.get(&weight).as_vec()),
        ("gradient of the biases", gradients.get(&bias).as_vec()),
        ("gradient of the scales", gradients.get(&scale).as_vec()),
        ("gradient of the shifts", gradients.get(&shift).as_vec()),
        ("gradient of the last filter", gradients.get(&last).as_vec()),
    ])
}

/// The same for words in a sentence: a table, a residual sum, layer normalization, softmax, batch normalization as it was
/// measured.
fn sentence<D: Kernels>(dev: &D, data: &[Vec<f32>]) -> gradus::Result<Vec<(&'static str, Vec<f32>)>> {
    let table: Tensor<Rank2<6, 8>, f32, D> = dev.tensor_from_vec(data[1][..48].to_vec(), (Const::<6>, Const::<8>));
    let eight = |i: usize| -> Tensor<Rank1<8>, f32, D> { dev.tensor_from_vec(data[i][..8].to_vec(), (Const::<8>,)) };
    let (weight, bias, side) = (eight(0), eight(5), maps_of(dev, &data[0][100..180], (1, 8, 5, 2)));
    let last = maps_of(dev, &data[5][..80], (1, 8, 5, 2));
    let ids: Tensor<(usize, usize), f32, D> =
        dev.tensor_from_vec([3, 0, 5, 3, 3, 1, 0, 2, 2, 5].map(|i| i as f32).to_vec(), (2, 5));
    let y = ops::embedding(ids.leaky_trace(), &table, None)?.reshape_like(&(1usize, 8usize, 5usize, 2usize));
    let y = ops::add_relu(y, side.clone())?.reshape_like(&(10usize, Const::<8>));
    let y = ops::softmax(ops::layer_norm(y, &weight, &bias, 1e-5)?)?;
    let y = ops::log_softmax(y)?.reshape_like(&(10usize, Const::<8>, 1usize, 1usize));
    let variance = variances(dev, &data[0][8..16]);
    let y = ops::batch_norm_eval(y, &weight, &bias, &eight(5), &variance, 1e-5)?;
    let window = Pool2dOptions::new(1);
    let y = ops::avg_pool2d(y.reshape_like(&(1usize, 8usize, 5usize, 2usize)), window)?;
    let y = ops::conv2d(y, &last, None, Conv2dOptions::default())?;
    let loss: Tensor<Rank0, f32, D, _> = y.reshape_like(&());
    let result = loss.as_vec();
    let gradients = loss.backward();
    Ok(vec![
        ("result", result),
        ("gradient of the table", gradients.get(&table).as_vec()),
        ("gradient of the side", gradients.get(&side).as_vec()),
        ("gradient of the weight", gradients.get(&weight).as_vec()),
        ("gradient of the bias", gradients.get(&bias).as_vec()),
    ])
}

fn maps_of<D: Kernels>(dev: &D, data: &[f32], shape: (usize, usize, usize, usize)) -> Maps<D> {
    dev.tensor_from_vec(data.to_vec(), shape)
}

/// Variances: positive numbers.
fn variances<D: Kernels>(dev: &D, data: &[f32]) -> Tensor<Rank1<8>, f32, D> {
    dev.tensor_from_vec(data.iter().map(|x| x * x + 0.1).collect(), (Const::<8>,))
}

fn main() -> gradus::Result<()> {
    println!("{}", describe());
    let draw = Cpu::seed_from_u64(1);
    let numbers = |n: usize| draw.sample_normal_like::<(usize,)>(&(n,)).as_vec();
    let data = [432, 108, 4, 4, 4, 160].map(numbers);
    let (gpu, cpu) = (device(5)?, Cpu::seed_from_u64(5));
    compare(&results(&gpu, &data)?, &results(&cpu, &data)?);
    compare(&sentence(&gpu, &data)?, &sentence(&cpu, &data)?);
    Ok(())
}

/// # Panics
/// Where they differ, or say nothing.
fn compare(gpu: &[(&str, Vec<f32>)], cpu: &[(&str, Vec<f32>)]) {
    for ((what, a), (_, z)) in gpu.iter().zip(cpu) {
        let far = |(a, z): (&f32, &f32)| (a - z).abs() / (1.0 + z.abs());
        let worst = a.iter().zip(z).map(far).fold(0.0, f32::max);
        println!("{what}: {} numbers, at most {worst:e} apart", a.len());
        assert!(a.len() == z.len() && worst < 1e-5, "{what} differs from the CPU's");
        assert!(a.iter().any(|a| *a != 0.0), "{what} is zero");
    }
}
