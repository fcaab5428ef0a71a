//! Softmax composed of dfdx's operations.

use dfdx::prelude::*;

use crate::ops::tensors::Tensor2;

/// See [`softmax`](fn@super::softmax).
pub(crate) fn softmax<D: Device<f32>, T: Tape<f32, D>>(x: Tensor2<D, T>, log: bool) -> Result<Tensor2<D, T>, D::Err> {
    if log {
        x.try_log_softmax::<Axis<1>>()
    } else {
        x.try_softmax::<Axis<1>>()
    }
}

#[cfg(test)]
mod tests {
    use super::super::cpu;
    use super::*;

    #[test]
    fn compositions_equal_the_kernels() {
        let dev = Cpu::seed_from_u64(4);
        let close = |name: &str, a: &[f32], b: &[f32]| {
            let far = a.iter().zip(b).find(|(a, b)| (*a - *b).abs() > 1e-5 * (1.0 + a.abs()));
            assert_eq!(far, None, "{name}");
        };
        let rows: Tensor2<Cpu> = dev.sample_normal_like(&(20, 7));
        for log in [false, true] {
            let a = cpu::softmax(rows.leaky_trace(), log).expect("kernel");
            let b = softmax(rows.leaky_trace(), log).expect("composed");
            close("softmax", &a.as_vec(), &b.as_vec());
            let (a, b) = (a.square().sum().backward(), b.square().sum().backward());
            close("softmax", &a.get(&rows).as_vec(), &b.get(&rows).as_vec());
        }
    }
}
