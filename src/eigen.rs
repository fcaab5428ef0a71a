//! Eigenvectors of a symmetric matrix.

/// Turns after which it stops in any case; a handful are enough.
const SWEEPS: usize = 60;

/// The largest matrix for Jacobi's method, which is the simpler one. Pictures of 28 × 28 would take it half a minute.
const SMALL: usize = 128;

/// Eigenvalues of the symmetric matrix `a` (`n` × `n`, row after row), the largest first, and their eigenvectors of length 1,
/// one a row.
///
/// Golub and Van Loan, *Matrix Computations*: Jacobi's method (section 8.5) for small matrices, for others Householder's
/// reflections and the QL method (8.3).
pub(crate) fn eigen(a: Vec<f64>, n: usize) -> (Vec<f64>, Vec<Vec<f64>>) {
    let (values, vectors) = if n <= SMALL { jacobi(a, n) } else { by_reflections(a, n) };
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|i, j| values[*j].total_cmp(&values[*i]));
    let sorted = order.iter().map(|i| values[*i]).collect();
    (sorted, order.iter().map(|i| vectors[*i].clone()).collect())
}

/// Jacobi's method: each turn takes one number beside the diagonal to 0.
fn jacobi(mut a: Vec<f64>, n: usize) -> (Vec<f64>, Vec<Vec<f64>>) {
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
    ((0..n).map(|i| a[i * n + i]).collect(), vectors)
}

/// Reflections leave only the diagonal and its neighbours, and rotations the diagonal: work in n cubed, once.
fn by_reflections(mut v: Vec<f64>, n: usize) -> (Vec<f64>, Vec<Vec<f64>>) {
    let (mut d, mut e) = (vec![0.0; n], vec![0.0; n]);
    tridiagonal(&mut v, n, &mut d, &mut e);
    diagonal(&mut v, n, &mut d, &mut e);
    (d, v.chunks(n).map(<[f64]>::to_vec).collect())
}

/// The symmetric matrix `v` as `d` on the diagonal and `e[1..]` beside it; `v` becomes the product of the reflections, row `j`
/// its column `j`. EISPACK's `tred2`.
fn tridiagonal(v: &mut [f64], n: usize, d: &mut [f64], e: &mut [f64]) {
    for j in 0..n {
        d[j] = v[j * n + n - 1];
    }
    for i in (1..n).rev() {
        let scale: f64 = d[..i].iter().map(|x| x.abs()).sum();
        let mut h = 0.0;
        if scale == 0.0 {
            e[i] = d[i - 1];
            for j in 0..i {
                d[j] = v[j * n + i - 1];
                (v[j * n + i], v[i * n + j]) = (0.0, 0.0);
            }
        } else {
            d[..i].iter_mut().for_each(|x| *x /= scale);
            h = d[..i].iter().map(|x| x * x).sum();
            let g = if d[i - 1] > 0.0 { -f64::sqrt(h) } else { f64::sqrt(h) };
            e[i] = scale * g;
            h -= d[i - 1] * g;
            d[i - 1] -= g;
            reflect(v, n, i, h, d, e);
        }
        d[i] = h;
    }
    for i in 0..n - 1 {
        v[i * n + n - 1] = v[i * n + i];
        v[i * n + i] = 1.0;
        let h = d[i + 1];
        if h != 0.0 {
            let (done, next) = v.split_at_mut((i + 1) * n);
            let axis = &next[..=i];
            for row in done.chunks_mut(n) {
                let g = axis.iter().zip(&*row).map(|(a, b)| a * b).sum::<f64>() / h;
                row[..=i].iter_mut().zip(axis).for_each(|(x, a)| *x -= g * a);
            }
        }
        v[(i + 1) * n..][..=i].fill(0.0);
    }
    for j in 0..n {
        d[j] = v[j * n + n - 1];
        v[j * n + n - 1] = 0.0;
    }
    v[n * n - 1] = 1.0;
    e[0] = 0.0;
}

/// Reflects the first `i` rows and columns along `d[..i]`, whose square is `2 h`.
fn reflect(v: &mut [f64], n: usize, i: usize, h: f64, d: &mut [f64], e: &mut [f64]) {
    e[..i].fill(0.0);
    for j in 0..i {
        let f = d[j];
        v[i * n + j] = f;
        let mut g = e[j] + v[j * n + j] * f;
        for k in j + 1..i {
            g += v[j * n + k] * d[k];
            e[k] += v[j * n + k] * f;
        }
        e[j] = g;
    }
    e[..i].iter_mut().for_each(|x| *x /= h);
    let along = e[..i].iter().zip(&*d).map(|(e, d)| e * d).sum::<f64>() / (h + h);
    for j in 0..i {
        e[j] -= along * d[j];
    }
    for j in 0..i {
        let (f, g) = (d[j], e[j]);
        for k in j..i {
            v[j * n + k] -= f * e[k] + g * d[k];
        }
        d[j] = v[j * n + i - 1];
        v[j * n + i] = 0.0;
    }
}

