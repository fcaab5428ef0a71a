//! Explanations against PyTorch, against cases computed by hand, and what wrong questions are told.

use std::collections::HashMap;

use gradus::explain::{self, Baseline, GradCam, IntegratedGradients, Occlusion, SmoothGrad};
use gradus::prelude::*;
use gradus_tests::load;
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    tensors: HashMap<String, (Vec<usize>, Vec<f32>)>,
    picture: Vec<f32>,
    mean: Vec<f32>,
    std: Vec<f32>,
    class: usize,
    scores: Vec<f32>,
    black: Vec<f32>,
    saliency: Vec<f32>,
    guided: Vec<f32>,
    integrated: Vec<f32>,
    occlusion: Vec<f32>,
    cam_last: (Vec<f32>, Vec<f32>),
    cam_conv: (Vec<f32>, Vec<f32>),
    cam_pool: (Vec<f32>, Vec<f32>),
}

type Net = (
    (Conv2D<3, 6, 3, 1, 1>, BatchNorm2D<6>, ReLU, MaxPool2D<2>),
    Dropout<50>,
    (Conv2D<6, 8, 3>, ReLU),
    (AvgPoolGlobal, Linear<8, 4>),
);

fn golden() -> Golden {
    load("explain/gradients")
}

/// The network and the picture that PyTorch had.
fn setup(g: &Golden) -> (Learner, Sample) {
    let mut learner = Learner::classifier::<Net>(&device(0).expect("device"), Adam::default()).expect("learner");
    let mut dict = StateDict::new("PyTorch");
    for (name, (shape, values)) in &g.tensors {
        let name = name.replace("3.2.", "3.1.");
        dict.insert(&name, shape.clone(), values.clone()).expect("finite");
    }
    learner.load_state_dict(&dict).expect("the same network");
    let picture = Image::new(3, 9, 11, g.picture.clone()).expect("a picture");
    let sample = Sample::picture(&picture)
        .normalized(&g.mean, &g.std)
        .expect("three channels");
    (learner, sample.class_names(&["a", "b", "c", "d"]).class(g.class))
}

fn close(got: &[f32], wanted: &[f32], what: &str) {
    assert_eq!(got.len(), wanted.len(), "{what}");
    let size = wanted.iter().fold(0f32, |m, v| m.max(v.abs()));
    assert!(size > 0.0, "{what} is empty");
    for (i, (g, w)) in got.iter().zip(wanted).enumerate() {
        assert!(
            (g - w).abs() < 2e-5 * size.max(0.1),
            "{what}[{i}]: {g}, PyTorch has {w}"
        );
    }
}

#[test]
fn explanations_agree_with_pytorch() -> gradus::Result<()> {
    let g = golden();
    let (learner, sample) = setup(&g);
    let saliency = explain::saliency(&learner, &sample)?;
    close(&[saliency.score()], &g.scores[g.class..=g.class], "score");
    close(saliency.values(), &g.saliency, "saliency");
    let largest = |i: usize| (0..3).map(|c| g.saliency[c * 99 + i].abs()).fold(0.0, f32::max);
    close(saliency.heat(), &(0..99).map(largest).collect::<Vec<_>>(), "heat");
    close(
        explain::guided_backprop(&learner, &sample)?.values(),
        &g.guided,
        "guided",
    );

    let steps = IntegratedGradients {
        steps: 8,
        ..Default::default()
    };
    let integrated = steps.explain(&learner, &sample)?;
    close(integrated.values(), &g.integrated, "integrated gradients");
    close(
        &[integrated.baseline_score().unwrap()],
        &g.black[g.class..=g.class],
        "baseline",
    );

    let cover = Occlusion {
        patch: 3,
        stride: 2,
        baseline: Baseline::Black,
    };
    close(cover.explain(&learner, &sample)?.heat(), &g.occlusion, "occlusion");

    let cam = explain::grad_cam(&learner, &sample)?;
    close(cam.values(), &g.cam_last.0, "Grad-CAM of the last convolution");
    close(cam.heat(), &g.cam_last.1, "Grad-CAM of the last convolution, enlarged");
    let cam = GradCam::at("Conv2D<6, 8").explain(&learner, &sample)?;
    close(cam.heat(), &g.cam_conv.1, "Grad-CAM in front of the ReLU");
    let cam = GradCam::at("MaxPool").explain(&learner, &sample)?;
    close(cam.values(), &g.cam_pool.0, "Grad-CAM of the pool");
    close(cam.heat(), &g.cam_pool.1, "Grad-CAM of the pool, enlarged");
    let layers = explain::layers(&learner, &sample)?;
    let names: Vec<&str> = layers.all.iter().map(|l| l.name.as_str()).collect();
    assert_eq!(names[2], "ReLU", "{names:?}");
    assert_eq!(layers.all[2].shape, [6, 9, 11]);
    Ok(())
}

