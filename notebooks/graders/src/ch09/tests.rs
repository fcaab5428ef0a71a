//! Right and wrong answers to the tasks of chapter 09.

use super::*;
use crate::rejected;
use gradus::device::device;

fn field(layers: &[(usize, usize, usize)], [early, strides, dilated]: [bool; 3]) -> usize {
    let (mut field, mut apart) = (1, 1);
    for &(k, s, d) in layers {
        let before = apart;
        if strides {
            apart *= s;
        }
        field += (k - 1) * if dilated { d } else { 1 } * if early { apart } else { before };
    }
    field
}

#[test]
fn fields() {
    assert!(receptive_field(|l| field(l, [false, true, true])).passed());
    rejected(
        receptive_field(|l| field(l, [true, true, true])),
        "for that layer itself",
    );
    rejected(
        receptive_field(|l| field(l, [false, false, true])),
        "strides are missing",
    );
    rejected(
        receptive_field(|l| field(l, [false, true, false])),
        "dilation is missing",
    );
    rejected(
        receptive_field(|l| l.iter().map(|(k, s, d)| (k - 1) * s * d).sum::<usize>() + 1),
        "on paper",
    );
    rejected(
        receptive_field(|l| l.iter().map(|(k, _, d)| d * (k - 1) + 1).product()),
        "on paper",
    );
    // The way back from the output, which is right, without the tap at which it begins.
    rejected(receptive_field(|l| field(l, [false, true, true]) - 1), "on paper");
    rejected(receptive_field(|_| 7), "on paper");
    rejected(receptive_field(|_| todo!()), "not written yet");
}

#[test]
fn products() {
    assert!(as_product(|p, b| b.matmul(p.permute::<Rank2<9, 30>, Axes2<1, 0>>()).reshape()).passed());
    rejected(
        as_product(|p, b| p.matmul(b.permute::<Rank2<9, 4>, Axes2<1, 0>>()).reshape()),
        "wrong places",
    );
    rejected(
        as_product(|p, b| {
            let b: Tensor<Rank2<9, 4>, f32, Dev> = b.reshape();
            p.matmul(b).reshape()
        }),
        "filter 0 times patch 1",
    );
    rejected(
        as_product(|p, b| {
            let p: Tensor<Rank2<9, 30>, f32, Dev> = p.reshape();
            b.matmul(p).reshape()
        }),
        "filter 0 times patch 1",
    );
    rejected(
        as_product(|p, b| (b.matmul(p.permute::<Rank2<9, 30>, Axes2<1, 0>>()) / 9.0).reshape()),
        "filter 0 times patch 1",
    );
    rejected(
        as_product(|p, b| b.matmul(p.permute::<Rank2<9, 30>, Axes2<1, 0>>()).relu().reshape()),
        "filter 0 times patch 1",
    );
    rejected(as_product(|_, _| device(0).unwrap().zeros()), "filter 0 times patch 1");
}

fn square(v: Vec<f32>) -> [[f32; 5]; 5] {
    std::array::from_fn(|i| std::array::from_fn(|j| v[5 * i + j]))
}

#[test]
fn compositions() {
    assert!(two_in_one(|a, b| square(meet(a, b))).passed());
    rejected(
        two_in_one(|a, b| {
            square(meet(
                a,
                std::array::from_fn(|i| std::array::from_fn(|j| b[2 - i][2 - j])),
            ))
        }),
        "turned around",
    );
    rejected(
        two_in_one(|a, b| {
            let mut c = [[0.0; 5]; 5];
            (0..9).for_each(|i| c[1 + i / 3][1 + i % 3] = a[i / 3][i % 3] * b[i / 3][i % 3]);
            c
        }),
        "together they see 5 × 5",
    );
    // The sum of both, the product place by place with b's numbers in the middle only, and a's alone.
    rejected(
        two_in_one(|a, b| {
            let mut c = [[0.0; 5]; 5];
            (0..9).for_each(|i| c[1 + i / 3][1 + i % 3] = a[i / 3][i % 3] + b[i / 3][i % 3]);
            c
        }),
        "together they see 5 × 5",
    );
    rejected(
        two_in_one(|a, b| {
            let mut c = [[0.0; 5]; 5];
            for i in 0..9 {
                for j in 0..9 {
                    c[i / 3 + j / 3][i % 3 + j % 3] = a[i / 3][i % 3] * b[j / 3][j % 3];
                }
            }
            c
        }),
        "✗",
    );
    rejected(
        two_in_one(|a, b| {
            let turned = |k: Kernel| std::array::from_fn(|i| std::array::from_fn(|j| k[j][i]));
            square(meet(turned(a), turned(b)))
        }),
        "✗",
    );
    rejected(two_in_one(|_, _| [[0.0; 5]; 5]), "✗");
}

