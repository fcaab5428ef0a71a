//! Task 16.1: a picture cut into patches.

use crate::kit::{Cases, HintIf, Task, Verdict, approx_all, check};

/// What the learner writes: the patches of a picture, from its values, its shape (channels, height, width) and a patch's side.
type Answer = fn(&[f32], [usize; 3], usize) -> Vec<Vec<f32>>;

/// A way to go wrong, or none.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Right,
    /// Patches column by column.
    Down,
    /// The pixels of a patch column by column.
    Turned,
    /// All channels of a pixel side by side.
    Interleaved,
    /// The first channel alone.
    OneChannel,
    /// A row of the picture has as many pixels as a column.
    Square,
    /// A window at every pixel.
    Sliding,
    /// One patch after the other along the list of values, whatever the rows are.
    Straight,
}

fn cut(values: &[f32], [channels, height, width]: [usize; 3], p: usize, way: Way) -> Vec<Vec<f32>> {
    if way == Way::Straight {
        return values.chunks(channels * p * p).map(<[f32]>::to_vec).collect();
    }
    let stride = if way == Way::Sliding { 1 } else { p };
    let (rows, columns) = ((height - p) / stride + 1, (width - p) / stride + 1);
    let row = if way == Way::Square { height } else { width };
    let seen = if way == Way::OneChannel { 1 } else { channels };
    let patch = |n: usize| {
        let (y, x) = match way {
            Way::Down => (n % rows * stride, n / rows * stride),
            _ => (n / columns * stride, n % columns * stride),
        };
        let pixel = |k: usize| {
            let (c, i, j) = match way {
                Way::Turned => (k / (p * p), k % p, k / p % p),
                Way::Interleaved => (k % channels, k / channels / p, k / channels % p),
                _ => (k / (p * p), k / p % p, k % p),
            };
            values[(c * height * width + (y + i) * row + x + j) % values.len()]
        };
        (0..seen * p * p).map(pixel).collect()
    };
    (0..rows * columns).map(patch).collect()
}

