//! Layers on graphs: against PyTorch Geometric, against central differences, for any number of threads, and what is refused.
//!
//! `tests/nn/graphs.py` made `graphs.json`, which names the versions.

use std::collections::HashMap;

use gradus::ops;
use gradus::prelude::*;
use gradus_tests::{Array, in_threads, load};
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    nodes: usize,
    pairs: Vec<(usize, usize)>,
    cases: HashMap<String, Case>,
}

#[derive(Deserialize)]
struct Case {
    x: Array,
    y: Array,
    dy: Array,
    dx: Array,
    weights: HashMap<String, Array>,
    gradients: HashMap<String, Array>,
}

type Nodes<T> = Tensor<(usize, Const<5>), f32, Cpu, T>;
type Out<T> = Tensor<(usize, Const<6>), f32, Cpu, T>;

#[track_caller]
fn close(what: &str, got: &[f32], wanted: &[f32]) {
    gradus_tests::close(what, got, wanted, 2e-5);
}

/// A layer's result, and the gradients of its input and of each weight, against the file's.
macro_rules! check {
    ($case:expr, $dev:expr, [$($name:literal => $tensor:expr),*], $forward:expr) => {{
        let case: &Case = $case;
        let x: Nodes<NoneTape> = case.x.tensor($dev);
        let y: Out<OwnedTape<f32, Cpu>> = $forward(x.leaky_trace());
        close("y", &y.as_vec(), &case.y.values);
        let dy: Out<NoneTape> = case.dy.tensor($dev);
        let gradients = (y * dy).sum::<Rank0, _>().backward();
        close("dx", &gradients.get(&x).as_vec(), &case.dx.values);
        $(close($name, &gradients.get(&$tensor).as_vec(), &case.gradients[$name].values);)*
    }};
}

#[test]
fn layers_equal_pytorch_geometric() -> Result<()> {
    let (golden, dev): (Golden, _) = (load("nn/graphs"), Cpu::seed_from_u64(0));
    let graph = Graph::undirected(golden.nodes, &golden.pairs)?;
    let (a, looped) = (graph.normalized(), graph.with_self_loops());

    let case = &golden.cases["gcn"];
    let mut layer = dev.build_module::<GraphConv<5, 6>, f32>();
    layer.weight.copy_from(&case.weights["lin.weight"].values);
    layer.bias.copy_from(&case.weights["bias"].values);
    check!(case, &dev, ["lin.weight" => layer.weight, "bias" => layer.bias], |x| layer.try_forward(&a, x).expect("gcn"));
    let sparse = in_full(&case.x.values)?;
    let values: Tensor<(usize,), f32, Cpu> = dev.tensor_from_vec(sparse.values().to_vec(), (sparse.entries(),));
    let y = layer.try_forward_sparse(&a, &sparse, values.leaky_trace())?;
    close("sparse", &y.as_vec(), &case.y.values);
    let dy: Out<NoneTape> = case.dy.tensor(&dev);
    let gradients = (y * dy).sum::<Rank0, _>().backward();
    close("sparse dx", &gradients.get(&values).as_vec(), &case.dx.values);
    close(
        "sparse weight",
        &gradients.get(&layer.weight).as_vec(),
        &case.gradients["lin.weight"].values,
    );

    let case = &golden.cases["sage"];
    let mut layer = dev.build_module::<SageConv<5, 6>, f32>();
    layer.lin_l.weight.copy_from(&case.weights["lin_l.weight"].values);
    layer.lin_l.bias.copy_from(&case.weights["lin_l.bias"].values);
    layer.root.copy_from(&case.weights["lin_r.weight"].values);
    check!(
        case,
        &dev,
        ["lin_l.weight" => layer.lin_l.weight, "lin_l.bias" => layer.lin_l.bias, "lin_r.weight" => layer.root],
        |x| layer.try_forward(&graph.mean(), x).expect("sage")
    );

    let case = &golden.cases["gat"];
    let mut layer = dev.build_module::<GatConv<5, 6, 2>, f32>();
    layer.weight.copy_from(&case.weights["lin.weight"].values);
    layer.att_src.copy_from(&case.weights["att_src"].values);
    layer.att_dst.copy_from(&case.weights["att_dst"].values);
    layer.bias.copy_from(&case.weights["bias"].values);
    check!(
        case,
        &dev,
        ["lin.weight" => layer.weight, "att_src" => layer.att_src, "att_dst" => layer.att_dst, "bias" => layer.bias],
        |x| layer.try_forward(&looped, x, 0.0).expect("gat")
    );
    Ok(())
}

