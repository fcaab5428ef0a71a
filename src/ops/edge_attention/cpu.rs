//! Attention along the edges of a graph, on the CPU.

use std::sync::{Mutex, MutexGuard, PoisonError};

use dfdx::prelude::*;

use super::super::cpu::{Pieces, add, for_each_part, made_in_parts, restore, share, smooth, take, values};
use super::super::tensors::{Tensor1, Tensor2};
use super::vectors::Vectors;
use crate::graph::{Graph, SparseMatrix};

/// Forward, and the backward pass recorded on the tape. `keep` holds a factor for each edge and head.
pub(crate) fn edge_attention<T: Tape<f32, Cpu>>(
    graph: &Graph,
    h: Tensor2<Cpu, T>,
    vectors: Vectors<Cpu>,
    keep: Option<Tensor1<Cpu>>,
) -> Result<Tensor2<Cpu, T>, CpuError> {
    let (h, mut tape) = h.split_tape();
    let (n, width) = *h.shape();
    let layout = Layout::new(graph, width, vectors.heads, vectors.slope);
    let (y, alpha, scores) = {
        let (h, to, from) = (values(&h)?, values(&vectors.to)?, values(&vectors.from)?);
        let scores = layout.scores(&h, [&to, &from]);
        let alpha = layout.alpha(&scores);
        let kept = kept(&alpha, keep.as_ref())?;
        (layout.forward(&h, &kept, &values(&vectors.bias)?), alpha, scores)
    };
    let y = h.device().try_tensor_from_vec(y, (n, width))?;
    if T::OWNS_TAPE {
        let y_ghost = y.ghost();
        tape.add_backward_op(move |gradients| {
            let dy = take!(gradients, &y_ghost);
            let dbias = gradients.get_or_alloc_mut(&vectors.bias)?;
            dy.chunks(width.max(1)).for_each(|dy| add(dbias, dy));
            let (nodes, to, from) = (values(&h)?, values(&vectors.to)?, values(&vectors.from)?);
            let factors = keep.as_ref().map(values).transpose()?;
            let (dz, dto) = layout.back_to_scores(&nodes, &dy, &alpha, factors.as_deref(), &scores);
            let kept = kept(&alpha, keep.as_ref())?;
            let dh = gradients.get_or_alloc_mut(&h)?;
            let dfrom = layout.back_to_nodes(&dy, &kept, &dz, &dto, [&to, &from], dh);
            layout.back_to_vector(&nodes, &dto, gradients.get_or_alloc_mut(&vectors.to)?);
            layout.back_to_vector(&nodes, &dfrom, gradients.get_or_alloc_mut(&vectors.from)?);
            restore!(gradients, &y_ghost, dy);
            Ok(())
        });
    }
    Ok(y.put_tape(tape))
}

/// The weight of each edge and head, before dropout.
pub(crate) fn weights(graph: &Graph, h: &[f32], vectors: [&[f32]; 2], heads: usize, slope: f32) -> Vec<f32> {
    let layout = Layout::new(graph, vectors[0].len(), heads, slope);
    layout.alpha(&layout.scores(h, vectors))
}

/// Weights times what dropout makes of them.
fn kept(alpha: &[f32], keep: Option<&Tensor1<Cpu>>) -> Result<Vec<f32>, CpuError> {
    let Some(keep) = keep else { return Ok(alpha.to_vec()) };
    Ok(alpha.iter().zip(values(keep)?.iter()).map(|(a, k)| a * k).collect())
}

/// Who hears whom, and how the numbers of a node are shared among the heads.
struct Layout {
    a: SparseMatrix,
    heads: usize,
    /// Numbers of a node, and of one head of it.
    width: usize,
    size: usize,
    slope: f32,
    /// Nodes that one thread works through.
    part: usize,
}

impl Layout {
    fn new(graph: &Graph, width: usize, heads: usize, slope: f32) -> Self {
        let a = graph.adjacency().clone();
        let edges = a.entries() / a.shape().0.max(1) + 1;
        let (size, part) = (width / heads.max(1), share(edges * width * 4));
        Self {
            a,
            heads,
            width,
            size,
            slope,
            part,
        }
    }