#[test]
fn guided_grad_cam_is_the_product_of_both() -> gradus::Result<()> {
    let g = golden();
    let (learner, sample) = setup(&g);
    let product = explain::guided_grad_cam(&learner, &sample)?;
    for (i, v) in product.values().iter().enumerate() {
        assert!((v - g.guided[i] * g.cam_last.1[i % 99]).abs() < 1e-6);
    }
    Ok(())
}

/// One convolution of two filters that pick a pixel of its own channel, a mean over the places, two classes. By hand: the
/// gradient of the score of class 0 with respect to both maps is weight / places, so `L = ReLU(w0 A0 + w1 A1) / places`.
#[test]
fn grad_cam_by_hand() -> gradus::Result<()> {
    type Tiny = (Conv2D<1, 2, 1>, AvgPoolGlobal, Linear<2, 2>);
    let mut learner = Learner::classifier::<Tiny>(&device(0)?, Sgd::default())?;
    let mut dict = StateDict::new("by hand");
    dict.insert("0.weight", vec![2, 1, 1, 1], vec![1.0, -2.0])?;
    dict.insert("0.bias", vec![2], vec![0.0, 1.0])?;
    dict.insert("2.weight", vec![2, 2], vec![3.0, 1.0, 0.0, 5.0])?;
    dict.insert("2.bias", vec![2], vec![0.5, 0.0])?;
    learner.load_state_dict(&dict)?;
    let picture = Image::new(1, 2, 2, vec![0.0, 0.25, 0.5, 1.0])?;
    // A0 = x, A1 = 1 - 2x. Class 0: 3 x + (1 - 2x) = 1 + x. Class 1: 5 (1 - 2x), below 0 for x > 0.5.
    let sample = Sample::picture(&picture);
    let cam = explain::grad_cam(&learner, &sample.clone().class(0))?;
    assert_eq!(cam.heat(), [0.25, 1.25 / 4.0, 1.5 / 4.0, 0.5]);
    let cam = explain::grad_cam(&learner, &sample.clone().class(1))?;
    assert_eq!(cam.heat(), [1.25, 2.5 / 4.0, 0.0, 0.0]);
    // The gradient with respect to the picture is the same everywhere: (3 - 2) / 4 and -10 / 4.
    assert_eq!(
        explain::saliency(&learner, &sample.clone().class(0))?.values(),
        [0.25; 4]
    );
    assert_eq!(explain::saliency(&learner, &sample.class(1))?.values(), [-2.5; 4]);
    Ok(())
}

#[test]
fn integrated_gradients_are_complete() -> gradus::Result<()> {
    let g = golden();
    let (learner, sample) = setup(&g);
    let gap = |steps| {
        let method = IntegratedGradients {
            steps,
            baseline: Baseline::Blur,
        };
        let a = method.explain(&learner, &sample).unwrap();
        let sum: f64 = a.values().iter().map(|v| f64::from(*v)).sum();
        let difference = f64::from(a.score()) - f64::from(a.baseline_score().unwrap());
        assert!((a.gap().unwrap() - (sum - difference).abs() / difference.abs()).abs() < 1e-9);
        a.gap().unwrap()
    };
    assert!(gap(256) < 0.005, "{}", gap(256));
    assert!(gap(256) < 0.5 * gap(2));
    Ok(())
}