#[test]
fn vision_block_equals_pytorch() {
    type Patches = Tensor<(usize, usize, Const<6>), f32, Cpu>;
    let (golden, dev): (Golden, _) = (load("nn/graphs"), Cpu::seed_from_u64(0));
    let case = &golden.cases["vision"];
    let mut block = dev.build_module::<VisionGraphBlock<6, 2, 8>, f32>();
    let weights = |name: &str| &case.weights[name].values[..];
    block.norm1.weight.copy_from(weights("norm1.weight"));
    block.norm1.bias.copy_from(weights("norm1.bias"));
    block.norm2.weight.copy_from(weights("norm2.weight"));
    block.norm2.bias.copy_from(weights("norm2.bias"));
    let (fc1, fc2) = (&mut block.fc1, &mut block.fc2);
    let (maps, mlp) = (&mut block.maps, &mut block.mlp);
    for (name, layer) in [
        ("fc1", fc1),
        ("fc2", fc2),
        ("own", &mut maps.0),
        ("around", &mut maps.1),
    ] {
        layer.weight.copy_from(weights(&format!("{name}.weight")));
        layer.bias.copy_from(weights(&format!("{name}.bias")));
    }
    mlp.0.weight.copy_from(weights("up.weight"));
    mlp.0.bias.copy_from(weights("up.bias"));
    mlp.2.weight.copy_from(weights("down.weight"));
    mlp.2.bias.copy_from(weights("down.bias"));

    let x: Patches = case.x.tensor(&dev);
    let y = block.try_forward(x.leaky_trace()).expect("forward");
    close("y", &y.as_vec(), &case.y.values);
    let dy: Patches = case.dy.tensor(&dev);
    let gradients = (y * dy).sum::<Rank0, _>().backward();
    close("dx", &gradients.get(&x).as_vec(), &case.dx.values);
    let of = |name: &str| &case.gradients[name].values[..];
    close("fc1", &gradients.get(&block.fc1.weight).as_vec(), of("fc1.weight"));
    close("fc2", &gradients.get(&block.fc2.weight).as_vec(), of("fc2.weight"));
    close("own", &gradients.get(&block.maps.0.weight).as_vec(), of("own.weight"));
    close("around", &gradients.get(&block.maps.1.bias).as_vec(), of("around.bias"));
    close("up", &gradients.get(&block.mlp.0.weight).as_vec(), of("up.weight"));
    close(
        "norm1",
        &gradients.get(&block.norm1.weight).as_vec(),
        of("norm1.weight"),
    );
}

/// A matrix of 5 columns with an entry everywhere.
fn in_full(values: &[f32]) -> Result<SparseMatrix> {
    let entries: Vec<_> = values.iter().enumerate().map(|(i, v)| (i / 5, i % 5, *v)).collect();
    SparseMatrix::new(values.len() / 5, 5, &entries)
}

/// Compares the gradient of `of` with central differences; `f` gives a number for other values of it.
fn differences(name: &str, of: &[f32], analytic: &[f32], f: impl Fn(&[f32]) -> f64) {
    let e = 1e-2;
    for i in 0..of.len() {
        let moved = |by: f32| {
            let mut values = of.to_vec();
            values[i] += by;
            f(&values)
        };
        let numeric = (moved(e) - moved(-e)) / f64::from(2.0 * e);
        let error = (numeric - f64::from(analytic[i])).abs();
        assert!(
            error <= 4e-3 * (1.0 + numeric.abs()),
            "{name}[{i}]: {}, numeric {numeric}",
            analytic[i]
        );
    }
}

