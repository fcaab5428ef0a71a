//! The tasks of chapter 09, convolution.

use gradus::dfdx::prelude::*;

use crate::kit::{Cases, Failure, Graded, HintIf, Task, Verdict, approx_all, equal, near_all, open_device};
use gradus::data::{self, Image};
use gradus::device::Dev;

/// The thirty 3 × 3 patches of a picture of 7 × 8 pixels, one per row.
pub type Patches = Tensor<Rank2<30, 9>, f32, Dev>;

/// Four filters of 3 × 3 numbers, one per row.
pub type Bank = Tensor<Rank2<4, 9>, f32, Dev>;

/// What four filters answer at the 5 × 6 places of a picture.
pub type FourMaps = Tensor<Rank3<4, 5, 6>, f32, Dev>;

/// A kernel of 3 × 3 numbers.
pub type Kernel = [[f32; 3]; 3];

/// Task 09.1: how many pixels of the input one output pixel has seen, for layers of (kernel, stride, dilation).
pub fn receptive_field(answer: fn(&[(usize, usize, usize)]) -> usize) -> Verdict {
    let task = Task::of_course("09.1", "What one pixel has seen").hint(
        "Do two layers on paper, a 3 × 3 with stride 2 and then a 3 × 3: how far apart, in pixels of the input, are two \
         neighbours of the first output?",
    );
    let task = task.second_hint(
        "Keep two numbers while you walk through the layers: the field, and the product of the strides so far.",
    );
    task.grade(|task| {
        let mut cases = Cases::new(91);
        for n in 0..20 {
            let layers: Vec<(usize, usize, usize)> = (0..cases.whole(1, 5))
                .map(|_| {
                    (
                        1 + 2 * cases.whole(0, 3),
                        cases.whole(1, 3),
                        if n < 8 { 1 } else { cases.whole(1, 3) },
                    )
                })
                .collect();
            let case = format!("layers {layers:?}");
            let got = task.call(&case, || answer(&layers))?;
            let field = |early: bool, strides: bool, dilated: bool| {
                let (mut field, mut apart) = (1, 1);
                for &(k, s, d) in &layers {
                    let before = apart;
                    apart *= if strides { s } else { 1 };
                    field += (k - 1) * if dilated { d } else { 1 } * if early { apart } else { before };
                }
                field
            };
            equal(&case, got, field(false, true, true))
                .hint_if(
                    got == field(true, true, true),
                    "You count the stride of a layer for that layer itself. It spreads only the layers after it.",
                )
                .hint_if(
                    got == field(false, false, true),
                    "The strides are missing: after a stride of 2, neighbours are two pixels apart.",
                )
                .hint_if(
                    got == field(false, true, false),
                    "The dilation is missing: with dilation d, the outer taps are d · (K − 1) apart.",
                )?;
        }
        Ok(())
    })
}

/// Task 09.2: a convolution as one matrix product. The compiler grades most of it.
pub fn as_product(answer: fn(Patches, Bank) -> FourMaps) -> Verdict {
    let task = Task::of_course("09.2", "A convolution is a matrix product").hint(
        "It compiles, so the lengths fit. Which number stands at map 0, row 0, column 1: is it filter 0 times patch 1?",
    );
    let task =
        task.second_hint("The maps are the slow axis of the result. So the product has to be (4, 30), not (30, 4).");
    task.grade(|task| {
        let dev = open_device(0)?;
        let mut cases = Cases::new(92);
        for _ in 0..3 {
            let (x, bank) = (cases.numbers(56, -2.0, 2.0), cases.numbers(36, -2.0, 2.0));
            let patch = |p: usize, t: usize| x[(p / 6 + t / 3) * 8 + p % 6 + t % 3];
            let patches: Vec<f32> = (0..270).map(|i| patch(i / 9, i % 9)).collect();
            let at = |o: usize, p: usize| (0..9).map(|t| bank[o * 9 + t] * patches[p * 9 + t]).sum::<f32>();
            let expected: Vec<f32> = (0..120).map(|i| at(i / 30, i % 30)).collect();
            let scrambled: Vec<f32> = (0..120).map(|i| at(i % 4, i / 4)).collect();
            let (tp, tb): (Patches, Bank) = (dev.tensor(patches), dev.tensor(bank.clone()));
            let got = task.call("a random picture", || answer(tp, tb))?.as_vec();
            approx_all("a random picture", &got, &expected, 1e-4).hint_if(
                near_all(&got, &scrambled, 1e-4),
                "The right numbers in the wrong places: (30, 4) has as many numbers as (4, 30), and a reshape moves none of \
                 them.",
            )?;
        }
        Ok(())
    })
}

