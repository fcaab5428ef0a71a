//! The layers for sequences at odd sizes, on each instruction set that this processor has and with 1, 2 and 4 threads.
//!
//! As `kernels.rs`: this program calls itself, and each child prints all numbers bit by bit; the parent compares. The
//! same bits for any number of threads, the same numbers to rounding for any registers.

use gradus::ops::{self, AttentionOptions, Times};
use gradus::prelude::*;

use super::show;

#[test]
fn same_bits_for_any_threads_and_same_numbers_for_any_registers() {
    super::compare(module_path!(), 116);
}

#[test]
fn results_of_one_process() {
    if !super::is_child() {
        return;
    }
    let dev = Cpu::seed_from_u64(12);
    for (batch, steps) in [(1, 1), (37, 5)] {
        recurrent::<3, 7>(&dev, batch, steps);
        recurrent::<18, 33>(&dev, batch, steps);
    }
    both::<3, 7>(&dev, &[0, 2, 1], 2);
    let lengths: Vec<usize> = (0..37).map(|i| i * 5 % 7).collect();
    both::<18, 33>(&dev, &lengths, 6);
    for ([batch, rows, columns, features, heads], causal) in [
        ([1, 1, 1, 3, 1], false),
        ([11, 7, 19, 34, 2], false),
        ([5, 50, 50, 12, 4], true),
        ([3, 17, 5, 51, 1], true),
    ] {
        looking(
            &dev,
            [batch, rows, columns, features],
            AttentionOptions { heads, causal },
        );
    }
    around::<1>(&dev, 1, 1);
    around::<37>(&dev, 13, 3);
}

macro_rules! layer {
    ($function:ident, $gates:literal, $dev:expr, $x:expr, $I:ident, $H:ident) => {{
        let (dev, x) = ($dev, $x);
        let (batch, steps, _) = *x.shape();
        let ih: Tensor<(Times<$gates, $H>, Const<$I>), f32, Cpu> = dev.sample_normal();
        let hh: Tensor<(Times<$gates, $H>, Const<$H>), f32, Cpu> = dev.sample_normal() * 0.3;
        let a: Tensor<(Times<$gates, $H>,), f32, Cpu> = dev.sample_normal();
        let b: Tensor<(Times<$gates, $H>,), f32, Cpu> = dev.sample_normal();
        let y = ops::$function(x.leaky_trace(), &ih, &hh, &a, &b).expect("fits");
        let name = format!("{} {} {} {batch} {steps}", stringify!($function), $I, $H);
        show(&format!("{name} y"), &y.as_vec());
        let dy: Tensor<(usize, usize, Const<$H>), f32, Cpu> = dev.sample_normal_like(&(batch, steps, Const));
        let gradients = (y * dy).sum::<Rank0, _>().backward();
        show(&format!("{name} dx"), &gradients.get(&x).as_vec());
        show(&format!("{name} dw ih"), &gradients.get(&ih).as_vec());
        show(&format!("{name} dw hh"), &gradients.get(&hh).as_vec());
        show(&format!("{name} db"), &gradients.get(&b).as_vec());
    }};
}

fn recurrent<const I: usize, const H: usize>(dev: &Cpu, batch: usize, steps: usize) {
    let x: Tensor<(usize, usize, Const<I>), f32, Cpu> = dev.sample_normal_like(&(batch, steps, Const));
    layer!(rnn, 1, dev, x.clone(), I, H);
    layer!(gru, 3, dev, x.clone(), I, H);
    layer!(lstm, 4, dev, x.clone(), I, H);
}

/// In both directions, with lengths.
fn both<const I: usize, const H: usize>(dev: &Cpu, lengths: &[usize], steps: usize) {
    let x: Tensor<(usize, usize, Const<I>), f32, Cpu> = dev.sample_normal_like(&(lengths.len(), steps, Const));
    macro_rules! layer {
        ($Layer:ident) => {{
            let layer = dev.build_module::<Bidirectional<$Layer<I, H>>, f32>();
            let lengths = lengths.into();
            let y = layer.forward(Padded {
                steps: x.leaky_trace(),
                lengths,
            });
            let name = format!("both {} {I} {H} {steps}", stringify!($Layer));
            show(&format!("{name} y"), &y.steps.as_vec());
            let last = LastState.forward(y);
            show(&format!("{name} last"), &last.as_vec());
            let gradients = last.square().sum::<Rank0, _>().backward();
            show(&format!("{name} dx"), &gradients.get(&x).as_vec());
            show(
                &format!("{name} dw ih"),
                &gradients.get(&layer.backward.weight_ih).as_vec(),
            );
            show(
                &format!("{name} dw hh"),
                &gradients.get(&layer.forward.weight_hh).as_vec(),
            );
            show(&format!("{name} db"), &gradients.get(&layer.backward.bias_hh).as_vec());
        }};
    }
    layer!(Rnn);
    layer!(Gru);
    layer!(Lstm);
}

type T3 = Tensor<(usize, usize, usize), f32, Cpu>;

fn looking(dev: &Cpu, [batch, rows, columns, features]: [usize; 4], options: AttentionOptions) {
    let [q, k, v] = [rows, columns, columns].map(|n| -> T3 { dev.sample_normal_like(&(batch, n, features)) });
    let dy: T3 = dev.sample_normal_like(q.shape());
    let y = ops::attention(q.leaky_trace(), k.retaped(), v.retaped(), options).expect("fits");
    let name = format!("attention {rows} {columns} {features}");
    show(&format!("{name} y"), &y.as_vec());
    let gradients = (y * dy).sum::<Rank0, _>().backward();
    for (what, x) in [("dq", &q), ("dk", &k), ("dv", &v)] {
        show(&format!("{name} {what}"), &gradients.get(x).as_vec());
    }
}

fn around<const N: usize>(dev: &Cpu, batch: usize, steps: usize) {
    let shape = (batch, steps, Const::<N>);
    let a: Tensor<(usize, usize, Const<N>), f32, Cpu> = dev.sample_normal_like(&shape);
    let b: Tensor<(usize, usize, Const<N>), f32, Cpu> = dev.sample_normal_like(&shape);
    let dy: Tensor<(usize, usize, Const<N>), f32, Cpu> = dev.sample_normal_like(&shape);
    let (weight, bias): (Tensor<Rank1<N>, f32, Cpu>, _) = (dev.sample_normal(), dev.sample_normal());
    let y = ops::add_layer_norm(a.leaky_trace(), b.retaped(), &weight, &bias, 1e-3).expect("fits");
    show(&format!("norm {N} y"), &y.as_vec());
    let gradients = (y * dy).sum::<Rank0, _>().backward();
    show(&format!("norm {N} da"), &gradients.get(&a).as_vec());
    show(&format!("norm {N} dw"), &gradients.get(&weight).as_vec());
    show(&format!("norm {N} db"), &gradients.get(&bias).as_vec());
}