#[test]
fn gradients_of_entries_rows_and_largest() -> Result<()> {
    let dev = Cpu::seed_from_u64(1);
    let a = SparseMatrix::new(4, 3, &[(0, 1, 1.0), (1, 0, 1.0), (1, 2, 1.0), (3, 1, 1.0), (3, 2, 1.0)])?;
    let weights: Tensor<(usize,), f32, Cpu> = dev.sample_normal_like(&(5,));
    // No two numbers of a column nearer than the steps are wide, or the largest would change on the way.
    let apart = (0..120).map(|i| (i * 49 % 120) as f32 * 0.03 - 1.7).collect();
    let x: Tensor<(usize, usize), f32, Cpu> = dev.tensor_from_vec(apart, (3, 40));
    let squares = |y: &[f32]| y.iter().map(|y| f64::from(*y).powi(2)).sum::<f64>();
    let gradients = ops::aggregate_weighted(&a, weights.leaky_trace(), &x)?
        .square()
        .sum::<Rank0, _>()
        .backward();
    differences(
        "entries",
        &weights.as_vec(),
        &gradients.get(&weights).as_vec(),
        |values| {
            let weights = dev.tensor_from_vec(values.to_vec(), (5,));
            squares(&ops::aggregate_weighted(&a, weights, &x).expect("fits").as_vec())
        },
    );
    differences("rows", &x.as_vec(), &gradients.get(&x).as_vec(), |values| {
        let x = dev.tensor_from_vec(values.to_vec(), (3, 40));
        squares(&ops::aggregate_weighted(&a, weights.clone(), &x).expect("fits").as_vec())
    });
    let gradients = ops::aggregate_max(&a, x.leaky_trace())?
        .square()
        .sum::<Rank0, _>()
        .backward();
    differences("largest", &x.as_vec(), &gradients.get(&x).as_vec(), |values| {
        let x = dev.tensor_from_vec(values.to_vec(), (3, 40));
        squares(&ops::aggregate_max(&a, x).expect("fits").as_vec())
    });
    Ok(())
}

/// What a patch hears, through the block of a vision graph network: the weights behind the choice of neighbours have slopes.
#[test]
fn gradients_of_a_vision_block() -> Result<()> {
    let dev = Cpu::seed_from_u64(2);
    let mut block = dev.build_module::<VisionGraphBlock<6, 2, 8>, f32>();
    let x: Tensor<(usize, usize, Const<6>), f32, Cpu> = dev.sample_normal_like(&(2, 5, Const::<6>));
    let loss = |block: &Built<VisionGraphBlock<6, 2, 8>>| -> f64 {
        let y = block.try_forward(x.clone()).expect("forward").as_vec();
        y.iter().map(|y| f64::from(*y).powi(2)).sum()
    };
    let gradients = block
        .try_forward(x.leaky_trace())
        .expect("forward")
        .square()
        .sum::<Rank0, _>()
        .backward();
    for (name, which) in [("own", 0), ("around", 1)] {
        let weight = if which == 0 {
            block.maps.0.weight.clone()
        } else {
            block.maps.1.weight.clone()
        };
        let analytic = gradients.get(&weight).as_vec();
        let moved = block.clone();
        differences(name, &weight.as_vec(), &analytic, |values| {
            let mut moved = moved.clone();
            let map = if which == 0 {
                &mut moved.maps.0
            } else {
                &mut moved.maps.1
            };
            map.weight.copy_from(values);
            loss(&moved)
        });
    }
    let graph = block.neighbors(&x)?;
    assert_eq!((graph.nodes(), graph.edges().len()), (10, 20));
    assert!(graph.edges().iter().all(|(a, b)| a / 5 == b / 5 && a != b));
    block.fc1.weight.copy_from(&[f32::NAN; 36]);
    assert!(block.try_forward(x).is_err());
    Ok(())
}

