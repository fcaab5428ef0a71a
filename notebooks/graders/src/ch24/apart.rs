//! Task 24.1: a perceptual hash that also knows a photograph in the mirror.

use crate::kit::{Cases, HintIf, Task, Verdict, equal};
use gradus::Result;
use gradus::data::Image;

/// What the learner writes: how many bits two photographs are apart, the second of them perhaps mirrored.
type Answer = fn(&Image, &Image) -> Result<usize>;

/// A way to go wrong, or none.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Right,
    /// The mirror image is not asked.
    NoMirror,
    /// Only the mirror image is asked.
    OnlyMirror,
    /// Top and bottom are exchanged.
    UpsideDown,
    /// Brighter or equal.
    OrEqual,
    /// Nine rows of eight, compared downwards.
    Downwards,
    /// Compared with the mean: another hash.
    Mean,
    /// The bits of the hash are turned round instead of the picture: equal neighbours stay equal.
    Bits,
    /// How many bits agree.
    Agreeing,
}

fn turned(image: &Image, upside_down: bool) -> Result<Image> {
    let [c, h, w] = image.shape();
    let pixels = image.pixels();
    let from = |plane: usize, y: usize, x: usize| {
        let (y, x) = if upside_down { (h - 1 - y, x) } else { (y, w - 1 - x) };
        pixels[(plane * h + y) * w + x]
    };
    let all = (0..c).flat_map(|p| (0..h).flat_map(move |y| (0..w).map(move |x| (p, y, x))));
    Image::new(c, h, w, all.map(|(p, y, x)| from(p, y, x)).collect())
}

fn hash(image: &Image, way: Way) -> Result<u64> {
    let grey = image.grey();
    let bits: Vec<bool> = match way {
        Way::Downwards => {
            let small = grey.resize(9, 8)?;
            (0..64).map(|i| small.pixels()[i + 8] > small.pixels()[i]).collect()
        }
        Way::Mean => {
            let small = grey.resize(8, 8)?;
            let mean = small.pixels().iter().sum::<f32>() / 64.0;
            small.pixels().iter().map(|v| *v > mean).collect()
        }
        _ => {
            let small = grey.resize(8, 9)?;
            let brighter = |pair: &[f32]| pair[1] > pair[0] || (way == Way::OrEqual && pair[1] == pair[0]);
            let rows = small.pixels().chunks(9);
            rows.flat_map(|row| row.windows(2).map(brighter).collect::<Vec<bool>>())
                .collect()
        }
    };
    Ok(bits.iter().fold(0, |sum, bit| (sum << 1) | u64::from(*bit)))
}

/// Each row of bits backwards, and each bit its opposite.
fn backwards(hash: u64) -> u64 {
    !u64::from_be_bytes(hash.to_be_bytes().map(u8::reverse_bits))
}

fn bits_apart(a: &Image, b: &Image, way: Way) -> Result<usize> {
    let (first, second) = (hash(a, way)?, hash(b, way)?);
    let other = match way {
        Way::Bits => backwards(second),
        _ => hash(&turned(b, way == Way::UpsideDown)?, way)?,
    };
    let [straight, mirrored] = [second, other].map(|hash| (first ^ hash).count_ones() as usize);
    Ok(match way {
        Way::NoMirror => straight,
        Way::OnlyMirror => mirrored,
        Way::Agreeing => 64 - straight.min(mirrored),
        _ => straight.min(mirrored),
    })
}

/// Boxes on a ground that grows brighter to one side, or that is black, where neighbours are equal to the last bit. Boxes grow brighter,
/// too: in a flat one that is not black, rounding would decide.
fn picture(cases: &mut Cases) -> Result<Image> {
    let (h, w) = (cases.whole(20, 60), cases.whole(20, 60));
    let channels = [1, 3][cases.whole(0, 1)];
    let slope = |cases: &mut Cases| [-1.0, 1.0][cases.whole(0, 1)] * cases.number(0.2, 0.5);
    let ground = if cases.whole(0, 1) == 0 {
        None
    } else {
        Some(slope(cases))
    };
    let across = |x: usize, slope: f32| 0.5 + slope * (x as f32 / w as f32 - 0.5);
    let mut pixels: Vec<f32> = (0..channels * h * w)
        .map(|i| ground.map_or(0.0, |slope| across(i % w, slope)))
        .collect();
    for _ in 0..cases.whole(2, 5) {
        let (top, left) = (cases.whole(0, h - 10), cases.whole(0, w - 10));
        let (down, wide) = (cases.whole(5, h - top), cases.whole(5, w - left));
        let (light, own) = (cases.numbers(channels, 0.4, 1.0), slope(cases));
        for (i, v) in pixels.iter_mut().enumerate() {
            let (c, y, x) = (i / (h * w), i / w % h, i % w);
            if (top..top + down).contains(&y) && (left..left + wide).contains(&x) {
                *v = light[c] * across(x, own);
            }
        }
    }
    Image::new(channels, h, w, pixels)
}