    fn edges_of(&self, node: usize) -> std::ops::Range<usize> {
        self.a.starts()[node]..self.a.starts()[node + 1]
    }

    /// `to . h[i]` and `from . h[i]` for each head of each node: two numbers beside each other.
    fn scores(&self, h: &[f32], [to, from]: [&[f32]; 2]) -> Vec<[f32; 2]> {
        let heads = h.chunks(self.size.max(1)).enumerate();
        let score = |(k, h): (usize, &[f32])| {
            let at = k % self.heads * self.size;
            [dot(h, &to[at..]), dot(h, &from[at..])]
        };
        heads.map(score).collect()
    }

    /// The leaky ReLU's argument for an edge and a head.
    fn z(&self, scores: &[[f32; 2]], node: usize, edge: usize, head: usize) -> f32 {
        let from = self.a.places()[edge] as usize;
        scores[node * self.heads + head][0] + scores[from * self.heads + head][1]
    }

    /// The softmax over the edges of each node.
    fn alpha(&self, scores: &[[f32; 2]]) -> Vec<f32> {
        let mut alpha = vec![0.0; self.a.entries() * self.heads];
        let pieces = self.by_nodes(&mut alpha);
        for_each_part(pieces.len(), |i| {
            let mut piece = lock(&pieces[i]);
            let first = self.edges_of(i * self.part).start;
            for node in self.nodes(i) {
                let edges = self.edges_of(node);
                let alpha = &mut piece[(edges.start - first) * self.heads..(edges.end - first) * self.heads];
                for head in 0..self.heads {
                    let mut most = f32::MIN;
                    for (k, edge) in edges.clone().enumerate() {
                        let z = self.z(scores, node, edge, head);
                        let z = if z > 0.0 { z } else { self.slope * z };
                        alpha[k * self.heads + head] = z;
                        most = most.max(z);
                    }
                    let mine = || (head..edges.len() * self.heads).step_by(self.heads);
                    let mut sum = 0.0;
                    for k in mine() {
                        alpha[k] = smooth::exp(alpha[k] - most);
                        sum += alpha[k];
                    }
                    mine().for_each(|k| alpha[k] /= sum);
                }
            }
        });
        drop(pieces);
        alpha
    }

    fn forward(&self, h: &[f32], kept: &[f32], bias: &[f32]) -> Vec<f32> {
        let n = self.a.shape().0;
        made_in_parts(n * self.width, self.part * self.width, |i, y| {
            for (node, y) in self.nodes(i).zip(y.chunks_mut(self.width.max(1))) {
                y.copy_from_slice(bias);
                for edge in self.edges_of(node) {
                    let from = self.a.places()[edge] as usize;
                    let weights = &kept[edge * self.heads..][..self.heads];
                    self.combine(y, weights, &h[from * self.width..][..self.width]);
                }
            }
        })
    }

    /// `y += weight of the head * x`, head by head.
    fn combine(&self, y: &mut [f32], weights: &[f32], x: &[f32]) {
        let heads = y.chunks_mut(self.size).zip(x.chunks(self.size)).zip(weights);
        for ((y, x), weight) in heads {
            y.iter_mut().zip(x).for_each(|(y, x)| *y += weight * x);
        }
    }

