//! Attention as a sequence of plain operations.

use super::draft::{Draft, within};
use super::export::affine;
use super::node::Op;
use super::size::Size;
use crate::{Error, Result};

/// What kind of attention.
#[derive(Clone, Copy)]
pub(super) struct Attend {
    pub features: usize,
    pub heads: usize,
    pub causal: bool,
}

/// Queries, keys and values by one matrix `(3 N, N)`, and what the heads see, `(B, T, N)`.
pub(super) fn attend(
    draft: &mut Draft,
    name: &str,
    x: &String,
    (weight, bias): (&[f32], &[f32]),
    how: Attend,
) -> Result<String> {
    let Attend {
        features: n,
        heads,
        causal,
    } = how;
    let &[Size::Batch(b), Size::Fixed(t), _] = draft.shape(x) else {
        return Err(shape_error(name, "sequences (B, T, N)", draft, x));
    };
    if heads == 0 || n % heads > 0 {
        return Err(shape_error(
            name,
            &format!("features that {heads} heads can share"),
            draft,
            x,
        ));
    }
    let mut parts = Vec::new();
    for (i, (part, order)) in [("q", [0, 2, 1, 3]), ("k", [0, 2, 3, 1]), ("v", [0, 2, 1, 3])]
        .iter()
        .enumerate()
    {
        let of = |what: &str| within(name, format!("{part}.{what}"));
        let w = draft.constant(of("weight"), &[n, n], weight[i * n * n..][..n * n].to_vec())?;
        let c = draft.constant(of("bias"), &[n], bias[i * n..][..n].to_vec())?;
        let y = affine(draft, &within(name, part), x, [&w, &c])?;
        let split = [
            Size::Batch(b),
            Size::Fixed(t),
            Size::Fixed(heads),
            Size::Fixed(n / heads),
        ];
        let y = draft.node(&of("heads"), Op::Reshape(split.to_vec()), &[&y])?;
        parts.push(draft.node(&of("turned"), Op::Transpose(order.to_vec()), &[&y])?);
    }
    let scores = draft.node(&within(name, "scores"), Op::MatMul, &[&parts[0], &parts[1]])?;
    // A matrix of equal numbers, so that only shapes that equal the last axes need to be added and multiplied.
    let scale = vec![1.0 / ((n / heads) as f32).sqrt(); t];
    let scale = draft.constant(within(name, "scale"), &[t], scale)?;
    let mut scores = draft.node(&within(name, "scaled"), Op::Mul, &[&scores, &scale])?;
    if causal {
        let hidden = |i: usize| if i % t > i / t { -1e9 } else { 0.0 };
        let mask = draft.constant(within(name, "mask"), &[t, t], (0..t * t).map(hidden).collect())?;
        scores = draft.node(&within(name, "masked"), Op::Add { relu: false }, &[&scores, &mask])?;
    }
    let shares = draft.node(&within(name, "shares"), Op::Softmax { log: false }, &[&scores])?;
    let seen = draft.node(&within(name, "seen"), Op::MatMul, &[&shares, &parts[2]])?;
    let seen = draft.node(&within(name, "seen.turned"), Op::Transpose(vec![0, 2, 1, 3]), &[&seen])?;
    let joined = Op::Reshape(vec![Size::Batch(b), Size::Fixed(t), Size::Fixed(n)]);
    draft.node(&within(name, "joined"), joined, &[&seen])
}

fn shape_error(name: &str, expected: &str, draft: &Draft, x: &str) -> Error {
    Error::Shape {
        layer: format!("`{name}` (attention)"),
        expected: expected.into(),
        got: super::size::words(draft.shape(x)),
    }
}
