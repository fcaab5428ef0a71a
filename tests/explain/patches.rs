//! Explanations that change the sample: superpixels, LIME, Shapley values, deletion and insertion, the sanity check.

use gradus::explain::{
    self, Baseline, Erasure, ExpectedGradients, KernelShap, Lime, Segments, Slic, kernel_shap, shapley_values,
};
use gradus::prelude::*;
use proptest::prelude::*;

/// A game whose worths are a hash of the coalition: no structure that a wrong formula could profit from.
fn game(seed: u64) -> impl FnMut(&[bool]) -> f64 {
    move |has| {
        let bits = has.iter().fold(seed, |h, b| {
            (h ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3).rotate_left(7)
        });
        (bits % 1000) as f64 / 100.0
    }
}

/// Shapley values as they are defined: over all orders.
fn by_orders(players: usize, worth: &mut dyn FnMut(&[bool]) -> f64) -> Vec<f64> {
    fn orders(n: usize) -> Vec<Vec<usize>> {
        if n == 0 {
            return vec![Vec::new()];
        }
        let put = |order: Vec<usize>| {
            (0..n).map(move |at| {
                let mut longer = order.clone();
                longer.insert(at, n - 1);
                longer
            })
        };
        orders(n - 1).into_iter().flat_map(put).collect()
    }
    let all = orders(players);
    let mut values = vec![0.0; players];
    for order in &all {
        let mut has = vec![false; players];
        let mut before = worth(&has);
        for player in order {
            has[*player] = true;
            let after = worth(&has);
            values[*player] += (after - before) / all.len() as f64;
            before = after;
        }
    }
    values
}