/// Task 16.1: the patches of a picture: (values, [channels, height, width], side of a patch).
pub fn patches(answer: Answer) -> Verdict {
    let task = Task::of_course("16.1", "Scissors").hint(
        "A grey picture of 2 rows and 4 columns, 0 1 2 3 above 4 5 6 7, in patches of 2 x 2: the first is 0 1 4 5, the second \
         2 3 6 7. Write down where each number stood in the list.",
    );
    let task = task.second_hint(
        "Five nested walks: rows of patches, columns of patches, channels, rows of the patch, columns of the patch. Pixel (c, y, x) \
         stands at (c * height + y) * width + x.",
    );
    task.grade(|task| {
        let mut cases = Cases::new(161);
        for n in 0..30 {
            let p = cases.whole(2, 4);
            let (down, across) = (cases.whole(1, 4), cases.whole(1, 4));
            let (shape, p) = match n {
                0 => ([1, 2, 4], 2),
                1 => ([1, 4, 4], 2),
                2 => ([1, 6, 4], 2),
                3 => ([2, 2, 2], 2),
                // A patch for each pixel, and one for the whole picture.
                4 => ([3, 2, 3], 1),
                5 => ([2, p, p], p),
                _ => ([[1, 3][n % 2], down * p, across * p], p),
            };
            let size = shape.iter().product::<usize>();
            let values: Vec<f32> = match n {
                0 => (0..size).map(|v| v as f32).collect(),
                _ => cases.numbers(size, -9.0, 9.0),
            };
            let [c, h, w] = shape;
            let mut case = format!("{c} x {h} x {w} pixels in patches of {p} x {p}");
            if size <= 16 {
                case = format!("{case}: {values:?}");
            }
            let got = task.call(&case, || answer(&values, shape, p))?;
            let right = cut(&values, shape, p, Way::Right);
            let is = |way| got == cut(&values, shape, p, way);
            let told = |n: usize, m: usize| format!("{n} patches, the first of {m} numbers");
            let first = got.first().map_or(0, Vec::len);
            check(&case, got.len() == right.len() && first == c * p * p, &told(right.len(), c * p * p), &told(got.len(), first))
                .hint_if(is(Way::OneChannel), "Only the first channel: a patch holds the pixels of all of them.")
                .hint_if(is(Way::Sliding), "These windows overlap. Scissors cut every pixel into one patch alone.")?;
            for (k, (got, right)) in got.iter().zip(&right).enumerate() {
                approx_all(&format!("{case}: patch {k}"), got, right, 1e-6)
                    .hint_if(is(Way::Down), "The patches come column by column; we read row by row, as text.")
                    .hint_if(is(Way::Turned), "Each patch is turned over: its pixels come column by column.")
                    .hint_if(
                        is(Way::Interleaved),
                        "All channels of a pixel stand side by side. Here a patch is its first channel, then its second.",
                    )
                    .hint_if(is(Way::Square), "Height and width are confused: how far apart are two pixels, one below the other?")
                    .hint_if(
                        is(Way::Straight),
                        "The list was cut, not the picture: the second pixel of a column is a whole row further on.",
                    )?;
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rejected;

    /// Written another way: each pixel is sent to its place.
    fn dealt(values: &[f32], [channels, height, width]: [usize; 3], p: usize) -> Vec<Vec<f32>> {
        let across = width / p;
        let mut all = vec![vec![0.0; channels * p * p]; height / p * across];
        for (at, v) in values.iter().enumerate() {
            let (c, y, x) = (at / (height * width), at / width % height, at % width);
            all[y / p * across + x / p][(c * p + y % p) * p + x % p] = *v;
        }
        all
    }

    #[test]
    fn scissors() {
        for answer in [dealt, |v, s, p| cut(v, s, p, Way::Right)] as [Answer; 2] {
            let verdict = patches(answer);
            assert!(verdict.passed(), "{verdict}");
        }
        rejected(patches(|v, s, p| cut(v, s, p, Way::Down)), "column by column; we read");
        rejected(patches(|v, s, p| cut(v, s, p, Way::Turned)), "turned over");
        rejected(patches(|v, s, p| cut(v, s, p, Way::Interleaved)), "side by side");
        rejected(
            patches(|v, s, p| cut(v, s, p, Way::OneChannel)),
            "Only the first channel",
        );
        rejected(patches(|v, s, p| cut(v, s, p, Way::Square)), "confused");
        rejected(patches(|v, s, p| cut(v, s, p, Way::Sliding)), "overlap");
        rejected(patches(|v, s, p| cut(v, s, p, Way::Straight)), "The list was cut");
        rejected(patches(|v, _, _| vec![v.to_vec()]), "patches, the first of");
        rejected(patches(|_, _, _| todo!()), "not written yet");
    }

    /// A patch times the filter of a convolution with wide steps is what the convolution says.
    #[test]
    fn the_layer_sees_the_same_patches() -> gradus::Result<()> {
        use gradus::dfdx::prelude::*;
        let dev = gradus::device::device(0)?;
        let layer = dev.build_module::<gradus::nn::builders::PatchEmbedding<2, 3, 4>, f32>();
        let x = Cases::new(3).numbers(2 * 6 * 9, -1.0, 1.0);
        let (weight, bias) = (layer.proj.weight.as_vec(), layer.proj.bias.as_vec());
        let by_hand: Vec<f32> = cut(&x, [2, 6, 9], 3, Way::Right)
            .iter()
            .flat_map(|patch| {
                let dot = |row: &[f32]| row.iter().zip(patch).map(|(w, x)| w * x).sum::<f32>();
                weight
                    .chunks(18)
                    .zip(&bias)
                    .map(|(row, b)| dot(row) + b)
                    .collect::<Vec<_>>()
            })
            .collect();
        let y = layer.forward(dev.tensor_from_vec(x, (1usize, Const::<2>, 6usize, 9usize)));
        assert!(crate::kit::near_all(&y.as_vec(), &by_hand, 1e-5));
        Ok(())
    }
}
