//! Figures of a column, without its missing values.

/// The mean of the numbers, if there are any.
pub(super) fn mean(values: &[Option<f64>]) -> Option<f64> {
    let count = values.iter().flatten().count() as f64;
    let sum = values.iter().flatten().sum::<f64>();
    let mean = || {
        if sum.is_finite() {
            sum / count
        } else {
            values.iter().flatten().map(|x| x / count).sum()
        }
    };
    (count > 0.0).then(mean)
}

/// The numbers, in order.
pub(super) fn sorted(values: &[Option<f64>]) -> Vec<f64> {
    let mut present: Vec<f64> = values.iter().flatten().copied().collect();
    present.sort_by(f64::total_cmp);
    present
}

/// The middle of the numbers, if there are any.
pub(super) fn median(values: &[Option<f64>]) -> Option<f64> {
    let present = sorted(values);
    let middle = present.len() / 2;
    match present.len() {
        0 => None,
        n if n % 2 == 1 => Some(present[middle]),
        _ => Some((present[middle - 1] + present[middle]) / 2.0),
    }
}

/// The number that occurs most often; of several, the smallest.
pub(super) fn mode(values: &[Option<f64>]) -> Option<f64> {
    let runs = sorted(values);
    let runs = runs.chunk_by(|a, b| a == b).map(|run| (run.len(), run[0]));
    // `reduce` keeps the first of equals.
    runs.reduce(|best, run| if run.0 > best.0 { run } else { best })
        .map(|best| best.1)
}

/// The level that occurs most often; of several, the first.
pub(super) fn most_frequent(codes: &[Option<usize>], levels: usize) -> Option<usize> {
    let mut counts = vec![0_usize; levels];
    codes.iter().flatten().for_each(|&code| counts[code] += 1);
    let best = counts.iter().copied().max().filter(|&count| count > 0)?;
    counts.iter().position(|&count| count == best)
}
