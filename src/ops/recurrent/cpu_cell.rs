//! One step of a recurrent cell on the CPU: what happens to the sums of products once they are there, and its derivative.

use super::cell::Cell;
use crate::ops::cpu::smooth::{sigmoid, tanh};
use crate::ops::cpu::widened;

impl Cell {
    /// From the sums of products in `gates` and the state `before` to the state `after`. `gates` keeps what
    /// [`backward`](Self::backward) needs. `bias` is one row of blocks.
    pub(crate) fn forward(self, width: usize, gates: &mut [f32], bias: &[f32], before: &[f32], after: &mut [f32]) {
        match self {
            Self::Rnn => rnn_forward(width, gates, bias, after),
            Self::Gru => gru_forward(width, gates, bias, before, after),
            Self::Lstm => lstm_forward(width, gates, bias, before, after),
        }
    }

    /// `carry` holds the gradient of the state `after`, and then what the state `before` gets of it past the products. The
    /// gradients of the sums take the place of what [`forward`](Self::forward) left in `gates`, and are added to `bias`.
    pub(crate) fn backward(
        self,
        width: usize,
        gates: &mut [f32],
        bias: &mut [f32],
        states: [&[f32]; 2],
        carry: &mut [f32],
    ) {
        let [before, after] = states;
        match self {
            Self::Rnn => rnn_backward(width, gates, bias, carry),
            Self::Gru => gru_backward(width, gates, bias, before, carry),
            Self::Lstm => lstm_backward(width, gates, bias, before, after, carry),
        }
    }
}

/// Numbers that are worked on at once: those of a register, of which `width` is a multiple.
const LANES: usize = 16;

type Lanes = [f32; LANES];

/// From number `at` on, the next of each of the first `N` blocks of a row.
#[inline(always)]
fn load<const N: usize>(row: &[f32], width: usize, at: usize) -> [Lanes; N] {
    let mut all = [[0.0; LANES]; N];
    for (i, lanes) in all.iter_mut().enumerate() {
        lanes.copy_from_slice(&row[i * width + at..][..LANES]);
    }
    all
}

/// The way back of [`load`].
#[inline(always)]
fn store<const N: usize>(row: &mut [f32], width: usize, at: usize, all: [Lanes; N]) {
    for (i, lanes) in all.iter().enumerate() {
        row[i * width + at..][..LANES].copy_from_slice(lanes);
    }
}

widened! {
    fn rnn_forward(width: usize, gates: &mut [f32], bias: &[f32], after: &mut [f32]) = rnn_forward_rows;
}
widened! {
    fn rnn_backward(width: usize, gates: &mut [f32], bias: &mut [f32], carry: &mut [f32]) = rnn_backward_rows;
}

/// `h = tanh(a)`.
#[inline(always)]
fn rnn_forward_rows(width: usize, gates: &mut [f32], bias: &[f32], after: &mut [f32]) {
    for (row, after) in gates.chunks_exact_mut(width).zip(after.chunks_exact_mut(width)) {
        for at in (0..width).step_by(LANES) {
            let ([mut a], [b]) = (load(row, width, at), load(bias, width, at));
            for i in 0..LANES {
                a[i] = tanh(a[i] + b[i]);
            }
            store(row, width, at, [a]);
            store(after, width, at, [a]);
        }
    }
}

/// `da = dh (1 - h^2)`.
#[inline(always)]
fn rnn_backward_rows(width: usize, gates: &mut [f32], bias: &mut [f32], carry: &mut [f32]) {
    for (row, carry) in gates.chunks_exact_mut(width).zip(carry.chunks_exact_mut(width)) {
        for at in (0..width).step_by(LANES) {
            let ([mut a], [mut b], [dh]) = (load(row, width, at), load(bias, width, at), load(carry, width, at));
            for i in 0..LANES {
                a[i] = dh[i] * (1.0 - a[i] * a[i]);
                b[i] += a[i];
            }
            store(row, width, at, [a]);
            store(bias, width, at, [b]);
            store(carry, width, at, [[0.0; LANES]]);
        }
    }
}

widened! {
    fn gru_forward(width: usize, gates: &mut [f32], bias: &[f32], before: &[f32], after: &mut [f32]) = gru_forward_rows;
}
widened! {
    fn gru_backward(width: usize, gates: &mut [f32], bias: &mut [f32], before: &[f32], carry: &mut [f32])
        = gru_backward_rows;
}

/// `r = s(a_r)`, `z = s(a_z)`, `n = tanh(a_x + r a_h)`, `h' = (1 - z) n + z h`.
#[inline(always)]
fn gru_forward_rows(width: usize, gates: &mut [f32], bias: &[f32], before: &[f32], after: &mut [f32]) {
    let states = before.chunks_exact(width).zip(after.chunks_exact_mut(width));
    for (row, (before, after)) in gates.chunks_exact_mut(4 * width).zip(states) {
        for at in (0..width).step_by(LANES) {
            let [mut r, mut z, mut a, mut n] = load(row, width, at);
            let ([br, bz, bh, bx], [mut h]) = (load(bias, width, at), load(before, width, at));
            for i in 0..LANES {
                r[i] = sigmoid(r[i] + br[i]);
                z[i] = sigmoid(z[i] + bz[i]);
                a[i] += bh[i];
                n[i] = tanh(n[i] + bx[i] + r[i] * a[i]);
                h[i] = n[i] + z[i] * (h[i] - n[i]);
            }
            store(row, width, at, [r, z, a, n]);
            store(after, width, at, [h]);
        }
    }
}

