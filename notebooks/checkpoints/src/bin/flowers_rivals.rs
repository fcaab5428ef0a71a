//! The trainings that chapter 13 compares and has no time for: `cargo run --release -p gradus-checkpoints --bin flowers_rivals`.
//!
//! The same photographs, the same cut into 240 to learn from, 60 to choose by and 100 to be examined on, as in the chapter.
//!
//! - `scratch`: a small network that begins with nothing, at 56 pixels, 40 epochs of one cycle, at four rates; the best on the 60
//!   gets two more seeds.
//! - `rules`: SqueezeNet at 227 pixels under a head that was trained before; two epochs for the last stage and the head at 1e-4, two
//!   for everything at a tenth of that; three seeds.
//! - `none`: the same body under a random head, everything moves from the first step on, four epochs, at three rates; the best gets
//!   two more seeds.
//!
//! `flowers_rivals.csv` is the log: kind, rate, seed, epoch, training loss, validation loss and accuracy, and behind the last epoch of
//! a run the accuracy on the 100 photographs of the examination and the seconds that the run took.

use std::time::Instant;

use gradus::nn::zoo;
use gradus::prelude::*;
use gradus_checkpoints::note;

type Eyes = (zoo::SqueezeNetBody, AvgPoolGlobal);
type Net = (Eyes, Linear<512, 5>);
type Block<const I: usize, const O: usize> = (Conv2D<I, O, 3, 1, 1>, BatchNorm2D<O>, ReLU, MaxPool2D<2>);
type Cnn = (Block<3, 16>, Block<16, 32>, Block<32, 64>, AvgPoolGlobal, Linear<64, 5>);

/// What is learned from, chosen by, and asked at the end.
type Parts = [Dataset; 3];

fn main() -> Result<()> {
    let small = parts(56, None)?;
    swept("scratch", &[1e-3, 3e-3, 1e-2, 3e-2], |rate, seed| {
        scratch(rate, seed, &small)
    })?;
    let large = parts(227, Some((zoo::CAFFE_MEAN.to_vec(), zoo::CAFFE_STD.to_vec())))?;
    let body = zoo::pretrained_squeezenet()?.part("0.");
    let start = body.moved("0.", "0.0.").merged(&head(&body, &large)?);
    for seed in 1..=3 {
        rules(&start, seed, &large)?;
    }
    swept("none", &[1e-3, 3e-4, 1e-4], |rate, seed| {
        no_rules(&body, rate, seed, &large)
    })
}

/// The three parts, normalized by the first, or by what is given.
fn parts(side: usize, by: Option<(Vec<f32>, Vec<f32>)>) -> Result<Parts> {
    let (given, test) = data::flowers(side)?;
    if given.len() != 300 {
        return Err(Error::Argument {
            what: "photographs to learn from".into(),
            expected: "the 300 of flowers5: lay them into GRADUS_DATA".into(),
            got: given.len().to_string(),
        });
    }
    let (train, valid) = given.stratified_split_seeded(0.8, 0)?;
    let (mean, std) = by.unwrap_or_else(|| train.mean_std());
    let train = train.normalize(&mean, &std)?;
    let (valid, test) = (valid.normalized_like(&train)?, test.normalized_like(&train)?);
    Ok([train, valid, test])
}

/// A run at each rate; the best of them on the validation part, the lower loss where two are alike, gets two more seeds.
fn swept(kind: &str, rates: &[f32], run: impl Fn(f32, u64) -> Result<[f64; 2]>) -> Result<()> {
    let mut best = (f32::NAN, [f64::NEG_INFINITY, f64::INFINITY]);
    for &rate in rates {
        let [accuracy, loss] = run(rate, 1)?;
        if accuracy > best.1[0] || accuracy == best.1[0] && loss < best.1[1] {
            best = (rate, [accuracy, loss]);
        }
    }
    println!("{kind}: the best rate is {}", best.0);
    for seed in 2..=3 {
        run(best.0, seed)?;
    }
    Ok(())
}

/// Writes a run down. Returns its accuracy and loss on the validation part.
fn written(
    name: &str,
    from: usize,
    runs: &[&History],
    learner: &Learner,
    parts: &Parts,
    start: Instant,
) -> Result<[f64; 2]> {
    let epochs: Vec<_> = runs.iter().flat_map(|run| run.epochs()).collect();
    let (loss, accuracy) = learner.evaluate(&parts[1])?;
    let test = learner.evaluate(&parts[2])?.1;
    for (i, epoch) in epochs.iter().enumerate() {
        let end = match i + 1 == epochs.len() {
            true => format!("{:.1},{:.0}", 100.0 * test, start.elapsed().as_secs_f64()),
            false => ",".into(),
        };
        let (train, valid) = (epoch.train_loss, epoch.valid_loss);
        let line = format!(
            "{name},{},{train:.4},{valid:.4},{:.1},{end}",
            from + i,
            100.0 * epoch.metric
        );
        note("flowers_rivals.csv", &line);
    }
    Ok([accuracy, loss])
}