/// Task 09.3: the one kernel that does what two kernels do, one after the other.
pub fn two_in_one(answer: fn(Kernel, Kernel) -> [[f32; 5]; 5]) -> Verdict {
    let task = Task::of_course("09.3", "Two filters in one").hint(
        "Let the second kernel be 1 at its top left corner and 0 elsewhere. It only moves the picture: where do the numbers of \
         the first kernel end up in the 5 × 5?",
    );
    let task = task.second_hint(
        "Tap (p, q) of the one and tap (r, s) of the other meet at (p + r, q + s). Multiply, and add up what meets.",
    );
    task.grade(|task| {
        let mut cases = Cases::new(93);
        for n in 0..12 {
            let mut kernel = || std::array::from_fn(|_| std::array::from_fn(|_| cases.number(-2.0, 2.0)));
            let (a, mut b): (Kernel, Kernel) = (kernel(), kernel());
            if n < 2 {
                b = [[0.0; 3]; 3];
                b[2 * n][0] = 1.0;
            }
            let case = format!("two_in_one({a:?}, {b:?})");
            let got = task.call(&case, || answer(a, b))?.concat();
            let is = |f: fn(Kernel) -> Kernel| near_all(&got, &meet(a, f(b)), 1e-4);
            approx_all(&case, &got, &meet(a, b), 1e-4)
                .hint_if(
                    is(|b| b.map(|[x, y, z]| [z, y, x]).into_iter().rev().collect::<Vec<_>>().try_into().unwrap_or(b)),
                    "One of the kernels is turned around: a step to p and then a step of r lead to p + r, not to p − r.",
                )
                .hint_if(
                    got.iter().any(|v| *v != 0.0) && (0..25).all(|t| in_the_middle(t) || got[t] == 0.0),
                    "Only 3 × 3 numbers are filled, but the second window moves the first one about: together they see 5 × 5.",
                )?;
        }
        Ok(())
    })
}

/// Whether a number of a 5 × 5 kernel is one of the nine in the middle.
fn in_the_middle(t: usize) -> bool {
    (1..4).contains(&(t / 5)) && (1..4).contains(&(t % 5))
}

/// The taps of two kernels where they meet, 5 × 5.
fn meet(a: Kernel, b: Kernel) -> Vec<f32> {
    let mut c = vec![0.0; 25];
    for i in 0..9 {
        for j in 0..9 {
            c[(i / 3 + j / 3) * 5 + i % 3 + j % 3] += a[i / 3][i % 3] * b[j / 3][j % 3];
        }
    }
    c
}

/// Task 09.4: the slopes in the picture, from the slopes in what the kernel found.
pub fn picture_slopes(answer: fn(&[f32], usize, usize, Kernel) -> Vec<f32>) -> Verdict {
    let task = Task::of_course("09.4", "Back to the picture").hint(
        "Write the loop of the forward walk down again. Where it reads pixel p to add to output q, the backward walk adds the \
         slope of q to that of p.",
    );
    let task = task.second_hint("Begin with zeros, as many as pixels. For every place (i, j) and every tap (a, b), add to pixel (i + a, j + b).");
    task.grade(|task| {
        let mut cases = Cases::new(94);
        for n in 0..12 {
            let (h, w) = if n == 0 { (3, 3) } else { (cases.whole(3, 7), cases.whole(3, 7)) };
            let kernel: Kernel = std::array::from_fn(|_| std::array::from_fn(|_| cases.number(-2.0, 2.0)));
            let slopes = cases.numbers((h - 2) * (w - 2), -2.0, 2.0);
            let case = format!("a picture of {h} × {w} pixels");
            let got = task.call(&case, || answer(&slopes, h, w, kernel))?;
            equal(&format!("{case}: how many slopes"), got.len(), h * w)
                .hint_if(got.len() == slopes.len(), "There is a slope for every pixel of the picture, not for every place of the window.")?;
            let back = |flip: bool, last: bool| {
                let mut x = vec![0.0; h * w];
                for (q, s) in slopes.iter().enumerate() {
                    for t in 0..9 {
                        let (a, b) = if flip { (2 - t / 3, 2 - t % 3) } else { (t / 3, t % 3) };
                        let at = &mut x[(q / (w - 2) + t / 3) * w + q % (w - 2) + t % 3];
                        *at = s * kernel[a][b] + if last { 0.0 } else { *at };
                    }
                }
                x
            };
            approx_all(&case, &got, &back(false, false), 1e-4)
                .hint_if(
                    near_all(&got, &back(true, false), 1e-4),
                    "The kernel is upside down. (A gather over the output would need it so, a loop that adds does not.)",
                )
                .hint_if(
                    near_all(&got, &back(false, true), 1e-4),
                    "A pixel lies under the window up to nine times, so up to nine slopes add up.",
                )?;
        }
        Ok(())
    })
}