/// Without noise SmoothGrad is saliency; with noise it is the same for the same seed.
#[test]
fn smooth_grad_averages() -> gradus::Result<()> {
    let g = golden();
    let (learner, sample) = setup(&g);
    let still = SmoothGrad {
        samples: 3,
        noise: 0.0,
        seed: 0,
    };
    close(still.explain(&learner, &sample)?.values(), &g.saliency, "no noise");
    let a = explain::smooth_grad(&learner, &sample)?;
    assert_eq!(a.values(), explain::smooth_grad(&learner, &sample)?.values());
    assert_ne!(
        a.values(),
        SmoothGrad {
            seed: 1,
            ..Default::default()
        }
        .explain(&learner, &sample)?
        .values()
    );
    Ok(())
}

/// Weights, running statistics, optimizer, and the random numbers that come next are what they were before.
#[test]
fn nothing_changes_the_learner() -> gradus::Result<()> {
    let data = data::shapes(96, 3)?;
    type Small = (
        (Conv2D<3, 8, 3, 2>, BatchNorm2D<8>, ReLU),
        Dropout<30>,
        (AvgPoolGlobal, Linear<8, 10>),
    );
    let train = || -> gradus::Result<Learner> {
        let mut learner = Learner::classifier::<Small>(&device(4)?, Adam::default())?;
        learner.quiet().set_batch_size(32).fit(&data, &data, 1)?;
        Ok(learner)
    };
    let (mut asked, mut other) = (train()?, train()?);
    let before = asked.state_dict()?;
    let sample = Sample::of(&data, 5)?;
    explain::saliency(&asked, &sample)?;
    explain::guided_backprop(&asked, &sample)?;
    explain::smooth_grad(&asked, &sample)?;
    explain::integrated_gradients(&asked, &sample)?;
    explain::occlusion(&asked, &sample)?;
    explain::guided_grad_cam(&asked, &sample)?;
    explain::top(&asked, &sample, 3)?;
    explain::layers(&asked, &sample)?;
    let after = asked.state_dict()?;
    for name in before.names() {
        assert_eq!(before.get(&name), after.get(&name), "{name}");
    }
    // The optimizer's memory and the random state show in the next epoch, dropout included.
    let (a, b) = (asked.fit(&data, &data, 1)?, other.fit(&data, &data, 1)?);
    assert_eq!(a.last().unwrap().train_loss, b.last().unwrap().train_loss);
    let (a, b) = (asked.state_dict()?, other.state_dict()?);
    for name in a.names() {
        assert_eq!(a.get(&name), b.get(&name), "{name}");
    }
    Ok(())
}

#[test]
fn wrong_questions_are_refused() -> gradus::Result<()> {
    let g = golden();
    let (learner, sample) = setup(&g);
    let told = |error: gradus::Error| error.to_string();
    let text = told(explain::saliency(&learner, &sample.clone().class(4)).unwrap_err());
    assert!(text.contains("less than 4") && text.contains("got 4"), "{text}");
    let grey = Sample::picture(&Image::new(1, 9, 11, vec![0.5; 99])?);
    let text = told(explain::saliency(&learner, &grey).unwrap_err());
    assert!(text.contains("3 channels"), "{text}");
    let small = Sample::picture(&Image::new(3, 2, 2, vec![0.5; 12])?);
    assert!(explain::grad_cam(&learner, &small).is_err());
    let text = told(GradCam::at("Attention").explain(&learner, &sample).unwrap_err());
    assert!(
        text.contains("Attention") && text.contains("Conv2D<3, 6, 3, 1, 1, 1>"),
        "{text}"
    );
    let text = told(GradCam::at("Linear").explain(&learner, &sample).unwrap_err());
    assert!(text.contains("more than one place"), "{text}");
    assert!(Sample::row(&[1.0, f32::NAN]).is_err());
    assert!(Sample::row(&[]).is_err());
    assert!(explain::top(&learner, &sample, 0).is_err());
    for cover in [
        Occlusion {
            patch: 10,
            ..Default::default()
        },
        Occlusion {
            patch: 2,
            stride: 3,
            ..Default::default()
        },
    ] {
        assert!(cover.explain(&learner, &sample).is_err(), "{cover:?}");
    }
    assert!(
        IntegratedGradients {
            steps: 0,
            ..Default::default()
        }
        .explain(&learner, &sample)
        .is_err()
    );
    assert!(
        SmoothGrad {
            samples: 0,
            ..Default::default()
        }
        .explain(&learner, &sample)
        .is_err()
    );
    assert!(
        SmoothGrad {
            noise: f32::NAN,
            ..Default::default()
        }
        .explain(&learner, &sample)
        .is_err()
    );
    assert!(sample.clone().normalized(&[0.0], &[1.0]).is_err());
    Ok(())
}

