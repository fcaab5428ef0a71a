//! Which shapes go through which operation.

use std::collections::BTreeMap;

use super::node::{Node, Op};
use super::size::{Size, count, words};
use crate::ops::{Conv2dOptions, Pool2dOptions};
use crate::{Error, Result};

/// Shapes by name.
pub(super) type Shapes = BTreeMap<String, Vec<Size>>;

/// The input of a graph alone.
pub(super) fn of_sample(input: &str, sample: &[usize]) -> Shapes {
    let mut shape = vec![Size::Batch(1)];
    shape.extend(super::size::fixed(sample));
    Shapes::from([(input.to_string(), shape)])
}

/// The shape of what a node computes.
pub(super) fn of_node(node: &Node, known: &Shapes) -> Result<Vec<Size>> {
    let mut inputs = Vec::new();
    for name in &node.inputs {
        let shape = known.get(name).ok_or_else(|| Error::Argument {
            what: format!("input of `{}` ({})", node.name, node.op.name()),
            expected: "the graph's input, a constant, or the result of a node in front".into(),
            got: name.clone(),
        })?;
        inputs.push(&shape[..]);
    }
    let wrong = |expected: &str| Error::Shape {
        layer: format!("`{}` ({})", node.name, node.op.name()),
        expected: expected.into(),
        got: inputs.iter().map(|s| words(s)).collect::<Vec<_>>().join(" and "),
    };
    of_op(&node.op, &inputs).map_err(|expected| wrong(&expected))
}

type Found = Result<Vec<Size>, String>;

fn of_op(op: &Op, inputs: &[&[Size]]) -> Found {
    match (op, inputs) {
        (Op::Conv(options), [x, weight, bias]) => conv(*options, x, weight, bias),
        (Op::Gemm { .. }, [[rows, i], [o, columns], [bias]]) if i == columns && o == bias => Ok(vec![*rows, *o]),
        (Op::BatchNorm { .. }, [x, vectors @ ..]) if vectors.len() == 4 && x.len() > 1 => match vectors {
            _ if vectors.iter().all(|v| **v == [x[1]]) => Ok(x.to_vec()),
            _ => Err("four numbers for each channel".into()),
        },
        (Op::LayerNorm { .. }, [x, weight, bias]) if x.last().is_some_and(|n| **weight == [*n] && **bias == [*n]) => {
            Ok(x.to_vec())
        }
        (Op::Pool(_, options), [x]) => pool(*options, x),
        (Op::GlobalAveragePool, [[b, c, _, _]]) => Ok(vec![*b, *c]),
        (Op::Activate(_) | Op::Softmax { .. }, [x]) => Ok(x.to_vec()),
        (Op::Add { .. } | Op::Mul, [a, b]) if a.ends_with(b) => Ok(a.to_vec()),
        (Op::MatMul, [a, b]) => mat_mul(a, b),
        (Op::Transpose(order), [x]) => {
            let mut sorted = order.clone();
            sorted.sort_unstable();
            if sorted != (0..x.len()).collect::<Vec<_>>() {
                return Err(format!("as many axes as the order {order:?} names"));
            }
            Ok(order.iter().map(|axis| x[*axis]).collect())
        }
        (Op::Reshape(to), [x]) if [1, 2].iter().all(|b| count(x, *b) == count(to, *b)) => Ok(to.clone()),
        (Op::Reshape(to), [_]) => Err(format!("as many numbers as {} holds", words(to))),
        (Op::Pad { axis, before, after }, [x]) => match x.get(*axis) {
            Some(Size::Fixed(n)) => {
                let mut shape = x.to_vec();
                shape[*axis] = Size::Fixed(n + before + after);
                Ok(shape)
            }
            _ => Err(format!("a fixed length along axis {axis}")),
        },
        (Op::Rows(rows), [[Size::Fixed(n), rest @ ..]]) if rows <= n => Ok([&[Size::Fixed(*rows)], rest].concat()),
        (Op::Rows(rows), _) => Err(format!("at least {rows} rows")),
        (Op::FirstStep, [[b, Size::Fixed(1..), n]]) => Ok(vec![*b, *n]),
        (Op::Lookup, [[_, n], ids]) => Ok([ids, &[*n][..]].concat()),
        (Op::Concat, [[b, Size::Fixed(c), h, w], [b2, Size::Fixed(c2), h2, w2]]) if (b, h, w) == (b2, h2, w2) => {
            Ok(vec![*b, Size::Fixed(c + c2), *h, *w])
        }
        _ => Err(expectation(op).into()),
    }
}

/// What an operation takes, in words.
fn expectation(op: &Op) -> &'static str {
    match op {
        Op::Gemm { .. } => "rows (B, I), a weight (O, I) and a bias (O)",
        Op::BatchNorm { .. } => "a channel axis, and four numbers for each channel",
        Op::LayerNorm { .. } => "a weight and a bias as long as the last axis",
        Op::Add { .. } | Op::Mul => "two equal shapes, or a second that equals the last axes of the first",
        Op::FirstStep => "sequences (B, T, N) of at least one step",
        Op::Lookup => "a table (V, N) and numbers of rows",
        Op::Concat => "two batches of maps of the same size",
        Op::GlobalAveragePool => "maps (B, C, H, W)",
        _ => "as many tensors as the operation takes",
    }
}

fn conv(options: Conv2dOptions, x: &[Size], weight: &[Size], bias: &[Size]) -> Found {
    use Size::Fixed;
    let (&[b, Fixed(c), Fixed(h), Fixed(w)], &[Fixed(o), Fixed(per), Fixed(kh), Fixed(kw)]) = (x, weight) else {
        return Err("maps (B, C, H, W) and filters (O, C, K, K)".into());
    };
    if c != per * options.groups || bias != [Fixed(o)] {
        return Err(format!(
            "{} channels, and one bias for each of {o} filters",
            per * options.groups
        ));
    }
    let along = |n, k| slide(n, (k, options.stride, options.padding, options.dilation), false);
    Ok(vec![b, Fixed(o), Fixed(along(h, kh)?), Fixed(along(w, kw)?)])
}

fn pool(options: Pool2dOptions, x: &[Size]) -> Found {
    let &[b, c, Size::Fixed(h), Size::Fixed(w)] = x else {
        return Err("maps (B, C, H, W)".into());
    };
    let window = (options.kernel, options.stride, options.padding, 1);
    let along = |n| slide(n, window, options.ceil_mode).map(Size::Fixed);
    Ok(vec![b, c, along(h)?, along(w)?])
}

/// The places of a window (kernel, stride, padding, dilation) on `n` cells.
fn slide(
    n: usize,
    (kernel, stride, padding, dilation): (usize, usize, usize, usize),
    ceil: bool,
) -> Result<usize, String> {
    let span = dilation * (kernel.max(1) - 1) + 1;
    let extra = if ceil { stride.max(1) - 1 } else { 0 };
    let Some(room) = (n + 2 * padding + extra).checked_sub(span) else {
        return Err(format!(
            "maps of at least {} pixels a side",
            span.saturating_sub(2 * padding)
        ));
    };
    let places = room / stride.max(1) + 1;
    let hangs = ceil && (places - 1) * stride >= n + padding;
    Ok(places - usize::from(hangs))
}

fn mat_mul(a: &[Size], b: &[Size]) -> Found {
    let (&[ref outer @ .., m, k], &[ref outer2 @ .., k2, n]) = (a, b) else {
        return Err("matrices".into());
    };
    if k != k2 || outer != outer2 {
        return Err("as many columns in the first as rows in the second, and the same axes before them".into());
    }
    Ok([outer, &[m, n]].concat())
}
