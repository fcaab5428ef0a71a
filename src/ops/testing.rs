//! What the tests of several operations share: a composition is held against the kernel of the CPU.

use dfdx::prelude::*;

use super::tensors::Tensor4;

/// A batch of maps with a tape.
pub(super) type Taped = Tensor4<Cpu, OwnedTape<f32, Cpu>>;

/// Values and all gradients of a composed operation equal those of the CPU's kernel.
pub(super) fn compare(args: &[&Tensor4<Cpu>], kernel: impl Fn(Taped) -> Taped, composed: impl Fn(Taped) -> Taped) {
    let (a, b) = (kernel(args[0].leaky_trace()), composed(args[0].leaky_trace()));
    assert_eq!(a.shape(), b.shape());
    near(&a.as_vec(), &b.as_vec());
    let dy: Tensor4<Cpu> = args[0].device().sample_normal_like(a.shape());
    let (a, b) = ((a * dy.clone()).sum().backward(), (b * dy).sum().backward());
    for arg in args {
        near(&a.get(*arg).as_vec(), &b.get(*arg).as_vec());
    }
}

/// The same numbers to 1e-4 of each, or of 1.
#[track_caller]
pub(super) fn near(a: &[f32], b: &[f32]) {
    assert_eq!(a.len(), b.len());
    for (a, b) in a.iter().zip(b) {
        assert!((a - b).abs() <= 1e-4 * (1.0 + a.abs()), "{a} against {b}");
    }
}

/// The same numbers to 1e-5 of the largest, or of 1.
#[track_caller]
pub(super) fn close(what: &str, a: &[f32], b: &[f32]) {
    assert_eq!(a.len(), b.len(), "{what}");
    let largest = b.iter().fold(1.0f32, |m, b| m.max(b.abs()));
    for (a, b) in a.iter().zip(b) {
        assert!((a - b).abs() <= 1e-5 * largest, "{what}: {a} against {b}");
    }
}
