//! Graphs against the layers that they come from, and what is done to them.

use gradus::deploy::{Changes, Graph};
use gradus::prelude::*;
use gradus_tests::{close, in_threads};

use super::networks::{cases, filled, numbers};

#[test]
fn graphs_compute_what_the_layers_compute() {
    for case in cases() {
        let plain = case.graph.run(&case.input).expect(case.name);
        close(case.name, &plain, &case.scores, 1e-5);
        let (folded, changes) = case.graph.optimized().expect(case.name);
        close(
            case.name,
            &folded.run(&case.input).expect(case.name),
            &case.scores,
            1e-5,
        );
        assert!(folded.nodes().len() < case.graph.nodes().len(), "{}", case.name);
        let expected = match case.name {
            "mlp" => Changes {
                relus: 1,
                ..Changes::default()
            },
            "cnn" => Changes {
                relus: 3,
                ..Changes::default()
            },
            // Two for each block, one for the sum and one for the first layer; 19 convolutions and 2 shortcuts are normalized.
            "resnet20" => Changes {
                batch_norms: 21,
                relus: 19,
                ..Changes::default()
            },
            // 26 ReLUs: one in front, three in each of eight modules, one in the head.
            "squeezenet" => Changes {
                relus: 26,
                ..Changes::default()
            },
            // Rows of positions and the token with its zeros, and their sum.
            "vit" => Changes {
                constants: 3,
                ..changes
            },
            _ => changes,
        };
        assert_eq!(changes, expected, "{}", case.name);
    }
}

#[test]
fn batch_norm_folds_behind_convolutions_and_linear_layers_only() {
    type Net = (
        Conv2D<2, 3, 3>,
        BatchNorm2D<3>,
        ReLU,
        BatchNorm2D<3>,
        Flatten<48>,
        (Linear<48, 4>, BatchNorm1D<4>),
    );
    let graph = Graph::of(&filled::<Net>(5), &[2, 6, 6]).expect("graph");
    let (folded, n) = graph.with_batch_norms_folded().expect("folded");
    // The one behind the ReLU stays.
    assert_eq!((n, folded.nodes().len()), (2, graph.nodes().len() - 2));
    let x = numbers(6, 5 * 72);
    close(
        "scores",
        &folded.run(&x).expect("run"),
        &graph.run(&x).expect("run"),
        1e-5,
    );
    let names: Vec<String> = folded.constants().into_iter().map(|(name, _)| name).collect();
    assert!(
        names.contains(&"0.weight.folded".into()) && !names.contains(&"0.weight".into()),
        "{names:?}"
    );
}

/// A result that two nodes need is not changed for the sake of one of them.
#[test]
fn what_two_nodes_need_stays() {
    type Net = (
        Conv2D<1, 1, 1>,
        Residual<(ReLU, Conv2D<1, 1, 1>)>,
        Residual<BatchNorm2D<1>>,
    );
    let graph = Graph::of(&filled::<Net>(7), &[1, 3, 3]).expect("graph");
    let (folded, changes) = graph.optimized().expect("optimized");
    assert_eq!(changes, Changes::default());
    let x = numbers(8, 27);
    close(
        "scores",
        &folded.run(&x).expect("run"),
        &graph.run(&x).expect("run"),
        1e-6,
    );
}

#[test]
fn the_same_bits_for_any_number_of_threads() {
    let case = cases().swap_remove(4);
    let (folded, _) = case.graph.optimized().expect("optimized");
    let [one, four] = [1, 4].map(|threads| in_threads(threads, || folded.run(&case.input).expect("run")));
    assert_eq!(one, four);
}

#[test]
fn memory_of_results_is_counted() {
    let net = filled::<(Flatten<4>, Linear<4, 8>, ReLU, Linear<8, 2>)>(9);
    let graph = Graph::of(&net, &[1, 2, 2]).expect("graph");
    // 4 of the input, 8, 8 and 2; at once 8 and 8. Flatten moves nothing.
    assert_eq!(graph.bytes(3).expect("bytes"), (3 * 4 * 16, 3 * 4 * 22));
    // Fused, the ReLU needs no numbers of its own: 4 and 8.
    assert_eq!(
        graph.optimized().expect("optimized").0.bytes(3).expect("bytes"),
        (3 * 4 * 12, 3 * 4 * 14)
    );
}

#[test]
fn what_does_not_fit_is_refused_by_name() {
    let error = |text: Result<Graph>| text.map(|_| ()).expect_err("an error").to_string();
    let wrong = Graph::of(&filled::<(Flatten<10>, Linear<10, 2>)>(1), &[1, 3, 3]);
    assert_eq!(
        error(wrong),
        "`0` (Reshape): expected as many numbers as (B, 10) holds, got (B, 1, 3, 3)"
    );
    let small = Graph::of(&filled::<Conv2D<1, 2, 5>>(1), &[1, 3, 3]);
    let text = error(small);
    assert!(
        text.contains("`conv` (Conv): expected maps of at least 5 pixels a side"),
        "{text}"
    );
    let none = error(Graph::of(&filled::<(ReLU, MinPool2D<2>)>(1), &[1, 4, 4]));
    assert!(
        none.contains("layer `1`, MinPool2D<2, 2, 0>") && none.contains("ONNX"),
        "{none}"
    );
    assert!(error(Graph::of(&filled::<Linear<3, 2>>(1), &[])).contains("at least one axis"));
    let graph = Graph::of(&filled::<Linear<3, 2>>(1), &[3]).expect("graph");
    for numbers in [&[][..], &[1.0; 4]] {
        let text = graph.run(numbers).expect_err("no whole samples").to_string();
        assert!(text.contains("samples of the shape [3]"), "{text}");
    }
    let gpt = cases().swap_remove(6).graph;
    for id in [65.0, -1.0, 0.5, f32::NAN] {
        let mut ids = [0.0; 12];
        ids[3] = id;
        let text = gpt.run(&ids).expect_err("no such token").to_string();
        assert!(text.contains("`wte`: expected a whole number below 65"), "{text}");
    }
}

#[test]
fn a_graph_reads_as_a_table() {
    let graph = Graph::of(&filled::<(Flatten<4>, Linear<4, 2>, ReLU)>(1), &[1, 2, 2]).expect("graph");
    let text = graph.optimized().expect("optimized").0.to_string();
    let lines: Vec<Vec<&str>> = text
        .lines()
        .map(|line| line.split("  ").map(str::trim).collect())
        .collect();
    assert!(
        lines[0].first() == Some(&"input") && lines[0].last() == Some(&"(B, 1, 2, 2)"),
        "{text}"
    );
    assert!(
        lines[2].first() == Some(&"Gemm+Relu") && lines[2].last() == Some(&"(B, 2)"),
        "{text}"
    );
}