/// Task 09.5: where a piece of a picture was cut out, though its brightness and contrast have changed.
pub fn find(answer: fn(&Image, &Image) -> (usize, usize)) -> Verdict {
    let task = Task::of_course("09.5", "Find the piece").hint(
        "Draw your score for every place as a heat map. Is there a single peak, or does it follow the bright parts of the \
         picture?",
    );
    let task = task.second_hint(
        "Take the mean away from the piece and from the window, multiply and add up, and divide by the lengths of both: a \
         correlation, from −1 to 1.",
    );
    task.grade(|task| {
        let mut cases = Cases::new(95);
        let shapes = data::shapes(10, 95).map_err(|error| Failure::new("", "pictures", error))?;
        for n in 0..10 {
            let picture = shapes.image(n).map_err(|error| Failure::new("", "a picture", error))?.grey();
            let (top, left) = (cases.whole(0, if n < 4 { 20 } else { 4 }), cases.whole(0, 20));
            let (gain, shift) = match n {
                0 | 1 => (1.0, 0.0),
                2..6 => (cases.number(0.4, 0.8), cases.number(0.0, 0.2)),
                _ => (0.3, 0.45),
            };
            let picture = if n < 4 { picture } else { with_decoys(&picture, &mut cases, (top, left), gain, shift)? };
            let piece = picture.crop(top, left, 12, 12).and_then(|piece| {
                Image::new(1, 12, 12, piece.pixels().iter().map(|p| gain * p + shift).collect())
            });
            let piece = piece.map_err(|error| Failure::new("", "a piece", error))?;
            let how = if n < 2 { "as it is" } else { "with less contrast" };
            let case = format!("picture {n}, a piece of 12 × 12 pixels, {how}");
            let got = task.call(&case, || answer(&picture, &piece))?;
            equal(&case, got, (top, left))
                .hint_if(got == (left, top), "Row and column are changed about: the answer is (top, left).")
                .hint_if(
                    got == best(&picture, &piece, |x, k| x.iter().zip(k).map(|(x, k)| x * k).sum()),
                    "The largest sum of products is found where the picture is bright, whatever the piece shows.",
                )
                .hint_if(
                    got == best(&picture, &piece, covariance),
                    "The means are gone, but a window with much contrast still gets a high score, whatever it shows. Divide by \
                     the length of what is left of it.",
                )
                .hint_if(
                    got == best(&picture, &piece, |x, k| {
                        x.iter().zip(k).map(|(x, k)| x * k).sum::<f32>() / x.iter().map(|x| x * x).sum::<f32>().sqrt().max(1e-6)
                    }),
                    "Without the means taken away, a bright and even window looks much like a piece that is bright and rather \
                     even.",
                )
                .hint_if(
                    got == best(&picture, &piece, |x, k| -x.iter().zip(k).map(|(x, k)| (x - k) * (x - k)).sum::<f32>()),
                    "The smallest difference looks for the same brightness. The piece has another one: compare shapes, not \
                     brightnesses.",
                )?;
        }
        Ok(())
    })
}

/// The picture with the piece at its place, above two windows that a score prefers which cares for brightness or contrast: a
/// bright and even one, and one with more contrast than the piece (or, in turn, one as bright and as dull as the piece),
/// which show something else.
fn with_decoys(
    picture: &Image,
    cases: &mut Cases,
    (top, left): (usize, usize),
    gain: f32,
    shift: f32,
) -> Graded<Image> {
    let mut pixels = picture.pixels().to_vec();
    let shape: Vec<f32> = (0..144).map(|p| pixels[(10 + p / 12) * 32 + 10 + p % 12]).collect();
    let (low, high) = shape
        .iter()
        .fold((1.0_f32, 0.0_f32), |(a, b), v| (a.min(*v), b.max(*v)));
    let shape: Vec<f32> = shape.iter().map(|v| (v - low) / (high - low).max(1e-3)).collect();
    let dull = cases.whole(0, 1) == 1;
    let decoy = |p: usize, noise: f32| match dull {
        true => gain * (0.3 + 0.4 * shape[p]) + shift + 0.025 * noise,
        false => shape[p] + 0.5 * noise,
    };
    for (p, light) in shape.iter().enumerate() {
        let at = |row: usize, column: usize| (row + p / 12) * 32 + column + p % 12;
        pixels[at(20, 2)] = 0.95 + 0.02 * ((p / 12 + p % 12) % 2) as f32;
        pixels[at(20, 18)] = decoy(p, cases.number(-1.0, 1.0)).clamp(0.0, 1.0);
        pixels[at(top, left)] = 0.3 + 0.4 * light;
    }
    Image::new(1, 32, 32, pixels).map_err(|error| Failure::new("", "a picture", error))
}

/// The sum of the products, with the means taken away from both.
fn covariance(x: &[f32], k: &[f32]) -> f32 {
    let mean = |v: &[f32]| v.iter().sum::<f32>() / v.len() as f32;
    let (mx, mk) = (mean(x), mean(k));
    x.iter().zip(k).map(|(x, k)| (x - mx) * (k - mk)).sum()
}

/// The place of the window with the highest score.
fn best(picture: &Image, piece: &Image, score: fn(&[f32], &[f32]) -> f32) -> (usize, usize) {
    let (h, w) = (piece.height(), piece.width());
    let (rows, columns) = (picture.height() - h + 1, picture.width() - w + 1);
    let window = |place: usize| {
        let pixel = |p: usize| picture.pixels()[(place / columns + p / w) * picture.width() + place % columns + p % w];
        score(&(0..h * w).map(pixel).collect::<Vec<f32>>(), piece.pixels())
    };
    let top = (0..rows * columns).map(|place| (window(place), place));
    let (_, place) = top.fold((f32::MIN, 0), |a, b| if b.0 > a.0 { b } else { a });
    (place / columns, place % columns)
}

#[cfg(test)]
mod tests;