fn scratch(rate: f32, seed: u64, parts: &Parts) -> Result<[f64; 2]> {
    let start = Instant::now();
    let mut net = Learner::classifier::<Cnn>(&device(seed)?, Adam::default())?;
    net.quiet()
        .set_seed(seed)
        .set_batch_size(20)
        .set_augment(Augment::new(seed).flip().crop(4));
    let run = net.fit_one_cycle(&parts[0], &parts[1], 40, rate)?;
    written(&format!("scratch,{rate},{seed}"), 1, &[&run], &net, parts, start)
}

fn rules(head_first: &StateDict, seed: u64, parts: &Parts) -> Result<[f64; 2]> {
    let start = Instant::now();
    let mut net = whole(seed, 1e-4)?;
    net.load_state_dict(head_first)?;
    let (loss, accuracy) = net.evaluate(&parts[1])?;
    note(
        "flowers_rivals.csv",
        &format!("rules,1e-4,{seed},0,,{loss:.4},{:.1},,", 100.0 * accuracy),
    );
    net.freeze("0.")?.unfreeze("0.0.4")?;
    let top = net.fit(&parts[0], &parts[1], 2)?;
    net.unfreeze_all().set_lr(1e-5);
    for (stage, factor) in [("0.0.0", 0.1), ("0.0.1", 0.1), ("0.0.2", 0.3), ("0.0.3", 0.3)] {
        net.set_rate(stage, factor)?;
    }
    let all = net.fit(&parts[0], &parts[1], 2)?;
    written(&format!("rules,1e-4,{seed}"), 1, &[&top, &all], &net, parts, start)
}

fn no_rules(body: &StateDict, rate: f32, seed: u64, parts: &Parts) -> Result<[f64; 2]> {
    let start = Instant::now();
    let mut net = whole(seed, rate)?;
    net.load_partial(&body.moved("0.", "0.0."))?;
    let (loss, accuracy) = net.evaluate(&parts[1])?;
    note(
        "flowers_rivals.csv",
        &format!("none,{rate},{seed},0,,{loss:.4},{:.1},,", 100.0 * accuracy),
    );
    let run = net.fit(&parts[0], &parts[1], 4)?;
    written(&format!("none,{rate},{seed}"), 1, &[&run], &net, parts, start)
}

/// SqueezeNet with five classes, as chapter 13 trains it.
fn whole(seed: u64, lr: f32) -> Result<Learner> {
    let mut net = Learner::classifier::<Net>(&device(seed)?, Adam { lr, ..Adam::default() })?;
    net.quiet()
        .set_seed(seed)
        .set_batch_size(20)
        .set_augment(Augment::new(seed).flip().crop(28));
    Ok(net)
}

/// The head that chapter 13 trains on cached features, with their normalization folded into it.
fn head(body: &StateDict, [train, valid, _]: &Parts) -> Result<StateDict> {
    let mut eyes = Learner::classifier::<Eyes>(&device(42)?, Sgd::default())?;
    eyes.load_state_dict(body)?;
    let rows = eyes.features(train)?;
    let (mean, std) = rows.mean_std();
    let std: Vec<f32> = std.iter().map(|s| s.max(0.05)).collect();
    let rows = rows.normalize(&mean, &std)?;
    let valid = eyes.features(valid)?.normalized_like(&rows)?;
    let adam = Adam {
        lr: 3e-4,
        ..Adam::default()
    };
    let mut head = Learner::classifier::<Linear<512, 5>>(&device(1)?, adam)?;
    head.init(Init::Constant(0.0), 0)?
        .quiet()
        .set_batch_size(32)
        .set_seed(1);
    head.fit(&rows, &valid, 20)?;
    let head = head.state_dict()?;
    let (w, b) = (head.tensor("weight")?.1, head.tensor("bias")?.1);
    let w: Vec<f32> = w.iter().enumerate().map(|(i, w)| w / std[i % 512]).collect();
    let shift = |k: usize| (0..512).map(|j| w[512 * k + j] * mean[j]).sum::<f32>();
    let b = b.iter().enumerate().map(|(k, b)| b - shift(k)).collect();
    let mut dict = StateDict::new("the folded head");
    dict.insert("1.weight", vec![5, 512], w)?;
    dict.insert("1.bias", vec![5], b)?;
    Ok(dict)
}
