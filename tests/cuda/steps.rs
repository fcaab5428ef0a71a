//! Steps of the optimizers on a GPU, and what comes before and after them, against those of the CPU.

use dfdx::prelude::*;
use gradus_tests::close;

use crate::kernels::both_orders;
use crate::ops::cuda::launch::{Address, Arg, Grid, args};
use crate::shim::run;

fn at(values: &mut [f32]) -> Address {
    Address(values.as_mut_ptr().expose_provenance() as u64)
}

/// Steps of the optimizers, three in a row.
#[test]
fn optimizers() {
    use gradus::prelude::{Adagrad, Adam, AdamW, RmsProp, Sgd, Stepper};
    both_orders(|| {
        let dev = Cpu::seed_from_u64(7);
        let n = 777;
        let draw = || -> Vec<f32> { dev.sample_normal_like::<(usize,)>(&(n,)).as_vec() };
        let compare = |name: &str, mut stepper: Stepper, step: &dyn Fn(i32, [Address; 4])| {
            let (mut w, mut one, mut two) = (draw(), vec![0.0; n], vec![0.0; n]);
            let mut wanted = w.clone();
            for i in 1..4 {
                let mut gradient = draw();
                stepper.step(&mut wanted, &gradient).expect("settings");
                step(i, [at(&mut w), at(&mut gradient), at(&mut one), at(&mut two)]);
                assert!(gradient.iter().all(|g| *g == 0.0), "{name} leaves a gradient");
                close(name, &w, &wanted, 1e-6);
            }
        };
        let (count, grid) = (n as i32, Grid::each(n as i32));
        for (momentum, nesterov) in [(0.0, false), (0.9, false), (0.9, true)] {
            let o = Sgd {
                lr: 0.1,
                momentum,
                nesterov,
                weight_decay: 0.01,
            };
            compare("SGD", Stepper::new(o, n), &|_, [w, g, v, _]| {
                let v = if momentum == 0.0 { Address::NONE } else { v };
                run(
                    "sgd_step",
                    grid,
                    args![w, g, v, count, o.lr, momentum, o.weight_decay, nesterov],
                );
            });
        }
        let adam = |i: i32, [w, g, m, v]: [Address; 4], keep: f32, decay: f32| {
            let (step, root) = (
                (0.01 / (1.0 - 0.9f64.powi(i))) as f32,
                (1.0 / (1.0 - 0.999f64.powi(i)).sqrt()) as f32,
            );
            run(
                "adam_step",
                grid,
                args![w, g, m, v, count, step, root, keep, 0.9, 0.999, 1e-8, decay],
            );
        };
        let o = Adam {
            lr: 0.01,
            weight_decay: 0.02,
            ..Adam::default()
        };
        compare("Adam", Stepper::new(o, n), &|i, all| adam(i, all, 1.0, 0.02));
        let o = AdamW {
            lr: 0.01,
            weight_decay: 0.1,
            ..AdamW::default()
        };
        compare("AdamW", Stepper::new(o, n), &|i, all| {
            adam(i, all, 1.0 - 0.01 * 0.1, 0.0)
        });
        let o = RmsProp {
            weight_decay: 0.02,
            ..RmsProp::default()
        };
        compare("RMSprop", Stepper::new(o, n), &|_, [w, g, s, _]| {
            run(
                "rms_prop_step",
                grid,
                args![w, g, s, count, o.lr, o.alpha, o.eps, o.weight_decay],
            );
        });
        let o = Adagrad {
            weight_decay: 0.02,
            ..Adagrad::default()
        };
        compare("Adagrad", Stepper::new(o, n), &|_, [w, g, s, _]| {
            run("adagrad_step", grid, args![w, g, s, count, o.lr, o.eps, o.weight_decay]);
        });
    });
}

/// What is done to gradients before a step and to weights after it.
#[test]
fn clipping_shrinking_and_constraints() {
    both_orders(|| {
        let dev = Cpu::seed_from_u64(9);
        let n = 1000;
        let drawn: Vec<f32> = dev.sample_normal_like::<(usize,)>(&(n,)).as_vec();
        let (mut g, mut parts) = (drawn.clone(), vec![0.0; 3]);
        let limit = Arg::Float(1.5);
        run(
            "square_parts",
            Grid::blocks(3),
            &[at(&mut g).into(), at(&mut parts).into(), Arg::Int(1000), limit],
        );
        let wanted: f32 = drawn.iter().map(|g| g.clamp(-1.5, 1.5).powi(2)).sum();
        close("squares", &[parts.iter().sum()], &[wanted], 1e-5);
        run(
            "clip_gradient",
            Grid::each(1000),
            &[at(&mut g).into(), Arg::Int(1000), limit, Arg::Float(0.5)],
        );
        close(
            "clip",
            &g,
            &drawn.iter().map(|g| g.clamp(-1.5, 1.5) * 0.5).collect::<Vec<_>>(),
            1e-6,
        );
        let mut w = drawn.clone();
        run(
            "shrink",
            Grid::each(1000),
            &[at(&mut w).into(), Arg::Int(1000), Arg::Float(0.2)],
        );
        close(
            "shrink",
            &w,
            &drawn.iter().map(|w| w - w.clamp(-0.2, 0.2)).collect::<Vec<_>>(),
            1e-6,
        );
        for (limit, exactly) in [(6.0f32, false), (1.0, true)] {
            let mut w = drawn.clone();
            run(
                "constrain_rows",
                Grid::rows(25, 40),
                &[at(&mut w).into(), Arg::Int(40), Arg::Float(limit), exactly.into()],
            );
            for (row, before) in w.chunks(40).zip(drawn.chunks(40)) {
                let norm = |row: &[f32]| row.iter().map(|w| w * w).sum::<f32>().sqrt();
                let wanted = if exactly { 1.0 } else { norm(before).min(limit) };
                close("norm", &[norm(row)], &[wanted], 1e-5);
            }
        }
    });
}
