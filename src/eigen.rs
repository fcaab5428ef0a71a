//! Eigenvectors of a symmetric matrix.

/// Turns after which it stops in any case; a handful are enough.
const SWEEPS: usize = 60;

/// Eigenvalues of the symmetric matrix `a` (`n` × `n`, row after row), the largest first, and their eigenvectors of length 1,
/// one a row. Jacobi's method: each turn takes one number beside the diagonal to 0.
///
/// Golub and Van Loan, *Matrix Computations*, section 8.5.
pub(crate) fn eigen(mut a: Vec<f64>, n: usize) -> (Vec<f64>, Vec<Vec<f64>>) {
    let mut vectors: Vec<Vec<f64>> = (0..n)
        .map(|i| (0..n).map(|j| f64::from(u8::from(i == j))).collect())
        .collect();
    let total: f64 = a.iter().map(|x| x * x).sum();
    for _ in 0..SWEEPS {
        let beside = |(i, x): (usize, &f64)| if i / n == i % n { 0.0 } else { x * x };
        if a.iter().enumerate().map(beside).sum::<f64>() <= 1e-28 * total {
            break;
        }
        for p in 0..n {
            for q in p + 1..n {
                turn(&mut a, n, &mut vectors, p, q);
            }
        }
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|i, j| a[j * n + j].total_cmp(&a[i * n + i]));
    let values = order.iter().map(|i| a[i * n + i]).collect();
    (values, order.iter().map(|i| vectors[*i].clone()).collect())
}

/// Turns the plane of axes `p` and `q` so that `a[p][q]` becomes 0.
fn turn(a: &mut [f64], n: usize, vectors: &mut [Vec<f64>], p: usize, q: usize) {
    let apq = a[p * n + q];
    if apq == 0.0 {
        return;
    }
    let theta = (a[q * n + q] - a[p * n + p]) / (2.0 * apq);
    let t = theta.signum() / (theta.abs() + theta.hypot(1.0));
    let c = 1.0 / t.hypot(1.0);
    let s = t * c;
    for k in 0..n {
        let (x, y) = (a[k * n + p], a[k * n + q]);
        (a[k * n + p], a[k * n + q]) = (c * x - s * y, s * x + c * y);
    }
    for k in 0..n {
        let (x, y) = (a[p * n + k], a[q * n + k]);
        (a[p * n + k], a[q * n + k]) = (c * x - s * y, s * x + c * y);
    }
    let (low, high) = vectors.split_at_mut(q);
    for (x, y) in low[p].iter_mut().zip(&mut high[0]) {
        (*x, *y) = (c * *x - s * *y, s * *x + c * *y);
    }
}
