//! One operation on the CPU, without a tape.

use dfdx::prelude::{Cpu, NoneTape};

use super::node::{Node, Op};
use super::value::{Value, dfdx_error};
use crate::ops::cpu::{Left, Offsets, Panels, made_in_parts, padded};
use crate::ops::{
    Activation, Kernels, PoolKind, Tensor1, Tensor4, activate, avg_pool_global, avg_pool2d, batch_norm_eval,
    concat_channels, conv2d, log_softmax, max_pool2d, min_pool2d, softmax,
};
use crate::{Error, Result};

/// What a node makes of its inputs.
pub(super) fn apply(node: &Node, inputs: &[&Value], batch: usize) -> Result<Value> {
    match (&node.op, inputs) {
        (Op::Conv(options), [x, weight, bias]) => {
            Value::of(conv2d(x.four()?, &weight.four()?, Some(&bias.data), *options)?)
        }
        (Op::Gemm { relu }, [x, weight, bias]) => {
            let y = Cpu::linear(x.rows()?, weight.rows()?, bias.data.clone()).map_err(dfdx_error)?;
            bent(Value::of(y)?, *relu)
        }
        (Op::BatchNorm { eps }, [x, vectors @ ..]) => batch_norm(x, vectors, *eps),
        (Op::LayerNorm { eps }, [x, weight, bias]) => {
            let (weight, bias) = (weight.data.clone(), bias.data.clone());
            let y = Cpu::layer_norm(x.rows()?, weight, bias, *eps).map_err(dfdx_error)?;
            Ok(Value::of(y)?.reshaped(x.shape.clone()))
        }
        (Op::Pool(kind, options), [x]) => {
            let pool = match kind {
                PoolKind::Max => max_pool2d::<usize, usize, usize, usize, Cpu, NoneTape>,
                PoolKind::Min => min_pool2d,
                PoolKind::Avg => avg_pool2d,
            };
            Value::of(pool(x.four()?, *options)?)
        }
        (Op::GlobalAveragePool, [x]) => Value::of(avg_pool_global(x.four()?)?),
        (Op::Activate(kind), [x]) => Ok(Value::of(activate(x.data.clone(), *kind)?)?.reshaped(x.shape.clone())),
        (Op::Add { relu }, [a, b]) => bent(combined(a, b, |a, b| a + b)?, *relu),
        (Op::Mul, [a, b]) => combined(a, b, |a, b| a * b),
        (Op::MatMul, [a, b]) => mat_mul(a, b),
        (Op::Softmax { log }, [x]) => {
            let y = if *log {
                log_softmax(x.rows()?)?
            } else {
                softmax(x.rows()?)?
            };
            Ok(Value::of(y)?.reshaped(x.shape.clone()))
        }
        (Op::Reshape(to), [x]) => Ok(x.reshaped(to.iter().map(|size| size.of(batch)).collect())),
        (Op::Concat, [a, b]) => concat(a.four()?, b.four()?),
        _ => moved(node, inputs),
    }
}

/// What only moves numbers.
fn moved(node: &Node, inputs: &[&Value]) -> Result<Value> {
    match (&node.op, inputs) {
        (Op::Transpose(order), [x]) => transposed(x, order),
        (Op::Pad { axis, before, after }, [x]) => {
            let (outer, row) = around(x, *axis);
            let (numbers, len) = (x.numbers()?, x.shape[*axis]);
            let zeros = |n: usize| std::iter::repeat_n(0.0, n * row);
            let mut y = Vec::with_capacity(outer * (len + before + after) * row);
            for i in 0..outer {
                y.extend(zeros(*before));
                y.extend(&numbers[i * len * row..][..len * row]);
                y.extend(zeros(*after));
            }
            let mut shape = x.shape.clone();
            shape[*axis] = len + before + after;
            Value::new(shape, y)
        }
        (Op::Rows(rows), [x]) => {
            let (_, row) = around(x, 0);
            let mut shape = x.shape.clone();
            shape[0] = *rows;
            Value::new(shape, x.numbers()?[..rows * row].to_vec())
        }
        (Op::FirstStep, [x]) => {
            let (_, n) = around(x, 1);
            let (numbers, steps) = (x.numbers()?, x.shape[1]);
            let first = (0..x.shape[0]).flat_map(|b| &numbers[b * steps * n..][..n]);
            Value::new(vec![x.shape[0], n], first.copied().collect())
        }
        (Op::Lookup, [table, ids]) => lookup(node, table, ids),
        _ => Err(Error::Argument {
            what: format!("inputs of `{}`", node.name),
            expected: format!("as many as {} takes", node.op.name()),
            got: inputs.len().to_string(),
        }),
    }
}

