//! Right and wrong answers to the tasks of chapter 01.

use super::*;
use crate::rejected;

#[test]
fn positions() {
    assert!(position(|[i, j, k], [_, b, c]| i * b * c + j * c + k).passed());
    rejected(position(|[i, j, k], [a, b, _]| i + a * (j + b * k)), "fast one");
    rejected(position(|[i, j, k], [a, b, _]| i * a * b + j * b + k), "another axis");
    rejected(position(|_, _| 5), "count");
    rejected(position(|[i, j, k], [_, _, c]| 3 * i + j * c + k), "count");
    rejected(position(|[i, j, k], [_, b, c]| i * b * c + j * b + k), "another axis");
    rejected(position(|[i, j, k], [_, b, c]| i * b * c + j * c + k + 1), "count");
    rejected(position(|_, _| todo!()), "not written yet");
}

#[test]
fn centred_pictures() {
    assert!(centre(|x| x.clone() - x.mean::<Rank1<3>, Axes3<0, 2, 3>>().broadcast::<_, Axes3<0, 2, 3>>()).passed());
    rejected(centre(|x| x), "nothing was taken away");
    rejected(
        centre(|x| x.clone() - x.mean::<Rank0, _>().broadcast::<_, Axes4<0, 1, 2, 3>>()),
        "Is it the mean?",
    );
    rejected(
        centre(|x| x.clone() - x.mean::<Rank1<6>, Axes3<1, 2, 3>>().broadcast::<_, Axes3<1, 2, 3>>()),
        "mean",
    );
    rejected(
        centre(|x| x.clone() - x.mean::<Rank2<6, 3>, Axes2<2, 3>>().broadcast::<_, Axes2<2, 3>>()),
        "mean",
    );
    rejected(
        centre(|x| x.clone() - x.max::<Rank1<3>, Axes3<0, 2, 3>>().broadcast::<_, Axes3<0, 2, 3>>()),
        "Is it the mean?",
    );
}

#[test]
fn mirrors() {
    fn reflect(a: f32) -> [[f32; 2]; 2] {
        let (s, c) = (2.0 * a).sin_cos();
        [[c, s], [s, -c]]
    }
    assert!(mirror(reflect).passed());
    rejected(mirror(|a| reflect(a / 2.0)), "half the angle");
    rejected(
        mirror(|a| [[a.cos(), a.sin()], [-a.sin(), a.cos()]]),
        "That matrix turns",
    );
    rejected(mirror(|_| [[1.0, 0.0], [0.0, -1.0]]), "Draw both");
    rejected(mirror(|a| reflect(2.0 * a * f32::NAN)), "NaN");
    rejected(mirror(|a| reflect(a.to_degrees())), "Draw both");
    rejected(mirror(|a| reflect(a).map(|row| row.map(|x| -x))), "Draw both");
}

fn descend(f: Curve, start: f32, dev: &Dev, rate: f32, steps: usize) -> f32 {
    let mut x: Number = dev.tensor(start);
    for _ in 0..steps {
        let slope = f(x.leaky_trace()).backward().get(&x);
        x = x - slope * rate;
    }
    x.array()
}

#[test]
fn valleys() {
    assert!(valley(|f, x, dev| descend(f, x, dev, 0.02, 1000)).passed());
    assert!(valley(|f, x, dev| descend(f, x, dev, 0.05, 300)).passed());
    rejected(valley(|f, x, dev| descend(f, x, dev, 0.02, 5)), "On its way");
    rejected(valley(|f, x, dev| descend(f, x, dev, -0.02, 300)), "Which sign");
    rejected(valley(|_, x, _| x), "where it started");
    rejected(valley(|_, _, _| 1.0), "hint");
    rejected(valley(|f, x, dev| descend(f, x, dev, 0.4, 300)), "hint");
    // The lowest point of all, found by trying: not the valley that lies downhill.
    rejected(
        valley(|f, _, dev| {
            let height = |x: f32| f(dev.tensor(x).leaky_trace()).array();
            let all = (-300..=300).map(|i| i as f32 / 100.0);
            all.min_by(|a, b| height(*a).total_cmp(&height(*b))).unwrap_or(0.0)
        }),
        "other valley",
    );
}

fn means(set: &Dataset, count: fn(usize, usize) -> usize) -> Result<Vec<Vec<f32>>> {
    let mut means = vec![vec![0.0; set.sample_len()]; set.num_classes()];
    for (i, class) in set.labels().into_iter().enumerate() {
        let part = count(set.class_counts()[class], set.len()) as f32;
        means[class]
            .iter_mut()
            .zip(set.values(i)?)
            .for_each(|(mean, x)| *mean += x / part);
    }
    Ok(means)
}

fn closest(averages: &[Vec<f32>], x: &[f32]) -> usize {
    let far = |a: &Vec<f32>| a.iter().zip(x).map(|(a, x)| (a - x) * (a - x)).sum::<f32>();
    (0..averages.len())
        .min_by(|&a, &b| far(&averages[a]).total_cmp(&far(&averages[b])))
        .unwrap_or(0)
}

#[test]
fn averages_classify() {
    let verdict = nearest_average(|set| means(set, |class, _| class), closest);
    assert!(verdict.passed(), "{verdict}");
    rejected(
        nearest_average(|set| means(set, |_, all| all), closest),
        "number of all samples",
    );
    rejected(nearest_average(|set| means(set, |_, _| 1), closest), "That is the sum");
    rejected(nearest_average(|set| means(set, |class, _| class), |_, _| 0), "✗");
    rejected(
        nearest_average(
            |set| means(set, |class, _| class),
            |averages, x| {
                let far = |a: &Vec<f32>| a.iter().zip(x).map(|(a, x)| (a - x).abs()).sum::<f32>();
                (0..averages.len())
                    .min_by(|&a, &b| far(&averages[a]).total_cmp(&far(&averages[b])))
                    .unwrap_or(0)
            },
        ),
        "✗",
    );
    fn dot(averages: &[Vec<f32>], x: &[f32]) -> usize {
        let product = |a: &Vec<f32>| a.iter().zip(x).map(|(a, x)| a * x).sum::<f32>();
        (0..averages.len())
            .max_by(|&a, &b| product(&averages[a]).total_cmp(&product(&averages[b])))
            .unwrap_or(0)
    }
    rejected(
        nearest_average(|set| means(set, |class, _| class), dot),
        "largest product",
    );
}
