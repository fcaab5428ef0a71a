//! Task 23.3: numbers become whole numbers.

use crate::kit::{Cases, Graded, HintIf, Task, Verdict, approx, check, equal};

/// What the learner writes: from numbers and bits, the whole numbers, the scale and the zero point.
type Answer = fn(&[f32], u32) -> (Vec<i32>, f32, i32);

/// A way to go wrong, or none.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Right,
    /// Cut off in place of rounded.
    Cut,
    /// The range without 0.
    NoZero,
    /// One step too many.
    Steps,
    /// From 0 on.
    Unsigned,
    /// No zero point.
    Symmetric,
    /// Whole numbers beyond the last.
    Beyond,
    /// The zero point is subtracted.
    Sign,
}

fn whole(x: &[f32], bits: u32, way: Way) -> (Vec<i32>, f32, i32) {
    let (mut low, mut high) = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1);
    if way == Way::Unsigned {
        (low, high) = (0, (1 << bits) - 1);
    }
    let start = if way == Way::NoZero { x[0] } else { 0.0 };
    let (least, most) = x.iter().fold((start, start), |(a, b), x| (a.min(*x), b.max(*x)));
    let steps = if way == Way::Steps { 1 << bits } else { high - low };
    let scale = match way {
        Way::Symmetric => least.abs().max(most) / high as f32,
        _ => ((most - least) / steps as f32).max(f32::MIN_POSITIVE),
    };
    let zero = match way {
        Way::Symmetric => 0,
        Way::NoZero => (low as f32 - least / scale).round() as i32,
        _ => ((low as f32 - least / scale).round() as i32).clamp(low, high),
    };
    let one = |x: &f32| {
        let q = match way {
            Way::Cut => (x / scale).trunc() as i32 + zero,
            Way::Sign => (x / scale).round() as i32 - zero,
            _ => (x / scale).round() as i32 + zero,
        };
        if way == Way::Beyond { q } else { q.clamp(low, high) }
    };
    (x.iter().map(one).collect(), scale, zero)
}

/// Numbers on both sides of 0, or on one.
fn list(cases: &mut Cases, n: usize) -> (Vec<f32>, u32) {
    let (bits, many) = (cases.whole(2, 8) as u32, cases.whole(3, 9));
    match n {
        0 => (vec![-1.0, 0.0, 0.3, 3.0], 8),
        1 => (vec![-2.0, -1.0, 0.0, 1.0], 2),
        // The zero point is rounded, and an end lies beyond the last whole number.
        2 => (vec![-0.5, 0.5], 2),
        _ => match n % 4 {
            0 => (cases.numbers(many, 0.5, 4.0), bits),
            1 => (cases.numbers(many, -4.0, -0.5), bits),
            _ => (cases.numbers(many, -2.0, 3.0), bits),
        },
    }
}

/// Each whole number is one that there is, and stands for its number to half a step.
fn nearest(case: &str, x: &[f32], q: &[i32], (scale, zero): (f32, i32), bits: u32) -> Graded {
    let (low, high) = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1);
    for (x, q) in x.iter().zip(q) {
        let ends = format!("whole numbers from {low} to {high}");
        check(case, (low..=high).contains(q), &ends, &q.to_string())?;
        let back = scale * (q - zero) as f32;
        let near = (back - x).abs() <= 0.505 * scale;
        let wanted = format!("for {x:.3} the nearest whole number");
        check(case, near, &wanted, &format!("{q}, which stands for {back:.3}"))?;
    }
    Ok(())
}