#[test]
fn same_numbers_for_any_number_of_threads() -> Result<()> {
    let edges: Vec<_> = (0..9000).map(|i: usize| (i * 7919 % 3000, i * i * 31 % 3000)).collect();
    let graph = Graph::undirected(3000, &edges)?;
    let run = |threads| {
        in_threads(threads, || {
            let dev = Cpu::seed_from_u64(3);
            let x: Tensor<(usize, Const<16>), f32, Cpu> = dev.sample_normal_like(&(3000, Const::<16>));
            let net = dev.build_module::<(GatConv<16, 32, 4>, GraphConv<32, 24>, SageConv<24, 8>), f32>();
            let h = net.0.try_forward(&graph, x.leaky_trace(), 0.3).expect("gat");
            let h = net.1.try_forward(&graph.normalized(), h).expect("gcn");
            let y = net.2.try_forward(&graph.mean(), h).expect("sage");
            let y = ops::max_relative(&graph, y).expect("max");
            let near = ops::nearest_neighbors(&y.as_vec(), 8, 1000, 5).expect("points");
            let numbers = y.as_vec();
            let gradients = y.square().sum::<Rank0, _>().backward();
            let of = [
                gradients.get(&net.0.att_src).as_vec(),
                gradients.get(&net.0.weight).as_vec(),
            ];
            (numbers, gradients.get(&x).as_vec(), of, near)
        })
    };
    let one = run(1);
    assert!([2, 3, 5].into_iter().all(|threads| run(threads) == one));
    Ok(())
}

#[test]
fn what_does_not_fit_is_refused() -> Result<()> {
    let dev = Cpu::seed_from_u64(4);
    let graph = Graph::undirected(3, &[(0, 1)])?;
    let x: Tensor<Rank2<4, 5>, f32, Cpu> = dev.sample_normal();
    let said = |result: Result<Vec<usize>>| result.expect_err("refused").to_string();
    let layer = dev.build_module::<GraphConv<5, 6>, f32>();
    let text = said(
        layer
            .try_forward(&graph.normalized(), x.clone())
            .map(|y| y.shape().concrete().to_vec()),
    );
    assert!(text.contains("4 x 4") && text.contains("3 x 3"), "{text}");
    let layer = dev.build_module::<GatConv<5, 6, 4>, f32>();
    let nodes: Tensor<Rank2<3, 5>, f32, Cpu> = dev.sample_normal();
    let text = said(
        layer
            .try_forward(&graph, nodes.clone(), 0.0)
            .map(|y| y.shape().concrete().to_vec()),
    );
    assert!(
        text.contains("divides its 6 features") && text.contains("got 4"),
        "{text}"
    );
    let text = said(ops::aggregate(graph.adjacency(), x).map(|y| y.shape().concrete().to_vec()));
    assert!(
        text.contains("expected 3 rows") && text.contains("got 4 rows"),
        "{text}"
    );
    let values: Tensor<Rank1<3>, f32, Cpu> = dev.zeros();
    let text = said(ops::aggregate_weighted(graph.adjacency(), values, &nodes).map(|y| y.shape().concrete().to_vec()));
    assert!(
        text.contains("each of the 2 entries") && text.contains("got 3"),
        "{text}"
    );
    // A graph without nodes, and one whose node is alone.
    let (none, alone) = (Graph::undirected(0, &[])?, Graph::undirected(1, &[])?);
    let layer = dev.build_module::<GraphConv<5, 6>, f32>();
    let nobody: Tensor<(usize, Const<5>), f32, Cpu> = dev.zeros_like(&(0, Const));
    assert_eq!(
        layer
            .try_forward(&none.normalized(), nobody.clone())?
            .shape()
            .concrete(),
        [0, 6]
    );
    let gat = dev.build_module::<GatConv<5, 6, 2>, f32>();
    assert!(gat.attention(&none, &nobody)?.is_empty());
    assert_eq!(
        gat.try_forward(&none, nobody.leaky_trace(), 0.5)?.shape().concrete(),
        [0, 6]
    );
    let one: Tensor<Rank2<1, 5>, f32, Cpu> = dev.sample_normal();
    let heard = layer.try_forward(&alone.normalized(), one.clone())?.as_vec();
    close("alone", &heard, &ops::linear(one, &layer.weight, &layer.bias)?.as_vec());
    Ok(())
}