fn back(s: &[f32], h: usize, w: usize, k: Kernel, flip: bool, last: bool) -> Vec<f32> {
    let mut x = vec![0.0; h * w];
    for i in 0..h - 2 {
        for j in 0..w - 2 {
            for a in 0..3 {
                for b in 0..3 {
                    let tap = if flip { k[2 - a][2 - b] } else { k[a][b] };
                    let at = &mut x[(i + a) * w + j + b];
                    *at = s[i * (w - 2) + j] * tap + if last { 0.0 } else { *at };
                }
            }
        }
    }
    x
}

#[test]
fn pictures_backwards() {
    assert!(picture_slopes(|s, h, w, k| back(s, h, w, k, false, false)).passed());
    rejected(
        picture_slopes(|s, h, w, k| back(s, h, w, k, true, false)),
        "upside down",
    );
    rejected(
        picture_slopes(|s, h, w, k| back(s, h, w, k, false, true)),
        "nine slopes add up",
    );
    rejected(picture_slopes(|s, _, _, _| s.to_vec()), "for every pixel");
    rejected(
        picture_slopes(|s, h, w, k| {
            let turned = std::array::from_fn(|i| std::array::from_fn(|j| k[j][i]));
            back(s, h, w, turned, false, false)
        }),
        "forward walk",
    );
    rejected(
        picture_slopes(|s, h, w, k| back(s, h, w, k, false, false).iter().map(|x| x / 9.0).collect()),
        "forward walk",
    );
    // The slope of each place, times the middle of the kernel.
    rejected(
        picture_slopes(|s, h, w, k| {
            let mut x = vec![0.0; h * w];
            for (q, s) in s.iter().enumerate() {
                x[(q / (w - 2) + 1) * w + q % (w - 2) + 1] = s * k[1][1];
            }
            x
        }),
        "forward walk",
    );
    rejected(picture_slopes(|_, h, w, _| vec![0.0; h * w]), "forward walk");
}

fn correlation(x: &[f32], k: &[f32]) -> f32 {
    let mean = |v: &[f32]| v.iter().sum::<f32>() / v.len() as f32;
    let (mx, mk) = (mean(x), mean(k));
    let dot = covariance(x, k);
    let (xx, kk): (f32, f32) = (
        x.iter().map(|x| (x - mx).powi(2)).sum(),
        k.iter().map(|k| (k - mk).powi(2)).sum(),
    );
    dot / (xx * kk).sqrt().max(1e-9)
}

/// How much lower the second best place is: no rounding may decide.
fn margin(p: &Image, k: &Image) -> f32 {
    let windows = (0..21 * 21).map(|at| p.crop(at / 21, at % 21, 12, 12).unwrap());
    let mut all: Vec<f32> = windows.map(|w| correlation(w.pixels(), k.pixels())).collect();
    all.sort_by(f32::total_cmp);
    all[440] - all[439]
}

#[test]
fn pieces_are_found() {
    let verdict = find(|p, k| {
        assert!(
            margin(p, k) > 0.01,
            "the second best place is too good: {}",
            margin(p, k)
        );
        best(p, k, correlation)
    });
    assert!(verdict.passed(), "{verdict}");
    rejected(
        find(|p, k| best(p, k, |x, k| x.iter().zip(k).map(|(x, k)| x * k).sum())),
        "where the picture is bright",
    );
    rejected(
        find(|p, k| {
            best(p, k, |x, k| {
                -x.iter().zip(k).map(|(x, k)| (x - k) * (x - k)).sum::<f32>()
            })
        }),
        "compare shapes",
    );
    rejected(
        find(|p, k| {
            let (top, left) = best(p, k, correlation);
            (left, top)
        }),
        "changed about",
    );
    rejected(find(|p, k| best(p, k, covariance)), "much contrast");
    rejected(
        find(|p, k| {
            best(p, k, |x, k| {
                let dot: f32 = x.iter().zip(k).map(|(x, k)| x * k).sum();
                dot / x.iter().map(|x| x * x).sum::<f32>().sqrt().max(1e-6)
            })
        }),
        "bright and even",
    );
    // Differences with the means taken away; the lengths of the differences from the means; the piece that is brightest.
    rejected(
        find(|p, k| {
            best(p, k, |x, k| {
                let (mx, mk) = (x.iter().sum::<f32>() / 144.0, k.iter().sum::<f32>() / 144.0);
                -x.iter().zip(k).map(|(x, k)| (x - mx - k + mk).powi(2)).sum::<f32>()
            })
        }),
        "✗",
    );
    rejected(
        find(|p, k| best(p, k, |x, k| -x.iter().zip(k).map(|(x, k)| (x - k).abs()).sum::<f32>())),
        "✗",
    );
    rejected(find(|p, k| best(p, k, |x, _| x.iter().sum())), "✗");
    rejected(find(|_, _| (3, 4)), "heat map");
}