/// Task 23.3: an affine map for a list of numbers, and the whole numbers.
pub fn quantize(answer: Answer) -> Verdict {
    let task = Task::of_course("23.3", "Two hundred and fifty-six steps").hint(
        "The range from the least to the largest number, made longer until it holds 0, is cut into 2^bits - 1 steps. The zero point is \
         the whole number of 0; q is round(x / scale) + zero, kept between the ends.",
    );
    let task = task.second_hint(
        "let (low, high) = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1); scale = (most - least) / (high - low); zero = low - least / scale, \
         rounded; then .clamp(low, high).",
    );
    task.grade(|task| {
        let mut cases = Cases::new(233);
        for n in 0..40 {
            let (x, bits) = list(&mut cases, n);
            let case = format!("{x:.3?} with {bits} bits");
            let (q, scale, zero) = task.call(&case, || answer(&x, bits))?;
            let right = whole(&x, bits, Way::Right);
            let near = |way| {
                let wrong = whole(&x, bits, way);
                wrong != right && q == wrong.0 && zero == wrong.2 && (scale - wrong.1).abs() < 1e-5
            };
            let hinted = |graded: Graded| {
                graded
                    .hint_if(near(Way::Cut), "`as i32` and `trunc` cut off: round to the nearest.")
                    .hint_if(
                        near(Way::NoZero),
                        "The range has to hold 0, or padding and dead ReLUs get an error: make it longer.",
                    )
                    .hint_if(
                        near(Way::Steps),
                        "Four posts have three gaps between them: 2^bits whole numbers, one step fewer.",
                    )
                    .hint_if(
                        near(Way::Unsigned),
                        "The whole numbers have a sign: from -2^(bits - 1) on.",
                    )
                    .hint_if(
                        near(Way::Symmetric),
                        "That is the map for weights. Here the least number gets the least whole number.",
                    )
                    .hint_if(near(Way::Beyond), "Not every q is between the ends: clamp it.")
                    .hint_if(near(Way::Sign), "x = scale (q - zero), so q = x / scale + zero.")
            };
            hinted(approx(&format!("scale for {case}"), scale, right.1, 1e-5))?;
            // On the edge between two, either will do.
            let exact = f64::from(-(1i32 << (bits - 1)))
                - f64::from(x.iter().fold(0.0f32, |a, x| a.min(*x))) / f64::from(scale);
            let edge = (exact - exact.floor() - 0.5).abs() < 1e-3 && (f64::from(zero) - exact).abs() < 0.51;
            hinted(equal(
                &format!("zero point for {case}"),
                if edge { right.2 } else { zero },
                right.2,
            ))?;
            hinted(equal(&format!("whole numbers for {case}: how many"), q.len(), x.len()))?;
            hinted(nearest(&case, &x, &q, (scale, zero), bits))?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rejected;
    use gradus::deploy::Affine;

    /// By the crate.
    fn crates(x: &[f32], bits: u32) -> (Vec<i32>, f32, i32) {
        let (least, most) = x.iter().fold((0.0f32, 0.0f32), |(a, b), x| (a.min(*x), b.max(*x)));
        let map = Affine::of_range(least, most, bits).expect("a map");
        (
            x.iter().map(|x| i32::from(map.quantize(*x))).collect(),
            map.scale,
            i32::from(map.zero),
        )
    }

    #[test]
    fn whole_numbers() {
        for answer in [crates, |x: &[f32], b| whole(x, b, Way::Right)] as [Answer; 2] {
            let verdict = quantize(answer);
            assert!(verdict.passed(), "{verdict}");
        }
        rejected(quantize(|x, b| whole(x, b, Way::Cut)), "cut off");
        rejected(quantize(|x, b| whole(x, b, Way::NoZero)), "hold 0");
        rejected(quantize(|x, b| whole(x, b, Way::Steps)), "three gaps");
        rejected(quantize(|x, b| whole(x, b, Way::Unsigned)), "have a sign");
        rejected(quantize(|x, b| whole(x, b, Way::Symmetric)), "map for weights");
        rejected(quantize(|x, b| whole(x, b, Way::Beyond)), "clamp");
        rejected(quantize(|x, b| whole(x, b, Way::Sign)), "x / scale + zero");
        rejected(
            quantize(|x, b| (vec![], whole(x, b, Way::Right).1, whole(x, b, Way::Right).2)),
            "how many",
        );
        rejected(quantize(|_, _| (vec![], f32::NAN, 0)), "NaN");
        rejected(quantize(|_, _| todo!()), "not written yet");
    }
}