/// The second picture of a pair: how it came about, and what it is.
fn second(cases: &mut Cases, n: usize, first: &Image) -> Result<(&'static str, Image)> {
    Ok(match n % 5 {
        0 => ("the same picture, mirrored", turned(first, false)?),
        1 => ("another picture", picture(cases)?),
        2 => ("the same picture, upside down", turned(first, true)?),
        3 => {
            let (h, w) = (first.height() * 4 / 5, first.width() * 4 / 5);
            (
                "the same picture, mirrored and smaller",
                turned(&first.resize(h, w)?, false)?,
            )
        }
        _ => ("the same picture twice", first.clone()),
    })
}

/// Task 24.1: the smaller one of two distances, to the second photograph and to its mirror image.
pub fn apart(answer: Answer) -> Verdict {
    let task = Task::of_course("24.1", "The same, or the same in the mirror").hint(
        "Two hashes of the second photograph: of itself, and of it with each row of pixels backwards. Which distance says that the two \
         pictures belong together?",
    );
    let task = task.second_hint(
        "Make the mirrored Image first: for every chunk of width() pixels, iter().rev(). Then dHash as in the chapter, and min of the \
         two distances.",
    );
    task.grade(|task| {
        let mut cases = Cases::new(241);
        for n in 0..40 {
            let first = task.run("a picture", || picture(&mut cases))?;
            let (what, other) = task.run("a picture", || second(&mut cases, n, &first))?;
            let [[c, h, w], [d, g, v]] = [first.shape(), other.shape()];
            let case = format!("a picture of shape ({c}, {h}, {w}) and one of shape ({d}, {g}, {v}): {what}");
            let got = task.run(&case, || answer(&first, &other))?;
            let is = |way| bits_apart(&first, &other, way).is_ok_and(|bits| bits == got);
            let wanted = task.run(&case, || bits_apart(&first, &other, Way::Right))?;
            equal(&case, got, wanted)
                .hint_if(
                    is(Way::NoMirror),
                    "That is the distance to the second picture as it is, and not the smaller one of the two.",
                )
                .hint_if(
                    is(Way::OnlyMirror),
                    "That is the distance to the mirror image, and not the smaller one of the two.",
                )
                .hint_if(is(Way::Agreeing), "Count the bits that differ, not those that agree.")
                .hint_if(
                    is(Way::UpsideDown),
                    "A mirror exchanges left and right, and leaves top and bottom alone.",
                )
                .hint_if(
                    is(Way::Downwards),
                    "Eight rows of nine pixels, each compared with its left neighbour.",
                )
                .hint_if(
                    is(Way::Mean),
                    "That hash compares with the mean. This one compares neighbours.",
                )
                .hint_if(
                    is(Way::Bits) || is(Way::OrEqual),
                    "Two neighbours can be equally bright: then the bit is 0, in the picture and in its mirror image.",
                )?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rejected;

    /// Written another way: the mirror image of the small picture, not of the large one.
    fn small_first(a: &Image, b: &Image) -> Result<usize> {
        let rows = |image: &Image| -> Result<Vec<f32>> { Ok(image.grey().resize(8, 9)?.pixels().to_vec()) };
        let (a, b) = (rows(a)?, rows(b)?);
        let mirrored: Vec<f32> = b
            .chunks(9)
            .flat_map(|row| row.iter().rev().copied().collect::<Vec<f32>>())
            .collect();
        let differ = |b: &[f32]| {
            let bits = |v: &[f32]| -> Vec<bool> {
                v.chunks(9)
                    .flat_map(|r| r.windows(2).map(|p| p[1] > p[0]).collect::<Vec<_>>())
                    .collect()
            };
            bits(&a).iter().zip(bits(b)).filter(|(x, y)| **x != *y).count()
        };
        Ok(differ(&b).min(differ(&mirrored)))
    }

    #[test]
    fn the_mirror_is_asked_as_well() {
        let verdict = apart(|a, b| bits_apart(a, b, Way::Right));
        assert!(verdict.passed(), "{verdict}");
        let verdict = apart(small_first);
        assert!(verdict.passed(), "{verdict}");
        rejected(apart(|a, b| bits_apart(a, b, Way::NoMirror)), "as it is");
        rejected(apart(|a, b| bits_apart(a, b, Way::OnlyMirror)), "to the mirror image");
        rejected(apart(|a, b| bits_apart(a, b, Way::UpsideDown)), "a picture of shape");
        rejected(
            apart(|a, b| Ok(bits_apart(a, b, Way::NoMirror)?.max(bits_apart(a, b, Way::OnlyMirror)?))),
            "smaller one of the two",
        );
        rejected(apart(|a, b| bits_apart(a, b, Way::OrEqual)), "equally bright");
        rejected(apart(|a, b| bits_apart(a, b, Way::Downwards)), "left neighbour");
        rejected(apart(|a, b| bits_apart(a, b, Way::Mean)), "compares neighbours");
        rejected(apart(|a, b| bits_apart(a, b, Way::Bits)), "equally bright");
        rejected(apart(|a, b| bits_apart(a, b, Way::Agreeing)), "bits that differ");
        rejected(apart(|_, _| Ok(0)), "a picture of shape");
        rejected(apart(|_, _| todo!()), "not written yet");
    }
}