/// How many numbers stand before an axis, and how many behind it.
fn around(x: &Value, axis: usize) -> (usize, usize) {
    let product = |part: &[usize]| part.iter().product();
    (product(&x.shape[..axis]), product(&x.shape[axis + 1..]))
}

/// The ReLU that runs in the same node.
fn bent(x: Value, relu: bool) -> Result<Value> {
    if !relu {
        return Ok(x);
    }
    Ok(Value::of(activate(x.data, Activation::ReLU)?)?.reshaped(x.shape))
}

fn batch_norm(x: &Value, vectors: &[&Value], eps: f32) -> Result<Value> {
    let [weight, bias, mean, variance] = vectors else {
        unreachable!("the shapes were checked")
    };
    let [weight, bias, mean, variance]: [&Tensor1<Cpu>; 4] = [weight, bias, mean, variance].map(|v| &v.data);
    let rest: usize = x.shape.iter().skip(2).product();
    let maps: Tensor4<Cpu> = x.tensor((x.shape[0], x.shape[1], rest, 1))?;
    let y = batch_norm_eval(maps, weight, bias, mean, variance, eps)?;
    Ok(Value::of(y)?.reshaped(x.shape.clone()))
}

/// Number by number; `b` again and again where it is shorter.
fn combined(a: &Value, b: &Value, f: impl Fn(f32, f32) -> f32) -> Result<Value> {
    let (numbers, other) = (a.numbers()?, b.numbers()?);
    let mut y = Vec::with_capacity(numbers.len());
    for part in numbers.chunks(other.len().max(1)) {
        y.extend(part.iter().zip(other.iter()).map(|(a, b)| f(*a, *b)));
    }
    Value::new(a.shape.clone(), y)
}

fn concat(a: Tensor4<Cpu>, b: Tensor4<Cpu>) -> Result<Value> {
    Value::of(concat_channels(a, b)?)
}

/// The rows of a table; ids are whole numbers.
fn lookup(node: &Node, table: &Value, ids: &Value) -> Result<Value> {
    let (rows, n) = (table.shape[0], table.shape[1]);
    let (numbers, mut y) = (table.numbers()?, Vec::new());
    for id in ids.numbers()?.iter() {
        let i = *id as usize;
        if i as f32 != *id || i >= rows {
            return Err(Error::Argument {
                what: format!("number of a row for `{}`", node.name),
                expected: format!("a whole number below {rows}"),
                got: id.to_string(),
            });
        }
        y.extend(&numbers[i * n..][..n]);
    }
    Value::new([&ids.shape[..], &[n]].concat(), y)
}

fn transposed(x: &Value, order: &[usize]) -> Result<Value> {
    let numbers = x.numbers()?;
    let shape: Vec<usize> = order.iter().map(|axis| x.shape[*axis]).collect();
    let steps: Vec<usize> = order.iter().map(|axis| around(x, *axis).1).collect();
    let mut y = Vec::with_capacity(numbers.len());
    let (last, step) = (shape.last().copied().unwrap_or(1), steps.last().copied().unwrap_or(1));
    let mut place = vec![0; shape.len()];
    while y.len() < numbers.len() {
        let first: usize = place.iter().zip(&steps).map(|(i, step)| i * step).sum();
        y.extend((0..last).map(|i| numbers[first + i * step]));
        // The next row: count up from the last axis but one.
        for axis in (0..shape.len().saturating_sub(1)).rev() {
            place[axis] += 1;
            if place[axis] < shape[axis] {
                break;
            }
            place[axis] = 0;
        }
    }
    Value::new(shape, y)
}

fn mat_mul(a: &Value, b: &Value) -> Result<Value> {
    let axes = a.shape.len();
    let (m, k, n) = (a.shape[axes - 2], a.shape[axes - 1], b.shape[axes - 1]);
    let (left, right) = (a.numbers()?, b.numbers()?);
    let matrices = left.len() / (m * k).max(1);
    let y = made_in_parts(matrices * m * n, m * n, |i, to| {
        let mut panels = Panels::zeros(k, n);
        panels.set_rows(0, &right[i * k * n..][..k * n], n);
        let left = Left {
            data: &left[i * m * k..][..m * k],
            rows: Offsets::Every(k),
            cols: Offsets::Every(1),
        };
        let wide = padded(n);
        let mut product = vec![0.0; m * wide];
        panels.multiply(m, left, &mut product, wide, false);
        for (to, row) in to.chunks_mut(n.max(1)).zip(product.chunks(wide.max(1))) {
            to.copy_from_slice(&row[..n]);
        }
    });
    let mut shape = a.shape.clone();
    shape[axes - 1] = n;
    Value::new(shape, y)
}