/// Rotations that take what stands beside the diagonal to 0, and turn the rows of `v` with it. EISPACK's `tql2`.
fn diagonal(v: &mut [f64], n: usize, d: &mut [f64], e: &mut [f64]) {
    e.rotate_left(1);
    let (mut shift, mut largest) = (0.0, 0.0_f64);
    for l in 0..n {
        largest = largest.max(d[l].abs() + e[l].abs());
        let m = (l..n).find(|m| e[*m].abs() <= f64::EPSILON * largest).unwrap_or(n - 1);
        while m > l && e[l].abs() > f64::EPSILON * largest {
            let g = d[l];
            let p = (d[l + 1] - g) / (2.0 * e[l]);
            let r = if p < 0.0 { -p.hypot(1.0) } else { p.hypot(1.0) };
            (d[l], d[l + 1]) = (e[l] / (p + r), e[l] * (p + r));
            let h = g - d[l];
            d[l + 2..].iter_mut().for_each(|x| *x -= h);
            shift += h;
            chase(v, n, (l, m), d, e);
        }
        d[l] += shift;
        e[l] = 0.0;
    }
}

/// One turn of the QL method over the rows and columns `l` to `m`.
fn chase(v: &mut [f64], n: usize, (l, m): (usize, usize), d: &mut [f64], e: &mut [f64]) {
    let (next, beside) = (d[l + 1], e[l + 1]);
    let mut p = d[m];
    let (mut c, mut c2, mut c3, mut s, mut s2) = (1.0, 1.0, 1.0, 0.0, 0.0);
    for i in (l..m).rev() {
        (c3, c2, s2) = (c2, c, s);
        let (g, h) = (c * e[i], c * p);
        let r = p.hypot(e[i]);
        e[i + 1] = s * r;
        (s, c) = (e[i] / r, p / r);
        p = c * d[i] - s * g;
        d[i + 1] = h + s * (c * g + s * d[i]);
        let (low, high) = v[i * n..(i + 2) * n].split_at_mut(n);
        for (x, y) in low.iter_mut().zip(high) {
            (*x, *y) = (c * *x - s * *y, s * *x + c * *y);
        }
    }
    p = -s * s2 * c3 * beside * e[l] / next;
    (e[l], d[l]) = (s * p, c * p);
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

#[cfg(test)]
mod tests {
    use super::{by_reflections, eigen, jacobi};

    /// A symmetric matrix without a pattern, and with a row of zeros, as the rim of pictures has.
    fn matrix(n: usize) -> Vec<f64> {
        let number =
            |i: usize, j: usize| ((i * j + 3 * (i + j)) as f64).sin() + if i == j { i as f64 / 9.0 } else { 0.0 };
        let zero = |i: usize| i == n / 3;
        (0..n * n)
            .map(|at| (at / n, at % n))
            .map(|(i, j)| {
                if zero(i) || zero(j) {
                    0.0
                } else {
                    number(i.min(j), i.max(j))
                }
            })
            .collect()
    }

    fn sorted(mut values: Vec<f64>) -> Vec<f64> {
        values.sort_by(|a, b| b.total_cmp(a));
        values
    }

    #[test]
    fn both_methods_find_the_same_eigenvalues() {
        for n in [1, 2, 3, 17, 60] {
            let (a, b) = (sorted(jacobi(matrix(n), n).0), sorted(by_reflections(matrix(n), n).0));
            for (a, b) in a.iter().zip(&b) {
                assert!((a - b).abs() < 1e-10, "{n}: {a} and {b}");
            }
        }
    }

    #[test]
    fn a_large_matrix_only_stretches_its_eigenvectors() {
        let n = 150;
        let a = matrix(n);
        let (values, vectors) = eigen(a.clone(), n);
        assert!(values.windows(2).all(|pair| pair[0] >= pair[1]), "the largest first");
        for (k, (value, vector)) in values.iter().zip(&vectors).enumerate() {
            for (row, x) in a.chunks(n).zip(vector) {
                let stretched: f64 = row.iter().zip(vector).map(|(a, b)| a * b).sum();
                assert!((stretched - value * x).abs() < 1e-10, "eigenvector {k}");
            }
            for (l, other) in vectors.iter().enumerate() {
                let product: f64 = vector.iter().zip(other).map(|(a, b)| a * b).sum();
                assert!((product - f64::from(u8::from(k == l))).abs() < 1e-10, "{k} and {l}");
            }
        }
    }
}