/// With `dn = dh' (1 - z) (1 - n^2)`: `da_x = dn`, `da_h = dn r`, `da_r = dn a_h r (1 - r)`,
/// `da_z = dh' (h - n) z (1 - z)`, and `dh = dh' z`.
#[inline(always)]
fn gru_backward_rows(width: usize, gates: &mut [f32], bias: &mut [f32], before: &[f32], carry: &mut [f32]) {
    let states = before.chunks_exact(width).zip(carry.chunks_exact_mut(width));
    for (row, (before, carry)) in gates.chunks_exact_mut(4 * width).zip(states) {
        for at in (0..width).step_by(LANES) {
            let [mut r, mut z, mut a, mut n] = load(row, width, at);
            let ([h], [mut dh]) = (load(before, width, at), load(carry, width, at));
            let [mut br, mut bz, mut bh, mut bx] = load(bias, width, at);
            for i in 0..LANES {
                let (ri, zi, ni) = (r[i], z[i], n[i]);
                n[i] = dh[i] * (1.0 - zi) * (1.0 - ni * ni);
                r[i] = n[i] * a[i] * (ri * (1.0 - ri));
                z[i] = dh[i] * (h[i] - ni) * (zi * (1.0 - zi));
                a[i] = n[i] * ri;
                dh[i] *= zi;
                br[i] += r[i];
                bz[i] += z[i];
                bh[i] += a[i];
                bx[i] += n[i];
            }
            store(row, width, at, [r, z, a, n]);
            store(bias, width, at, [br, bz, bh, bx]);
            store(carry, width, at, [dh]);
        }
    }
}

widened! {
    fn lstm_forward(width: usize, gates: &mut [f32], bias: &[f32], before: &[f32], after: &mut [f32]) = lstm_forward_rows;
}
widened! {
    fn lstm_backward(
        width: usize,
        gates: &mut [f32],
        bias: &mut [f32],
        before: &[f32],
        after: &[f32],
        carry: &mut [f32],
    ) = lstm_backward_rows;
}

/// `c' = s(a_f) c + s(a_i) tanh(a_g)`, `h' = s(a_o) tanh(c')`. A state is `h`, then `c`.
#[inline(always)]
fn lstm_forward_rows(width: usize, gates: &mut [f32], bias: &[f32], before: &[f32], after: &mut [f32]) {
    let states = before.chunks_exact(2 * width).zip(after.chunks_exact_mut(2 * width));
    for (row, (before, after)) in gates.chunks_exact_mut(4 * width).zip(states) {
        for at in (0..width).step_by(LANES) {
            let [mut i, mut f, mut g, mut o] = load(row, width, at);
            let ([bi, bf, bg, bo], [mut h, mut c]) = (load(bias, width, at), load(before, width, at));
            for u in 0..LANES {
                i[u] = sigmoid(i[u] + bi[u]);
                f[u] = sigmoid(f[u] + bf[u]);
                g[u] = tanh(g[u] + bg[u]);
                o[u] = sigmoid(o[u] + bo[u]);
                c[u] = f[u] * c[u] + i[u] * g[u];
                h[u] = o[u] * tanh(c[u]);
            }
            store(row, width, at, [i, f, g, o]);
            store(after, width, at, [h, c]);
        }
    }
}

/// With `t = tanh(c')` and `dc'` grown by `dh' o (1 - t^2)`: `da_o = dh' t o (1 - o)`, `da_i = dc' g i (1 - i)`,
/// `da_f = dc' c f (1 - f)`, `da_g = dc' i (1 - g^2)`, and `dc = dc' f`.
#[inline(always)]
fn lstm_backward_rows(
    width: usize,
    gates: &mut [f32],
    bias: &mut [f32],
    before: &[f32],
    after: &[f32],
    carry: &mut [f32],
) {
    let states = before.chunks_exact(2 * width).zip(after.chunks_exact(2 * width));
    let rows = gates.chunks_exact_mut(4 * width).zip(carry.chunks_exact_mut(2 * width));
    for ((row, carry), (before, after)) in rows.zip(states) {
        for at in (0..width).step_by(LANES) {
            let [mut i, mut f, mut g, mut o] = load(row, width, at);
            let ([_, c], [_, c_new]) = (load(before, width, at), load(after, width, at));
            let ([dh, mut dc], [mut bi, mut bf, mut bg, mut bo]) = (load(carry, width, at), load(bias, width, at));
            for u in 0..LANES {
                let (iu, fu, gu, ou, t) = (i[u], f[u], g[u], o[u], tanh(c_new[u]));
                let memory = dc[u] + dh[u] * ou * (1.0 - t * t);
                i[u] = memory * gu * (iu * (1.0 - iu));
                f[u] = memory * c[u] * (fu * (1.0 - fu));
                g[u] = memory * iu * (1.0 - gu * gu);
                o[u] = dh[u] * t * (ou * (1.0 - ou));
                dc[u] = memory * fu;
                bi[u] += i[u];
                bf[u] += f[u];
                bg[u] += g[u];
                bo[u] += o[u];
            }
            store(row, width, at, [i, f, g, o]);
            store(bias, width, at, [bi, bf, bg, bo]);
            store(carry, width, at, [[0.0; LANES], dc]);
        }
    }
}