    /// The gradient of each edge's `z`, and for each node the sum over the edges by which it hears.
    fn back_to_scores(
        &self,
        h: &[f32],
        dy: &[f32],
        alpha: &[f32],
        keep: Option<&[f32]>,
        scores: &[[f32; 2]],
    ) -> (Vec<f32>, Vec<f32>) {
        let mut dz = vec![0.0; alpha.len()];
        let mut dto = vec![0.0; self.a.shape().0 * self.heads];
        let (pieces, sums) = (self.by_nodes(&mut dz), Pieces::new(&mut dto, self.part * self.heads));
        for_each_part(pieces.len(), |i| {
            let (mut piece, mut sums) = (lock(&pieces[i]), sums.lock(i));
            let first = self.edges_of(i * self.part).start;
            for (node, sums) in self.nodes(i).zip(sums.chunks_mut(self.heads)) {
                let edges = self.edges_of(node);
                for (head, sum) in sums.iter_mut().enumerate() {
                    let dy = &dy[node * self.width + head * self.size..][..self.size];
                    let mut shared = 0.0;
                    for edge in edges.clone() {
                        let (k, from) = (edge * self.heads + head, self.a.places()[edge] as usize);
                        let g = dot(dy, &h[from * self.width + head * self.size..]) * keep.map_or(1.0, |keep| keep[k]);
                        piece[k - first * self.heads] = g;
                        shared += alpha[k] * g;
                    }
                    for edge in edges.clone() {
                        let k = edge * self.heads + head;
                        let g = &mut piece[k - first * self.heads];
                        let slope = if self.z(scores, node, edge, head) > 0.0 {
                            1.0
                        } else {
                            self.slope
                        };
                        *g = alpha[k] * (*g - shared) * slope;
                        *sum += *g;
                    }
                }
            }
        });
        drop((pieces, sums));
        (dz, dto)
    }

    /// Adds to the gradient of the nodes' numbers; returns for each node the sum of `dz` over the edges by which it is heard.
    fn back_to_nodes(
        &self,
        dy: &[f32],
        kept: &[f32],
        dz: &[f32],
        dto: &[f32],
        [to, from]: [&[f32]; 2],
        dh: &mut [f32],
    ) -> Vec<f32> {
        let back = self.a.turned();
        let mut dfrom = vec![0.0; dto.len()];
        let (pieces, sums) = (
            Pieces::new(dh, self.part * self.width),
            Pieces::new(&mut dfrom, self.part * self.heads),
        );
        for_each_part(pieces.len(), |i| {
            let (mut piece, mut sums) = (pieces.lock(i), sums.lock(i));
            let rows = piece.chunks_mut(self.width).zip(sums.chunks_mut(self.heads));
            for (node, (dh, sums)) in self.nodes(i).zip(rows) {
                for k in back.starts[node]..back.starts[node + 1] {
                    let (edge, hears) = (back.entries[k] as usize, back.rows[k] as usize);
                    let weights = &kept[edge * self.heads..][..self.heads];
                    self.combine(dh, weights, &dy[hears * self.width..][..self.width]);
                    add(sums, &dz[edge * self.heads..][..self.heads]);
                }
                self.combine(dh, sums, from);
                self.combine(dh, &dto[node * self.heads..][..self.heads], to);
            }
        });
        drop((pieces, sums));
        dfrom
    }

    /// `dvector += sum over the nodes of dscore * h`.
    fn back_to_vector(&self, h: &[f32], dscores: &[f32], dvector: &mut [f32]) {
        for (h, dscores) in h.chunks(self.width.max(1)).zip(dscores.chunks(self.heads)) {
            self.combine(dvector, dscores, h);
        }
    }

    /// The nodes of part `i`.
    fn nodes(&self, i: usize) -> std::ops::Range<usize> {
        i * self.part..((i + 1) * self.part).min(self.a.shape().0)
    }

    /// Numbers for each edge and head, cut where the parts of the nodes are.
    fn by_nodes<'a>(&self, mut numbers: &'a mut [f32]) -> Vec<Mutex<&'a mut [f32]>> {
        let parts = self.a.shape().0.div_ceil(self.part);
        let mut cut = |i: usize| {
            let nodes = self.nodes(i);
            let edges = self.a.starts()[nodes.end] - self.a.starts()[nodes.start];
            let (piece, rest) = std::mem::take(&mut numbers).split_at_mut(edges * self.heads);
            numbers = rest;
            Mutex::new(piece)
        };
        (0..parts).map(&mut cut).collect()
    }
}

fn lock<'a, 'b>(piece: &'a Mutex<&'b mut [f32]>) -> MutexGuard<'a, &'b mut [f32]> {
    piece.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `a . b`, over the length of `a`.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
