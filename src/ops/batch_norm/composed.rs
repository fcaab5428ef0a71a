//! Batch normalization composed of dfdx's operations.

use dfdx::prelude::*;

use crate::ops::tensors::{Tensor1, Tensor4};

type Axes023 = Axes3<0, 2, 3>;

/// See [`batch_norm`](fn@super::batch_norm).
pub(crate) fn batch_norm<D: Device<f32>, T: Tape<f32, D>>(
    x: Tensor4<D, T>,
    weight: Tensor1<D>,
    bias: Tensor1<D>,
    eps: f32,
) -> Result<(Tensor4<D, T>, Tensor1<D>, Tensor1<D>), D::Err> {
    let shape = *x.shape();
    let mean = x.retaped::<T>().try_mean::<(usize,), Axes023>()?;
    let kept_mean = mean.retaped::<NoneTape>();
    let centered = x.try_sub(mean.try_broadcast_like::<_, Axes023>(&shape)?)?;
    let variance = centered.retaped::<T>().try_square()?.try_mean::<(usize,), Axes023>()?;
    let kept_variance = variance.retaped::<NoneTape>();
    let scale = weight.retaped::<T>().try_div(variance.try_add(eps)?.try_sqrt()?)?;
    let y = centered.try_mul(scale.try_broadcast_like::<_, Axes023>(&shape)?)?;
    let bias = bias.retaped::<T>().try_broadcast_like::<_, Axes023>(&shape)?;
    Ok((y.try_add(bias)?, kept_mean, kept_variance))
}

/// See [`batch_norm_eval`](super::batch_norm_eval).
pub(crate) fn batch_norm_eval<D: Device<f32>, T: Tape<f32, D>>(
    x: Tensor4<D, T>,
    weight: Tensor1<D>,
    bias: Tensor1<D>,
    mean: Tensor1<D>,
    variance: Tensor1<D>,
    eps: f32,
) -> Result<Tensor4<D, T>, D::Err> {
    let shape = *x.shape();
    let mean = mean.retaped::<T>().try_broadcast_like::<_, Axes023>(&shape)?;
    let scale = weight.retaped::<T>().try_div(variance.try_add(eps)?.try_sqrt()?)?;
    let bias = bias.retaped::<T>().try_broadcast_like::<_, Axes023>(&shape)?;
    let y = x
        .try_sub(mean)?
        .try_mul(scale.try_broadcast_like::<_, Axes023>(&shape)?)?;
    y.try_add(bias)
}

#[cfg(test)]
mod tests {
    use super::super::cpu;
    use super::*;
    use crate::ops::testing::{Taped, near};

    #[test]
    fn the_composed_form_equals_the_kernel() {
        let dev = Cpu::seed_from_u64(6);
        for shape in [(3, 4, 5, 6), (9, 5, 1, 1)] {
            let x: Tensor4<Cpu> = dev.sample_normal_like(&shape);
            let dy: Tensor4<Cpu> = dev.sample_normal_like(&shape);
            let [weight, bias, mean]: [Tensor1<Cpu>; 3] = std::array::from_fn(|_| dev.sample_normal_like(&(shape.1,)));
            let variance = mean.clone().square() + 0.5;
            let (w, b, m, v) = (|| weight.clone(), || bias.clone(), || mean.clone(), || variance.clone());
            let compare = |kernel: Taped, composed: Taped| {
                near(&kernel.as_vec(), &composed.as_vec());
                let [a, c] = [kernel, composed].map(|y| (y * dy.clone()).sum().backward());
                near(&a.get(&x).as_vec(), &c.get(&x).as_vec());
                near(&a.get(&weight).as_vec(), &c.get(&weight).as_vec());
                near(&a.get(&bias).as_vec(), &c.get(&bias).as_vec());
            };
            let kernel = cpu::batch_norm(x.leaky_trace(), w(), b(), 1e-3).expect("memory");
            let composed = batch_norm(x.leaky_trace(), w(), b(), 1e-3).expect("memory");
            near(&kernel.1.as_vec(), &composed.1.as_vec());
            near(&kernel.2.as_vec(), &composed.2.as_vec());
            compare(kernel.0, composed.0);
            compare(
                cpu::batch_norm_eval(x.leaky_trace(), w(), b(), m(), v(), 1e-3).expect("memory"),
                batch_norm_eval(x.leaky_trace(), w(), b(), m(), v(), 1e-3).expect("memory"),
            );
        }
    }
}