fn close(a: &[f64], b: &[f64], tolerance: f64) {
    assert_eq!(a.len(), b.len());
    for (i, (a, b)) in a.iter().zip(b).enumerate() {
        assert!((a - b).abs() < tolerance, "{i}: {a} and {b}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn shapley_values_are_those_of_all_orders(players in 1usize..7, seed: u64) {
        let exact = shapley_values(players, &mut game(seed)).unwrap();
        close(&exact, &by_orders(players, &mut game(seed)), 1e-9);
        let (all, none) = (game(seed)(&vec![true; players]), game(seed)(&vec![false; players]));
        prop_assert!((exact.iter().sum::<f64>() - (all - none)).abs() < 1e-9, "efficiency");
    }

    #[test]
    fn kernel_shap_is_exact_for_few_players(players in 1usize..9, seed: u64) {
        let exact = shapley_values(players, &mut game(seed)).unwrap();
        close(&kernel_shap(players, 1 << players.max(4), 0, &mut game(seed)).unwrap(), &exact, 1e-7);
    }

    /// What two players add is the same; a third adds nothing.
    #[test]
    fn equals_get_the_same_and_nobody_gets_nothing(a in 0usize..5, b in 0usize..5, seed: u64) {
        prop_assume!(a != b);
        let dummy = (0..5).find(|i| *i != a && *i != b).unwrap();
        let mut worth = |has: &[bool]| {
            let mut seen = has.to_vec();
            (seen[a], seen[b]) = (has[a] || has[b], has[a] && has[b]);
            seen[dummy] = false;
            game(seed)(&seen)
        };
        let values = shapley_values(5, &mut worth).unwrap();
        prop_assert!((values[a] - values[b]).abs() < 1e-9, "symmetry");
        prop_assert!(values[dummy].abs() < 1e-9, "dummy");
    }

    #[test]
    fn superpixels_are_connected_and_cover_the_picture(
        segments in 1usize..40, height in 5usize..24, width in 5usize..24, seed in 0u64..1000, grey: bool
    ) {
        prop_assume!(segments <= height * width);
        let channels = if grey { 1 } else { 3 };
        let wave = |i: usize| 0.5 + 0.5 * ((i as f32 * 0.37 + seed as f32).sin() * (i as f32 * 0.011).cos());
        let pixels = (0..channels * height * width).map(wave).collect();
        let sample = Sample::picture(&Image::new(channels, height, width, pixels).unwrap());
        let cut = Slic::new(segments).segment(&sample).unwrap();
        prop_assert_eq!(&cut, &Slic::new(segments).segment(&sample).unwrap(), "the same every time");
        prop_assert!(cut.areas().iter().all(|area| *area > 0));
        prop_assert_eq!(cut.areas().iter().sum::<usize>(), height * width);
        for label in 0..cut.len() {
            prop_assert_eq!(pieces(&cut, label), 1, "patch {} of {}", label, cut.len());
        }
    }
}

/// How many connected pieces the pixels with this label make.
fn pieces(cut: &Segments, label: usize) -> usize {
    let ([height, width], labels) = (cut.size(), cut.labels());
    let mut seen = vec![false; labels.len()];
    let mut count = 0;
    for start in 0..labels.len() {
        if labels[start] != label || seen[start] {
            continue;
        }
        count += 1;
        let mut open = vec![start];
        while let Some(i) = open.pop() {
            if std::mem::replace(&mut seen[i], true) {
                continue;
            }
            let (y, x) = (i / width, i % width);
            let near = [
                (y > 0).then(|| i - width),
                (y + 1 < height).then_some(i + width),
                (x > 0).then(|| i - 1),
                (x + 1 < width).then_some(i + 1),
            ];
            open.extend(near.into_iter().flatten().filter(|n| labels[*n] == label));
        }
    }
    count
}

/// Where Kernel SHAP must draw coalitions, it comes close, and its sum is still right.
#[test]
fn kernel_shap_by_chance_comes_close() {
    let worth = |has: &[bool]| {
        let sum: f64 = has
            .iter()
            .enumerate()
            .map(|(i, h)| if *h { i as f64 } else { 0.0 })
            .sum();
        sum + if has[2] && has[5] { 6.0 } else { 0.0 }
    };
    let exact = shapley_values(12, &mut worth.clone()).unwrap();
    let drawn = kernel_shap(12, 800, 3, &mut worth.clone()).unwrap();
    close(&drawn, &exact, 0.3);
    assert!((drawn.iter().sum::<f64>() - exact.iter().sum::<f64>()).abs() < 1e-9);
    assert_eq!(drawn, kernel_shap(12, 800, 3, &mut worth.clone()).unwrap());
    assert_ne!(drawn, kernel_shap(12, 800, 4, &mut worth.clone()).unwrap());
}

#[test]
fn superpixels_follow_colours() -> gradus::Result<()> {
    // Left half red, right half blue, the border off the grid.
    let (height, width, border) = (12, 20, 7);
    let colour = |i: usize| match (i / (height * width), i % width < border) {
        (0, true) | (2, false) => 0.9,
        _ => 0.1,
    };
    let picture = Image::new(3, height, width, (0..3 * height * width).map(colour).collect())?;
    let cut = Slic {
        segments: 2,
        compactness: 1.0,
        rounds: 10,
    }
    .segment(&Sample::picture(&picture))?;
    assert_eq!(cut.len(), 2);
    for (i, label) in cut.labels().iter().enumerate() {
        assert_eq!(*label == cut.labels()[0], i % width < border, "pixel {i}");
    }
    Ok(())
}

/// A linear network of a grey picture of 4 x 6 pixels: what each patch adds is known.
fn linear() -> gradus::Result<(Learner, Sample, Segments, Vec<f64>)> {
    type Flat = (Flatten<24>, Linear<24, 2>);
    let mut learner = Learner::classifier::<Flat>(&device(0)?, Sgd::default())?;
    let weights: Vec<f32> = (0..48).map(|i| (i as f32 * 0.7).sin()).collect();
    let mut dict = StateDict::new("by hand");
    dict.insert("1.weight", vec![2, 24], weights.clone())?;
    dict.insert("1.bias", vec![2], vec![0.5, -1.0])?;
    learner.load_state_dict(&dict)?;
    let pixels: Vec<f32> = (0..24).map(|i| 0.5 + 0.5 * (i as f32 * 1.3).cos()).collect();
    let sample = Sample::picture(&Image::new(1, 4, 6, pixels.clone())?).class(1);
    let segments = Segments::grid([4, 6], 2, 3)?;
    let mut adds = vec![0f64; 6];
    for i in 0..24 {
        adds[segments.labels()[i]] += f64::from(weights[24 + i]) * f64::from(pixels[i]);
    }
    Ok((learner, sample, segments, adds))
}

#[test]
fn a_linear_network_is_recovered() -> gradus::Result<()> {
    let (learner, sample, segments, adds) = linear()?;
    let lime = Lime {
        ridge: 1e-6,
        baseline: Baseline::Black,
        ..Default::default()
    }
    .on(&learner, &sample, &segments)?;
    let values: Vec<f64> = lime.values().iter().map(|v| f64::from(*v)).collect();
    close(&values, &adds, 1e-4);
    assert!(lime.fidelity().unwrap() > 1.0 - 1e-6);
    let shap = KernelShap {
        baseline: Baseline::Black,
        ..Default::default()
    }
    .on(&learner, &sample, &segments)?;
    let values: Vec<f64> = shap.values().iter().map(|v| f64::from(*v)).collect();
    close(&values, &adds, 1e-4);
    assert!(shap.gap().unwrap() < 1e-4);
    // The heat of a pixel is that of its patch.
    assert_eq!(shap.heat()[0], shap.values()[0]);
    assert_eq!(shap.heat()[23], shap.values()[5]);
    Ok(())
}

type Rows = (Linear<3, 8>, Tanh, Linear<8, 2>);

fn rows() -> gradus::Result<(Learner, Sample, Dataset)> {
    let learner = Learner::classifier::<Rows>(&device(2)?, Sgd::default())?;
    let values: Vec<f32> = (0..15).map(|i| (i as f32 * 0.9).sin()).collect();
    let background = Dataset::from_values(values, &[3], vec![0; 5], &["a", "b"])?;
    let sample = Sample::row(&[1.5, -2.0, 0.7])?.class(1).feature_names(&["x", "y", "z"]);
    Ok((learner, sample, background))
}

/// Kernel SHAP of a row against Shapley values computed from predictions of whole data sets.
#[test]
fn rows_get_their_shapley_values() -> gradus::Result<()> {
    let (learner, sample, background) = rows()?;
    let shap = KernelShap::default().row(&learner, &sample, &background)?;
    let mut worth = |has: &[bool]| {
        let mut values = Vec::new();
        for i in 0..5 {
            let row = background.values(i).unwrap();
            values.extend((0..3).map(|k| if has[k] { sample.values()[k] } else { row[k] }));
        }
        let data = Dataset::from_values(values, &[3], vec![0; 5], &["a", "b"]).unwrap();
        let scores = learner.predict(&data).unwrap();
        (0..5).map(|i| f64::from(scores.scores(i).unwrap()[1])).sum::<f64>() / 5.0
    };
    let exact = shapley_values(3, &mut worth)?;
    let values: Vec<f64> = shap.values().iter().map(|v| f64::from(*v)).collect();
    close(&values, &exact, 1e-5);
    assert!(shap.gap().unwrap() < 1e-4);
    assert_eq!(shap.plot().error(), None);
    Ok(())
}

/// A linear network has the same gradient everywhere: expected gradients are exact but for the choice of baselines.
#[test]
fn expected_gradients_sum_to_the_difference() -> gradus::Result<()> {
    let (learner, sample, background) = rows()?;
    let a = ExpectedGradients { samples: 500, seed: 1 }.explain(&learner, &sample, &background)?;
    assert!(a.gap().unwrap() < 0.02, "{a}");
    let (learner, _, _, _) = linear()?;
    let pixels: Vec<f32> = (0..24).map(|i| i as f32 / 24.0).collect();
    let black = Dataset::from_values(vec![0.0; 24], &[1, 4, 6], vec![0], &["a", "b"])?;
    let sample = Sample::picture(&Image::new(1, 4, 6, pixels.clone())?).class(0);
    let a = ExpectedGradients { samples: 3, seed: 0 }.explain(&learner, &sample, &black)?;
    for (i, v) in a.values().iter().enumerate() {
        assert!((v - (i as f32 * 0.7).sin() * pixels[i]).abs() < 1e-5);
    }
    Ok(())
}

#[test]
fn deletion_falls_and_insertion_rises_for_the_true_order() -> gradus::Result<()> {
    let (learner, sample, segments, _) = linear()?;
    let method = KernelShap {
        baseline: Baseline::Black,
        ..Default::default()
    };
    let a = method.on(&learner, &sample, &segments)?;
    let erasure = Erasure {
        steps: 24,
        deleted: Baseline::Black,
        empty: Baseline::Black,
    };
    let f = erasure.measure(&learner, &a)?;
    let top = |s: &Sample| {
        explain::top(&learner, s, 2)
            .unwrap()
            .all
            .iter()
            .find(|g| g.class == 1)
            .unwrap()
            .probability
    };
    let black = Sample::picture(&Image::new(1, 4, 6, vec![0.0; 24])?);
    assert_eq!((f.deletion[0], f.insertion[24]), (top(&sample), top(&sample)));
    assert_eq!((f.deletion[24], f.insertion[0]), (top(&black), top(&black)));
    // One step by hand: the most important pixel is gone.
    let mut pixels = sample.values().to_vec();
    pixels[a.ranking()[0]] = 0.0;
    let one = Sample::picture(&Image::new(1, 4, 6, pixels)?);
    assert!((f.deletion[1] - top(&one)).abs() < 1e-6);
    assert!(f.deletion_area() < f.insertion_area());
    assert_eq!(f.plot().error(), None);
    Ok(())
}

#[test]
fn a_randomized_network_differs_where_it_should() -> gradus::Result<()> {
    type Net = ((Conv2D<1, 4, 3>, ReLU), (Flatten<8>, Linear<8, 2>));
    let learner = Learner::classifier::<Net>(&device(0)?, Sgd::default())?;
    let before = learner.state_dict()?;
    let last = explain::randomized(&learner, 1, 7)?.state_dict()?;
    let all = explain::randomized(&learner, 9, 7)?.state_dict()?;
    for name in before.names() {
        let head = name.starts_with("1.");
        assert_eq!(before.get(&name) != last.get(&name), head, "{name}");
        assert!(before.get(&name) != all.get(&name), "{name}");
        assert_eq!(before.get(&name), learner.state_dict()?.get(&name), "{name}");
    }
    assert_eq!(
        explain::randomized(&learner, 1, 7)?.state_dict()?.get("1.1.weight"),
        last.get("1.1.weight")
    );
    Ok(())
}

/// `scipy.stats.spearmanr(abs([3, -1, 2, 2, 0, 5]), abs([1, 0, -4, 2, -3, -6]))` of scipy 1.17.1 is 0.3768512.
#[test]
fn similarity_is_spearmans() -> gradus::Result<()> {
    type Row = (Linear<6, 1>,);
    let map = |weights: [f32; 6]| -> gradus::Result<Attribution> {
        let mut learner = Learner::regressor::<Row>(&device(0)?, Sgd::default())?;
        let mut dict = StateDict::new("by hand");
        dict.insert("0.weight", vec![1, 6], weights.to_vec())?;
        dict.insert("0.bias", vec![1], vec![0.0])?;
        learner.load_state_dict(&dict)?;
        explain::integrated_gradients(&learner, &Sample::row(&[1.0; 6])?)
    };
    let (a, b) = (
        map([3.0, -1.0, 2.0, 2.0, 0.0, 5.0])?,
        map([1.0, 0.0, -4.0, 2.0, -3.0, -6.0])?,
    );
    assert!((a.similarity(&a)? - 1.0).abs() < 1e-12);
    assert!(
        (a.similarity(&b)? - 0.376_851_173).abs() < 1e-6,
        "{}",
        a.similarity(&b)?
    );
    Ok(())
}

#[test]
fn an_explanation_of_ones_own_is_measured_like_all_others() -> gradus::Result<()> {
    let net = Learner::classifier::<(Flatten<16>, Linear<16, 2>)>(&device(3)?, Sgd::default())?;
    let sample = Sample::picture(&Image::new(1, 4, 4, (0..16).map(|i| i as f32 / 15.0).collect())?);
    let saliency = explain::saliency(&net, &sample)?;
    let own = explain::by_hand(&net, &sample, "copied", saliency.heat())?;
    assert_eq!((own.method(), own.ranking()), ("copied", saliency.ranking()));
    assert_eq!(own.similarity(&saliency)?, 1.0);
    let (a, b) = (
        explain::faithfulness(&net, &own)?,
        explain::faithfulness(&net, &saliency)?,
    );
    assert_eq!((a.deletion, a.insertion), (b.deletion, b.insertion));
    let short = explain::by_hand(&net, &sample, "short", &[1.0; 15]).unwrap_err();
    assert!(short.to_string().contains("16 numbers"), "{short}");
    assert!(explain::by_hand(&net, &sample, "broken", &[f32::NAN; 16]).is_err());
    Ok(())
}

#[test]
fn nothing_changes_the_learner() -> gradus::Result<()> {
    let (learner, sample, segments, _) = linear()?;
    let before = learner.state_dict()?;
    let all = Lime::default().on(&learner, &sample, &segments)?;
    KernelShap::default().on(&learner, &sample, &segments)?;
    explain::faithfulness(&learner, &all)?;
    explain::randomized(&learner, 1, 0)?;
    explain::chance(&learner, &sample, 0)?;
    let black = Dataset::from_values(vec![0.0; 24], &[1, 4, 6], vec![0], &["a", "b"])?;
    ExpectedGradients::default().explain(&learner, &sample, &black)?;
    let after = learner.state_dict()?;
    for name in before.names() {
        assert_eq!(before.get(&name), after.get(&name), "{name}");
    }
    Ok(())
}

#[test]
fn wrong_questions_are_refused() -> gradus::Result<()> {
    let (learner, sample, segments, _) = linear()?;
    let (rows_learner, row, background) = rows()?;
    assert!(shapley_values(0, &mut |_| 0.0).is_err());
    assert!(shapley_values(17, &mut |_| 0.0).is_err());
    assert!(shapley_values(2, &mut |_| f64::NAN).is_err());
    assert!(kernel_shap(5, 6, 0, &mut |_| 0.0).is_err());
    assert!(kernel_shap(3, 8, 0, &mut |_| f64::INFINITY).is_err());
    assert!(Slic::new(0).segment(&sample).is_err());
    assert!(Slic::new(25).segment(&sample).is_err());
    assert!(
        Slic {
            compactness: f32::NAN,
            ..Default::default()
        }
        .segment(&sample)
        .is_err()
    );
    assert!(Slic::new(2).segment(&row).is_err());
    assert!(Segments::grid([4, 6], 5, 1).is_err());
    let other = Segments::grid([6, 4], 2, 2)?;
    let text = Lime::default().on(&learner, &sample, &other).unwrap_err().to_string();
    assert!(text.contains("4 x 6") && text.contains("6 x 4"), "{text}");
    assert!(KernelShap::default().on(&learner, &sample, &other).is_err());
    assert!(
        KernelShap {
            samples: 4,
            ..Default::default()
        }
        .on(&learner, &sample, &segments)
        .is_err()
    );
    for lime in [
        Lime {
            samples: 1,
            ..Default::default()
        },
        Lime {
            width: 0.0,
            ..Default::default()
        },
        Lime {
            ridge: -1.0,
            ..Default::default()
        },
    ] {
        assert!(lime.on(&learner, &sample, &segments).is_err(), "{lime:?}");
    }
    let text = KernelShap::default()
        .row(&learner, &sample, &background)
        .unwrap_err()
        .to_string();
    assert!(text.contains("[3]"), "{text}");
    assert!(
        KernelShap::default()
            .row(&rows_learner, &row, &background.take(0))
            .is_err()
    );
    assert!(
        ExpectedGradients { samples: 0, seed: 0 }
            .explain(&rows_learner, &row, &background)
            .is_err()
    );
    assert!(explain::occlusion(&rows_learner, &row).is_err());
    let a = KernelShap::default().row(&rows_learner, &row, &background)?;
    assert!(
        Erasure {
            steps: 0,
            ..Default::default()
        }
        .measure(&rows_learner, &a)
        .is_err()
    );
    assert!(
        a.similarity(&Lime::default().on(&learner, &sample, &segments)?)
            .is_err()
    );
    Ok(())
}