/// A network whose scores are beyond what a number can hold explains nothing.
#[test]
fn broken_weights_are_told() -> gradus::Result<()> {
    let mut learner = Learner::classifier::<(Linear<2, 2>,)>(&device(0)?, Sgd::default())?;
    let mut dict = StateDict::new("too large");
    dict.insert("0.weight", vec![2, 2], vec![1e38; 4])?;
    dict.insert("0.bias", vec![2], vec![0.0; 2])?;
    learner.load_state_dict(&dict)?;
    let text = explain::saliency(&learner, &Sample::row(&[9.0, 9.0])?)
        .unwrap_err()
        .to_string();
    assert!(text.contains("score"), "{text}");
    Ok(())
}

/// A layer of dfdx that drops whenever there is a tape would give the gradient of another network.
#[test]
fn layers_that_cannot_evaluate_with_a_tape_are_refused() -> gradus::Result<()> {
    type Drops = (Linear<4, 64>, DropoutOneIn<2>, Linear<64, 2>);
    let learner = Learner::classifier::<Drops>(&device(0)?, Sgd::default())?;
    let sample = Sample::row(&[1.0, -2.0, 0.5, 3.0])?;
    let text = explain::saliency(&learner, &sample).unwrap_err().to_string();
    assert!(text.contains("DropoutOneIn"), "{text}");
    Ok(())
}

/// One score for two classes: class 0 has the negative of it.
#[test]
fn one_score_for_two_classes() -> gradus::Result<()> {
    let learner = Learner::with_loss::<Linear<2, 1>>(&device(1)?, Sgd::default(), BinaryCrossEntropy::default())?;
    let sample = Sample::row(&[1.0, 2.0])?.class_names(&["no", "yes"]);
    let yes = explain::saliency(&learner, &sample.clone().class(1))?;
    let no = explain::saliency(&learner, &sample.clone().class(0))?;
    assert_eq!(yes.score(), -no.score());
    assert_eq!(yes.values()[0], -no.values()[0]);
    let top = explain::top(&learner, &sample, 2)?;
    assert!((top.all[0].probability + top.all[1].probability - 1.0).abs() < 1e-6);
    assert!(explain::saliency(&learner, &sample.class(2)).is_err());
    Ok(())
}

#[test]
fn figures_are_drawn() -> gradus::Result<()> {
    let g = golden();
    let (learner, sample) = setup(&g);
    let all = [
        explain::saliency(&learner, &sample)?,
        explain::occlusion(&learner, &sample)?,
    ];
    for figure in [
        all[0].overlay(),
        all[0].plot(),
        all[1].overlay(),
        all[1].plot(),
        explain::explanations("All", &all, 3),
        explain::top(&learner, &sample, 3)?.plot(),
        explain::Slic::new(6).segment(&sample)?.plot(&sample),
    ] {
        assert_eq!(figure.error(), None);
        assert!(!figure.alt().is_empty());
    }
    Ok(())
}
